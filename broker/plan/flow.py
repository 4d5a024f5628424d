"""Approved flows as rules on both sides: egress at the source, ingress at the target, nothing else (C-2: 按需互通)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from broker.documents.layout import ExtranetUsersEnd, Flow, FlowEnd, NamedNetworkEnd, PublicEnd, TierEnd
from broker.estate.platform import Platform
from broker.estate.system import DEPLOYED, Deployment, Estate, System
from broker.plan.address import own_slot, slot_network, subnet_of
from broker.plan.balancer import addresses
from stacks.spec import Direction, Rule

ANYWHERE = IPv4Network("0.0.0.0/0")
_HOST = 32
EXTRANET_USERS = "extranet-users"
"""The named network of the extranet zone's document that stands for staff on the e-government extranet."""


@dataclass(frozen=True, slots=True, order=True)
class Side:
    """One side of a flow: the tier whose servers get the rule."""

    system: str
    zone: str
    tier: str


@dataclass(frozen=True, slots=True)
class SideRule:
    """A rule and where it holds. `leaves` tells that the other side is outside the stack's own subnet."""

    side: Side
    rule: Rule
    leaves: bool


def side_rules(estate: Estate, platform: Platform) -> tuple[SideRule, ...]:
    """The rules of every flow of every deployed system, both sides, in a fixed order.

    A side whose other end has no addresses (a tier that does not exist, a system without a subnet, a network that no
    document names) gives no rule: what cannot be named cannot be permitted.
    """
    rules = (
        rule
        for system in estate.systems
        if system.lifecycle in DEPLOYED
        for flow in system.flows
        for rule in _rules(flow, system, estate, platform)
    )
    return tuple(sorted(rules, key=lambda r: (r.side, r.rule.flow, r.rule.direction)))


def _rules(flow: Flow, system: System, estate: Estate, platform: Platform) -> Iterator[SideRule]:
    ends = ((flow.source, flow.target, Direction.EGRESS), (flow.target, flow.source, Direction.INGRESS))
    for here, there, direction in ends:
        if not isinstance(here, TierEnd):
            continue
        side = Side(here.system or system.id, here.zone, here.tier)
        remote = _network(there, system, estate, platform)
        if remote is None or _tier_network(side, estate) is None:
            continue
        leaves = not _same_stack(side, there, system)
        yield SideRule(side, _rule(flow, system, direction, remote), leaves=leaves)
        for balanced in _balanced(flow, side, there, direction, system, estate, platform):
            yield SideRule(
                side, _rule(flow, system, direction, balanced), leaves=leaves and balanced.prefixlen == _HOST
            )


def _balanced(  # noqa: PLR0913, PLR0917 - both sides of a flow, and where to look them up
    flow: Flow, side: Side, there: FlowEnd, direction: Direction, system: System, estate: Estate, platform: Platform
) -> tuple[IPv4Network, ...]:
    """What else is on the other side where load balancers stand before the flow's target.

    For its source their addresses; for the target's servers the machines of the load balancers, which connect from the
    network's own slot.
    """
    if flow.protocol == "icmp":
        return ()
    if direction is Direction.INGRESS:
        found = _addresses(side, estate, platform)
        deployment = _deployment(side, estate)
        return (own_slot(subnet_of(deployment.subnet)),) if found and deployment and deployment.subnet else ()
    if isinstance(there, TierEnd):
        return _addresses(Side(there.system or system.id, there.zone, there.tier), estate, platform)
    return ()


def _addresses(side: Side, estate: Estate, platform: Platform) -> tuple[IPv4Network, ...]:
    system, deployment = estate.system(side.system), _deployment(side, estate)
    if system is None or deployment is None:
        return ()
    _, cloud = platform.clouds.get((system.provider, side.zone), ("", None))
    return addresses(deployment, cloud, side.tier)


def _rule(flow: Flow, system: System, direction: Direction, remote: IPv4Network) -> Rule:
    low, high = (flow.port, flow.port) if flow.port is not None else (1, 65_535)
    if flow.protocol == "icmp":
        low, high = 0, 0
    return Rule(
        flow=f"{system.id}/{flow.id}",
        direction=direction,
        protocol=flow.protocol,
        port_min=low,
        port_max=high,
        remote_cidr=str(remote),
    )


def _network(end: FlowEnd, system: System, estate: Estate, platform: Platform) -> IPv4Network | None:
    match end:
        case TierEnd():
            return _tier_network(Side(end.system or system.id, end.zone, end.tier), estate)
        case PublicEnd():
            return ANYWHERE
        case ExtranetUsersEnd():
            return platform.network(EXTRANET_USERS)
        case NamedNetworkEnd():
            return IPv4Network(end.cidr) if end.cidr else platform.network(end.name)


def _deployment(side: Side, estate: Estate) -> Deployment | None:
    system = estate.system(side.system)
    return system.deployment(side.zone) if system and system.lifecycle in DEPLOYED else None


def _tier_network(side: Side, estate: Estate) -> IPv4Network | None:
    deployment = _deployment(side, estate)
    tier = deployment.tier(side.tier) if deployment else None
    if deployment is None or deployment.subnet is None or tier is None:
        return None
    return slot_network(subnet_of(deployment.subnet), tier.slot)


def _same_stack(side: Side, other: FlowEnd, system: System) -> bool:
    return isinstance(other, TierEnd) and (other.system or system.id, other.zone) == (side.system, side.zone)


def rules_by_stack(rules: Iterable[SideRule]) -> dict[tuple[str, str], dict[str, tuple[SideRule, ...]]]:
    """The rules by (system, zone), and there by tier."""
    stacks: dict[tuple[str, str], dict[str, tuple[SideRule, ...]]] = {}
    for rule in rules:
        tiers = stacks.setdefault((rule.side.system, rule.side.zone), {})
        tiers[rule.side.tier] = (*tiers.get(rule.side.tier, ()), rule)
    return stacks
