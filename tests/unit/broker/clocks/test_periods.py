"""D-01 and what the calendar brings again; reports by filed stand-ins and by the records of delivered ones."""

from datetime import date
from typing import Any

import pytest

from broker.clocks.clock import State
from broker.documents.issuing import ReportDelivered
from tests.fixtures.clock_desk import Desk, founded, moment


def plan(year: int) -> dict[str, Any]:
    need = {"zone": "extranet", "amount": {"vcpu": 12}}
    item = {"item": "bus", "name_zh": "校车", "wish": "new", "mlps_grade": 2, "needs": [need], "reason": "新建"}
    return {"unit": "health", "year": year, "items": [item]}


def record(topic: str, party: str, **more: Any) -> dict[str, Any]:
    return {"topic": topic, "article": "C-9", "party": party, "dated": "2026-09-01", "summary": "报告", **more}


def parameter(desk: Desk, name: str, value: int | str) -> None:
    spec = {"name": name, "value": value, "valid_from": "2025-01-01", "article": "C-30", "reason": "实施细则"}
    desk.file("2025-01-05T10:00", "Parameter", name, spec)


def living(desk: Desk) -> Desk:
    desk.onboarding("2026-09-01T10:00", "2026-09-01T11:00")
    desk.file("2026-09-02T09:00", "GoLive", "live", {"system": "booking", "live_from": "2026-09-02"})
    return desk


@pytest.mark.parametrize(
    ("received", "state"),
    [
        ("2026-07-24T09:00", State.MET),  # D-01
        ("2026-07-31T23:59:59", State.MET),
        ("2026-07-31T15:59:59+00:00", State.MET),
        ("2026-08-01T00:00", State.LATE),
    ],
)
def test_a_plan_is_timely_up_to_31_july(received: str, state: State) -> None:
    desk = founded("2026-01-05T09:00")
    desk.file(received, "YearlyPlan", "plan", plan(2027))
    reading = desk.one("yearly-plan", "2026-09-01T09:00")
    assert (reading.span.subject, reading.state) == ("health/2027", state)


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        ("2026-05-29T09:00", State.RUNNING),
        ("2026-06-01T00:00", State.DUE_SOON),
        ("2026-07-31T23:59", State.DUE_SOON),
        ("2026-08-01T00:00", State.OVERDUE),
    ],
)
def test_reminders_of_the_plan_begin_in_june(as_of: str, state: State) -> None:
    assert founded("2026-01-05T09:00").one("yearly-plan", as_of).state is state


def test_a_plan_is_due_on_31_july_even_on_a_sunday() -> None:
    assert founded("2022-01-05T09:00").one("yearly-plan", "2022-02-01T09:00").last_day == date(2022, 7, 31)


def test_the_plan_for_another_year_does_not_stop_this_years_clock() -> None:
    desk = founded("2026-01-05T09:00")
    desk.file("2026-07-01T09:00", "YearlyPlan", "plan", plan(2028))
    assert desk.one("yearly-plan", "2026-08-02T09:00").state is State.OVERDUE


def test_nothing_periodic_is_asked_from_before_time_was_kept() -> None:
    desk = founded("2026-08-10T09:00")
    assert desk.of("yearly-plan", "2026-09-01T09:00") == ()
    assert [r.span.subject for r in desk.of("ops-monthly-report", "2026-10-15T09:00")] == ["2026-08", "2026-09"]


def test_the_office_may_set_the_day_from_which_periodic_duties_count() -> None:
    desk = founded("2026-01-05T09:00")
    parameter(desk, "periodic-clocks-from", "2026-09-01")
    assert [r.span.subject for r in desk.of("ops-monthly-report", "2026-10-15T09:00")] == ["2026-09"]


@pytest.mark.parametrize(
    ("received", "state"), [("2026-10-13T18:00", State.MET), ("2026-10-14T00:00", State.LATE), ("", State.OVERDUE)]
)
def test_the_operations_report_is_due_on_the_fifth_working_day(received: str, state: State) -> None:
    desk = founded("2026-09-01T09:00")
    if received:
        desk.file(received, "PlainRecord", "r", record("ops_monthly_report", "ops", period="2026-09"))
    reading = desk.one("ops-monthly-report", "2026-10-20T09:00")
    assert (reading.last_day, reading.state, reading.span.party) == (date(2026, 10, 13), state, "ops")


def test_the_day_of_monthly_reports_is_the_offices_parameter() -> None:
    desk = founded("2026-09-01T09:00")
    parameter(desk, "periodic-clocks-from", "2026-09-01")
    parameter(desk, "report-due-working-days", 3)
    assert desk.one("ops-monthly-report", "2026-10-20T09:00").last_day == date(2026, 10, 10)


def test_without_an_operations_department_its_duties_are_the_offices() -> None:
    desk = Desk()
    desk.file("2026-09-01T09:00", "Organisation", "office", {"name_zh": "区网信办", "role": "cloud_office"})
    assert desk.one("ops-monthly-report", "2026-10-05T09:00").span.party == "office"


def test_a_providers_report_is_delivered_when_office_and_every_served_unit_have_it() -> None:
    desk = living(founded("2026-09-01T09:00"))
    told = record("provider_monthly_report", "provider-a", period="2026-09")
    desk.file("2026-10-08T09:00", "PlainRecord", "r1", told | {"delivered_to": ["office"]})
    assert desk.one("provider-monthly-report", "2026-10-12T09:00").state is State.DUE_SOON
    desk.file("2026-10-12T09:00", "PlainRecord", "r2", told | {"delivered_to": ["health"]})
    reading = desk.one("provider-monthly-report", "2026-10-20T09:00")
    assert (reading.state, reading.span.subject) == (State.MET, "provider-a/2026-09")


