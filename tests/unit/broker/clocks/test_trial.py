"""Test resources end on a day: the unit is reminded before, and told with the office when they stand still."""

import itertools
from datetime import date
from typing import Any

import pytest

from broker.clocks.clock import State
from broker.clocks.raised import Call, raised
from tests.fixtures.clock_desk import Desk, founded

LAST = "2026-06-30"
MORE = {"purpose": "change", "changes": [{"action": "extend_test", "last_day": "2026-08-31"}]}
APPROVAL: dict[str, Any] = {
    "number": "津南网信办〔2026〕1号",
    "requests": ["request"],
    "decision": "approved",
    "decided_on": "2026-01-06",
}


def trying(**approved: str) -> Desk:
    """`booking` has test resources since 7 January."""
    desk = founded("2026-01-05T09:00")
    desk.file("2026-01-06T10:00", "OnboardingApproval", "approval", APPROVAL | {"test_until": LAST} | approved)
    desk.onboarding("2026-01-06T09:00", "2026-01-07T09:00")
    return desk


def agreed(desk: Desk, when: str, intent: dict[str, Any], decision: str = "approved", **more: str) -> None:
    """A form of the unit with the office's decision, assigned then."""
    desk.form(when, "form", intent, **more)
    desk.file(when, "IntentDecision", "said", {"form": "form", "decision": decision, "decided_on": when[:10]})
    desk.assign(when, "form")


def states(desk: Desk, when: str) -> list[State]:
    return [reading.state for reading in desk.of("test-end", when)]


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        ("2026-01-07T09:00", State.RUNNING),
        ("2026-06-12T23:59", State.RUNNING),
        ("2026-06-15T00:00", State.DUE_SOON),  # ten working days before: 19 June is Dragon Boat
        ("2026-06-30T23:59:59", State.DUE_SOON),
        ("2026-07-01T00:00", State.OVERDUE),
    ],
)
def test_test_resources_run_to_their_last_day(as_of: str, state: State) -> None:
    reading = trying().one("test-end", as_of)
    assert (reading.state, reading.last_day, reading.span.party) == (state, date(2026, 6, 30), "health")
    assert reading.span.subject == "booking"


def test_the_unit_is_reminded_once_and_told_of_the_end_once() -> None:
    desk = trying()
    looks = [desk.of("test-end", when) for when in ("2026-06-12T09:00", "2026-06-29T09:00", "2026-07-01T00:00")]
    told = [[one.call for one in raised(before, now)] for before, now in itertools.pairwise(looks)]
    assert told == [[Call.REMINDER], [Call.ESCALATION]]
    assert list(raised(looks[-1], desk.of("test-end", "2026-07-20T09:00"))) == []


def test_an_extension_begins_the_time_anew() -> None:
    desk = trying()
    agreed(desk, "2026-06-24T10:00", MORE)
    first, second = desk.of("test-end", "2026-07-01T00:00")
    assert (first.state, second.state, second.last_day) == (State.MET, State.RUNNING, date(2026, 8, 31))
    assert states(desk, "2026-09-01T00:00") == [State.MET, State.OVERDUE]


def test_an_extension_after_the_end_lets_them_go_on() -> None:
    desk = trying()
    agreed(desk, "2026-07-03T10:00", MORE)
    assert states(desk, "2026-07-03T11:00") == [State.LATE, State.RUNNING]


@pytest.mark.parametrize(
    ("decision", "more"), [("refused", {}), ("approved", {"not_before": "2026-07-10T00:00:00+08:00"})]
)
def test_an_extension_that_does_not_hold_stops_nothing(decision: str, more: dict[str, str]) -> None:
    desk = trying()
    agreed(desk, "2026-06-24T10:00", MORE, decision, **more)
    assert states(desk, "2026-07-01T00:00") == [State.OVERDUE]


@pytest.mark.parametrize(
    ("live_from", "as_of", "expected"),
    [
        ("2026-06-01", "2026-07-01T00:00", State.MET),
        ("2026-06-01", "2026-05-31T12:00", State.RUNNING),
        ("2026-07-10", "2026-07-01T00:00", State.OVERDUE),  # they stand still until then
        ("2026-07-10", "2026-07-10T00:00", State.LATE),
    ],
)
def test_the_go_live_ends_the_limit(live_from: str, as_of: str, expected: State) -> None:
    desk = trying()
    desk.file("2026-05-30T09:00", "GoLive", "live", {"system": "booking", "live_from": live_from})
    assert states(desk, as_of) == [expected]


@pytest.mark.parametrize(
    ("last_day", "as_of", "expected"),
    [
        ("2026-06-30", "2026-06-24T10:00", State.MET),
        ("2026-07-10", "2026-07-01T00:00", State.OVERDUE),  # they stand still before they leave
        ("2026-07-10", "2026-07-11T00:00", State.LATE),
    ],
)
def test_an_exit_ends_it(last_day: str, as_of: str, expected: State) -> None:
    desk = trying()
    agreed(desk, "2026-06-24T10:00", {"purpose": "exit", "last_day": last_day, "data_wanted": "全部"})
    assert states(desk, as_of) == [expected]


def test_without_a_last_day_or_before_they_are_assigned_nothing_runs() -> None:
    unlimited = founded("2026-01-05T09:00")
    unlimited.file("2026-01-06T10:00", "OnboardingApproval", "approval", APPROVAL)
    unlimited.onboarding("2026-01-06T09:00", "2026-01-07T09:00")
    assert unlimited.of("test-end", "2026-07-01T00:00") == ()
    assert trying().of("test-end", "2026-01-07T08:59") == ()
    assert trying(decision="refused").of("test-end", "2026-07-01T00:00") == ()
