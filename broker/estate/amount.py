"""How much of each resource a system holds in a zone: what its documents entitle it to, whether used or not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from broker.documents.fields import VolumeTier
from broker.estate.system import DEPLOYED, Deployment, Estate, Grant, Lifecycle, System, Tier
from quotas.amount import Amount


@dataclass(frozen=True, slots=True)
class Shape:
    """What one server of a flavor counts."""

    vcpu: int
    memory_gib: int


def amount_of(
    deployment: Deployment, grants: tuple[Grant, ...], shapes: Mapping[str, Shape], as_of: datetime
) -> Amount:
    """What the deployment holds: its base, and the ceiling of every elastic grant that has not ended.

    A grant is held from its admission to its end, so that its ceiling is there when the window opens (C-6(四)).

    Raises:
        KeyError: A tier names a flavor that the platform documents do not have.
    """
    ahead = tuple(g for g in grants if g.zone == deployment.zone and g.end > as_of)
    base = Amount(
        **_blocks((kept.disk.size_gib, kept.disk.tier) for kept in deployment.kept),
        object_gib=sum(bucket.quota_gib for bucket in deployment.buckets),
        bandwidth_mbps=max([deployment.bandwidth_mbps, *(g.bandwidth_mbps_ceiling for g in ahead)]),
        public_addresses=len(deployment.public_addresses),
    )
    servers = (_tier(tier, shapes) for tier in deployment.tiers)
    elastic = (_elastic(deployment, grant, shapes) for grant in ahead)
    return sum((*servers, *elastic), base)


def holdings(estate: Estate, shapes: Mapping[str, Shape]) -> dict[tuple[str, str], Amount]:
    """What each (system, zone) holds at the estate's instant; a filed, approved or retired system holds nothing."""
    return {
        (system.id, deployment.zone): amount_of(deployment, system.grants, shapes, estate.as_of)
        for system in estate.systems
        if holds(system)
        for deployment in system.deployments
    }


def holds(system: System) -> bool:
    """Whether the system holds quota: from its approval until it is retired."""
    return system.lifecycle in DEPLOYED or system.lifecycle is Lifecycle.APPROVED


def _tier(tier: Tier, shapes: Mapping[str, Shape]) -> Amount:
    boot = [(tier.layout.system_disk_gib, tier.layout.system_disk_tier)] * len(tier.servers)
    data = ((disk.size_gib, disk.tier) for server in tier.servers for disk in server.disks)
    return _machines(shapes[tier.layout.flavor], len(tier.servers), (*boot, *data))


def _elastic(deployment: Deployment, grant: Grant, shapes: Mapping[str, Shape]) -> Amount:
    tier = deployment.tier(grant.tier)
    if tier is None:
        return Amount()
    more = max(0, grant.count_ceiling - len(tier.servers))
    boot = [(tier.layout.system_disk_gib, tier.layout.system_disk_tier)] * more
    return _machines(shapes[tier.layout.flavor], more, boot)


def _machines(shape: Shape, count: int, disks: Iterable[tuple[int, VolumeTier]]) -> Amount:
    """One value for all: an amount per server and disk took a third of the time of a round of admission."""
    return Amount(vcpu=shape.vcpu * count, memory_gib=shape.memory_gib * count, **_blocks(disks))


def _blocks(disks: Iterable[tuple[int, VolumeTier]]) -> dict[str, int]:
    sizes = tuple(disks)
    return {
        "block_gib": sum(size_gib for size_gib, _ in sizes),
        "block_high_performance_gib": sum(size_gib for size_gib, tier in sizes if tier == "high_performance"),
    }
