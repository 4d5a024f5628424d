"""One StackSpec per (system, zone, provider) of the estate."""

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Network

from broker.documents.platform import CloudSpec
from broker.estate.balancing import built, offers_load_balancers
from broker.estate.platform import Platform
from broker.estate.system import DEPLOYED, HALTED, Deployment, Estate, Grant, Lifecycle, System, Tier, volume_name
from broker.estate.system import Server as EstateServer
from broker.plan.address import balancer_room, clouds_own, gateway, server_address, subnet_of
from broker.plan.balancer import load_balancers
from broker.plan.bandwidth import Shares, shares
from broker.plan.flow import SideRule, rules_by_stack, side_rules
from broker.plan.quota import project_quota
from broker.plan.reader import readers_of
from stacks import spec as stacks

STOPPED = HALTED | {Lifecycle.EXITING}
"""Machines stand still, ports and data stay: C-6(五), C-17 by order, C-12(二) exit before the hand-over."""


def stack_specs(estate: Estate, platform: Platform) -> tuple[stacks.StackSpec, ...]:
    """The spec of every stack that must exist at the estate's instant, sorted by stack name.

    Raises:
        KeyError: A deployed system names a cloud or flavor that no platform document has; admission refuses such.
        ValueError: A tier does not fit its subnet; admission refuses such.
    """
    rules = rules_by_stack(side_rules(estate, platform))
    specs = (
        _spec(system, deployment, platform, rules.get((system.id, deployment.zone), {}), estate)
        for system in estate.systems
        if system.lifecycle in DEPLOYED
        for deployment in system.deployments
        if deployment.subnet is not None
    )
    return tuple(sorted(specs, key=lambda spec: spec.name))


def _spec(
    system: System,
    deployment: Deployment,
    platform: Platform,
    rules: Mapping[str, tuple[SideRule, ...]],
    estate: Estate,
) -> stacks.StackSpec:
    as_of = estate.as_of
    cloud_id, cloud = platform.clouds[system.provider, deployment.zone]
    grants = tuple(g for g in system.grants if g.zone == deployment.zone and g.open_at(as_of))
    bandwidth = max([deployment.bandwidth_mbps, *(g.bandwidth_mbps_ceiling for g in grants)])
    subnet, halted = subnet_of(deployment.subnet or ""), system.halted_at(as_of)
    tiers = tuple(_tier(t, subnet, rules.get(t.name, ()), bandwidth, grants) for t in deployment.tiers)
    routed = _routed(deployment, rules)
    limits = shares(bandwidth, len(deployment.public_addresses), routed=routed)
    balancers = load_balancers(deployment, cloud, subnet, tiers, enabled=not halted)
    kept = tuple(stacks.Volume(k.name, k.disk.size_gib, k.disk.tier) for k in deployment.kept)
    return stacks.StackSpec(
        system=system.id,
        unit=system.unit,
        zone=deployment.zone,
        provider=system.provider,
        stage="production" if system.live_from else "test",
        request_number=system.approval_number or "",
        cloud=cloud_target(cloud_id, cloud),
        power=stacks.Power.STOPPED if halted or system.lifecycle in STOPPED else stacks.Power.RUNNING,
        quota=_quota(system, deployment, platform, tiers, kept, routed=routed, load_balancers=len(balancers)),
        subnet=_subnet(subnet, cloud),
        bandwidth_mbps=bandwidth,
        gateway_kbps=limits.gateway_kbps,
        routed=routed,
        tiers=tiers,
        public_addresses=_public_addresses(deployment, cloud, limits, attached=not halted and not system.closed_by),
        buckets=_buckets(system, deployment, estate),
        kept_volumes=kept,
        accesses=_accesses(deployment, as_of, enabled=not halted),
        load_balancers=balancers,
        key_pair=deployment.login_key,
        bucket_key_serial=deployment.bucket_key_serial,
    )


def _routed(deployment: Deployment, rules: Mapping[str, tuple[SideRule, ...]]) -> bool:
    """Whether anything passes between the subnet and elsewhere, for which it needs a router."""
    return bool(deployment.public_addresses) or any(rule.leaves for found in rules.values() for rule in found)


def _quota(  # noqa: PLR0913 - one argument per part of the stack
    system: System,
    deployment: Deployment,
    platform: Platform,
    tiers: tuple[stacks.Tier, ...],
    kept: tuple[stacks.Volume, ...],
    *,
    routed: bool,
    load_balancers: int,
) -> stacks.ProjectQuota:
    return project_quota(
        tiers,
        kept,
        platform.flavors,
        routed=routed,
        public_addresses=len(deployment.public_addresses),
        load_balancers=load_balancers,
        object_gib=sum(bucket.quota_gib for bucket in deployment.buckets),
        buckets=len(deployment.buckets),
        dr_class=system.dr_class,
        leaving=system.lifecycle is Lifecycle.EXITING,
    )


