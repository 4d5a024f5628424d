"""Every rule that a stack must keep, refusing and letting pass."""

from dataclasses import replace

import pytest
from hypothesis import given

from policies.catalogue import RULES
from policies.facts import Subject
from stacks.guard import Seen, facts, findings, seen
from stacks.program.build import build
from stacks.resource import Resource
from stacks.spec import StackSpec
from tests.fixtures.stack_specs import sample, stack_specs

BUILT = build(sample())


def changed(name: str, **properties: object) -> tuple[Resource, ...]:
    return tuple(
        replace(each, properties={**each.properties, **properties}) if each.name == name else each for each in BUILT
    )


def codes(resources: tuple[Resource, ...]) -> list[str]:
    return [finding.code for finding in findings(seen(resources))]


@given(stack_specs())
def test_whatever_a_plan_hands_over_keeps_every_rule(spec: StackSpec) -> None:
    assert findings(seen(build(spec))) == ()


def test_every_rule_of_stacks_is_tested_here() -> None:
    asked = {rule.code for rule in RULES if Subject.STACK in rule.subjects}
    assert asked == {"ZONE_MISMATCH", "BANDWIDTH_NOT_AS_APPROVED", "DATA_UNMARKED"}


@pytest.mark.parametrize("direction", ["egress_kbps", "ingress_kbps"])
def test_a_limit_that_lets_one_kbit_more_through_breaks_the_sum(direction: str) -> None:
    assert codes(changed("limit-18m", **{direction: 18_001})) == ["BANDWIDTH_NOT_AS_APPROVED"]
    assert codes(changed("limit-18m", **{direction: 18_000})) == []


def test_a_way_out_without_a_limit_is_named() -> None:
    (finding,) = findings(seen(changed("router", qos_policy_id=None)))
    assert (finding.code, finding.field) == ("BANDWIDTH_NOT_AS_APPROVED", "router")


def test_a_public_address_in_another_zone_is_refused() -> None:
    labels = {"system": "hall", "unit": "office", "zone": "extranet", "request_number": "RY-1"}
    assert codes(changed("address-front", labels=labels)) == ["ZONE_MISMATCH"]


@pytest.mark.parametrize("name", ["volume-web-1-data", "boot-web-1", "bucket-hall-internet-files"])
def test_what_holds_data_says_whose_it_is(name: str) -> None:
    (finding,) = findings(seen(changed(name, labels={"system": "hall", "unit": "office", "zone": "internet"})))
    assert (finding.code, finding.field) == ("DATA_UNMARKED", name)
    assert finding.fact_zh.endswith("批复文号")


def test_an_address_that_says_no_zone_is_refused() -> None:
    assert [zone.allows_public_addresses for zone in facts([Seen("govcloud:openstack:FloatingIp", "a", {})]).zones] == [
        False
    ]
