"""Load balancers that the broker builds: their planned addresses, and listeners that approved flows name."""

from collections.abc import Iterable
from ipaddress import IPv4Network

from broker.documents.platform import CloudSpec
from broker.estate.balancing import built
from broker.estate.system import Deployment
from broker.plan.address import balancer_address, own_slot, subnet_of
from stacks.spec import Direction, Listener, LoadBalancer, Rule, Tier

_BALANCED = ("tcp", "udp")


def addresses(deployment: Deployment, cloud: CloudSpec | None, tier: str) -> tuple[IPv4Network, ...]:
    """Where the load balancers before a tier answer, each a network of one address."""
    if deployment.subnet is None:
        return ()
    before = [balancer for balancer in built(deployment, cloud) if balancer.layout.tier == tier]
    subnet = subnet_of(deployment.subnet)
    return tuple(IPv4Network(balancer_address(subnet, balancer.number)) for balancer in before)


def load_balancers(
    deployment: Deployment, cloud: CloudSpec, subnet: IPv4Network, tiers: Iterable[Tier], *, enabled: bool
) -> tuple[LoadBalancer, ...]:
    """One for each that is built. Suspended ones are kept and let nothing pass (C-6(五))."""
    by_tier = {tier.name: tier.rules for tier in tiers}
    return tuple(
        LoadBalancer(
            name=balancer.name,
            tier=balancer.layout.tier,
            address=str(balancer_address(subnet, balancer.number)),
            listeners=listeners(by_tier.get(balancer.layout.tier, ()), subnet),
            enabled=enabled,
        )
        for balancer in built(deployment, cloud)
    )


def listeners(rules: Iterable[Rule], subnet: IPv4Network) -> tuple[Listener, ...]:
    """A listener for each port that approved flows open at the tier, for exactly those whom they name."""
    machines = str(own_slot(subnet))
    sources: dict[tuple[str, int], set[str]] = {}
    for rule in rules:
        opens = rule.direction is Direction.INGRESS and rule.protocol in _BALANCED and rule.remote_cidr != machines
        if opens and rule.port_min == rule.port_max:
            sources.setdefault((rule.protocol, rule.port_min), set()).add(rule.remote_cidr)
    return tuple(Listener(protocol, port, tuple(sorted(found))) for (protocol, port), found in sorted(sources.items()))