def test_a_unit_that_has_left_needs_no_report() -> None:
    desk = living(founded("2026-09-01T09:00"))
    item = {"zone": "extranet", "kind": "volume", "name": "v", "content_digest": f"sha256:{'0' * 64}", "size_bytes": 1}
    receipt = {"form": "f", "system": "booking", "items": [item], "wipe": True}
    desk.file("2026-09-20T09:00", "HandOver", "out", receipt)
    told = record("provider_monthly_report", "provider-a", period="2026-09", delivered_to=["office"])
    desk.file("2026-10-08T09:00", "PlainRecord", "r", told)
    assert desk.one("provider-monthly-report", "2026-10-20T09:00").state is State.MET


def delivered(desk: Desk, when: str, kind: str, party: str, *recipients: str) -> None:
    """Confirmed reports of September that the broker handed over."""
    for recipient in recipients:
        record_ = ReportDelivered(
            name=f"{kind}-2026-09-{recipient}",
            kind=kind,  # type: ignore[arg-type]  # a test names kinds
            month="2026-09",
            party=party,
            recipient=recipient,
            paper=f"sha256:{'0' * 64}",
            confirmation="confirmed",
            at=moment(when),
        )
        desk.records.append(record_)


@pytest.mark.parametrize(
    ("clock", "kind", "party", "recipients"),
    [
        ("ops-monthly-report", "ops", "ops", ("office",)),
        ("provider-monthly-report", "provider", "provider-a", ("office", "health")),
        ("monthly-intent-summary", "intent-summary", "provider-a", ("office",)),
    ],
)
def test_a_confirmed_report_that_was_delivered_stops_its_clock(
    clock: str, kind: str, party: str, recipients: tuple[str, ...]
) -> None:
    for when, state in (("2026-10-13T18:00", State.MET), ("2026-10-14T00:00", State.LATE)):
        desk = living(founded("2026-09-01T09:00"))
        assert desk.one(clock, "2026-10-20T09:00").state is State.OVERDUE
        delivered(desk, when, kind, party, *recipients)
        assert desk.one(clock, "2026-10-20T09:00").state is state
        assert desk.one(clock, "2026-10-13T09:00").state is State.DUE_SOON


def test_a_providers_report_that_one_unit_did_not_get_goes_on() -> None:
    desk = living(founded("2026-09-01T09:00"))
    delivered(desk, "2026-10-08T09:00", "provider", "provider-a", "office")
    assert desk.one("provider-monthly-report", "2026-10-20T09:00").state is State.OVERDUE
    delivered(desk, "2026-10-12T09:00", "provider", "provider-a", "health")
    assert desk.one("provider-monthly-report", "2026-10-20T09:00").state is State.MET


def test_another_partys_or_kinds_report_stops_nothing() -> None:
    desk = living(founded("2026-09-01T09:00"))
    delivered(desk, "2026-10-08T09:00", "intent-summary", "provider-b", "office")
    delivered(desk, "2026-10-08T09:00", "provider", "provider-a", "office", "health")
    assert desk.one("monthly-intent-summary", "2026-10-20T09:00").state is State.OVERDUE
    assert desk.one("ops-monthly-report", "2026-10-20T09:00").state is State.OVERDUE


def test_a_month_without_forms_is_summarised_all_the_same() -> None:
    desk = founded("2026-09-01T09:00")
    assert desk.one("monthly-intent-summary", "2026-10-20T09:00").state is State.OVERDUE
    desk.file("2026-10-09T09:00", "MonthlyIntentSummary", "s", {"provider": "provider-a", "month": "2026-09"})
    assert desk.one("monthly-intent-summary", "2026-10-20T09:00").state is State.MET


def test_a_report_for_december_is_provisional_until_the_next_year_is_announced() -> None:
    desk = founded("2026-12-01T09:00")
    states = [r.state for r in desk.of("ops-monthly-report", "2027-02-01T09:00")]
    assert states[0] is State.PROVISIONAL


@pytest.mark.parametrize(
    ("clock", "topic", "about"),
    [
        ("unit-evaluation", "unit_annual_evaluation", "health"),
        ("provider-assessment", "provider_annual_assessment", "provider-a"),
    ],
)
def test_a_yearly_evaluation_is_due_by_the_end_of_march(clock: str, topic: str, about: str) -> None:
    desk = founded("2025-01-05T09:00")
    assert desk.of(clock, "2025-12-31T23:59") == ()
    overdue = desk.one(clock, "2026-04-01T09:00")
    desk.file("2026-03-31T09:00", "PlainRecord", "e", record(topic, "office", about=about, period="2025"))
    assert (overdue.last_day, overdue.state) == (date(2026, 3, 31), State.OVERDUE)
    assert desk.one(clock, "2026-04-01T09:00").state is State.MET


def test_the_month_of_yearly_evaluations_is_the_offices_parameter() -> None:
    desk = founded("2025-01-05T09:00")
    parameter(desk, "evaluation-due-month", 2)
    assert desk.one("unit-evaluation", "2026-01-10T09:00").last_day == date(2026, 2, 28)
