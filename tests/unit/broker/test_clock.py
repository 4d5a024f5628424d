from datetime import UTC, date, datetime

import pytest

from broker.clock import day_of, end_of, start_of


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    assert start_of(date(2026, 6, 1)) == datetime(2026, 5, 31, 16, tzinfo=UTC)


def test_an_inclusive_last_day_is_over_when_the_next_begins() -> None:
    assert end_of(date(2026, 12, 31)) == start_of(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 5, 31, 15, 59, 59, tzinfo=UTC), date(2026, 5, 31)),
        (datetime(2026, 5, 31, 16, 0, 0, tzinfo=UTC), date(2026, 6, 1)),
        (start_of(date(2026, 6, 1)), date(2026, 6, 1)),
    ],
)
def test_the_day_is_that_of_shanghai_whatever_the_instants_zone(instant: datetime, day: date) -> None:
    assert day_of(instant) == day


def test_summer_has_no_other_offset_than_winter() -> None:
    assert start_of(date(2026, 7, 1)).utcoffset() == start_of(date(2026, 1, 1)).utcoffset()
