from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.plan.address import gateway, server_address, slot_network, slot_size
from broker.plan.stack import stack_specs
from stacks import spec as stacks
from tests.fixtures import demo_district as demo


def specs() -> dict[str, stacks.StackSpec]:
    registry, as_of = demo.registry(), demo.at("2026-11-23T12:00")
    estate = fold(registry.filed, demo.admissions(registry, as_of), as_of)
    return {spec.name: spec for spec in stack_specs(estate, platform_of(registry))}


def rules(spec: stacks.StackSpec, tier: str) -> set[tuple[str, str, int, str]]:
    found = next(t for t in spec.tiers if t.name == tier)
    return {(rule.flow, rule.direction.value, rule.port_min, rule.remote_cidr) for rule in found.rules}


def test_a_subnet_has_its_gateway_first_and_each_tier_its_own_range() -> None:
    subnet = IPv4Network("10.64.7.0/24")
    assert gateway(subnet) == IPv4Address("10.64.7.1")
    assert slot_network(subnet, 0) == IPv4Network("10.64.7.16/28")
    assert server_address(subnet, 1, 3) == IPv4Address("10.64.7.34")
    assert slot_size(subnet) == 15


@pytest.mark.parametrize(("slot", "ordinal"), [(15, 1), (-1, 1), (0, 0), (0, 16)])
def test_an_address_that_the_subnet_does_not_have_is_refused(slot: int, ordinal: int) -> None:
    with pytest.raises(ValueError, match=r"slot|subnet"):
        server_address(IPv4Network("10.64.7.0/24"), slot, ordinal)


def test_an_interzone_flow_opens_both_sides_and_nothing_else() -> None:
    web, app = specs()["online-hall.internet.provider-a"], specs()["online-hall.extranet.provider-a"]
    web_range = str(slot_network(IPv4Network(web.subnet.cidr), 0))
    app_range = str(slot_network(IPv4Network(app.subnet.cidr), 0))
    assert ("online-hall/web-app", "egress", 8443, app_range) in rules(web, "web")
    assert ("online-hall/web-app", "ingress", 8443, web_range) in rules(app, "app")
    assert {rule[0] for rule in rules(app, "db")} == {"online-hall/app-db"}


def test_only_the_internet_zone_has_public_addresses_and_rules_from_anywhere() -> None:
    for spec in specs().values():
        anywhere = [rule for tier in spec.tiers for rule in tier.rules if rule.remote_cidr == "0.0.0.0/0"]
        assert bool(spec.public_addresses) == (spec.zone == "internet")
        assert bool(anywhere) == (spec.zone == "internet")


def test_public_addresses_and_gateway_together_have_the_approved_bandwidth() -> None:
    shared = {
        spec.name: (spec.gateway_kbps, *(address.bandwidth_kbps for address in spec.public_addresses))
        for spec in specs().values()
    }
    assert shared["online-hall.extranet.provider-a"] == (50_000,)
    assert shared["edu-portal.internet.provider-b"] == (2_000, 18_000)
    assert {sum(shared[spec.name]) == spec.bandwidth_mbps * 1000 for spec in specs().values() if spec.routed} == {True}


def test_the_projects_quota_is_exactly_what_the_stack_needs() -> None:
    quota = specs()["online-hall.extranet.provider-a"].quota
    assert (quota.vcpu, quota.memory_gib, quota.servers) == (32, 128, 6)
    assert (quota.volumes, quota.block_gib) == (12, 3400)
    assert quota.block_gib_by_type == (("high_performance", 2000), ("standard", 1400))
    assert (quota.ports, quota.routers, quota.public_addresses) == (7, 1, 0)
    assert (quota.object_gib, quota.buckets) == (2048, 1)


def test_a_spec_comes_back_from_its_canonical_json() -> None:
    for spec in specs().values():
        assert stacks.from_json(stacks.to_json(spec)) == spec
        assert stacks.digest(stacks.from_json(stacks.to_json(spec))) == stacks.digest(spec)


def test_only_the_tier_that_asked_for_it_has_a_first_boot_configuration() -> None:
    registry, as_of = demo.registry(), demo.at("2026-11-23T12:00")
    estate = fold(registry.filed, demo.admissions(registry, as_of), as_of)
    hall = estate.system("online-hall")
    assert hall is not None
    (web,) = (found := next(d for d in hall.deployments if d.zone == "internet")).tiers
    configured = replace(web, layout=web.layout.model_copy(update={"user_data": "#!/bin/sh\n"}))
    changed = hall.with_deployment(found.with_tier(configured))
    systems = tuple(changed if system is hall else system for system in estate.systems)
    after = {s.name: s for s in stack_specs(replace(estate, systems=systems), platform_of(registry))}
    assert [tier.user_data for tier in after["online-hall.internet.provider-a"].tiers] == ["#!/bin/sh\n"]
    assert {n for n, s in specs().items() if stacks.digest(after[n]) != stacks.digest(s)} == {
        "online-hall.internet.provider-a"
    }


def test_the_demo_district_has_fifteen_stacks_on_four_clouds() -> None:
    found = specs()
    assert len(found) == 15
    assert {spec.cloud.id for spec in found.values()} == {
        "provider-a-extranet",
        "provider-a-internet",
        "provider-b-extranet",
        "provider-b-internet",
    }


def test_a_flow_to_the_citys_cloud_opens_the_range_of_its_link() -> None:
    link = {
        "apiVersion": "govcloud/v1",
        "kind": "CityCloudLink",
        "metadata": {"id": "city-cloud-link", "filed_on": "2026-11-23", "filed_by": "office-clerk"},
        "spec": {
            "name": "city-cloud",
            "name_zh": "市云平台",
            "cidr": "10.201.0.0/24",
            "purpose": "市级业务协同",
            "connected_on": "2026-11-23",
        },
    }
    assert platform_of(demo.registry([link])).network("city-cloud") == IPv4Network("10.201.0.0/24")
    assert platform_of(demo.registry()).network("city-cloud") is None
