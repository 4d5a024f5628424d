"""Load balancers before the servers of a tier, on clouds that offer Octavia; elsewhere people make them by hand."""

from stacks.components.bandwidth import KBPS_PER_MBPS, limit_name
from stacks.components.labels import cloud_name, labels
from stacks.components.project import PROJECT
from stacks.resource import Ref, Resource
from stacks.spec import Listener, LoadBalancer, StackSpec

GROUP = "stack-load-balancers"


def balancer_name(name: str) -> str:
    """Logical name of a load balancer."""
    return f"balancer-{name}"


def load_balancers(spec: StackSpec) -> tuple[Resource, ...]:
    """One each; nothing where the stack has none."""
    found = tuple(_balancer(spec, balancer) for balancer in spec.load_balancers)
    return (Resource("govcloud:components:LoadBalancers", GROUP, component=True), *found) if found else ()


def _balancer(spec: StackSpec, balancer: LoadBalancer) -> Resource:
    """Its port is never above the approved figure, as no server's is."""
    kbps = spec.bandwidth_mbps * KBPS_PER_MBPS
    limited = {"qos_policy_id": Ref(limit_name(kbps))} if kbps else {}
    return Resource(
        "govcloud:openstack:LoadBalancer",
        balancer_name(balancer.name),
        {
            "project_id": PROJECT,
            "name": cloud_name(spec, balancer.name),
            "subnet_id": Ref("subnet"),
            "address": balancer.address,
            "enabled": balancer.enabled,
            "listeners": [_listener(spec, balancer, listener) for listener in balancer.listeners],
            "labels": labels(spec),
            **limited,
        },
        parent=GROUP,
        after=("quota",),
    )


def _listener(spec: StackSpec, balancer: LoadBalancer, listener: Listener) -> dict[str, object]:
    servers = (server for tier in spec.tiers if tier.name == balancer.tier for server in tier.servers)
    return {
        "protocol": listener.protocol,
        "port": listener.port,
        "sources": list(listener.sources),
        "members": [{"name": server.name, "address": server.address} for server in servers],
    }
