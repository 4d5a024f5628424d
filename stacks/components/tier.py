"""The machines of a tier with their ports and boot volumes: both are made first, so that nothing is made twice."""

import hashlib
from collections.abc import Iterator

from stacks.components.access import group_name
from stacks.components.bandwidth import KBPS_PER_MBPS, limit_name
from stacks.components.labels import cloud_name, labels
from stacks.components.project import PROJECT
from stacks.resource import Ref, Resource
from stacks.spec import Server, StackSpec, Tier


def tier(spec: StackSpec, one: Tier) -> tuple[Resource, ...]:
    """Ports, boot volumes and servers of one tier, in the order of their ordinals."""
    parent = f"stack-tier-{one.name}"
    machines = (resource for server in one.servers for resource in _machine(spec, one, server, parent))
    return (Resource("govcloud:components:Tier", parent, component=True), *machines)


def _machine(spec: StackSpec, one: Tier, server: Server, parent: str) -> Iterator[Resource]:
    yield _port(spec, one, server, parent)
    if server.boot_gib > 0:
        yield Resource(
            "govcloud:openstack:Volume",
            f"boot-{server.name}",
            {
                "project_id": PROJECT,
                "name": cloud_name(spec, f"{server.name}-boot"),
                "size_gib": server.boot_gib,
                "type": server.boot_type,
                "image": server.image,
                "labels": labels(spec),
                **({"first_boot": hashlib.sha256(one.user_data.encode()).hexdigest()} if one.user_data else {}),
            },
            parent=parent,
            after=("broker-access", "quota"),
            holds_data=True,
        )
    yield _server(spec, one, server, parent)


def _port(spec: StackSpec, one: Tier, server: Server, parent: str) -> Resource:
    kbps = server.bandwidth_mbps * KBPS_PER_MBPS
    limited = {"qos_policy_id": Ref(limit_name(kbps))} if kbps else {}
    return Resource(
        "govcloud:openstack:Port",
        f"port-{server.name}",
        {
            "project_id": PROJECT,
            "name": cloud_name(spec, server.name),
            "network_id": Ref("network"),
            "subnet_id": Ref("subnet"),
            "address": server.address,
            "security_group_ids": [Ref(group_name(one.name))],
            "labels": labels(spec),
            **limited,
        },
        parent=parent,
        after=("quota",),
    )


def _server(spec: StackSpec, one: Tier, server: Server, parent: str) -> Resource:
    source = {"boot_volume_id": Ref(f"boot-{server.name}")} if server.boot_gib > 0 else {"image": server.image}
    key = {"key_pair": spec.key_pair} if spec.key_pair else {}
    configured = {"user_data": one.user_data} if one.user_data else {}
    return Resource(
        "govcloud:openstack:Server",
        f"server-{server.name}",
        {
            "project_id": PROJECT,
            "name": cloud_name(spec, server.name),
            "flavor": server.flavor,
            "port_id": Ref(f"port-{server.name}"),
            "power": spec.power.value,
            "labels": labels(spec),
            **source,
            **key,
            **configured,
        },
        parent=parent,
        after=("broker-access", "quota"),
    )
