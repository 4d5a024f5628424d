"""The state machine as a table: complete, without two kinds for one step, and obeyed by the fold."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from broker.documents.kinds import DOCUMENTS
from broker.estate import lifecycle
from broker.estate.fold import fold
from broker.estate.lifecycle import STAGE_ZH, TRANSITIONS, Step, needed, possible
from broker.estate.pages import lifecycle as page
from broker.estate.platform import platform_of
from broker.estate.step import Then, go_on, halt, moved, reach
from broker.estate.system import DEPLOYED, HALTED, RUNNING, Lifecycle, System
from broker.plan.stack import stack_specs
from stacks.spec import Power
from tests.fixtures.demo_district import admissions, at, registry

PAGE = Path(__file__).parents[4] / "docs" / "lifecycle.md"
STEPS = tuple(dict.fromkeys(t.step for t in TRANSITIONS))


def test_the_published_page_is_drawn_from_the_table() -> None:
    told = "docs/lifecycle.md is stale: write `broker.estate.pages.lifecycle()` into it"
    assert PAGE.read_text(encoding="utf-8") == page(), told


def test_the_page_draws_every_transition_once() -> None:
    arrows = [line for line in page().splitlines() if "-->" in line]
    assert len(arrows) == len(set(arrows)) == len(TRANSITIONS)


def test_each_transition_is_made_by_exactly_one_kind_of_document() -> None:
    ends = [(t.before, t.after) for t in TRANSITIONS]
    assert len(ends) == len(set(ends))
    assert {t.step.kind for t in TRANSITIONS} <= set(DOCUMENTS)


def test_every_stage_is_reached_named_and_but_for_the_last_left() -> None:
    assert set(STAGE_ZH) == set(Lifecycle) == {t.after for t in TRANSITIONS}
    assert {t.before for t in TRANSITIONS} == {None, *Lifecycle} - {Lifecycle.RETIRED}


def test_what_runs_and_what_stands_still_are_different_stages() -> None:
    assert not RUNNING & HALTED
    assert {Lifecycle.EXITING} == DEPLOYED - RUNNING - HALTED


@pytest.mark.parametrize(
    ("stage", "step", "first"),
    [
        (Lifecycle.TRIAL, lifecycle.GO_LIVE, (lifecycle.ACCEPTANCE,)),
        (Lifecycle.FILED, lifecycle.GO_LIVE, (lifecycle.APPROVAL, lifecycle.ASSIGNMENT)),
        (None, lifecycle.ASSIGNMENT, (lifecycle.REQUEST, lifecycle.APPROVAL)),
        (Lifecycle.PRODUCTION, lifecycle.HAND_OVER, (lifecycle.EXIT,)),
        (Lifecycle.PRODUCTION, lifecycle.SUSPENSION, ()),
        (Lifecycle.RETIRED, lifecycle.SUSPENSION, None),
        (Lifecycle.SUSPENDED, lifecycle.MEASURE, ()),
        (Lifecycle.COMPELLED, lifecycle.SUSPENSION, (lifecycle.RESUMPTION,)),
        (Lifecycle.EXITING, lifecycle.MEASURE, None),
    ],
)
def test_what_must_come_first_is_the_shortest_way(
    stage: Lifecycle | None, step: Step, first: tuple[Step, ...] | None
) -> None:
    assert needed(stage, step) == first


def test_what_must_come_first_does_lead_there() -> None:
    for stage, step in product((None, *Lifecycle), STEPS):
        way = needed(stage, step)
        if way is not None:
            stages = {stage}
            for before in way:
                stages = {t.after for t in TRANSITIONS if t.before in stages and t.step == before}
            assert any(possible(reached, step) for reached in stages)


def a_system(stage: Lifecycle) -> System:
    whole = registry()
    estate = fold(whole.filed, admissions(whole, at("2026-11-23T12:00")), at("2026-11-23T12:00"))
    found = estate.system("urban-v2")
    assert found is not None
    return replace(found, lifecycle=stage, suspended_by="order" if stage in HALTED else None, halted_in=_back(stage))


def _back(stage: Lifecycle) -> Lifecycle | None:
    return Lifecycle.TRIAL if stage in HALTED else None


def _to(end: Lifecycle) -> Then:
    return lambda system, _: replace(system, lifecycle=end)


_HALTS = (lifecycle.SUSPENSION, lifecycle.INTERRUPTION, lifecycle.MEASURE)


def after(stage: Lifecycle) -> Iterator[tuple[Step, Lifecycle]]:
    """Where each step of the fold leads from the stage."""
    system = a_system(stage)
    steps = [(step, reach(step, "d")) for step in (lifecycle.TRIAL_RUN, lifecycle.ACCEPTANCE)]
    steps += [(step, halt(step, "other")) for step in _HALTS]
    steps += [(step, go_on(step, "d", "order")) for step in (lifecycle.RESUMPTION, lifecycle.RESTORATION)]
    steps += [
        (step, moved(step, "d", _to(end)))
        for step, end in (
            (lifecycle.APPROVAL, Lifecycle.APPROVED),
            (lifecycle.ASSIGNMENT, Lifecycle.TESTING),
            (lifecycle.GO_LIVE, Lifecycle.PRODUCTION),
            (lifecycle.EXIT, Lifecycle.EXITING),
            (lifecycle.HAND_OVER, Lifecycle.RETIRED),
        )
    ]
    for step, change in steps:
        moved_to = change(system)
        assert moved_to is not None
        yield step, moved_to.lifecycle


@pytest.mark.parametrize("stage", list(Lifecycle))
def test_the_fold_makes_exactly_the_steps_of_the_table(stage: Lifecycle) -> None:
    made = {(step.kind, end) for step, end in after(stage) if end is not stage}
    drawn = {(t.step.kind, t.after) for t in TRANSITIONS if t.before is stage}
    back = {(kind, end) for kind, end in drawn if stage in HALTED and end in RUNNING and end is not Lifecycle.TRIAL}
    assert made == drawn - back


def test_a_suspension_ends_where_it_began() -> None:
    for stage in RUNNING:
        held = halt(lifecycle.SUSPENSION, "order")(a_system(stage))
        assert held is not None
        assert held.lifecycle is Lifecycle.SUSPENDED
        other = go_on(lifecycle.RESUMPTION, "d", "another-order")(held)
        own = go_on(lifecycle.RESUMPTION, "d", "order")(held)
        assert other is not None
        assert own is not None
        assert (other.lifecycle, own.lifecycle) == (Lifecycle.SUSPENDED, stage)


def test_a_suspension_takes_the_place_of_an_interruption_and_ends_both() -> None:
    system: System | None = a_system(Lifecycle.PRODUCTION)
    for change in (
        halt(lifecycle.INTERRUPTION, "harm"),
        halt(lifecycle.SUSPENSION, "order"),
        go_on(lifecycle.RESTORATION, "d", "harm"),
    ):
        system = change(system)
    assert system is not None
    assert system.lifecycle is Lifecycle.SUSPENDED
    ended = go_on(lifecycle.RESUMPTION, "d", "order")(system)
    assert ended is not None
    assert ended.lifecycle is Lifecycle.PRODUCTION


def interruption(*, ended: bool) -> list[dict[str, Any]]:
    order = {
        "request": "harm",
        "act": "act-2026-009",
        "systems": ["vaccination-booking", "chronic-followup"],
        "effective_at": "2026-11-20T10:00:00+08:00",
        "reason": "第十七条",
    }
    papers: list[tuple[str, str, dict[str, Any]]] = [("HarmInterruptionOrder", "harm-order", order)]
    over = {"order": "harm-order", "effective_at": "2026-11-21T10:00:00+08:00", "handled": "已处置"}
    papers = [
        ("HarmInterruptionOrder", "harm-order", order),
        *([("ServiceRestoration", "over", over)] if ended else []),
    ]
    head = {"filed_on": "2026-11-20", "filed_by": "office-clerk"}
    return [
        {"apiVersion": "govcloud/v1", "kind": kind, "metadata": {"id": id_, **head}, "spec": spec}
        for kind, id_, spec in papers
    ]


@pytest.mark.parametrize(
    ("as_of", "papers", "power"),
    [
        ("2026-11-20T09:59", interruption(ended=False), Power.RUNNING),
        ("2026-11-20T10:00", interruption(ended=False), Power.STOPPED),
        ("2026-11-21T09:59", interruption(ended=True), Power.STOPPED),
        ("2026-11-21T10:00", interruption(ended=True), Power.RUNNING),
    ],
)
def test_an_interruption_stops_every_named_system_and_its_end_restores_them(
    as_of: str, papers: list[dict[str, Any]], power: Power
) -> None:
    whole = registry(papers)
    estate = fold(whole.filed, admissions(whole, at("2026-11-23T12:00")), at(as_of))
    specs = [
        s for s in stack_specs(estate, platform_of(whole)) if s.system in {"vaccination-booking", "chronic-followup"}
    ]
    assert len(specs) > 2
    assert {spec.power for spec in specs} == {power}
    before = fold(whole.filed, admissions(whole, at("2026-11-23T12:00")), at("2026-11-19T12:00"))
    kept = {s.name: s.buckets for s in stack_specs(before, platform_of(whole))}
    assert all(spec.buckets == kept[spec.name] for spec in specs)
