"""Who reads a bucket at an instant: of the systems that its document names, those that can, while both sides run."""

from broker.documents.layout import BucketLayout
from broker.estate.system import RUNNING, Estate, System
from stacks.spec import Reader


def readers_of(bucket: BucketLayout, owner: System, zone: str, estate: Estate) -> tuple[Reader, ...]:
    """The readers, sorted. No policy names a user that is gone, or one of a system that stands still.

    A system that is suspended, interrupted or leaving neither reads nor is read (C-6(五), C-17): both sides must run.
    """
    if not _runs(owner, estate):
        return ()
    found = (estate.system(name) for name in bucket.readers)
    return tuple(
        sorted(
            (Reader(reader.unit, reader.id) for reader in found if reader and _reads(reader, owner, zone, estate)),
            key=lambda reader: (reader.unit, reader.system),
        )
    )


def _reads(reader: System, owner: System, zone: str, estate: Estate) -> bool:
    """Whether it has a user on the bucket's store now."""
    deployment = reader.deployment(zone)
    assigned = deployment is not None and deployment.subnet is not None
    return _runs(reader, estate) and reader.provider == owner.provider and assigned and reader.has_bucket_user(zone)


def _runs(system: System, estate: Estate) -> bool:
    return system.lifecycle in RUNNING and not system.halted_at(estate.as_of)
