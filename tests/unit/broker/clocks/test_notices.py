"""Acceptance checks 12 and 16, and the cases D-06, D-07 and D-12: notices before a window, limits of rectification."""

from datetime import date
from typing import Any

import pytest

from broker.clocks.clock import State
from broker.documents.records import NoticeFailed, NoticeServed
from tests.fixtures.clock_desk import Desk, founded, moment


def window(start: str, end: str) -> dict[str, Any]:
    return {
        "provider": "provider-a",
        "systems": ["booking"],
        "starts_at": f"{start}:00+08:00",
        "ends_at": f"{end}:00+08:00",
        "work": "核心交换机更换",
    }


HOLIDAY_NIGHT = window("2026-10-08T01:00", "2026-10-08T03:00")


@pytest.mark.parametrize(
    ("received", "state"),
    [
        ("2026-09-29T09:00", State.MET),
        ("2026-09-29T23:59:59", State.MET),
        ("2026-09-29T15:59:59+00:00", State.MET),
        ("2026-09-30T00:00", State.LATE),
        ("2026-09-30T09:00", State.LATE),  # eight calendar days, one working day
    ],
)
def test_a_maintenance_notice_comes_two_working_days_before_the_window(received: str, state: State) -> None:
    desk = founded("2026-01-05T09:00")
    desk.file(received, "MaintenanceNotice", "m", HOLIDAY_NIGHT)
    reading = desk.one("maintenance-notice", "2026-10-01T09:00")
    assert (reading.last_day, reading.state) == (date(2026, 9, 29), state)


@pytest.mark.parametrize(
    ("received", "start", "end", "last_day", "state"),
    [
        ("2026-11-10T09:00", "2026-11-14T22:00", "2026-11-14T23:59", date(2026, 11, 12), State.MET),  # D-07
        ("2026-09-30T09:00", "2026-10-08T01:00", "2026-10-08T03:00", date(2026, 9, 29), State.LATE),  # D-12
        ("2026-09-30T09:00", "2026-10-09T01:00", "2026-10-09T03:00", date(2026, 9, 30), State.MET),  # its cure
    ],
)
def test_an_interruption_form_comes_two_working_days_before(
    received: str, start: str, end: str, last_day: date, state: State
) -> None:
    desk = founded("2026-01-05T09:00")
    desk.file(received, "TemporaryInterruptionRequest", "i", window(start, end) | {"rollback": "回退"})
    reading = desk.one("interruption-form", "2026-11-20T09:00")
    assert (reading.last_day, reading.state) == (last_day, state)


def test_an_urgent_interruption_has_no_limit_in_time() -> None:
    desk = founded("2026-01-05T09:00")
    urgent = HOLIDAY_NIGHT | {"rollback": "回退", "urgent": True, "urgent_reason": "设备告警"}
    desk.file("2026-10-07T09:00", "TemporaryInterruptionRequest", "i", urgent)
    assert desk.of("interruption-form", "2026-10-08T09:00") == ()


def rectifying(addressee: str) -> Desk:
    desk = founded("2026-01-05T09:00")
    spec = {"addressee": addressee, "limit": "2026-11-30", "demand": "清除后门，提交复测报告"}
    desk.file("2026-11-16T16:30", "RectificationNotice", "n", spec)
    return desk


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        ("2026-11-20T09:00", State.RUNNING),
        ("2026-11-30T23:59", State.DUE_SOON),  # check 16: on the last day no compulsory measure yet
        ("2026-12-01T00:00", State.OVERDUE),
    ],
)
@pytest.mark.parametrize(
    ("addressee", "clock"), [("health", "rectification"), ("provider-a", "provider-rectification")]
)
def test_a_rectification_runs_to_the_limit_of_its_notice(addressee: str, clock: str, as_of: str, state: State) -> None:
    reading = rectifying(addressee).one(clock, as_of)
    assert (reading.last_day, reading.state, reading.span.party) == (date(2026, 11, 30), state, addressee)


@pytest.mark.parametrize(("accepted", "state"), [("2026-11-30T18:00", State.MET), ("2026-12-08T09:00", State.LATE)])
def test_the_offices_acceptance_ends_a_rectification(accepted: str, state: State) -> None:
    desk = rectifying("health")
    spec = {"rectification": "n", "finder_agrees": True, "accepted_on": accepted[:10]}
    desk.file(accepted, "RectificationAcceptance", "ok", spec)
    assert desk.one("rectification", "2026-12-10T09:00").state is state


def test_an_acceptance_ends_a_rectification_whichever_version_of_the_notice_it_names() -> None:
    desk = rectifying("health")
    anew = {"addressee": "health", "limit": "2026-12-05", "demand": "升级组件"}
    desk.file("2026-11-25T09:00", "RectificationNotice", "n-2", anew, supersedes="n")
    desk.file(
        "2026-12-04T09:00",
        "RectificationAcceptance",
        "ok",
        {"rectification": "n", "finder_agrees": True, "accepted_on": "2026-12-04"},
    )
    reading = desk.one("rectification", "2026-12-10T09:00")
    assert (reading.last_day, reading.state) == (date(2026, 12, 5), State.MET)


def test_a_notice_that_a_channel_gave_up_is_delivered_within_a_working_day() -> None:
    desk = founded("2026-01-05T09:00")
    key, parties = "act:notice", ("health",)
    failed = {"notice": key, "topic": "suspension", "channel": "mail", "parties": parties}
    desk.records.append(NoticeFailed.model_validate(failed | {"at": moment("2026-11-20T09:00")}))
    desk.records.append(NoticeFailed.model_validate(failed | {"channel": "sms", "at": moment("2026-11-20T10:00")}))
    reading = desk.one("notice-delivery", "2026-11-23T09:00")
    assert (reading.span.subject, reading.span.party, reading.last_day) == (key, "office", date(2026, 11, 23))
    assert desk.one("notice-delivery", "2026-11-24T00:00").state is State.OVERDUE
    desk.records.append(NoticeServed(notice=key, channel="by-hand", at=moment("2026-11-23T15:00"), how="当面送达"))
    assert desk.one("notice-delivery", "2026-11-24T00:00").state is State.MET
