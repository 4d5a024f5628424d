"""All clocks at an instant: a pure function of documents, records, calendar and `as_of`."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from broker.calendar.calendar import Calendar
from broker.calendar.deadline import Deadline, due, latest_notice, working_days_left
from broker.clock import day_of
from broker.clocks.clock import AfterPeriod, Clock, Reading, Span, State, Target, Until, WorkingDays, WorkingDaysBefore
from broker.clocks.papers import Papers


def read(clocks: Iterable[Clock], papers: Papers, calendar: Calendar) -> tuple[Reading, ...]:
    """Every span of every clock, what is due first first."""
    found = (reading for clock in clocks for reading in _readings(clock, papers, calendar))
    return tuple(sorted(found, key=lambda r: (r.due_at, r.clock.id, r.span.subject, r.span.started_at)))


def _readings(clock: Clock, papers: Papers, calendar: Calendar) -> Iterator[Reading]:
    for span in clock.spans(papers):
        deadline = _deadline(clock, span, papers, calendar)
        if deadline is not None:
            state = _state(clock, span, deadline, papers.as_of, calendar)
            yield Reading(clock, span, deadline.day, deadline.provisional, state)


def _deadline(clock: Clock, span: Span, papers: Papers, calendar: Calendar) -> Deadline | None:
    day = span.day or day_of(span.started_at)
    match clock.length:
        case WorkingDays(days):
            found = due(calendar, day, days)
        case WorkingDaysBefore(days):
            found = latest_notice(calendar, day, days)
        case AfterPeriod(days, parameter):
            found = due(calendar, day, papers.number(parameter, days))
        case Target(parameter):
            target = papers.parameter(parameter)
            if not isinstance(target, int):
                return None
            found = due(calendar, day, target)
        case Until():
            found = Deadline(day, provisional=False)
    return _not_before(found, span.not_before)


def _not_before(deadline: Deadline, day: date | None) -> Deadline:
    return Deadline(day, deadline.provisional) if day is not None and day > deadline.day else deadline


def _state(clock: Clock, span: Span, deadline: Deadline, as_of: datetime, calendar: Calendar) -> State:
    """Due at 24:00: an act at 00:00 of the next day is late, one at 23:59 of the last day is in time (reading R2)."""
    if span.stopped_at is not None and span.stopped_at < deadline.at:
        return State.MET
    if span.stopped_at is not None:
        return State.LATE if span.exact else State.CLOSED
    if deadline.provisional:
        return State.PROVISIONAL
    if as_of >= deadline.at:
        return State.OVERDUE
    left = working_days_left(calendar, day_of(as_of), deadline.day)
    return State.DUE_SOON if left <= clock.soon_working_days else State.RUNNING
