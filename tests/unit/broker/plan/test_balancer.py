"""Load balancers as the plan makes them: built exactly where the cloud offers them, from what approved flows name."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from broker.check.manual import load_balancers as told
from broker.documents.changes import AddLoadBalancer, RemoveLoadBalancer
from broker.documents.layout import LoadBalancerLayout
from broker.estate.change import apply_change
from broker.estate.fold import fold
from broker.estate.manual import open_items
from broker.estate.platform import Platform, platform_of
from broker.estate.system import Estate, Lifecycle, System
from broker.plan.address import balancer_address, balancer_room, clouds_own, own_slot, slot_network
from broker.plan.stack import stack_specs
from broker.registry.filed import Registry
from stacks.program.build import build
from stacks.resource import Ref
from stacks.spec import Listener, StackSpec
from tests.fixtures import demo_district as demo

NOW = demo.at("2026-11-23T12:00")
STACK = "online-hall.internet.provider-a"
ENTRY = LoadBalancerLayout(name="entry", tier="web", public_address="front")


def district(*described: LoadBalancerLayout, offers: bool, granted: int = 1) -> Registry:
    """The demo district whose online hall may have load balancers, on clouds that offer them or do not."""
    known = demo.registry()

    def changed(filed: Any) -> Any:
        spec = filed.spec
        if filed.kind == "Cloud" and offers:
            spec = spec.model_copy(update={"offers": (*(spec.offers or ()), "load_balancer")})
        elif filed.id == "online-hall-request":
            update = {"load_balancers": granted, "load_balancing": described}
            zones = tuple(z.model_copy(update=update) if z.zone == "internet" else z for z in spec.zones)
            spec = spec.model_copy(update={"zones": zones})
        return replace(filed, document=filed.document.model_copy(update={"spec": spec}))

    return replace(known, filed=tuple(changed(filed) for filed in known.filed))


def planned(known: Registry) -> tuple[Estate, Platform]:
    return fold(known.filed, demo.admissions(known, NOW), NOW), platform_of(known)


def spec_of(known: Registry) -> StackSpec:
    return next(spec for spec in stack_specs(*planned(known)) if spec.name == STACK)


def by_hand(known: Registry) -> list[int]:
    estate, platform = planned(known)
    return [item.wanted for item in open_items(estate, known, platform)]


def test_where_the_cloud_offers_it_a_described_one_is_built_and_nothing_is_left_to_people() -> None:
    known = district(ENTRY, offers=True)
    spec = spec_of(known)
    (made,) = spec.load_balancers
    subnet = IPv4Network(spec.subnet.cidr)
    assert (made.name, made.tier, made.address) == ("entry", "web", str(subnet[2]))
    assert made.listeners == (Listener("tcp", 443, ("0.0.0.0/0",)),)
    assert [address.load_balancer for address in spec.public_addresses] == ["entry"]
    assert by_hand(known) == []
    assert [problem.code for problem in told(known)] == ["LOAD_BALANCER_BUILT"]


def test_where_the_cloud_does_not_it_stays_with_people_and_the_stack_is_as_without() -> None:
    known = district(ENTRY, offers=False)
    assert spec_of(known) == spec_of(district(offers=False, granted=0))
    assert by_hand(known) == [1]
    (problem,) = told(known)
    assert problem.code == "MANUAL_ITEM_OPEN"
    assert "does not offer load balancers" in problem.fact


def test_one_that_nothing_describes_stays_with_people_on_any_cloud() -> None:
    known = district(ENTRY, offers=True, granted=2)
    assert len(spec_of(known).load_balancers) == 1
    assert by_hand(known) == [1]
    assert [problem.code for problem in told(known)] == ["LOAD_BALANCER_BUILT", "MANUAL_ITEM_OPEN"]


def test_the_members_let_its_machines_in_and_nobody_else_of_the_subnet() -> None:
    spec = spec_of(district(ENTRY, offers=True))
    rules = {(rule.direction.value, rule.port_min, rule.remote_cidr) for rule in spec.tiers[0].rules}
    own = str(own_slot(IPv4Network(spec.subnet.cidr)))
    assert ("ingress", 443, own) in rules
    assert rules - {("ingress", 443, own)} == {
        (rule.direction.value, rule.port_min, rule.remote_cidr)
        for rule in spec_of(district(offers=True)).tiers[0].rules
    }


def test_where_it_offers_them_the_cloud_gets_addresses_of_its_own_from_the_first_day() -> None:
    spec = spec_of(district(granted=0, offers=True))
    subnet = IPv4Network(spec.subnet.cidr)
    assert spec.subnet.own == (str(subnet[5]), str(subnet[15]))
    assert spec_of(district(granted=0, offers=False)).subnet.own is None


def test_the_quota_has_room_for_it_at_neutron_and_octavia_and_none_for_more() -> None:
    without, with_one = spec_of(district(offers=True)), spec_of(district(ENTRY, offers=True))
    assert (without.quota.load_balancers, with_one.quota.load_balancers) == (0, 1)
    assert with_one.quota.ports == without.quota.ports + 1
    quotas = {each.name: each.properties for each in build(without)}
    assert quotas["quota"]["load_balancers"] == 0
    elsewhere = {each.name: each.properties for each in build(spec_of(district(offers=False)))}
    assert "load_balancers" not in elsewhere["quota"]


def test_a_suspended_systems_load_balancer_lets_nothing_pass() -> None:
    estate, platform = planned(district(ENTRY, offers=True))
    systems = tuple(replace(s, lifecycle=Lifecycle.SUSPENDED) if s.id == "online-hall" else s for s in estate.systems)
    (spec,) = (s for s in stack_specs(replace(estate, systems=systems), platform) if s.name == STACK)
    assert [balancer.enabled for balancer in spec.load_balancers] == [False]
    assert [address.attached for address in spec.public_addresses] == [False]


def test_its_resources_name_members_by_their_planned_addresses_and_the_address_leads_to_it() -> None:
    spec = spec_of(district(ENTRY, offers=True))
    made: dict[str, Any] = {each.name: each.properties for each in build(spec)}
    (listener,) = made["balancer-entry"]["listeners"]
    assert listener["members"] == [{"name": s.name, "address": s.address} for s in spec.tiers[0].servers]
    assert made["address-front"]["port_id"] == Ref("balancer-entry", "port_id")


@pytest.mark.parametrize(("prefix", "room"), [(28, 0), (26, 0), (25, 1), (24, 3), (23, 7), (20, 63)])
def test_a_subnet_has_room_for_so_many(prefix: int, room: int) -> None:
    assert balancer_room(IPv4Network(f"10.0.0.0/{prefix}")) == room


def test_no_address_of_the_networks_own_slot_has_two_uses() -> None:
    subnet = IPv4Network("10.64.7.0/24")
    planned_ones = [balancer_address(subnet, number) for number in range(1, balancer_room(subnet) + 1)]
    first, last = clouds_own(subnet)
    assert planned_ones == [IPv4Address("10.64.7.2"), IPv4Address("10.64.7.3"), IPv4Address("10.64.7.4")]
    assert (first, last) == (IPv4Address("10.64.7.5"), IPv4Address("10.64.7.15"))
    assert slot_network(subnet, 0)[0] == last + 1


@pytest.mark.parametrize("number", [0, 4])
def test_an_address_beyond_the_room_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="has room for 3 load balancers"):
        balancer_address(IPv4Network("10.64.7.0/24"), number)


def test_one_that_a_form_adds_is_told_and_has_the_lowest_free_number() -> None:
    form = {
        "apiVersion": "govcloud/v1",
        "kind": "ServiceIntentForm",
        "metadata": {"id": "hall-form", "filed_on": "2026-11-20", "filed_by": "gov-service-clerk"},
        "spec": {
            "system": "online-hall",
            "unit": "gov-service",
            "reason": "负荷变化。",
            "intent": {
                "purpose": "change",
                "changes": [
                    {"action": "add_load_balancer", "zone": "internet", "load_balancer": {"name": n, "tier": "web"}}
                    for n in ("more", "third")
                ],
            },
        },
    }
    known = district(ENTRY, offers=True)
    with_form = replace(known, filed=(*known.filed, demo.filed(form, "extra/form.yaml", 10**6)))
    (problem,) = told(with_form)
    assert problem.fact.endswith(": entry, more, third")


def test_one_that_is_given_back_frees_its_address_and_moves_no_other() -> None:
    estate, platform = planned(district(ENTRY, ENTRY.model_copy(update={"name": "more"}), offers=True, granted=2))
    hall = estate.system("online-hall")
    assert hall is not None
    gone = apply_change(
        hall, RemoveLoadBalancer(action="remove_load_balancer", zone="internet", load_balancer="entry"), ""
    )
    assert isinstance(gone, System)
    new = LoadBalancerLayout(name="new", tier="web")
    both = apply_change(gone, AddLoadBalancer(action="add_load_balancer", zone="internet", load_balancer=new), "")
    assert isinstance(both, System)
    systems = tuple(both if system.id == both.id else system for system in estate.systems)
    (spec,) = (s for s in stack_specs(replace(estate, systems=systems), platform) if s.name == STACK)
    subnet = IPv4Network(spec.subnet.cidr)
    assert {each.name: each.address for each in spec.load_balancers} == {"more": str(subnet[3]), "new": str(subnet[2])}
