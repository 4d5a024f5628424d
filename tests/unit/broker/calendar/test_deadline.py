"""The vectors of the district's calendar: the start day is not counted, make-up days are, and R4 counts back."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.calendar.calendar import calendar_of
from broker.calendar.deadline import Deadline, due, earliest_start, latest_notice, working_days_left

CALENDAR = calendar_of()
DUE = [
    ("2024-02-08", 2, "2024-02-18"),  # 春节 2024, Sunday 18 February is worked
    ("2024-09-29", 2, "2024-10-08"),  # 国庆 2024, from a worked Sunday
    ("2024-09-30", 2, "2024-10-09"),
    ("2024-10-11", 2, "2024-10-14"),  # Saturday 12 October is worked
    ("2025-01-24", 2, "2025-01-27"),  # 春节 2025, Sunday 26 January is worked
    ("2025-01-27", 2, "2025-02-06"),
    ("2025-02-07", 1, "2025-02-08"),  # Saturday 8 February is worked
    ("2025-09-29", 2, "2025-10-09"),  # 国庆 2025
    ("2025-09-30", 3, "2025-10-11"),  # Saturday 11 October is worked
    ("2026-02-12", 2, "2026-02-14"),
    ("2026-02-13", 2, "2026-02-24"),
    ("2026-04-29", 2, "2026-05-06"),
    ("2026-05-07", 2, "2026-05-09"),
    ("2026-09-18", 2, "2026-09-21"),
    ("2026-09-24", 5, "2026-10-09"),
    ("2026-09-28", 5, "2026-10-10"),
    ("2026-09-29", 2, "2026-10-08"),
    ("2026-09-30", 5, "2026-10-13"),
    ("2026-09-26", 2, "2026-09-29"),  # from a day off: the next working day is the first
]


@pytest.mark.parametrize(("start", "working_days", "expected"), DUE)
def test_the_nth_working_day_after_the_start_is_the_last(start: str, working_days: int, expected: str) -> None:
    assert due(CALENDAR, date.fromisoformat(start), working_days) == Deadline(
        date.fromisoformat(expected), provisional=False
    )


@pytest.mark.parametrize(
    ("start", "latest"), [("2026-10-08", "2026-09-29"), ("2026-02-24", "2026-02-13"), ("2026-11-14", "2026-11-12")]
)
def test_a_notice_is_given_two_working_days_before(start: str, latest: str) -> None:
    assert latest_notice(CALENDAR, date.fromisoformat(start), 2).day == date.fromisoformat(latest)


def test_a_notice_of_30_september_allows_a_start_on_9_october() -> None:
    assert earliest_start(CALENDAR, date(2026, 9, 30), 2).day == date(2026, 10, 9)
    assert earliest_start(CALENDAR, date(2026, 9, 29), 2).day == date(2026, 10, 1)


def test_the_last_day_ends_at_24_hours_in_shanghai() -> None:
    assert due(CALENDAR, date(2026, 2, 13), 2).at == datetime(2026, 2, 24, 16, tzinfo=UTC)


@pytest.mark.parametrize(("start", "provisional"), [("2026-12-22", False), ("2026-12-23", True), ("2026-12-30", True)])
def test_a_span_into_a_year_that_is_not_announced_is_provisional(start: str, provisional: bool) -> None:  # noqa: FBT001 - a literal expectation
    assert due(CALENDAR, date.fromisoformat(start), 2).provisional is provisional


@pytest.mark.parametrize("working_days", [0, -1, 2001])
def test_a_count_that_no_article_asks_for_is_refused(working_days: int) -> None:
    with pytest.raises(ValueError, match="cannot be counted"):
        due(CALENDAR, date(2026, 1, 5), working_days)


@given(st.dates(date(2018, 1, 1), date(2026, 11, 30)), st.integers(1, 20))
def test_counting_back_from_a_start_gives_a_notice_that_allows_it(start: date, working_days: int) -> None:
    notice = latest_notice(CALENDAR, start, working_days).day
    assert CALENDAR.works(notice)
    assert earliest_start(CALENDAR, notice, working_days).day <= start


@given(st.dates(date(2018, 1, 1), date(2026, 11, 30)), st.integers(1, 20))
def test_a_deadline_is_as_many_working_days_away_as_asked(start: date, working_days: int) -> None:
    last = due(CALENDAR, start, working_days).day
    assert CALENDAR.works(last)
    assert working_days_left(CALENDAR, start, last) == working_days
