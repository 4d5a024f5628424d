"""One change of an approved intent form, applied to a system. What does not fit is a `ChangeConflict`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from broker.documents.cases import (
    AddBucket,
    AddDisk,
    AddPublicAddress,
    AddTier,
    Change,
    CloseFlow,
    ExtendDisk,
    OpenFlow,
    RemovePublicAddress,
    SetBandwidth,
    SetBucketQuota,
    SetCount,
    SetFlavor,
)
from broker.documents.layout import DataDisk
from broker.estate.system import Deployment, KeptVolume, Server, System, Tier, tier_of, volume_name


@dataclass(frozen=True, slots=True)
class ChangeConflict:
    """Why a change does not fit the system as it is: the fact, and what would cure it."""

    field: str
    fact: str
    cure: str


T = TypeVar("T")


def apply_change(system: System, change: Change, document: str) -> System | ChangeConflict:
    """The system after the change, or why it does not fit (FORM_INCOMPLETE, C-16)."""
    match change:
        case OpenFlow():
            return _open_flow(system, change)
        case CloseFlow():
            return _close_flow(system, change)
    deployment = system.deployment(change.zone)
    if deployment is None:
        return ChangeConflict("zone", f"{system.id} has nothing in zone {change.zone}", "name a zone that it has")
    changed = _in_zone(deployment, change, document)
    return changed if isinstance(changed, ChangeConflict) else system.with_deployment(changed)


def _in_zone(deployment: Deployment, change: Change, document: str) -> Deployment | ChangeConflict:  # noqa: C901, PLR0911 - one line per action
    match change:
        case SetCount():
            return _on_tier(deployment, change.tier, lambda tier: _set_count(deployment, tier, change, document))
        case SetFlavor():
            return _on_tier(deployment, change.tier, lambda tier: _set_flavor(deployment, tier, change))
        case ExtendDisk():
            return _on_tier(deployment, change.tier, lambda tier: _extend_disk(deployment, tier, change))
        case AddDisk():
            return _on_tier(deployment, change.tier, lambda tier: _add_disk(deployment, tier, change))
        case AddTier():
            return _add_tier(deployment, change)
        case SetBandwidth():
            return replace(deployment, bandwidth_mbps=change.bandwidth_mbps)
        case AddBucket():
            return _add_bucket(deployment, change)
        case SetBucketQuota():
            return _set_bucket_quota(deployment, change)
        case AddPublicAddress():
            return replace(deployment, public_addresses=(*deployment.public_addresses, change.public_address))
        case RemovePublicAddress():
            return _remove_public_address(deployment, change)
    msg = f"action {change.action} is not known"
    raise AssertionError(msg)


def _on_tier(
    deployment: Deployment, name: str, then: Callable[[Tier], Deployment | ChangeConflict]
) -> Deployment | ChangeConflict:
    tier = deployment.tier(name)
    if tier is None:
        have = ", ".join(t.name for t in deployment.tiers)
        return ChangeConflict("tier", f"there is no tier {name} in zone {deployment.zone}", f"name one of {have}")
    return then(tier)


def _set_count(deployment: Deployment, tier: Tier, change: SetCount, document: str) -> Deployment | ChangeConflict:
    have = len(tier.servers)
    if change.count > have:
        return deployment.with_tier(_grown(tier, change.count))
    leaving = {leaver.ordinal: leaver for leaver in change.leaving}
    present = {server.ordinal: server for server in tier.servers}
    if len(leaving) != have - change.count or not leaving.keys() <= present.keys():
        highest = sorted(present)[change.count - have :] if change.count < have else []
        return ChangeConflict(
            "leaving",
            f"tier {tier.name} has servers {sorted(present)}, shall have {change.count}, names {sorted(leaving)} to go",
            f"name exactly {have - change.count} of them, such as {highest}, each with what becomes of its data",
        )
    return _shrunk(deployment, tier, change, document)


def _grown(tier: Tier, count: int) -> Tier:
    free = (n for n in range(1, 1 << 16) if n not in {s.ordinal for s in tier.servers})
    new = tuple(Server(next(free), tier.layout.data_disks) for _ in range(count - len(tier.servers)))
    servers = tuple(sorted((*tier.servers, *new), key=lambda server: server.ordinal))
    return replace(tier, servers=servers, layout=tier.layout.model_copy(update={"count": count}))


def _shrunk(deployment: Deployment, tier: Tier, change: SetCount, document: str) -> Deployment:
    leaving = {leaver.ordinal: leaver for leaver in change.leaving}
    kept, released = list(deployment.kept), list(deployment.released)
    for server in tier.servers:
        leaver = leaving.get(server.ordinal)
        if leaver is None:
            continue
        released.append(f"boot-{tier.name}-{server.ordinal}")
        for disk in server.disks:
            name = volume_name(tier.name, server.ordinal, disk.name)
            if leaver.data == "discard":
                released.append(f"volume-{name}")
            else:
                kept.append(KeptVolume(name, disk, document))
    servers = tuple(server for server in tier.servers if server.ordinal not in leaving)
    smaller = replace(tier, servers=servers, layout=tier.layout.model_copy(update={"count": change.count}))
    return replace(deployment.with_tier(smaller), kept=tuple(kept), released=tuple(released))


def _set_flavor(deployment: Deployment, tier: Tier, change: SetFlavor) -> Deployment:
    return deployment.with_tier(replace(tier, layout=tier.layout.model_copy(update={"flavor": change.flavor})))


def _extend_disk(deployment: Deployment, tier: Tier, change: ExtendDisk) -> Deployment | ChangeConflict:
    disk = next((d for d in tier.layout.data_disks if d.name == change.disk), None)
    if disk is None:
        have = ", ".join(d.name for d in tier.layout.data_disks) or "none"
        return ChangeConflict("disk", f"tier {tier.name} has no disk {change.disk}", f"its disks are: {have}")
    if change.size_gib < disk.size_gib:
        return ChangeConflict(
            "size_gib",
            f"disk {disk.name} has {disk.size_gib} GiB and cannot become {change.size_gib}: a volume never shrinks",
            "ask for a new disk, move the data, then let the old one go by name",
        )
    bigger = disk.model_copy(update={"size_gib": change.size_gib})
    return deployment.with_tier(
        _with_disks(tier, lambda disks: tuple(bigger if d.name == bigger.name else d for d in disks))
    )


def _add_disk(deployment: Deployment, tier: Tier, change: AddDisk) -> Deployment | ChangeConflict:
    if any(disk.name == change.disk.name for disk in tier.layout.data_disks):
        return ChangeConflict(
            "disk.name", f"tier {tier.name} has a disk {change.disk.name} already", "choose another name"
        )
    return deployment.with_tier(_with_disks(tier, lambda disks: (*disks, change.disk)))


def _with_disks(tier: Tier, then: Callable[[tuple[DataDisk, ...]], tuple[DataDisk, ...]]) -> Tier:
    layout = tier.layout.model_copy(update={"data_disks": then(tier.layout.data_disks)})
    return replace(tier, layout=layout, servers=tuple(replace(s, disks=then(s.disks)) for s in tier.servers))


def _add_tier(deployment: Deployment, change: AddTier) -> Deployment | ChangeConflict:
    if deployment.tier(change.tier.name):
        return ChangeConflict("tier.name", f"there is a tier {change.tier.name} already", "use set_count to change it")
    tier = tier_of(deployment.slots_used, change.tier)
    return replace(deployment, tiers=(*deployment.tiers, tier), slots_used=deployment.slots_used + 1)


def _add_bucket(deployment: Deployment, change: AddBucket) -> Deployment | ChangeConflict:
    if any(bucket.name == change.bucket.name for bucket in deployment.buckets):
        return ChangeConflict("bucket.name", f"there is a bucket {change.bucket.name} already", "choose another name")
    return replace(deployment, buckets=(*deployment.buckets, change.bucket))


def _set_bucket_quota(deployment: Deployment, change: SetBucketQuota) -> Deployment | ChangeConflict:
    if not any(bucket.name == change.bucket for bucket in deployment.buckets):
        have = ", ".join(b.name for b in deployment.buckets) or "none"
        return ChangeConflict("bucket", f"there is no bucket {change.bucket}", f"its buckets are: {have}")
    resized = tuple(
        b.model_copy(update={"quota_gib": change.quota_gib}) if b.name == change.bucket else b
        for b in deployment.buckets
    )
    return replace(deployment, buckets=resized)


def _remove_public_address(deployment: Deployment, change: RemovePublicAddress) -> Deployment | ChangeConflict:
    left = tuple(address for address in deployment.public_addresses if address.name != change.public_address)
    if len(left) == len(deployment.public_addresses):
        return ChangeConflict(
            "public_address", f"there is no public address {change.public_address}", "name one it has"
        )
    return replace(deployment, public_addresses=left)


def _open_flow(system: System, change: OpenFlow) -> System | ChangeConflict:
    if any(flow.id == change.flow.id for flow in system.flows):
        return ChangeConflict("flow.id", f"there is a flow {change.flow.id} already", "choose another id")
    return replace(system, flows=(*system.flows, change.flow))


def _close_flow(system: System, change: CloseFlow) -> System | ChangeConflict:
    left = tuple(flow for flow in system.flows if flow.id != change.flow)
    if len(left) == len(system.flows):
        return ChangeConflict("flow", f"there is no flow {change.flow}", "name one that it has")
    return replace(system, flows=left)
