"""What is backed up: the volumes of every stack and, where the DR class says so, its buckets. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from broker.estate.platform import Platform
from broker.estate.system import Deployment, Estate, Lifecycle, System
from broker.plan.rhythm import RHYTHMS, Rhythm
from broker.plan.stack import bucket_name, cloud_target, stack_specs
from stacks.spec import CloudTarget, StackSpec


@dataclass(frozen=True, slots=True)
class Place:
    """Where the backups of one stack are made and lie."""

    stack: str
    system: str
    unit: str
    zone: str
    cloud: CloudTarget

    @property
    def project_name(self) -> str:
        """The Keystone project that holds the stack."""
        return f"{self.system}/{self.zone}"


@dataclass(frozen=True, slots=True)
class Subject:
    """One volume or bucket, by its name on the cloud."""

    place: Place
    kind: Literal["volume", "bucket"]
    name: str
    size_gib: int
    rhythm: Rhythm
    encrypted: bool = False
    """Of a bucket: its document asks that the store encrypts it, and so its copies."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A volume or bucket that a document let go, by its name on the cloud."""

    place: Place
    kind: Literal["volume", "bucket"]
    name: str


def subjects(estate: Estate, platform: Platform) -> tuple[Subject, ...]:
    """Everything that is to be backed up at the estate's instant, in the order of stacks and names."""
    systems = {system.id: system for system in estate.systems}
    found = (s for spec in stack_specs(estate, platform) for s in _of(spec, RHYTHMS[systems[spec.system].dr_class]))
    return tuple(sorted(found, key=lambda subject: (subject.place.stack, subject.kind, subject.name)))


def retired(estate: Estate, platform: Platform) -> tuple[Place, ...]:
    """Where stacks of retired systems were: the unit has its data, nothing of them stays."""
    gone = (system for system in estate.systems if system.lifecycle is Lifecycle.RETIRED)
    return tuple(place for system in gone for place in _places(system, platform))


def given_back(estate: Estate, platform: Platform) -> tuple[Thing, ...]:
    """What documents let go of stacks that stay. A name that is wanted again is not among them."""
    systems = {system.id: system for system in estate.systems}
    found: list[Thing] = []
    for spec in stack_specs(estate, platform):
        deployment = systems[spec.system].deployment(spec.zone)
        place = Place(spec.name, spec.system, spec.unit, spec.zone, spec.cloud)
        wanted = {(s.kind, s.name) for s in _of(spec, RHYTHMS[systems[spec.system].dr_class])}
        gone = _released(systems[spec.system], deployment) if deployment else ()
        found += [Thing(place, kind, name) for kind, name in gone if (kind, name) not in wanted]
    return tuple(found)


def _released(system: System, deployment: Deployment) -> Iterator[tuple[Literal["volume", "bucket"], str]]:
    own = f"{system.id}-{deployment.zone}"
    for name in deployment.released:
        kind, _, rest = name.partition("-")
        yield "volume", f"{own}-{rest}" + ("-boot" if kind == "boot" else "")
    for bucket in deployment.discarded_buckets:
        yield "bucket", bucket_name(system, deployment, bucket)


def _places(system: System, platform: Platform) -> Iterator[Place]:
    for deployment in system.deployments:
        if deployment.subnet is not None:
            target = cloud_target(*platform.clouds[system.provider, deployment.zone])
            stack = f"{system.id}.{deployment.zone}.{system.provider}"
            yield Place(stack, system.id, system.unit, deployment.zone, target)


def _of(spec: StackSpec, rhythm: Rhythm) -> Iterator[Subject]:
    place = Place(spec.name, spec.system, spec.unit, spec.zone, spec.cloud)
    for name, size_gib in _volumes(spec):
        yield Subject(place, "volume", f"{spec.system}-{spec.zone}-{name}", size_gib, rhythm)
    if rhythm.copies_buckets:
        for bucket in spec.buckets:
            yield Subject(place, "bucket", bucket.name, bucket.quota_gib, rhythm, bucket.encrypted)


def _volumes(spec: StackSpec) -> Iterator[tuple[str, int]]:
    """Boot disks too: C-9(二) asks for the whole system. Servers of an elastic grant hold no data."""
    for server in (server for tier in spec.tiers for server in tier.servers if not server.elastic):
        if server.boot_gib:
            yield f"{server.name}-boot", server.boot_gib
        yield from ((volume.name, volume.size_gib) for volume in server.volumes)
    yield from ((volume.name, volume.size_gib) for volume in spec.kept_volumes)
