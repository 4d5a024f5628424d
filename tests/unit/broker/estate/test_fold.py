from collections import Counter

import pytest

from broker.estate.amount import holdings
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.estate.system import Estate, Lifecycle
from broker.plan.stack import stack_specs
from quotas.amount import Amount
from stacks.spec import Power, StackSpec
from tests.fixtures import demo_district as demo


def estate_at(text: str) -> Estate:
    registry, as_of = demo.registry(), demo.at(text)
    return fold(registry.filed, demo.admissions(registry, as_of), as_of)


def specs_at(text: str) -> dict[str, StackSpec]:
    return {spec.name: spec for spec in stack_specs(estate_at(text), platform_of(demo.registry()))}


def servers(specs: dict[str, StackSpec]) -> int:
    return sum(len(tier.servers) for spec in specs.values() for tier in spec.tiers)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-05-31T12:00", 46),  # D-03 not open yet, D-04 not yet asked for
        ("2026-06-01T00:00", 50),  # the elastic window opens
        ("2026-07-15T23:59", 50),
        ("2026-07-16T00:00", 46),  # and closes by itself
        ("2026-09-15T19:59", 46),  # D-04 is assigned, but asked for after 20:00
        ("2026-09-15T20:00", 45),
        ("2026-11-23T12:00", 45),  # the exiting and the suspended machine count until they are released
    ],
)
def test_the_district_has_as_many_servers_as_its_documents_say(as_of: str, expected: int) -> None:
    assert servers(specs_at(as_of)) == expected


def test_every_system_stands_where_the_demo_data_have_it() -> None:
    stands = {system.id: system.lifecycle for system in estate_at("2026-11-23T12:00").systems}
    assert Counter(stands.values()) == {
        Lifecycle.PRODUCTION: 9,
        Lifecycle.TESTING: 1,
        Lifecycle.EXITING: 1,
        Lifecycle.SUSPENDED: 1,
    }
    assert stands["elderly-care"] is Lifecycle.TESTING
    assert stands["urban-v1"] is Lifecycle.EXITING
    assert stands["haitang-site"] is Lifecycle.SUSPENDED


def test_what_units_hold_is_what_the_demo_data_say() -> None:
    registry = demo.registry()
    estate = estate_at("2026-11-23T12:00")
    held = holdings(estate, platform_of(registry).flavors)
    sums: dict[tuple[str, str], Amount] = {}
    for (system_id, zone), amount in held.items():
        system = estate.system(system_id)
        assert system is not None
        sums[system.unit, zone] = sums.get((system.unit, zone), Amount()) + amount
    figures = {
        key: (a.vcpu, a.memory_gib, a.block_gib, a.object_gib, a.bandwidth_mbps) for key, a in sorted(sums.items())
    }
    assert figures == {
        ("civil-affairs", "extranet"): (32, 112, 2600, 562, 30),
        ("education", "extranet"): (16, 64, 1200, 1024, 20),
        ("education", "internet"): (12, 24, 700, 1224, 70),
        ("gov-service", "extranet"): (32, 128, 3400, 2048, 50),
        ("gov-service", "internet"): (20, 40, 1200, 612, 120),
        ("haitang", "extranet"): (12, 32, 800, 1024, 20),
        ("haitang", "internet"): (2, 4, 150, 20, 10),
        ("health", "extranet"): (56, 192, 4600, 4608, 40),
        ("health", "internet"): (8, 16, 400, 100, 50),
        ("urban-mgmt", "extranet"): (48, 128, 5200, 34816, 120),
    }


def test_the_fold_tells_when_the_same_documents_give_another_estate() -> None:
    registry = demo.registry(until=demo.at("2026-05-31T00:00").date())
    as_of = demo.at("2026-05-31T12:00")
    admissions = demo.admissions(registry, as_of)
    assert fold(registry.filed, admissions, as_of).next_change_at == demo.at("2026-06-01T00:00")
    as_of = demo.at("2026-06-01T00:00")
    assert fold(registry.filed, admissions, as_of).next_change_at == demo.at("2026-07-16T00:00")
    as_of = demo.at("2026-07-16T00:00")
    assert fold(registry.filed, admissions, as_of).next_change_at is None


def test_a_document_that_was_not_admitted_changes_nothing() -> None:
    registry, as_of = demo.registry(), demo.at("2026-09-16T20:30")
    refused = demo.admissions(registry, as_of, admit=lambda id_: id_ not in {*demo.REFUSED, "urban-v2-scale-down-2026"})
    estate = fold(registry.filed, refused, as_of)
    system = estate.system("urban-v2")
    assert system is not None
    tier = system.deployments[0].tier("app")
    assert tier is not None
    assert len(tier.servers) == 4


def test_elastic_servers_have_no_data_disk_and_go_with_the_window() -> None:
    name = "enrolment.internet.provider-b"
    before, open_, after = (specs_at(t)[name] for t in ("2026-05-31T12:00", "2026-06-15T12:00", "2026-07-16T00:00"))
    web = open_.tiers[0].servers
    assert [(server.ordinal, server.elastic, len(server.volumes)) for server in web] == [
        (1, False, 1),
        (2, False, 1),
        (3, True, 0),
        (4, True, 0),
        (5, True, 0),
        (6, True, 0),
    ]
    assert (before.bandwidth_mbps, open_.bandwidth_mbps, after.bandwidth_mbps) == (50, 100, 50)
    assert before == after


def test_a_server_that_leaves_with_its_data_discarded_is_named_as_released() -> None:
    system = estate_at("2026-09-16T20:30").system("urban-v2")
    assert system is not None
    assert set(system.deployments[0].released) == {"boot-app-4", "volume-app-4-data"}
    assert system.deployments[0].kept == ()


def test_a_suspended_system_keeps_data_and_address_and_stands_still() -> None:
    running = specs_at("2026-11-16T16:29")["haitang-site.internet.provider-b"]
    suspended = specs_at("2026-11-16T16:30")["haitang-site.internet.provider-b"]
    assert (running.power, suspended.power) == (Power.RUNNING, Power.STOPPED)
    assert suspended.tiers == running.tiers
    assert suspended.buckets == running.buckets
    assert [(a.name, a.attached) for a in running.public_addresses] == [("front", True)]
    assert [(a.name, a.attached) for a in suspended.public_addresses] == [("front", False)]


def test_an_exit_stops_machines_and_loses_nothing() -> None:
    name = "urban-v1.extranet.provider-b"
    before, after = specs_at("2026-10-14T23:59")[name], specs_at("2026-10-15T00:00")[name]
    assert (before.power, after.power) == (Power.RUNNING, Power.STOPPED)
    assert after.tiers == before.tiers
    assert after.buckets == before.buckets


def test_without_records_nothing_is_admitted() -> None:
    assert admissions_of(()) == {}
    assert fold(demo.documents(), {}, demo.at("2026-11-23T12:00")).systems == ()
