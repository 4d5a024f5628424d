from dataclasses import replace
from typing import Any

import pytest

from broker.check.manual import load_balancers
from broker.estate.fold import fold
from broker.estate.manual import ManualItem, open_items
from broker.estate.platform import platform_of
from broker.estate.system import Lifecycle
from broker.problem import Severity
from broker.registry.filed import Registry
from tests.fixtures import demo_district as demo

NOW = demo.at("2026-11-23T12:00")
REQUEST = "online-hall-request"
STACK = "online-hall.internet.provider-a"


def evidence(name: str, count: int, zone: str = "internet") -> dict[str, Any]:
    spec = {
        "system": "online-hall",
        "zone": zone,
        "item": "load_balancer",
        "count": count,
        "made_on": "2026-11-19",
        "made": "lb-1",
    }
    metadata = {"id": name, "filed_on": "2026-11-20", "filed_by": "provider-a-clerk"}
    return {"apiVersion": "govcloud/v1", "kind": "ManualWork", "metadata": metadata, "spec": spec}


def district(*extra: dict[str, Any], wanted: int = 2) -> Registry:
    """The demo district whose online hall asked for load balancers in the internet zone."""
    known = demo.registry(extra)
    request: Any = known.get(REQUEST)
    zones = tuple(
        zone.model_copy(update={"load_balancers": wanted if zone.zone == "internet" else 0})
        for zone in request.spec.zones
    )
    spec = request.spec.model_copy(update={"zones": zones})
    asked = replace(request, document=request.document.model_copy(update={"spec": spec}))
    return replace(known, filed=tuple(asked if f.id == REQUEST else f for f in known.filed))


def still_open(known: Registry) -> tuple[ManualItem, ...]:
    return open_items(fold(known.filed, demo.admissions(known, NOW), NOW), known, platform_of(known))


def test_a_load_balancer_is_open_until_its_evidence_is_filed() -> None:
    assert still_open(district()) == (ManualItem(STACK, "load_balancer", 2, 0),)
    assert still_open(district(evidence("first", 1))) == (ManualItem(STACK, "load_balancer", 2, 1),)
    assert still_open(district(evidence("first", 1), evidence("second", 1))) == ()


def test_evidence_of_another_zone_closes_nothing() -> None:
    assert [item.made for item in still_open(district(evidence("first", 2, "extranet")))] == [0]


def test_evidence_that_was_taken_back_closes_nothing() -> None:
    taken_back = evidence("mended", 1)
    taken_back["metadata"]["supersedes"] = "first"
    assert [item.made for item in still_open(district(evidence("first", 2), taken_back))] == [1]


def test_a_system_without_resources_has_nothing_to_be_made() -> None:
    known = district()
    estate = fold(known.filed, demo.admissions(known, NOW), NOW)
    gone = tuple(replace(s, lifecycle=Lifecycle.RETIRED) for s in estate.systems)
    assert open_items(replace(estate, systems=gone), known, platform_of(known)) == ()


@pytest.mark.parametrize(("extra", "told"), [((), 1), ((evidence("first", 2),), 0)])
def test_check_tells_what_is_open_and_refuses_nothing(extra: tuple[dict[str, Any], ...], told: int) -> None:
    found = tuple(load_balancers(district(*extra)))
    assert [problem.code for problem in found] == ["MANUAL_ITEM_OPEN"] * told
    assert {problem.severity for problem in found} <= {Severity.NOTICE}
    assert all(problem.place.field == "spec.zones[0].load_balancers" for problem in found)


def test_a_district_that_asks_for_none_is_told_nothing() -> None:
    assert tuple(load_balancers(district(wanted=0))) == ()
