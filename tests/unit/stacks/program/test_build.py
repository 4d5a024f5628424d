from dataclasses import replace

import pytest

from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.plan.stack import stack_specs
from stacks.program.build import build
from stacks.resource import Ref, Resource, references
from stacks.spec import StackSpec
from tests.fixtures import demo_district as demo


def specs(as_of: str = "2026-11-23T12:00") -> tuple[StackSpec, ...]:
    registry, instant = demo.registry(), demo.at(as_of)
    estate = fold(registry.filed, demo.admissions(registry, instant), instant)
    return stack_specs(estate, platform_of(registry))


def spec(name: str, as_of: str = "2026-11-23T12:00") -> StackSpec:
    return next(found for found in specs(as_of) if found.name == name)


def by_name(resources: tuple[Resource, ...]) -> dict[str, Resource]:
    return {resource.name: resource for resource in resources}


@pytest.mark.parametrize("stack", specs(), ids=lambda stack: stack.name)
def test_every_name_is_unique_and_what_a_resource_names_comes_before_it(stack: StackSpec) -> None:
    seen: set[str] = set()
    for resource in build(stack):
        assert resource.name not in seen
        assert "::" not in resource.name
        named = {ref.resource for ref in references(resource.properties)} | set(resource.after)
        named |= {name for name in (resource.parent, resource.deleted_with) if name}
        assert named <= seen, resource.name
        seen.add(resource.name)


def test_an_elastic_window_adds_members_and_changes_no_other_resource_but_limits_and_quota() -> None:
    name = "enrolment.internet.provider-b"
    before, after = by_name(build(spec(name, "2026-05-31T12:00"))), by_name(build(spec(name, "2026-06-15T12:00")))
    added = sorted(after.keys() - before.keys())
    expected = [f"{kind}-web-{n}" for kind in ("boot", "port", "server") for n in (3, 4, 5, 6)]
    assert added == sorted([*expected, "limit-100m", "limit-90m", "limit-10m"])
    assert before.keys() - after.keys() == {"limit-50m", "limit-45m", "limit-5m"}
    changed = {key for key in before.keys() & after.keys() if before[key] != after[key]}
    assert changed == {"stack-bandwidth", "quota", "router", "port-web-1", "port-web-2", "address-front"}


def test_what_holds_data_says_so() -> None:
    kinds = {r.type for stack in specs() for r in build(stack) if r.holds_data}
    assert kinds == {"govcloud:openstack:Volume", "govcloud:openstack:Bucket", "govcloud:ceph:Bucket"}
    for stack in specs():
        for resource in build(stack):
            assert resource.holds_data == resource.type.endswith((":Volume", ":Bucket"))


def test_no_public_address_is_built_outside_the_internet_zone() -> None:
    for stack in specs():
        addresses = [r for r in build(stack) if r.type == "govcloud:openstack:FloatingIp"]
        assert bool(addresses) == (stack.zone == "internet")


def test_a_suspended_systems_address_has_nothing_behind_it() -> None:
    (address,) = (r for r in build(spec("haitang-site.internet.provider-b")) if r.name == "address-front")
    assert "port_id" not in address.properties
    (address,) = (r for r in build(spec("edu-portal.internet.provider-b")) if r.name == "address-front")
    assert address.properties["port_id"] == Ref("port-web-1")


def test_a_spec_that_contradicts_itself_is_refused_before_any_call() -> None:
    stack = spec("edu-portal.internet.provider-b")
    broken = replace(stack, public_addresses=(replace(stack.public_addresses[0], tier="nothing"),))
    with pytest.raises(ValueError, match="address-front names"):
        build(broken)


def test_the_gateway_and_every_port_carry_the_approved_limit() -> None:
    stack = spec("online-hall.extranet.provider-a")
    found = by_name(build(stack))
    assert found["limit-50m"].properties["egress_kbps"] == 50_000
    assert found["router"].properties["qos_policy_id"] == Ref("limit-50m")
    ports = [r for r in found.values() if r.type == "govcloud:openstack:Port"]
    assert ports
    assert all(port.properties["qos_policy_id"] == Ref("limit-50m") for port in ports)
