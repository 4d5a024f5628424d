"""Test resources have a last day: they stand still after it, lose nothing, and go on by an extension or the go-live."""

from datetime import datetime
from typing import Any

import pytest

from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.estate.system import Estate
from broker.plan.stack import stack_specs
from broker.registry.filed import Registry
from stacks import spec as stacks
from tests.fixtures import demo_district as demo
from tests.unit.broker.decide.rounds import after, filed_at, round_of
from tests.unit.broker.decide.test_cases import CASES, case_of

EXTENDED = case_of(CASES / "FORM_INCOMPLETE" / "test-resources-extended.yaml")
PAPERS, FORM = EXTENDED["before"], EXTENDED["file"]
NOW, END = demo.at("2026-11-23T12:00"), demo.at("2026-12-21T00:00")


def paper(kind: str, id_: str, filed_by: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"id": id_, "filed_on": "2026-11-23", "filed_by": filed_by}
    return {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}


DECISION = paper(
    "IntentDecision",
    "more-time-decision",
    "office-clerk",
    {"form": "more-time", "decision": "approved", "decided_on": "2026-11-23"},
)
ASSIGNED = paper(
    "Assignment",
    "more-time-assigned",
    "ops-dispatcher",
    {
        "matter": "more-time",
        "assignee": "provider",
        "provider": "provider-a",
        "assigned_at": "2026-11-23T11:00:00+08:00",
    },
)


def admitted(*papers: dict[str, Any]) -> Registry:
    registry = filed_at(NOW, papers)
    round_ = round_of(registry, NOW)
    assert all(outcome.admitted.admitted for outcome in round_.outcomes)
    return after(registry, round_)


def estate_at(registry: Registry, instant: datetime) -> Estate:
    return fold(registry.filed, admissions_of(registry.records), instant)


def spec_at(registry: Registry, instant: str) -> stacks.StackSpec:
    specs = stack_specs(estate_at(registry, demo.at(instant)), platform_of(registry))
    return next(spec for spec in specs if spec.system == "park-patrol")


def test_test_resources_stand_still_after_their_last_day_and_keep_everything() -> None:
    registry = admitted(*PAPERS)
    before, later = spec_at(registry, "2026-12-20T23:59"), spec_at(registry, "2026-12-21T00:00")
    assert (before.power, later.power) == (stacks.Power.RUNNING, stacks.Power.STOPPED)
    assert ([a.enabled for a in before.accesses], [a.enabled for a in later.accesses]) == ([True], [False])
    assert (before.tiers, before.buckets, before.quota) == (later.tiers, later.buckets, later.quota)


def test_the_broker_wakes_when_they_end() -> None:
    def next_of(registry: Registry) -> datetime | None:
        system = estate_at(registry, NOW).system("park-patrol")
        assert system is not None
        return system.test_end

    assert next_of(admitted(*PAPERS)) == END
    change = estate_at(admitted(*PAPERS), demo.at("2026-12-20T12:00")).next_change_at
    assert change is not None
    assert change <= END


def test_an_extension_that_was_agreed_to_lets_them_go_on() -> None:
    registry = admitted(*PAPERS, FORM, DECISION, ASSIGNED)
    assert spec_at(registry, "2026-12-21T00:00").power is stacks.Power.RUNNING
    assert spec_at(registry, "2027-02-01T00:00").power is stacks.Power.STOPPED


def test_what_went_live_has_no_test_resources() -> None:
    parts = [
        {"part": part, "passed": True, "tested_on": "2026-11-20", "tested_by": "测试组"}
        for part in ("functional", "performance", "security")
    ]
    assessed = {"system": "park-patrol", "grade": 2, "assessed_on": "2026-11-20", "assessed_by": "测评机构"}
    registry = admitted(
        *PAPERS,
        paper("ConformanceTestReport", "tests", "haitang-clerk", {"system": "park-patrol", "results": parts}),
        paper("ProtectionAssessment", "assessed", "haitang-clerk", assessed | {"conclusion": "passed"}),
        paper("GoLive", "live", "office-clerk", {"system": "park-patrol", "live_from": "2026-12-01"}),
    )
    assert spec_at(registry, "2027-02-01T00:00").power is stacks.Power.RUNNING


@pytest.mark.parametrize("instant", ["2026-12-20T23:59", "2026-12-21T00:00"])
def test_without_a_last_day_they_run_until_the_go_live(instant: str) -> None:
    request, approval, assignment = PAPERS
    unlimited = {name: value for name, value in approval["spec"].items() if name != "test_until"}
    registry = admitted(request, approval | {"spec": unlimited}, assignment)
    assert spec_at(registry, instant).power is stacks.Power.RUNNING
