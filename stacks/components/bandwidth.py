"""The approved bandwidth as QoS policies, one per distinct figure (C-2, C-6(四)).

The approved figure holds per direction for the stack's north-south traffic. Traffic of a server with a public address
leaves through that address and is limited there, all other traffic through the router's gateway: the limits of the
addresses and of the gateway sum to the approved figure (the plan shares it out, `stacks.guard` holds every stack to it,
docs/decisions/0013). A port is never above it. One kbit/s is 1000 bit/s, as Neutron counts.
"""

from stacks.components.labels import cloud_name, labels
from stacks.components.project import PROJECT
from stacks.resource import Resource
from stacks.spec import StackSpec

GROUP = "stack-bandwidth"
KBPS_PER_MBPS = 1000


def limit_name(kbps: int) -> str:
    """Logical name of the policy for a figure; the same figure shares one policy."""
    mbps, rest = divmod(kbps, KBPS_PER_MBPS)
    return f"limit-{kbps}k" if rest else f"limit-{mbps}m"


def bandwidth(spec: StackSpec) -> tuple[Resource, ...]:
    """A policy for every figure that a port, an address or the gateway has; none for zero where nothing leaves.

    Raises:
        ValueError: Something leaves the subnet without a limit.
    """
    figures = {server.bandwidth_mbps * KBPS_PER_MBPS for tier in spec.tiers for server in tier.servers}
    figures |= {address.bandwidth_kbps for address in spec.public_addresses}
    figures |= {spec.gateway_kbps} if spec.routed else set()
    figures |= {spec.bandwidth_mbps * KBPS_PER_MBPS} if spec.load_balancers else set()
    if spec.routed and 0 in figures:
        raise ValueError(
            f"building {spec.name}: it has a way out of its subnet and no approved bandwidth for it; "
            "a limit of 0 would be none"
        )
    policies = tuple(_policy(spec, kbps) for kbps in sorted(figures - {0}))
    approved = {"approved_mbps": spec.bandwidth_mbps}
    return (Resource("govcloud:components:Bandwidth", GROUP, approved, component=True), *policies)


def _policy(spec: StackSpec, kbps: int) -> Resource:
    return Resource(
        "govcloud:openstack:QosPolicy",
        limit_name(kbps),
        {
            "project_id": PROJECT,
            "name": cloud_name(spec, limit_name(kbps)),
            "egress_kbps": kbps,
            "ingress_kbps": kbps,
            "labels": labels(spec),
        },
        parent=GROUP,
    )
