"""Address pools and subnets: none overlaps another, each subnet lies in a pool of its zone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network

from broker.documents.cases import (
    AssignmentSpec,
    HandOverSpec,
    Leaving,
    OnboardingRequestSpec,
    ServiceIntentFormSpec,
)
from broker.documents.envelope import Spec
from broker.documents.exceptions import CityCloudLinkSpec
from broker.documents.platform import AddressPoolSpec, ZoneSpec
from broker.problem import Problem
from broker.registry.filed import Filed

Fault = tuple[Filed[Spec], Problem]


@dataclass(frozen=True, slots=True)
class _Range:
    filed: Filed[Spec]
    field: str
    cidr: IPv4Network
    zone: str
    what: str


def address_problems(filed: Iterable[Filed[Spec]]) -> list[Fault]:
    """What is wrong with the addresses of the documents, each fault with the document that entered later."""
    documents = tuple(filed)
    replaced = {name for f in documents for name in f.document.metadata.replaces}
    live = [f for f in documents if f.id not in replaced]
    faults: list[Fault] = []
    pools = list(_pools(live, faults))
    released = released_requests(documents)
    subnets = [r for r in _subnets(live, faults) if vars(r.filed.spec).get("matter") not in released]
    for f in live:
        if isinstance(f.spec, ZoneSpec):
            for n, network in enumerate(f.spec.named_networks):
                _network(f, f"spec.named_networks[{n}].cidr", network.cidr, faults)
        elif isinstance(f.spec, CityCloudLinkSpec):
            _network(f, "spec.cidr", f.spec.cidr, faults)
    faults += _overlaps(pools)
    faults += _overlaps(subnets)
    faults += _outside(subnets, pools)
    return faults


def _pools(live: list[Filed[Spec]], faults: list[Fault]) -> Iterator[_Range]:
    for f in live:
        if isinstance(f.spec, AddressPoolSpec):
            cidr = _network(f, "spec.cidr", f.spec.cidr, faults)
            if cidr and cidr.prefixlen > f.spec.subnet_prefix:
                fact = f"{cidr} is smaller than one subnet of /{f.spec.subnet_prefix}"
                faults.append((f, Problem(f.place("spec.cidr"), "OUT_OF_RANGE", fact, "give a larger pool")))
            elif cidr:
                yield _Range(f, "spec.cidr", cidr, f.spec.zone, "pool")


def _subnets(live: list[Filed[Spec]], faults: list[Fault]) -> Iterator[_Range]:
    for f in live:
        if isinstance(f.spec, AssignmentSpec):
            for n, subnet in enumerate(f.spec.subnets):
                field = f"spec.subnets[{n}].cidr"
                if cidr := _network(f, field, subnet.cidr, faults):
                    yield _Range(f, field, cidr, subnet.zone, "subnet")


def _network(f: Filed[Spec], field: str, text: str, faults: list[Fault]) -> IPv4Network | None:
    try:
        network = ip_network(text)
    except ValueError as error:
        cure = "write the first address of the range and its length, such as 10.64.1.0/24"
        faults.append((f, Problem(f.place(field), "FIELD_VALUE", f"{text} is no range: {error}", cure)))
        return None
    return network if isinstance(network, IPv4Network) else None


def released_requests(documents: tuple[Filed[Spec], ...]) -> frozenset[str]:
    """The requests of systems whose data the unit has back and that may be wiped: their subnets are free again."""
    returned = [f.spec for f in documents if isinstance(f.spec, HandOverSpec) and f.spec.wipe]
    if not returned:
        return frozenset()
    exits = {
        f.id for f in documents if isinstance(f.spec, ServiceIntentFormSpec) and isinstance(f.spec.intent, Leaving)
    }
    systems = {spec.system for spec in returned if spec.form in exits}
    return frozenset(f.id for f in documents if isinstance(f.spec, OnboardingRequestSpec) and f.spec.system in systems)


def _overlaps(ranges: list[_Range]) -> Iterator[Fault]:
    """Sorted by first address, a range overlaps one before it exactly where it begins before the furthest end."""
    furthest: _Range | None = None
    for found in sorted(ranges, key=lambda r: (int(r.cidr.network_address), r.cidr.prefixlen, r.filed.sequence)):
        if furthest is not None and found.cidr.overlaps(furthest.cidr):
            early, late = sorted((furthest, found), key=lambda r: (r.filed.sequence, r.field))
            fact = f"{late.what} {late.cidr} overlaps {early.cidr} of {early.filed.id} ({early.filed.path})"
            problem = Problem(late.filed.place(late.field), "ADDRESS_OVERLAP", fact, "take a range that is free", "C-2")
            yield late.filed, problem
        if furthest is None or found.cidr.broadcast_address > furthest.cidr.broadcast_address:
            furthest = found


def _outside(subnets: list[_Range], pools: list[_Range]) -> Iterator[Fault]:
    by_zone: dict[str, list[IPv4Network]] = {}
    for pool in pools:
        by_zone.setdefault(pool.zone, []).append(pool.cidr)
    for subnet in subnets:
        zone = by_zone.get(subnet.zone, [])
        if not any(subnet.cidr.subnet_of(pool) for pool in zone):
            there = ", ".join(map(str, zone)) or "there is none"
            fact = f"subnet {subnet.cidr} lies in no address pool of the {subnet.zone} zone ({there})"
            place = subnet.filed.place(subnet.field)
            cure = "take a subnet of the zone's pool (broker assign proposes one)"
            yield subnet.filed, Problem(place, "ADDRESS_OUTSIDE_POOL", fact, cure, "C-2")
