"""Disks, buckets and tiers that an approved form gives back, each with what becomes of its data (C-16)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from broker.documents.changes import Disposal, Leaver, RemoveBucket, RemoveDisk, RemoveTier
from broker.documents.layout import DataDisk, TierEnd
from broker.estate.conflict import ChangeConflict
from broker.estate.system import Deployment, KeptVolume, Server, System, Tier, volume_name


@dataclass(frozen=True, slots=True)
class Given:
    """A data volume that its server loses, and what becomes of its data."""

    name: str
    disk: DataDisk
    data: Disposal
    until: date | None = None


def without_servers(deployment: Deployment, tier: Tier, leaving: Iterable[Leaver], document: str) -> Deployment:
    """The deployment after these servers left the tier: their system disks go, their data as each says."""
    named = {leaver.ordinal: leaver for leaver in leaving}
    going = [server for server in tier.servers if server.ordinal in named]
    servers = tuple(server for server in tier.servers if server.ordinal not in named)
    smaller = replace(tier, servers=servers, layout=tier.layout.model_copy(update={"count": len(servers)}))
    boots = tuple(f"boot-{tier.name}-{server.ordinal}" for server in going)
    given = [_given(tier, server, disk, named[server.ordinal]) for server in going for disk in server.disks]
    released = (*deployment.released, *boots)
    return _without_volumes(replace(deployment.with_tier(smaller), released=released), given, document)


def without_disk(deployment: Deployment, tier: Tier, change: RemoveDisk, document: str) -> Deployment | ChangeConflict:
    """The deployment after every server of the tier lost the disk of that name."""
    if not any(disk.name == change.disk for disk in tier.layout.data_disks):
        have = "、".join(disk.name for disk in tier.layout.data_disks) or "无"
        return ChangeConflict("disk", f"层 {tier.name} 没有数据盘 {change.disk}", f"现有数据盘：{have}")
    given = [
        _given(tier, server, disk, change)
        for server in tier.servers
        for disk in server.disks
        if disk.name == change.disk
    ]
    layout = tier.layout.model_copy(update={"data_disks": _but(tier.layout.data_disks, change.disk)})
    servers = tuple(replace(server, disks=_but(server.disks, change.disk)) for server in tier.servers)
    return _without_volumes(deployment.with_tier(replace(tier, layout=layout, servers=servers)), given, document)


def without_tier(system: System, change: RemoveTier, document: str) -> System | ChangeConflict:
    """The system after a tier left it. Its addresses are never used again."""
    deployment = system.deployment(change.zone)
    tier = deployment.tier(change.tier) if deployment else None
    if deployment is None or tier is None:
        have = "、".join(t.name for t in deployment.tiers) if deployment else "无"
        return ChangeConflict("tier", f"分区 {change.zone} 没有层 {change.tier}", f"现有的层：{have}")
    if used := _uses(system, deployment, tier.name):
        return ChangeConflict("tier", f"层 {tier.name} 仍被使用：{'、'.join(used)}", "在同一意向表中先退出这些项目")
    ordinals = sorted(server.ordinal for server in tier.servers)
    if sorted(leaver.ordinal for leaver in change.leaving) != ordinals:
        return ChangeConflict(
            "leaving", f"层 {tier.name} 现有服务器{ordinals}", "恰好列出全部服务器，并逐台写明数据处置方式"
        )
    emptied = without_servers(deployment, tier, change.leaving, document)
    tiers = tuple(each for each in emptied.tiers if each.name != tier.name)
    return system.with_deployment(replace(emptied, tiers=tiers))


def without_bucket(deployment: Deployment, change: RemoveBucket) -> Deployment | ChangeConflict:
    """The deployment after a bucket left it, with what is in it."""
    left = tuple(bucket for bucket in deployment.buckets if bucket.name != change.bucket)
    if len(left) == len(deployment.buckets):
        have = "、".join(bucket.name for bucket in deployment.buckets) or "无"
        return ChangeConflict("bucket", f"没有存储桶 {change.bucket}", f"现有存储桶：{have}")
    return replace(deployment, buckets=left, discarded_buckets=(*deployment.discarded_buckets, change.bucket))


def still_kept(deployment: Deployment, names: Iterable[str]) -> Sequence[str]:
    """Which of these names of volumes belong to ones that wait for their hand-over."""
    kept = {volume.name for volume in deployment.kept}
    return [name for name in names if name in kept]


def taken_names(deployment: Deployment, names: Iterable[str]) -> Sequence[str]:
    """Which of these names of volumes are those of ones that were given back, gone or not: a name has one life."""
    given = {*deployment.released, *(f"volume-{volume.name}" for volume in deployment.kept)}
    return [name for name in names if f"volume-{name}" in given]


def _given(tier: Tier, server: Server, disk: DataDisk, by: Leaver | RemoveDisk) -> Given:
    return Given(volume_name(tier.name, server.ordinal, disk.name), disk, by.data, by.keep_until)


def _without_volumes(deployment: Deployment, given: Iterable[Given], document: str) -> Deployment:
    """What is discarded may go; everything else stays, detached, until a signed hand-over names it."""
    released, kept = list(deployment.released), list(deployment.kept)
    for volume in given:
        if volume.data == "discard":
            released.append(f"volume-{volume.name}")
        else:
            kept.append(KeptVolume(volume.name, volume.disk, document, volume.until))
    return replace(deployment, released=tuple(released), kept=tuple(kept))


def _but(disks: tuple[DataDisk, ...], name: str) -> tuple[DataDisk, ...]:
    return tuple(disk for disk in disks if disk.name != name)


def _uses(system: System, deployment: Deployment, tier: str) -> list[str]:
    """What of the system stands on the tier."""
    zone = deployment.zone
    flows = [
        f"访问关系 {flow.id}"
        for flow in system.flows
        for end in (flow.source, flow.target)
        if isinstance(end, TierEnd) and (end.system or system.id, end.zone, end.tier) == (system.id, zone, tier)
    ]
    addresses = [f"公网地址 {one.name}" for one in deployment.public_addresses if one.tier == tier]
    balancers = [f"负载均衡 {one.name}" for one in deployment.balancers if one.layout.tier == tier]
    return [*addresses, *balancers, *dict.fromkeys(flows)]
