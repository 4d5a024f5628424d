"""How much of each resource a system holds in a zone: what its documents entitle it to, whether used or not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

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
    ahead = [g for g in grants if g.zone == deployment.zone and g.end > as_of]
    parts = [
        (0, 0, *_blocks((kept.disk.size_gib, kept.disk.tier) for kept in deployment.kept)),
        *(_tier(tier, shapes) for tier in deployment.tiers),
        *(_elastic(deployment, grant, shapes) for grant in ahead),
    ]
    vcpu, memory_gib, block_gib, high_performance_gib = map(sum, zip(*parts, strict=True))
    return Amount(
        vcpu=vcpu,
        memory_gib=memory_gib,
        block_gib=block_gib,
        block_high_performance_gib=high_performance_gib,
        object_gib=sum(bucket.quota_gib for bucket in deployment.buckets),
        bandwidth_mbps=max([deployment.bandwidth_mbps, *(g.bandwidth_mbps_ceiling for g in ahead)]),
        public_addresses=len(deployment.public_addresses),
    )


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


_Part: TypeAlias = tuple[int, int, int, int]
"""vCPU, memory, block storage and its high-performance part: one amount per zone is built of many."""


def _tier(tier: Tier, shapes: Mapping[str, Shape]) -> _Part:
    boot = [(tier.layout.system_disk_gib, tier.layout.system_disk_tier)] * len(tier.servers)
    data = [(disk.size_gib, disk.tier) for server in tier.servers for disk in server.disks]
    return _machines(shapes[tier.layout.flavor], len(tier.servers), boot + data)


def _elastic(deployment: Deployment, grant: Grant, shapes: Mapping[str, Shape]) -> _Part:
    tier = deployment.tier(grant.tier)
    if tier is None:
        return 0, 0, 0, 0
    more = max(0, grant.count_ceiling - len(tier.servers))
    boot = [(tier.layout.system_disk_gib, tier.layout.system_disk_tier)] * more
    return _machines(shapes[tier.layout.flavor], more, boot)


def _machines(shape: Shape, count: int, disks: Iterable[tuple[int, VolumeTier]]) -> _Part:
    return shape.vcpu * count, shape.memory_gib * count, *_blocks(disks)


def _blocks(disks: Iterable[tuple[int, VolumeTier]]) -> tuple[int, int]:
    block_gib = high_performance_gib = 0
    for size_gib, tier in disks:
        block_gib += size_gib
        if tier == "high_performance":
            high_performance_gib += size_gib
    return block_gib, high_performance_gib
