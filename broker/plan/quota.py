"""What the cloud itself must enforce for a stack's project: exactly what the stack needs, nothing to spare."""

from collections.abc import Iterable, Mapping

from broker.documents.fields import DrClass
from broker.estate.amount import Shape
from broker.plan.rhythm import RHYTHMS
from stacks.spec import ProjectQuota, Server, Tier, Volume

DEFAULT_GROUP_RULES = 4
"""Neutron gives every project a group `default` with four rules, which count."""
NEW_GROUP_RULES = 2
"""Every new group comes with two egress rules; they count until they are removed in the same step."""


def project_quota(  # noqa: PLR0913 - one argument per part of the stack, all needed
    tiers: Iterable[Tier],
    kept: Iterable[Volume],
    shapes: Mapping[str, Shape],
    *,
    routed: bool,
    public_addresses: int,
    load_balancers: int,
    object_gib: int,
    buckets: int,
    dr_class: DrClass,
    leaving: bool = False,
) -> ProjectQuota:
    """The quota of a project with these parts. Sizes in GiB; `shapes` by flavor name.

    What is to be handed over has room for one snapshot of each volume, whose size Cinder counts: the volumes whose
    servers left and, where the whole system is `leaving`, all.
    """
    tiers = tuple(tiers)
    servers = tuple(server for tier in tiers for server in tier.servers)
    sizes = (*_sizes(servers), *((volume.type, volume.size_gib) for volume in kept))
    by_type = {type_: sum(size for t, size in sizes if t == type_) for type_ in sorted({t for t, _ in sizes})}
    handed_over = sizes if leaving else tuple((volume.type, volume.size_gib) for volume in kept)
    room = {type_: gib + sum(size for t, size in handed_over if t == type_) for type_, gib in by_type.items()}
    backups_each = RHYTHMS[dr_class].most
    return ProjectQuota(
        vcpu=sum(shapes[server.flavor].vcpu for server in servers),
        memory_gib=sum(shapes[server.flavor].memory_gib for server in servers),
        servers=len(servers),
        volumes=len(sizes),
        block_gib=sum(room.values()),
        block_gib_by_type=tuple(room.items()),
        snapshots=len(handed_over),
        backups=len(sizes) * backups_each,
        backup_gib=sum(by_type.values()) * backups_each,
        networks=1,
        subnets=1,
        ports=len(servers) + int(routed) + load_balancers,
        routers=int(routed),
        public_addresses=public_addresses,
        security_groups=len(tiers) + 1,
        security_group_rules=DEFAULT_GROUP_RULES + sum(len(tier.rules) + NEW_GROUP_RULES for tier in tiers),
        object_gib=object_gib,
        buckets=buckets,
        load_balancers=load_balancers,
    )


def _sizes(servers: Iterable[Server]) -> Iterable[tuple[str, int]]:
    for server in servers:
        if server.boot_gib:
            yield server.boot_type, server.boot_gib
        for volume in server.volumes:
            yield volume.type, volume.size_gib
