import dataclasses
import json
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from stacks.program.build import build
from stacks.resource import Ref, Resource, references
from stacks.spec import StackSpec, digest, from_json, to_json
from tests.fixtures.stack_specs import stack_specs, with_server


def of_type(resources: tuple[Resource, ...], kind: str) -> list[Resource]:
    return [resource for resource in resources if resource.type == f"govcloud:openstack:{kind}"]


@given(stack_specs())
def test_a_spec_survives_being_written_and_read(spec: StackSpec) -> None:
    assert from_json(to_json(spec)) == spec
    assert digest(from_json(to_json(spec))) == digest(spec)


@given(stack_specs())
def test_a_spec_is_written_field_by_field_in_canonical_json_but_for_what_came_later_and_is_not_wanted(
    spec: StackSpec,
) -> None:
    fields = dataclasses.asdict(spec)
    for bucket in fields["buckets"]:
        if not bucket["encrypted"]:
            del bucket["encrypted"]
        if not bucket["readers"]:
            del bucket["readers"]
    for tier in fields["tiers"]:
        if tier["user_data"] is None:
            del tier["user_data"]
    assert to_json(spec) == json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(stack_specs())
def test_a_spec_gives_the_same_resources_every_time(spec: StackSpec) -> None:
    assert build(spec) == build(from_json(to_json(spec)))


@given(stack_specs())
def test_names_are_unique_and_everything_named_comes_before(spec: StackSpec) -> None:
    seen: set[str] = set()
    for resource in build(spec):
        named = {ref.resource for ref in references(resource.properties)} | set(resource.after)
        named |= {name for name in (resource.parent, resource.deleted_with) if name is not None}
        assert named <= seen
        assert resource.name not in seen
        assert "::" not in resource.name
        seen.add(resource.name)


@given(stack_specs(), st.data())
def test_one_more_server_changes_nothing_that_is_there(spec: StackSpec, data: st.DataObject) -> None:
    if not spec.tiers:
        assert of_type(build(spec), "Server") == []
        return
    tier = data.draw(st.sampled_from([one.name for one in spec.tiers]))
    before = {resource.name: resource for resource in build(spec)}
    after = {resource.name: resource for resource in build(with_server(spec, tier))}
    assert {name: after.get(name) for name in before} == before
    assert len(after.keys() - before.keys()) >= 3


@given(stack_specs())
def test_a_public_address_exists_only_in_the_internet_zone(spec: StackSpec) -> None:
    addresses = of_type(build(spec), "FloatingIp")
    assert len(addresses) == len(spec.public_addresses)
    assert spec.zone == "internet" or not addresses


@given(stack_specs())
def test_exactly_the_rules_of_the_spec_are_open(spec: StackSpec) -> None:
    groups = {group.name: group.properties["rules"] for group in of_type(build(spec), "SecurityGroup")}
    wanted = {f"group-{tier.name}": [dataclasses.asdict(rule) for rule in tier.rules] for tier in spec.tiers}
    assert groups == wanted


@given(stack_specs())
def test_nothing_leaves_a_subnet_that_no_flow_leaves(spec: StackSpec) -> None:
    found = build(spec)
    for kind in ("Router", "RouterInterface", "NetworkAccess"):
        assert len(of_type(found, kind)) == int(spec.routed)


def limit_of(limited: Resource, found: tuple[Resource, ...]) -> tuple[object, object]:
    """The rates that a port, a gateway or an address has, kbit/s out and in."""
    ref = limited.properties["qos_policy_id"]
    assert isinstance(ref, Ref)
    (policy,) = (policy for policy in of_type(found, "QosPolicy") if policy.name == ref.resource)
    return policy.properties["egress_kbps"], policy.properties["ingress_kbps"]


@given(stack_specs())
def test_the_limits_of_all_ways_out_sum_to_the_approved_bandwidth_in_each_direction(spec: StackSpec) -> None:
    found = build(spec)
    limits = [limit_of(way, found) for way in (*of_type(found, "FloatingIp"), *of_type(found, "Router"))]
    assert all(isinstance(kbps, int) and kbps > 0 for limit in limits for kbps in limit)
    approved = spec.bandwidth_mbps * 1000 if spec.routed else 0
    assert [sum(kbps for kbps in way if isinstance(kbps, int)) for way in zip(*limits, strict=True)] == (
        [approved, approved] if limits else []
    )


@given(stack_specs())
def test_no_machine_has_more_than_the_approved_bandwidth(spec: StackSpec) -> None:
    found = build(spec)
    approved = spec.bandwidth_mbps * 1000
    assert {limit_of(port, found) for port in of_type(found, "Port")} <= {(approved, approved)}


@given(stack_specs())
def test_every_resource_says_whose_it_is(spec: StackSpec) -> None:
    whose = {"system": spec.system, "unit": spec.unit, "zone": spec.zone, "request_number": spec.request_number}
    unlabelled = ("RoleGrant", "NetworkAccess", "QuotaSet", "RouterInterface", "VolumeAttachment", "User")
    for resource in build(spec):
        if not resource.component and not resource.type.endswith(unlabelled):
            labels = resource.properties["labels"]
            assert isinstance(labels, Mapping)
            assert dict(labels) == whose
