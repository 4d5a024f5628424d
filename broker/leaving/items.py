"""What a leaving system's unit must get back before anything is wiped (C-12(二), GB/T 22239 8.2.6.1 d). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from broker.backup.subject import Place
from broker.documents.fields import Zone
from broker.errors import OperatorError
from broker.estate.platform import Platform
from broker.estate.system import Deployment, Estate, System, volume_name
from broker.plan.stack import cloud_target


@dataclass(frozen=True, slots=True)
class Item:
    """One volume or bucket; `name` is the documents' name, `cloud_name` the cloud's."""

    place: Place
    zone: Zone
    kind: Literal["volume", "bucket"]
    name: str

    @property
    def cloud_name(self) -> str:
        """Its name on the cloud."""
        return f"{self.place.system}-{self.zone}-{self.name}"


def leaving(estate: Estate, form: str) -> System:
    """The system that leaves by this form, or whose servers left by it.

    Raises:
        OperatorError: No system is leaving by it at this instant.
    """
    for system in estate.systems:
        kept = (volume for deployment in system.deployments for volume in deployment.kept)
        if system.exit_form == form or any(volume.document == form for volume in kept):
            return system
    raise OperatorError(
        f"handing over by {form}: no system is leaving by this form now; an exit begins after its last day, "
        "once it is approved and assigned (`broker status`)"
    )


def items(system: System, platform: Platform, form: str) -> tuple[Item, ...]:
    """Everything that the hand-over by this form must name, zone by zone: data volumes, then buckets."""
    return tuple(item for d in system.deployments if d.subnet for item in _of(system, d, platform, form))


def _of(system: System, deployment: Deployment, platform: Platform, form: str) -> Iterator[Item]:
    target = cloud_target(*platform.clouds[system.provider, deployment.zone])
    stack = f"{system.id}.{deployment.zone}.{system.provider}"
    place = Place(stack, system.id, system.unit, deployment.zone, target)
    if system.exit_form != form:
        for kept in deployment.kept:
            if kept.document == form:
                yield Item(place, deployment.zone, "volume", kept.name)
        return
    for tier in deployment.tiers:
        for server in tier.servers:
            for disk in server.disks:
                yield Item(place, deployment.zone, "volume", volume_name(tier.name, server.ordinal, disk.name))
    for kept in deployment.kept:
        yield Item(place, deployment.zone, "volume", kept.name)
    for bucket in deployment.buckets:
        yield Item(place, deployment.zone, "bucket", bucket.name)
