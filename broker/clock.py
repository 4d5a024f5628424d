"""Days and instants as the rule counts them: dates are Asia/Shanghai, a date takes effect at 00:00 there."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from typing import TypeAlias

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had one time zone without summer time since 1992; a fixed offset needs no zone data."""

Clock: TypeAlias = Callable[[], datetime]
"""Gives the present instant; simulated in demo and tests, given by wiring."""


def start_of(day: date) -> datetime:
    """00:00 of the day in Shanghai."""
    return datetime.combine(day, time.min, SHANGHAI)


def end_of(day: date) -> datetime:
    """24:00 of the day in Shanghai: the instant at which an inclusive last day is over."""
    return start_of(day + timedelta(days=1))


def day_of(instant: datetime) -> date:
    """The date in Shanghai at the instant."""
    return instant.astimezone(SHANGHAI).date()
