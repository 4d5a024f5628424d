"""Which days are worked (reading R1), and for which years that is final."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from broker.calendar.published import Expected, expected, published
from broker.documents.calendar import CalendarNoticeSpec

_SATURDAY, _DECEMBER, _LATE_DECEMBER = 5, 12, 25
_FIXED = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
"""Statutory days with a fixed date (全国年节及纪念日放假办法), for years of which nothing else is known."""


@dataclass(frozen=True)
class Calendar:
    """Days off and worked weekend days of the years whose notice is known."""

    years: frozenset[int]
    """Years with a notice."""
    off: frozenset[date]
    worked: frozenset[date]
    """Weekend days that are worked (调休上班)."""

    def works(self, day: date) -> bool:
        """Whether it is a working day (工作日); for a year without a notice, as far as one can tell."""
        if day in self.worked:
            return True
        if day in self.off or day.weekday() >= _SATURDAY:
            return False
        return day.year in self.years or (day.month, day.day) not in _FIXED

    def is_final(self, day: date) -> bool:
        """Whether no notice to come can change the day: its year is announced, and for 25-31 December the next too.

        Notices have moved the last days of the year before, such as 2018-12-29 by that of 2019.
        """
        late = day.month == _DECEMBER and day.day >= _LATE_DECEMBER
        return day.year in self.years and (not late or day.year + 1 in self.years)


def calendar_of(
    entered: Iterable[CalendarNoticeSpec] = (),
    packaged: Iterable[CalendarNoticeSpec] | None = None,
    unannounced: Iterable[Expected] | None = None,
) -> Calendar:
    """The calendar of the notices that come with the package and those that a registry entered, which win."""
    by_year = {notice.year: notice for notice in (published() if packaged is None else packaged)}
    by_year |= {notice.year: notice for notice in entered}
    guessed = expected() if unannounced is None else unannounced
    off = {day for guess in guessed if guess.year not in by_year for day in guess.days}
    worked: set[date] = set()
    for _, notice in sorted(by_year.items()):  # a later year's notice has the last word on the December before
        free = {day for h in notice.holidays for day in _days(h.first_day, h.last_day)} - set(notice.working_days)
        off = (off | free) - set(notice.working_days)
        worked = (worked | set(notice.working_days)) - free
    return Calendar(frozenset(by_year), frozenset(off), frozenset(worked))


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
