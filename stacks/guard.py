"""The rules that every stack must keep, applied to its resources: as built, in a preview, or in an exported state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policies.catalogue import RULES
from policies.evaluate import evaluate
from policies.facts import Facts, HoldingFact, Subject, WaysOutFact, ZoneFact
from policies.rule import Finding
from stacks.resource import Ref, Resource

_PUBLIC_ZONE: Final = "internet"
_ZONES_ZH: Final = {"extranet": "电子政务外网区", "internet": "互联网区"}
_ADDRESS: Final = "govcloud:openstack:FloatingIp"
_WAYS_OUT: Final = (_ADDRESS, "govcloud:openstack:Router")
_HOLDERS: Final = ("govcloud:openstack:Volume", "govcloud:openstack:Bucket", "govcloud:ceph:Bucket")
_BANDWIDTH: Final = "govcloud:components:Bandwidth"
_MARKS: Final = {"system": "系统", "unit": "单位", "zone": "分区", "request_number": "批复文号"}
KBPS_PER_MBPS: Final = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """One resource as the rules see it. `limit`: the properties of the QoS policy that it names; None without one."""

    type: str
    name: str
    properties: Mapping[str, object]
    limit: Mapping[str, object] | None = None


class Forbidden(ValueError):
    """A stack that the rules forbid; the message names every rule with article, fact and cure."""

    def __init__(self, stack: str, found: Sequence[Finding]) -> None:
        self.findings = tuple(found)
        told = "; ".join(f"{one.code}({one.article}): {one.fact_zh}。{one.cure_zh}" for one in found)
        super().__init__(f"building {stack}: {told}")


def seen(resources: Iterable[Resource]) -> tuple[Seen, ...]:
    """Built resources as the rules see them."""
    by_name = {resource.name: resource for resource in resources}
    return tuple(Seen(each.type, each.name, each.properties, _limit(each, by_name)) for each in by_name.values())


def _limit(resource: Resource, by_name: Mapping[str, Resource]) -> Mapping[str, object] | None:
    named = resource.properties.get("qos_policy_id")
    return by_name[named.resource].properties if isinstance(named, Ref) else None


def findings(resources: Iterable[Seen]) -> tuple[Finding, ...]:
    """Everything that the rules find wrong with a stack of these resources."""
    return evaluate(RULES, facts(tuple(resources)))


def facts(resources: Sequence[Seen]) -> Facts:
    """What the rules judge of a stack."""
    return Facts(
        Subject.STACK,
        zones=tuple(_zones(resources)),
        ways_out=_ways_out(resources),
        holdings=tuple(HoldingFact(each.name, _missing(each)) for each in resources if each.type in _HOLDERS),
    )


def _zones(resources: Sequence[Seen]) -> Iterable[ZoneFact]:
    addresses = [each for each in resources if each.type == _ADDRESS]
    for zone in sorted({_label(each, "zone") for each in addresses}):
        yield ZoneFact(
            zone=zone,
            zone_zh=_ZONES_ZH.get(zone, zone or "未标明的分区"),
            field=next(each.name for each in addresses if _label(each, "zone") == zone),
            public_addresses=sum(_label(each, "zone") == zone for each in addresses),
            allows_public_addresses=zone == _PUBLIC_ZONE,
            has_cloud=True,
        )


def _ways_out(resources: Sequence[Seen]) -> WaysOutFact | None:
    ways = [each for each in resources if each.type in _WAYS_OUT]
    if not ways:
        return None
    approved = (each.properties.get("approved_mbps") for each in resources if each.type == _BANDWIDTH)
    return WaysOutFact(
        approved_kbps=sum(_number(mbps) for mbps in approved) * KBPS_PER_MBPS,
        egress_kbps=sum(_number((way.limit or {}).get("egress_kbps")) for way in ways),
        ingress_kbps=sum(_number((way.limit or {}).get("ingress_kbps")) for way in ways),
        unlimited=tuple(way.name for way in ways if not way.limit),
    )


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


def _missing(holder: Seen) -> tuple[str, ...]:
    return tuple(name_zh for name, name_zh in _MARKS.items() if not _label(holder, name))


def _label(resource: Seen, name: str) -> str:
    labels = resource.properties.get("labels")
    return str(labels.get(name) or "") if isinstance(labels, Mapping) else ""
