"""What a wipe removed before the stack itself went."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Emptied:
    """What was removed before the stack itself: ids of snapshots and backups, buckets with their number of objects."""

    project_id: str
    removed: tuple[str, ...]
    buckets: tuple[str, ...]
    content: bool = False
    """Whether there was anything to remove."""
    unseen: tuple[str, ...] = ()
    """What the cloud was asked to remove and nobody saw gone: it broke off while that was waited for."""
    trouble: str = ""
    """Why it broke off; what was removed until then is gone all the same."""


NOTHING = Emptied("", (), ())
