"""Reminders and escalations come once each, by the papers and two instants alone."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from broker.clocks.raised import Call, raised
from tests.fixtures.clock_desk import CHANGE, Desk, founded

HOURS = [f"2026-05-{day:02}T{hour:02}:00" for day in range(7, 14) for hour in (0, 8, 16)]


def desk(*, done: bool = False) -> Desk:
    found = founded("2026-05-07T00:00")
    found.form("2026-05-07T00:00", "form", CHANGE)
    found.assign("2026-05-07T00:00", "form")
    if done:
        found.provision("2026-05-09T10:00", "booking.extranet.provider-a", "form")
    return found


def calls(papers: Desk, before: str, now: str) -> list[str]:
    found = raised(papers.of("change", before), papers.of("change", now))
    return [r.call for r in found]


def test_a_clock_reminds_when_it_is_due_soon_and_escalates_when_its_day_has_passed() -> None:
    assert calls(desk(), "2026-05-07T12:00", "2026-05-08T00:00") == [Call.REMINDER]
    assert calls(desk(), "2026-05-09T23:59", "2026-05-10T00:00") == [Call.ESCALATION]


def test_what_was_told_is_not_told_again() -> None:
    assert calls(desk(), "2026-05-08T00:00", "2026-05-09T12:00") == []
    assert calls(desk(), "2026-05-10T00:00", "2026-06-10T00:00") == []


def test_what_was_done_in_time_is_not_escalated() -> None:
    assert calls(desk(done=True), "2026-05-09T09:00", "2026-05-12T00:00") == []


def test_a_clock_that_was_not_looked_at_is_escalated_at_once() -> None:
    assert calls(desk(), "2026-05-07T12:00", "2026-05-20T00:00") == [Call.ESCALATION]


def test_an_objection_calls_anew() -> None:
    papers = desk(done=True)
    papers.file("2026-05-11T09:00", "Acceptance", "no", {"matter": "form", "result": "objected"})
    assert calls(papers, "2026-05-10T00:00", "2026-05-14T00:00") == [Call.ESCALATION]


@given(st.lists(st.sampled_from(HOURS), min_size=2, max_size=8, unique=True))
def test_however_often_one_looks_nothing_is_told_twice(looks: list[str]) -> None:
    papers, told = desk(), []
    for before, now in pairwise(sorted(looks)):
        told += [r.key for r in raised(papers.of("change", before), papers.of("change", now))]
    assert len(told) == len(set(told))
