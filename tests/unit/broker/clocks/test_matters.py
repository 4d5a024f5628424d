"""Acceptance checks 6 to 8, the cases D-02 to D-05, objections, and the edges of a day."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.calendar.calendar import calendar_of
from broker.calendar.deadline import due
from broker.clocks.clock import State
from broker.documents.calendar import CalendarNoticeSpec, Holiday
from tests.fixtures.clock_desk import CALENDAR, CHANGE, Desk, founded, later

EXIT = {"purpose": "exit", "last_day": "2026-09-30", "data_wanted": "全部"}
ELASTIC = {
    "purpose": "elastic",
    "zone": "extranet",
    "tier": "web",
    "count_ceiling": 6,
    "bandwidth_mbps_ceiling": 100,
    "first_day": "2026-06-01",
    "last_day": "2026-07-15",
}


def changed(assigned: str, **more: str) -> Desk:
    desk = founded("2026-01-05T09:00")
    desk.form("2026-01-06T09:00", "form", CHANGE, **more)
    desk.assign(assigned, "form")
    return desk


def parameter(desk: Desk, name: str, value: int) -> None:
    spec = {"name": name, "value": value, "valid_from": "2026-01-01", "article": "C-30", "reason": "目标"}
    desk.file("2026-01-05T09:00", "Parameter", name, spec)


def answer(desk: Desk, when: str, id_: str, result: str) -> None:
    desk.file(when, "Acceptance", id_, {"matter": "form", "result": result})


def complete(desk: Desk, when: str, id_: str) -> None:
    desk.file(when, "Completion", id_, {"matter": "form", "completed_at": "2026-05-06T11:00:00+08:00"})


@pytest.mark.parametrize(
    ("assigned", "last_day"),
    [
        ("2026-02-13T10:00", date(2026, 2, 24)),  # check 6: Saturday 14 February works, then Spring Festival
        ("2026-03-10T10:00", date(2026, 3, 12)),  # D-02
    ],
)
def test_test_resources_are_due_two_working_days_after_the_assignment(assigned: str, last_day: date) -> None:
    desk = founded("2026-01-05T09:00")
    desk.onboarding("2026-01-06T09:00", assigned)
    reading = desk.one("test-resources", assigned)
    assert (reading.last_day, reading.state, reading.span.party) == (last_day, State.RUNNING, "provider-a")


@pytest.mark.parametrize(
    ("assigned", "last_day"),
    [
        ("2024-02-08T10:00", date(2024, 2, 18)),
        ("2024-09-30T10:00", date(2024, 10, 9)),
        ("2025-01-27T10:00", date(2025, 2, 6)),
        ("2025-09-30T10:00", date(2025, 10, 10)),
        ("2026-02-14T10:00", date(2026, 2, 25)),
        ("2026-05-07T10:00", date(2026, 5, 9)),  # check 7: a make-up Saturday
        ("2026-09-14T10:00", date(2026, 9, 16)),  # D-04
        ("2026-09-30T10:00", date(2026, 10, 9)),
    ],
)
def test_a_change_is_due_two_working_days_after_the_assignment(assigned: str, last_day: date) -> None:
    desk = founded("2024-01-05T09:00")
    desk.form("2024-01-06T09:00", "form", CHANGE)
    desk.assign(assigned, "form")
    assert desk.one("change", assigned).last_day == last_day


@pytest.mark.parametrize(
    ("assigned", "wanted", "last_day"),
    [
        ("2026-09-29T10:00", "2026-09-30", date(2026, 10, 8)),  # check 8
        ("2026-10-13T10:00", "2026-10-14", date(2026, 10, 15)),  # D-05
        ("2026-10-13T10:00", "2026-12-31", date(2026, 12, 31)),  # not before the day that the unit asked for
    ],
)
def test_an_exit_is_due_two_working_days_after_the_assignment(assigned: str, wanted: str, last_day: date) -> None:
    desk = founded("2026-01-05T09:00")
    desk.onboarding("2026-01-06T09:00", "2026-01-07T09:00")
    desk.form("2026-01-08T09:00", "form", EXIT | {"last_day": wanted})
    desk.assign(assigned, "form")
    assert desk.one("exit", assigned).last_day == last_day


def test_an_elastic_grant_is_prepared_when_its_assignment_is_admitted() -> None:
    desk = founded("2026-01-05T09:00")  # D-03
    desk.form("2026-05-18T09:00", "form", ELASTIC)
    assignment = desk.assign("2026-05-22T10:00", "form")
    waiting = desk.one("change", "2026-05-22T10:00")
    desk.judge("2026-05-22T10:05", assignment)
    assert (waiting.last_day, waiting.state) == (date(2026, 5, 26), State.RUNNING)
    assert desk.one("change", "2026-05-22T10:06").state is State.MET


def test_nothing_runs_before_the_assignment_reaches_the_provider() -> None:
    desk = founded("2026-01-05T09:00")
    desk.form("2026-01-06T09:00", "form", CHANGE)
    office = {"matter": "form", "assignee": "ops_department", "assigned_at": "2026-01-07T09:00:00+08:00"}
    desk.file("2026-01-07T09:00", "Assignment", "office", office)
    assert desk.of("change", "2026-02-01T09:00") == ()


@pytest.mark.parametrize(
    ("received", "last_day"),
    [
        ("2026-05-06T23:59:59", date(2026, 5, 8)),
        ("2026-05-07T00:00:00", date(2026, 5, 9)),
        ("2026-05-06T15:59:59+00:00", date(2026, 5, 8)),
        ("2026-05-06T16:00:00+00:00", date(2026, 5, 9)),
        ("2026-05-06T12:00:00-04:00", date(2026, 5, 9)),
    ],
)
def test_the_day_of_the_start_is_that_of_shanghai(received: str, last_day: date) -> None:
    assert changed(received).one("change", "2026-05-07T12:00").last_day == last_day


@pytest.mark.parametrize(
    ("done", "state"),
    [
        ("2026-05-09T23:59:59", State.MET),
        ("2026-05-10T00:00:00", State.LATE),
        ("2026-05-09T15:59:59+00:00", State.MET),
        ("2026-05-09T16:00:00+00:00", State.LATE),
    ],
)
def test_the_last_day_ends_at_24_hours_in_shanghai(done: str, state: State) -> None:
    desk = changed("2026-05-07T10:00")
    desk.provision(done, "booking.extranet.provider-a", "request", "form")
    assert desk.one("change", "2026-05-20T09:00").state is state


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        ("2026-05-07T10:00", State.RUNNING),
        ("2026-05-08T00:00", State.DUE_SOON),
        ("2026-05-09T23:59:59", State.DUE_SOON),
        ("2026-05-10T00:00", State.OVERDUE),
        ("2027-05-10T00:00", State.OVERDUE),
    ],
)
def test_a_clock_that_nothing_stops_runs_is_due_soon_and_overdue(as_of: str, state: State) -> None:
    assert changed("2026-05-07T10:00").one("change", as_of).state is state


def test_a_back_dated_assignment_counts_from_its_receipt() -> None:
    desk = founded("2026-01-05T09:00")
    desk.form("2026-01-06T09:00", "form", CHANGE)
    desk.assign("2026-05-06T10:00", "form", received="2026-05-07T09:00")
    assert desk.one("change", "2026-05-07T10:00").last_day == date(2026, 5, 9)


def test_a_change_is_not_due_before_the_unit_wants_it() -> None:
    desk = changed("2026-05-07T10:00", not_before="2026-05-12T20:00:00+08:00")
    assert desk.one("change", "2026-05-07T10:00").last_day == date(2026, 5, 12)


def test_every_zone_of_a_request_must_be_provisioned() -> None:
    desk = founded("2026-01-05T09:00")
    desk.onboarding("2026-01-06T09:00", "2026-03-10T10:00", "extranet", "internet")
    desk.provision("2026-03-10T11:00", "booking.extranet.provider-a", "request")
    assert desk.one("test-resources", "2026-03-11T09:00").span.stopped_at is None
    desk.provision("2026-03-11T08:00", "booking.internet.provider-a", "request")
    assert desk.one("test-resources", "2026-03-11T09:00").state is State.MET


def test_what_another_system_was_given_stops_no_clock() -> None:
    desk = changed("2026-05-07T10:00")
    desk.provision("2026-05-08T09:00", "other.extranet.provider-a", "form")
    assert desk.one("change", "2026-05-08T10:00").span.stopped_at is None


def test_the_providers_completion_counts_from_its_receipt() -> None:
    desk = changed("2026-05-06T10:00")
    complete(desk, "2026-05-09T09:00", "done")
    assert desk.one("change", "2026-05-12T09:00").state is State.LATE


def test_an_objection_starts_the_clock_anew_from_its_date() -> None:
    desk = changed("2026-05-06T10:00")
    desk.provision("2026-05-06T12:00", "booking.extranet.provider-a", "form")
    answer(desk, "2026-05-07T17:00", "no", "objected")
    first, second = desk.of("change", "2026-05-08T09:00")
    assert (first.state, second.last_day, second.state) == (State.MET, date(2026, 5, 9), State.DUE_SOON)
    answer(desk, "2026-05-09T17:00", "yes", "accepted")
    assert [r.state for r in desk.of("change", "2026-05-12T09:00")] == [State.MET, State.MET]


def test_each_objection_reopens_and_silence_does_not_close() -> None:
    desk = changed("2026-05-06T10:00")
    complete(desk, "2026-05-06T12:00", "done-1")
    answer(desk, "2026-05-07T09:00", "no-1", "objected")
    complete(desk, "2026-05-08T09:00", "done-2")
    answer(desk, "2026-05-11T09:00", "no-2", "objected")
    assert [r.state for r in desk.of("change", "2026-06-30T09:00")] == [State.MET, State.MET, State.OVERDUE]


def test_an_objection_to_what_is_not_done_starts_nothing_new() -> None:
    desk = changed("2026-05-06T10:00")
    answer(desk, "2026-05-07T17:00", "no", "objected")
    assert len(desk.of("change", "2026-05-08T09:00")) == 1


def test_a_go_live_shows_that_test_resources_came_and_accuses_nobody() -> None:
    desk = founded("2026-01-05T09:00")
    desk.onboarding("2026-01-06T09:00", "2026-03-10T10:00")
    desk.file("2026-05-30T09:00", "GoLive", "live", {"system": "booking", "live_from": "2026-05-30"})
    assert desk.one("test-resources", "2026-05-29T09:00").state is State.OVERDUE
    assert desk.one("test-resources", "2026-05-31T09:00").state is State.CLOSED


def test_a_deadline_into_an_unannounced_year_is_provisional_until_the_notice_comes() -> None:
    desk = changed("2026-12-30T10:00")
    waiting = desk.one("change", "2027-02-01T09:00")
    notice = CalendarNoticeSpec(
        year=2027,
        number="国办发明电〔2026〕0号",
        published_on=date(2026, 12, 1),
        source="test",
        holidays=(Holiday(name_zh="元旦", first_day=date(2027, 1, 1), last_day=date(2027, 1, 3)),),
    )
    settled = later(desk, calendar_of([notice])).one("change", "2027-02-01T09:00")
    assert (waiting.provisional, waiting.state) == (True, State.PROVISIONAL)
    assert (settled.provisional, settled.state, settled.last_day) == (False, State.OVERDUE, date(2027, 1, 4))


@pytest.mark.parametrize("as_of", ["2026-05-08T09:00", "2026-06-08T09:00"])
def test_a_document_that_was_refused_runs_no_clock(as_of: str) -> None:
    desk = founded("2026-01-05T09:00")  # D-09, D-11
    desk.form("2026-01-06T09:00", "form", CHANGE)
    assignment = desk.assign("2026-05-07T10:00", "form")
    desk.judge("2026-05-07T10:05", assignment, admitted=False)
    assert desk.of("change", as_of) == ()


def test_a_withdrawn_form_runs_no_clock() -> None:
    desk = changed("2026-05-06T10:00")
    spec: dict[str, Any] = {"system": "booking", "unit": "health", "reason": "撤回", "intent": CHANGE}
    desk.file("2026-05-08T09:00", "ServiceIntentForm", "back", spec, withdraws="form")
    assert desk.of("change", "2026-05-07T09:00") != ()
    assert desk.of("change", "2026-05-09T09:00") == ()


def test_what_came_after_the_instant_is_not_known_at_it() -> None:
    assert changed("2026-05-07T10:00").of("change", "2026-05-07T09:59") == ()


def test_the_offices_own_targets_run_only_where_it_set_them() -> None:
    desk = changed("2026-05-07T10:00")
    assert (desk.of("review", "2026-02-01T09:00"), desk.of("dispatch", "2026-02-01T09:00")) == ((), ())
    parameter(desk, "review-target-working-days", 10)
    parameter(desk, "dispatch-target-working-days", 10)
    office = {"matter": "form", "assignee": "ops_department", "assigned_at": "2026-04-20T09:00:00+08:00"}
    desk.file("2026-04-20T09:00", "Assignment", "office", office)
    review, dispatch = desk.one("review", "2026-06-01T09:00"), desk.one("dispatch", "2026-06-01T09:00")
    assert (review.last_day, review.state, review.span.party) == (date(2026, 1, 20), State.OVERDUE, "office")
    assert (dispatch.last_day, dispatch.state, dispatch.span.party) == (date(2026, 5, 7), State.MET, "ops")


def test_a_decision_stops_the_offices_review() -> None:
    desk = changed("2026-05-07T10:00")
    parameter(desk, "review-target-working-days", 10)
    decision = {"form": "form", "decision": "refused", "decided_on": "2026-01-09"}
    desk.file("2026-01-09T09:00", "IntentDecision", "no", decision)
    assert desk.one("review", "2026-06-01T09:00").state is State.MET


@given(st.integers(0, 20 * 24 * 60), st.integers(0, 40 * 24 * 60))
def test_a_clock_is_met_exactly_when_it_stops_before_its_last_day_ends(start_min: int, lasting_min: int) -> None:
    start, done = minute(start_min), minute(start_min + lasting_min)
    desk = changed(start)
    desk.provision(done, "booking.extranet.provider-a", "form")
    reading = desk.one("change", "2026-12-01T09:00")
    assert reading.last_day == due(CALENDAR, date.fromisoformat(start[:10]), 2).day
    assert (reading.state is State.MET) == (date.fromisoformat(done[:10]) <= reading.last_day)


def minute(minutes: int) -> str:
    days, rest = divmod(minutes, 24 * 60)
    day = date.fromordinal(date(2026, 4, 20).toordinal() + days)
    return f"{day.isoformat()}T{rest // 60:02}:{rest % 60:02}"