def _subnet(subnet: IPv4Network, cloud: CloudSpec) -> stacks.Subnet:
    """On a cloud with load balancers their places are kept free from the first day, also where there is none yet."""
    if not offers_load_balancers(cloud) or balancer_room(subnet) == 0:
        return stacks.Subnet(str(subnet), str(gateway(subnet)))
    first, last = clouds_own(subnet)
    return stacks.Subnet(str(subnet), str(gateway(subnet)), (str(first), str(last)))


def cloud_target(cloud_id: str, cloud: CloudSpec) -> stacks.CloudTarget:
    """Where a stack goes, by its cloud's document."""
    return stacks.CloudTarget(
        id=cloud_id,
        profile=cloud.profile,
        domain=cloud.domain,
        region=cloud.region,
        external_network=cloud.external_network,
        object_store=stacks.ObjectStoreKind(cloud.object_store),
        object_profile=cloud.object_profile,
        sandbox=cloud.sandbox,
        load_balancing=offers_load_balancers(cloud),
    )


def _tier(
    tier: Tier, subnet: IPv4Network, rules: tuple[SideRule, ...], bandwidth_mbps: int, grants: tuple[Grant, ...]
) -> stacks.Tier:
    servers = tuple(_server(tier, server, subnet, bandwidth_mbps) for server in _with_elastic(tier, grants))
    permitted = tuple(rule.rule for rule in rules)
    return stacks.Tier(name=tier.name, servers=servers, rules=permitted, user_data=tier.layout.user_data)


def _with_elastic(tier: Tier, grants: tuple[Grant, ...]) -> tuple[EstateServer, ...]:
    """The tier's servers and, while a window is open, the elastic ones that fill it to the ceiling."""
    ceiling = max((g.count_ceiling for g in grants if g.tier == tier.name), default=0)
    taken = {server.ordinal for server in tier.servers}
    free = (n for n in range(1, ceiling + len(taken) + 1) if n not in taken)
    more = tuple(EstateServer(next(free), (), elastic=True) for _ in range(ceiling - len(tier.servers)))
    return (*tier.servers, *more)


def _server(tier: Tier, server: EstateServer, subnet: IPv4Network, bandwidth_mbps: int) -> stacks.Server:
    return stacks.Server(
        name=f"{tier.name}-{server.ordinal}",
        ordinal=server.ordinal,
        address=str(server_address(subnet, tier.slot, server.ordinal)),
        flavor=tier.layout.flavor,
        image=tier.layout.image,
        boot_gib=tier.layout.system_disk_gib,
        boot_type=tier.layout.system_disk_tier,
        volumes=tuple(
            stacks.Volume(volume_name(tier.name, server.ordinal, disk.name), disk.size_gib, disk.tier)
            for disk in server.disks
        ),
        bandwidth_mbps=bandwidth_mbps,
        elastic=server.elastic,
    )


def _public_addresses(
    deployment: Deployment, cloud: CloudSpec, limits: Shares, *, attached: bool
) -> tuple[stacks.PublicAddress, ...]:
    """The addresses with their shares of the approved bandwidth.

    A system that is suspended or whose public access is closed keeps its addresses, with nothing behind them (C-6(五)):
    it gets the same ones back.
    """
    behind = {balancer.layout.public_address: balancer.name for balancer in built(deployment, cloud)}
    return tuple(
        stacks.PublicAddress(
            address.name, address.tier, address.ordinal, kbps, attached=attached, load_balancer=behind.get(address.name)
        )
        for address, kbps in zip(deployment.public_addresses, limits.addresses_kbps, strict=True)
    )


def _accesses(deployment: Deployment, as_of: datetime, *, enabled: bool) -> tuple[stacks.Access, ...]:
    """A suspended system's access is shut (C-6(五)); one that exits keeps it, to fetch its data."""
    return tuple(
        stacks.Access(
            name=access.name,
            role=access.layout.role,
            serial=access.serial,
            expires_at=access.end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if access.end else None,
            enabled=enabled,
        )
        for access in deployment.api_access
        if access.end is None or as_of < access.end
    )


def _buckets(system: System, deployment: Deployment, estate: Estate) -> tuple[stacks.Bucket, ...]:
    return tuple(
        stacks.Bucket(
            bucket_name(system, deployment, b.name),
            b.quota_gib,
            b.versioning,
            b.expire_days,
            encrypted=b.encrypted,
            readers=readers_of(b, system, deployment.zone, estate),
        )
        for b in deployment.buckets
    )


def bucket_name(system: System, deployment: Deployment, name: str) -> str:
    """A bucket's name on its object store."""
    return f"{system.id}-{deployment.zone}-{name}"
