"""What runs out and what the rule asks for 定期."""

from datetime import date
from typing import Any

import pytest

from broker.clocks.clock import State
from broker.documents.issuing import ReportDelivered
from tests.fixtures.clock_desk import REQUEST, founded, moment

ZONES = [{"zone": "extranet", "tiers": [], "bandwidth_mbps": 10}]
EXCEPTION = {"unit": "health", "name_zh": "医学影像存储", "reason": "线路不足", "wanted_until": "2028-06-30"}


@pytest.mark.parametrize(
    ("clock", "topic", "party", "last_day"),
    [
        ("periodic-check", "periodic_check", "office", date(2026, 4, 5)),
        ("usage-circular", "usage_circular", "office", date(2026, 4, 5)),
        ("security-check", "security_check", "office", date(2026, 4, 5)),
        ("supervision-report", "supervision_report", "supervisor", date(2026, 2, 5)),
        ("boundary-security-report", "boundary_security_report", "supervisor", date(2026, 2, 5)),
    ],
)
def test_a_periodic_duty_runs_from_each_record_to_the_next(clock: str, topic: str, party: str, last_day: date) -> None:
    desk = founded("2026-01-05T09:00")
    first = desk.one(clock, "2026-01-31T09:00")
    assert (first.last_day, first.span.party) == (last_day, party)
    spec = {"topic": topic, "article": "C-6", "party": party, "dated": "2026-02-02", "summary": "记录"}
    desk.file("2026-02-02T09:00", "PlainRecord", "r", spec)
    met, running = desk.of(clock, "2026-02-03T09:00")
    assert (met.state, running.state, running.span.stopped_at) == (State.MET, State.RUNNING, None)


@pytest.mark.parametrize(
    ("clock", "kind", "party"),
    [("usage-circular", "usage-circular", "office"), ("supervision-report", "supervision-data", "supervisor")],
)
def test_a_delivered_report_begins_the_next_span_once_however_many_got_it(clock: str, kind: str, party: str) -> None:
    desk = founded("2026-01-05T09:00")
    for recipient in ("office", "health"):
        told = ReportDelivered(
            name=f"{kind}-2026-01-{recipient}",
            kind=kind,  # type: ignore[arg-type]  # a test names kinds
            month="2026-01",
            party=party,
            recipient=recipient,
            paper=f"sha256:{'0' * 64}",
            confirmation="confirmed",
            at=moment("2026-02-03T09:00"),
        )
        desk.records.append(told)
    met, running = desk.of(clock, "2026-02-04T09:00")
    assert (met.state, running.state) == (State.MET, State.RUNNING)


def test_the_interval_of_a_periodic_duty_is_the_offices_parameter() -> None:
    desk = founded("2026-01-05T09:00")
    spec = {"name": "interval-security-check-months", "value": 1, "valid_from": "2026-01-01", "article": "C-30"}
    desk.file("2026-01-05T10:00", "Parameter", "p", spec | {"reason": "实施细则"})
    assert desk.one("security-check", "2026-02-10T09:00").last_day == date(2026, 2, 5)


def test_a_month_after_the_31st_is_the_last_day_of_the_next_month() -> None:
    desk = founded("2026-01-31T09:00")
    assert desk.one("supervision-report", "2026-02-10T09:00").last_day == date(2026, 2, 28)


def drill(scope: str, maker: str, **more: Any) -> dict[str, Any]:
    parts = {"drilled_on": "2026-03-02", "scenario": "断电", "participants": [maker], "result": "passed"}
    return {"maker": maker, "scope": scope, **parts, **more}


@pytest.mark.parametrize(
    ("clock", "scope", "maker"), [("overall-drill", "overall", "ops"), ("platform-drill", "platform", "provider-a")]
)
def test_drills_are_yearly(clock: str, scope: str, maker: str) -> None:
    desk = founded("2025-03-03T09:00")
    assert desk.one(clock, "2026-03-04T00:00").state is State.OVERDUE
    desk.file("2026-03-03T09:00", "Drill", "d", drill(scope, maker))
    met, running = desk.of(clock, "2026-03-04T00:00")
    assert (met.state, running.last_day) == (State.MET, date(2027, 3, 3))


def test_a_live_system_has_its_own_drill_from_its_go_live() -> None:
    desk = founded("2026-01-05T09:00")
    desk.onboarding("2026-01-06T09:00", "2026-01-07T09:00")
    assert desk.of("system-drill", "2026-02-01T09:00") == ()
    desk.file("2026-02-02T09:00", "GoLive", "live", {"system": "booking", "live_from": "2026-02-02"})
    reading = desk.one("system-drill", "2026-02-03T09:00")
    assert (reading.last_day, reading.span.party) == (date(2027, 2, 2), "health")
    desk.file("2026-03-03T09:00", "Drill", "d", drill("system", "health", system="booking"))
    assert len(desk.of("system-drill", "2026-03-04T09:00")) == 2


