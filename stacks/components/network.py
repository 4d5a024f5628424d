"""The stack's own network: one subnet, and a router where an approved flow or a public address leaves it."""

from collections.abc import Iterator

from stacks.components.bandwidth import limit_name
from stacks.components.labels import cloud_name, labels
from stacks.components.project import PROJECT
from stacks.resource import Ref, Resource
from stacks.spec import StackSpec

GROUP = "stack-network"


def network(spec: StackSpec) -> tuple[Resource, ...]:
    """Network and subnet; router and its interface when `spec.routed`."""
    return (Resource("govcloud:components:Network", GROUP, component=True), *_inside(spec))


def _inside(spec: StackSpec) -> Iterator[Resource]:
    own = {"project_id": PROJECT, "labels": labels(spec)}
    yield Resource("govcloud:openstack:Network", "network", {**own, "name": cloud_name(spec, "network")}, parent=GROUP)
    yield Resource(
        "govcloud:openstack:Subnet",
        "subnet",
        {
            **own,
            "name": cloud_name(spec, "subnet"),
            "network_id": Ref("network"),
            "cidr": spec.subnet.cidr,
            "gateway": spec.subnet.gateway,
            **({"cloud_addresses": list(spec.subnet.own)} if spec.subnet.own else {}),
        },
        parent=GROUP,
        deleted_with="network",
    )
    if spec.routed:
        yield _router(spec)
        yield Resource(
            "govcloud:openstack:RouterInterface",
            "router-interface",
            {"project_id": PROJECT, "router_id": Ref("router"), "subnet_id": Ref("subnet")},
            parent=GROUP,
        )


def _router(spec: StackSpec) -> Resource:
    return Resource(
        "govcloud:openstack:Router",
        "router",
        {
            "project_id": PROJECT,
            "name": cloud_name(spec, "router"),
            "external_network": spec.cloud.external_network,
            "qos_policy_id": Ref(limit_name(spec.gateway_kbps)),
            "labels": labels(spec),
        },
        parent=GROUP,
        after=("external-access",),
    )
