"""Counting in working days: what is due when, and the latest and earliest days for a notice (readings R2 to R4)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from broker.calendar.calendar import Calendar
from broker.clock import end_of

MOST_WORKING_DAYS = 2000
"""More than any article asks for; it bounds the walk over the calendar."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day on which something is in time, Asia/Shanghai."""

    day: date
    provisional: bool
    """True where a notice to come may still move the day: it is shown, and nobody is refused because of it."""

    @property
    def at(self) -> datetime:
        """24:00 of the day in Shanghai (reading R2)."""
        return end_of(self.day)


def due(calendar: Calendar, start: date, working_days: int) -> Deadline:
    """The n-th working day after `start`, which is not counted itself (reading R2)."""
    return _walk(calendar, start, working_days, timedelta(days=1))


def latest_notice(calendar: Calendar, start: date, working_days: int) -> Deadline:
    """The last day for a notice of something that starts on `start`: the n-th working day before it (reading R4)."""
    return _walk(calendar, start, working_days, timedelta(days=-1))


def earliest_start(calendar: Calendar, notice: date, working_days: int) -> Deadline:
    """The first day on which something of which notice was given on `notice` may start (reading R4)."""
    starts = (notice + timedelta(days=n) for n in count(1))
    return next(
        Deadline(start, latest.provisional)
        for start in starts
        if (latest := latest_notice(calendar, start, working_days)).day >= notice
    )


def working_days_left(calendar: Calendar, today: date, last: date) -> int:
    """Working days after today up to the last day; 0 on the last day and after it."""
    return sum(calendar.works(today + timedelta(days=n)) for n in range(1, (last - today).days + 1))


def _walk(calendar: Calendar, start: date, working_days: int, step: timedelta) -> Deadline:
    if not 1 <= working_days <= MOST_WORKING_DAYS:
        raise ValueError(f"{working_days} working days cannot be counted; give 1 to {MOST_WORKING_DAYS}")
    day, left, final = start, working_days, True
    while left:
        day += step
        final = final and calendar.is_final(day)
        left -= calendar.works(day)
    return Deadline(day, not final)