def test_a_confirmed_exception_is_checked_again_each_year() -> None:
    desk = founded("2026-01-05T09:00")  # D-08
    desk.file("2026-07-20T09:00", "ExceptionRequest", "x", EXCEPTION)
    assert desk.of("exception-recheck", "2026-08-01T09:00") == ()
    review = {"exception": "x", "reviewed_on": "2026-08-18", "experts": 5, "conclusion": "confirmed"}
    desk.file("2026-08-18T09:00", "ExpertReview", "v", review)
    assert desk.one("exception-recheck", "2026-09-01T09:00").last_day == date(2027, 8, 18)
    check = {"exception": "x", "checked_on": "2027-08-10", "conclusion": "stands", "reason": "线路尚未扩容"}
    desk.file("2027-08-10T09:00", "ExceptionRecheck", "c", check)
    assert [r.state for r in desk.of("exception-recheck", "2027-09-01T09:00")] == [State.MET, State.RUNNING]


@pytest.mark.parametrize("last", ["rejected", "ends"])
def test_an_exception_that_does_not_hold_is_checked_no_more(last: str) -> None:
    desk = founded("2026-01-05T09:00")
    desk.file("2026-07-20T09:00", "ExceptionRequest", "x", EXCEPTION)
    conclusion = "rejected" if last == "rejected" else "confirmed"
    review = {"exception": "x", "reviewed_on": "2026-08-18", "experts": 5, "conclusion": conclusion}
    desk.file("2026-08-18T09:00", "ExpertReview", "v", review)
    if last == "ends":
        check = {"exception": "x", "checked_on": "2026-09-10", "conclusion": "ends", "reason": "已扩容"}
        desk.file("2026-09-10T09:00", "ExceptionRecheck", "c", check)
    assert desk.of("exception-recheck", "2026-10-01T09:00") == ()


def reviewed(valid_until: str) -> dict[str, Any]:
    passed = {"reviewed_by": "市网信办", "passed_on": "2025-06-01", "valid_until": valid_until}
    return {"provider": "provider-a", "review": "security_review", **passed}


def test_a_providers_review_is_renewed_before_it_runs_out() -> None:
    desk = founded("2026-01-05T09:00")
    desk.file("2026-01-05T10:00", "ProviderReview", "r1", reviewed("2026-06-30"))
    assert desk.one("provider-review", "2026-06-15T09:00").state is State.DUE_SOON
    assert desk.one("provider-review", "2026-07-01T00:00").state is State.OVERDUE
    desk.file("2026-06-20T10:00", "ProviderReview", "r2", reviewed("2028-06-30"))
    assert [r.state for r in desk.of("provider-review", "2026-07-01T00:00")] == [State.MET, State.RUNNING]


def test_the_review_that_the_providers_own_document_names_runs_out_too() -> None:
    desk = founded("2026-01-05T09:00")
    dates = {"review_passed_on": "2024-07-01", "review_valid_until": "2026-06-30"}
    desk.file("2026-01-05T10:00", "Provider", "provider-b", {"name_zh": "乙云公司", "status": "active", **dates})
    assert desk.one("provider-review", "2026-07-01T09:00").state is State.OVERDUE


def test_a_contract_that_ends_is_followed_by_another() -> None:
    desk = founded("2026-01-05T09:00")
    item = {"item": "vcpu", "name_zh": "vCPU", "measure": "核·月", "price_cents_per_month": 4200}
    spec = {"provider": "provider-a", "valid_from": "2026-01-01", "catalogue": [item]}
    first = spec | {"number": "CT-1", "valid_until": "2026-12-31"}
    desk.file("2026-01-05T10:00", "ServiceContract", "ct-1", first)
    assert desk.one("contract", "2026-11-23T09:00").state is State.DUE_SOON
    second = spec | {"number": "CT-2", "valid_until": "2028-12-31"}
    desk.file("2026-11-20T10:00", "ServiceContract", "ct-2", second)
    assert [r.state for r in desk.of("contract", "2026-11-23T09:00")] == [State.MET, State.RUNNING]


@pytest.mark.parametrize(
    ("grade", "more", "last_day"),
    [
        (3, {"conclusion": "passed", "valid_until": "2027-05-29"}, date(2027, 5, 29)),
        (3, {"conclusion": "passed"}, date(2027, 5, 20)),
        (2, {"conclusion": "passed"}, None),
        (3, {"conclusion": "failed"}, None),
    ],
)
def test_a_system_of_grade_3_is_assessed_each_year(grade: int, more: dict[str, str], last_day: date | None) -> None:
    desk = founded("2026-01-05T09:00")
    desk.file("2026-01-06T09:00", "OnboardingRequest", "request", REQUEST | {"zones": ZONES})
    spec = {"system": "booking", "grade": grade, "assessed_on": "2026-05-20", "assessed_by": "某测评机构"}
    desk.file("2026-05-29T09:00", "ProtectionAssessment", "a", spec | more)
    found = [r.last_day for r in desk.of("protection-assessment", "2026-06-01T09:00")]
    assert found == ([last_day] if last_day else [])
