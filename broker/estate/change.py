"""One change of an approved intent form, applied to a system. What does not fit is a `ChangeConflict`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from broker.documents.changes import (
    AddApiAccess,
    AddBucket,
    AddDisk,
    AddLoadBalancer,
    AddPublicAddress,
    AddTier,
    Change,
    CloseFlow,
    ExtendDisk,
    ExtendTest,
    OpenFlow,
    RemoveApiAccess,
    RemoveBucket,
    RemoveDisk,
    RemoveLoadBalancer,
    RemovePublicAddress,
    RemoveTier,
    RenewApiAccess,
    RenewBucketKey,
    SetBandwidth,
    SetBucketEncryption,
    SetBucketQuota,
    SetBucketReaders,
    SetCount,
    SetFlavor,
    SetImage,
    SetLoginKey,
    SetUserData,
)
from broker.documents.layout import DataDisk
from broker.estate.conflict import ChangeConflict
from broker.estate.giving_back import (
    still_kept,
    taken_names,
    without_bucket,
    without_disk,
    without_servers,
    without_tier,
)
from broker.estate.system import ApiAccess, Balancer, Deployment, Server, System, Tier, tier_of, volume_name

T = TypeVar("T")


def apply_change(system: System, change: Change, document: str) -> System | ChangeConflict:
    """The system after the change, or why it does not fit (FORM_INCOMPLETE, C-16)."""
    match change:
        case OpenFlow():
            return _open_flow(system, change)
        case CloseFlow():
            return _close_flow(system, change)
        case ExtendTest():
            return _extend_test(system, change)
        case RemoveTier():
            return without_tier(system, change, document)
    deployment = system.deployment(change.zone)
    if deployment is None:
        return ChangeConflict("zone", f"{system.id} 在分区 {change.zone} 没有资源", "填写已有资源的分区")
    changed = _in_zone(deployment, change, document)
    return changed if isinstance(changed, ChangeConflict) else system.with_deployment(changed)


def _extend_test(system: System, change: ExtendTest) -> System | ChangeConflict:
    if system.live_from is not None or system.test_until is None:
        return ChangeConflict("action", f"{system.id} 没有限期的测试资源", "已上线的系统和没有期限的测试资源不需延期")
    if change.last_day <= system.test_until:
        return ChangeConflict("last_day", f"测试资源已批至{system.test_until}", f"填写晚于{system.test_until}的日期")
    return replace(system, test_until=change.last_day)


def _in_zone(deployment: Deployment, change: Change, document: str) -> Deployment | ChangeConflict:  # noqa: C901, PLR0911, PLR0912 - one line per action
    match change:
        case SetCount():
            return _on_tier(deployment, change.tier, lambda tier: _set_count(deployment, tier, change, document))
        case SetFlavor():
            return _on_tier(deployment, change.tier, lambda tier: _set_flavor(deployment, tier, change))
        case SetImage():
            return _on_tier(deployment, change.tier, lambda tier: _set_image(deployment, tier, change))
        case SetUserData():
            return _on_tier(deployment, change.tier, lambda tier: _set_user_data(deployment, tier, change))
        case ExtendDisk():
            return _on_tier(deployment, change.tier, lambda tier: _extend_disk(deployment, tier, change))
        case AddDisk():
            return _on_tier(deployment, change.tier, lambda tier: _add_disk(deployment, tier, change))
        case RemoveDisk():
            return _on_tier(deployment, change.tier, lambda tier: without_disk(deployment, tier, change, document))
        case AddTier():
            return _add_tier(deployment, change)
        case SetLoginKey():
            return replace(deployment, login_key=change.login_key)
        case SetBandwidth():
            return replace(deployment, bandwidth_mbps=change.bandwidth_mbps)
        case AddBucket():
            return _add_bucket(deployment, change)
        case RemoveBucket():
            return without_bucket(deployment, change)
        case SetBucketQuota():
            return _on_bucket(deployment, change.bucket, {"quota_gib": change.quota_gib})
        case SetBucketEncryption():
            return _on_bucket(deployment, change.bucket, {"encrypted": change.encrypted})
        case SetBucketReaders():
            return _on_bucket(deployment, change.bucket, {"readers": change.readers})
        case RenewBucketKey():
            return _renew_bucket_key(deployment)
        case AddPublicAddress():
            return replace(deployment, public_addresses=(*deployment.public_addresses, change.public_address))
        case RemovePublicAddress():
            return _remove_public_address(deployment, change)
        case AddLoadBalancer():
            return _add_load_balancer(deployment, change)
        case RemoveLoadBalancer():
            return _remove_load_balancer(deployment, change)
        case AddApiAccess():
            return _add_api_access(deployment, change)
        case RenewApiAccess():
            return _on_access(deployment, change.api_access, lambda access: (_renewed(access, change),))
        case RemoveApiAccess():
            return _on_access(deployment, change.api_access, lambda _access: ())
    msg = f"action {change.action} is not known"
    raise AssertionError(msg)


def _on_tier(
    deployment: Deployment, name: str, then: Callable[[Tier], Deployment | ChangeConflict]
) -> Deployment | ChangeConflict:
    tier = deployment.tier(name)
    if tier is None:
        have = ", ".join(t.name for t in deployment.tiers)
        return ChangeConflict("tier", f"分区 {deployment.zone} 没有层 {name}", f"现有的层：{have}")
    return then(tier)


def _set_count(deployment: Deployment, tier: Tier, change: SetCount, document: str) -> Deployment | ChangeConflict:
    have = len(tier.servers)
    if change.count > have:
        return _with_grown(deployment, tier, _grown(deployment, tier, change.count))
    leaving = {leaver.ordinal: leaver for leaver in change.leaving}
    present = {server.ordinal: server for server in tier.servers}
    if len(leaving) != have - change.count or not leaving.keys() <= present.keys():
        highest = sorted(present)[change.count - have :] if change.count < have else []
        return ChangeConflict(
            "leaving",
            f"层 {tier.name} 现有服务器{sorted(present)}，拟保留{change.count}台，列出的退出服务器为{sorted(leaving)}",
            f"恰好列出{have - change.count}台(例如 {highest})，并逐台写明数据处置方式",
        )
    return without_servers(deployment, tier, change.leaving, document)


def _grown(deployment: Deployment, tier: Tier, count: int) -> Tier:
    """New servers take the lowest ordinals that no server has and no volume that waits for its hand-over comes from."""
    names = [disk.name for disk in tier.layout.data_disks]
    taken = {server.ordinal for server in tier.servers}
    kept = bool(deployment.kept)
    free = (n for n in range(1, 1 << 16) if n not in taken and not (kept and _waiting(deployment, tier, n, names)))
    new = tuple(Server(next(free), tier.layout.data_disks) for _ in range(count - len(tier.servers)))
    servers = tuple(sorted((*tier.servers, *new), key=lambda server: server.ordinal))
    return replace(tier, servers=servers, layout=tier.layout.model_copy(update={"count": count}))


def _with_grown(deployment: Deployment, before: Tier, grown: Tier) -> Deployment:
    """A server that comes under the ordinal of one that left has a system disk of its own, which nothing lets go."""
    had = {server.ordinal for server in before.servers}
    new = {f"boot-{grown.name}-{server.ordinal}" for server in grown.servers if server.ordinal not in had}
    released = tuple(name for name in deployment.released if name not in new)
    return replace(deployment.with_tier(grown), released=released)


def _waiting(deployment: Deployment, tier: Tier, ordinal: int, disks: list[str]) -> bool:
    return bool(still_kept(deployment, (volume_name(tier.name, ordinal, disk) for disk in disks)))


def _set_flavor(deployment: Deployment, tier: Tier, change: SetFlavor) -> Deployment:
    return deployment.with_tier(replace(tier, layout=tier.layout.model_copy(update={"flavor": change.flavor})))


def _set_image(deployment: Deployment, tier: Tier, change: SetImage) -> Deployment | ChangeConflict:
    if change.image == tier.layout.image:
        return ChangeConflict(
            "image", f"层 {tier.name} 已使用镜像 {change.image}", "填写另一个镜像；重装相同镜像由使用单位在系统内完成"
        )
    return _rebuilt(deployment, tier, {"image": change.image})


def _set_user_data(deployment: Deployment, tier: Tier, change: SetUserData) -> Deployment | ChangeConflict:
    if change.user_data == tier.layout.user_data:
        fact = f"层 {tier.name} 已使用这份首次启动配置" if change.user_data else f"层 {tier.name} 没有首次启动配置"
        return ChangeConflict("user_data", fact, "填写另一份配置；以相同配置重装由使用单位在系统内完成")
    return _rebuilt(deployment, tier, {"user_data": change.user_data})


def _rebuilt(deployment: Deployment, tier: Tier, update: Mapping[str, str | None]) -> Deployment:
    """Its servers made anew: their system disks are let go, nothing else."""
    rebuilt = replace(tier, layout=tier.layout.model_copy(update=update))
    boots = tuple(f"boot-{tier.name}-{server.ordinal}" for server in tier.servers)
    released = (*deployment.released, *(name for name in boots if name not in deployment.released))
    return replace(deployment.with_tier(rebuilt), released=released)


def _extend_disk(deployment: Deployment, tier: Tier, change: ExtendDisk) -> Deployment | ChangeConflict:
    disk = next((d for d in tier.layout.data_disks if d.name == change.disk), None)
    if disk is None:
        have = ", ".join(d.name for d in tier.layout.data_disks) or "无"
        return ChangeConflict("disk", f"层 {tier.name} 没有数据盘 {change.disk}", f"现有数据盘：{have}")
    if change.size_gib < disk.size_gib:
        return ChangeConflict(
            "size_gib",
            f"数据盘 {disk.name} 现为{disk.size_gib} GiB，不能缩为{change.size_gib} GiB",
            "用 add_disk 申请新盘并迁移数据，再用 remove_disk 退出旧盘",
        )
    bigger = disk.model_copy(update={"size_gib": change.size_gib})
    return deployment.with_tier(
        _with_disks(tier, lambda disks: tuple(bigger if d.name == bigger.name else d for d in disks))
    )


def _add_disk(deployment: Deployment, tier: Tier, change: AddDisk) -> Deployment | ChangeConflict:
    if any(disk.name == change.disk.name for disk in tier.layout.data_disks):
        return ChangeConflict("disk.name", f"层 {tier.name} 已有数据盘 {change.disk.name}", "改用其他名称")
    names = [volume_name(tier.name, server.ordinal, change.disk.name) for server in tier.servers]
    if taken := taken_names(deployment, names):
        return _taken("disk.name", taken)
    return deployment.with_tier(_with_disks(tier, lambda disks: (*disks, change.disk)))


def _taken(field: str, names: Sequence[str]) -> ChangeConflict:
    return ChangeConflict(field, f"同名的资源已退出或尚待交接：{'、'.join(names)}", "改用其他名称")


def _with_disks(tier: Tier, then: Callable[[tuple[DataDisk, ...]], tuple[DataDisk, ...]]) -> Tier:
    layout = tier.layout.model_copy(update={"data_disks": then(tier.layout.data_disks)})
    return replace(tier, layout=layout, servers=tuple(replace(s, disks=then(s.disks)) for s in tier.servers))


def _add_tier(deployment: Deployment, change: AddTier) -> Deployment | ChangeConflict:
    if deployment.tier(change.tier.name):
        return ChangeConflict("tier.name", f"已有层 {change.tier.name}", "用 set_count 调整台数")
    tier = tier_of(deployment.slots_used, change.tier)
    names = [volume_name(tier.name, server.ordinal, disk.name) for server in tier.servers for disk in server.disks]
    boots = [f"boot-{tier.name}-{server.ordinal}" for server in tier.servers]
    if taken := [*taken_names(deployment, names), *(boot for boot in boots if boot in deployment.released)]:
        return _taken("tier.name", taken)
    return replace(deployment, tiers=(*deployment.tiers, tier), slots_used=deployment.slots_used + 1)


def _add_bucket(deployment: Deployment, change: AddBucket) -> Deployment | ChangeConflict:
    if any(bucket.name == change.bucket.name for bucket in deployment.buckets):
        return ChangeConflict("bucket.name", f"已有存储桶 {change.bucket.name}", "改用其他名称")
    if change.bucket.name in deployment.discarded_buckets:
        return _taken("bucket.name", (change.bucket.name,))
    return replace(deployment, buckets=(*deployment.buckets, change.bucket))


def _on_bucket(deployment: Deployment, name: str, update: Mapping[str, object]) -> Deployment | ChangeConflict:
    if not any(bucket.name == name for bucket in deployment.buckets):
        have = ", ".join(b.name for b in deployment.buckets) or "无"
        return ChangeConflict("bucket", f"没有存储桶 {name}", f"现有存储桶：{have}")
    changed = tuple(b.model_copy(update=update) if b.name == name else b for b in deployment.buckets)
    return replace(deployment, buckets=changed)


def _renew_bucket_key(deployment: Deployment) -> Deployment | ChangeConflict:
    if not deployment.buckets:
        return ChangeConflict("zone", f"分区 {deployment.zone} 没有存储桶", "先用 add_bucket 申请存储桶")
    return replace(deployment, bucket_key_serial=deployment.bucket_key_serial + 1)


def _remove_public_address(deployment: Deployment, change: RemovePublicAddress) -> Deployment | ChangeConflict:
    left = tuple(address for address in deployment.public_addresses if address.name != change.public_address)
    if len(left) == len(deployment.public_addresses):
        return ChangeConflict("public_address", f"没有公网地址 {change.public_address}", "填写现有的公网地址")
    return replace(deployment, public_addresses=left)


def _add_load_balancer(deployment: Deployment, change: AddLoadBalancer) -> Deployment | ChangeConflict:
    layout = change.load_balancer
    if any(balancer.name == layout.name for balancer in deployment.balancers):
        return ChangeConflict("load_balancer.name", f"已有负载均衡 {layout.name}", "改用其他名称")
    if deployment.tier(layout.tier) is None:
        have = ", ".join(tier.name for tier in deployment.tiers)
        return ChangeConflict("load_balancer.tier", f"没有层 {layout.tier}", f"现有的层：{have}")
    addresses = [address.name for address in deployment.public_addresses]
    if layout.public_address is not None and layout.public_address not in addresses:
        fact = f"没有公网地址 {layout.public_address}"
        return ChangeConflict("load_balancer.public_address", fact, f"现有公网地址：{', '.join(addresses) or '无'}")
    taken = {balancer.number for balancer in deployment.balancers}
    number = next(n for n in range(1, len(taken) + 2) if n not in taken)
    balancers = (*deployment.balancers, Balancer(number, layout))
    return replace(deployment, balancers=balancers, load_balancers=deployment.load_balancers + 1)


def _remove_load_balancer(deployment: Deployment, change: RemoveLoadBalancer) -> Deployment | ChangeConflict:
    left = tuple(balancer for balancer in deployment.balancers if balancer.name != change.load_balancer)
    if len(left) == len(deployment.balancers):
        have = ", ".join(balancer.name for balancer in deployment.balancers) or "无"
        return ChangeConflict("load_balancer", f"没有负载均衡 {change.load_balancer}", f"现有负载均衡：{have}")
    return replace(deployment, balancers=left, load_balancers=deployment.load_balancers - 1)


def _add_api_access(deployment: Deployment, change: AddApiAccess) -> Deployment | ChangeConflict:
    if any(access.name == change.api_access.name for access in deployment.api_access):
        return ChangeConflict("api_access.name", f"已有接口访问 {change.api_access.name}", "改用其他名称")
    return replace(deployment, api_access=(*deployment.api_access, ApiAccess(change.api_access)))


def _on_access(
    deployment: Deployment, name: str, then: Callable[[ApiAccess], tuple[ApiAccess, ...]]
) -> Deployment | ChangeConflict:
    if not any(access.name == name for access in deployment.api_access):
        have = ", ".join(access.name for access in deployment.api_access) or "无"
        return ChangeConflict("api_access", f"没有接口访问 {name}", f"现有接口访问：{have}")
    changed = (then(access) if access.name == name else (access,) for access in deployment.api_access)
    return replace(deployment, api_access=tuple(access for found in changed for access in found))


def _renewed(access: ApiAccess, change: RenewApiAccess) -> ApiAccess:
    until = {"valid_until": change.valid_until} if change.valid_until else {}
    return ApiAccess(access.layout.model_copy(update=until), access.serial + 1)


def _open_flow(system: System, change: OpenFlow) -> System | ChangeConflict:
    if any(flow.id == change.flow.id for flow in system.flows):
        return ChangeConflict("flow.id", f"已有访问关系 {change.flow.id}", "改用其他编号")
    return replace(system, flows=(*system.flows, change.flow))


def _close_flow(system: System, change: CloseFlow) -> System | ChangeConflict:
    left = tuple(flow for flow in system.flows if flow.id != change.flow)
    if len(left) == len(system.flows):
        return ChangeConflict("flow", f"没有访问关系 {change.flow}", "填写现有的访问关系")
    return replace(system, flows=left)
