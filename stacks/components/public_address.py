"""Public addresses: only where the spec has them, which is only 互联网区 (C-2)."""

from stacks.components.bandwidth import limit_name
from stacks.components.labels import labels
from stacks.components.load_balancer import balancer_name
from stacks.components.project import PROJECT
from stacks.resource import Ref, Resource
from stacks.spec import PublicAddress, StackSpec

GROUP = "stack-public-addresses"


def public_addresses(spec: StackSpec) -> tuple[Resource, ...]:
    """One floating IP each. A detached one keeps its number, with nothing behind it (C-6(五) suspension)."""
    found = tuple(_address(spec, address) for address in spec.public_addresses)
    return (Resource("govcloud:components:PublicAddresses", GROUP, component=True), *found) if found else ()


def _address(spec: StackSpec, address: PublicAddress) -> Resource:
    attached = {"port_id": _port(address)} if address.attached else {}
    return Resource(
        "govcloud:openstack:FloatingIp",
        f"address-{address.name}",
        {
            "project_id": PROJECT,
            "external_network": spec.cloud.external_network,
            "labels": labels(spec),
            "qos_policy_id": Ref(limit_name(address.bandwidth_kbps)),
            **attached,
        },
        parent=GROUP,
        after=("external-access", "router-interface"),
    )


def _port(address: PublicAddress) -> Ref:
    if address.load_balancer is not None:
        return Ref(balancer_name(address.load_balancer), "port_id")
    return Ref(f"port-{address.tier}-{address.ordinal}")
