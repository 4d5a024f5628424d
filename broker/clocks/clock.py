"""What a clock is: its declaration, the spans that it runs, and how a span stands at an instant."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from broker.clock import end_of
from broker.clocks.papers import Papers


class State(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    DUE_SOON = "due_soon"
    MET = "met"
    LATE = "late"
    """Done, but after it was due: missed."""
    OVERDUE = "overdue"
    PROVISIONAL = "provisional"
    """Open, and a notice to come may move the day: never overdue on a guess."""
    CLOSED = "closed"
    """Done, but no record says when: neither met nor missed."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """So many working days after the start, which is not counted (reading R2)."""

    days: int


@dataclass(frozen=True, slots=True)
class WorkingDaysBefore:
    """At the latest so many working days before the day that the span names (reading R4)."""

    days: int


@dataclass(frozen=True, slots=True)
class Target:
    """Working days that the office sets by a parameter; without it the clock does not run (reading R7)."""

    parameter: str


@dataclass(frozen=True, slots=True)
class AfterPeriod:
    """So many working days after the period's last day; the parameter sets another figure (reading R14)."""

    days: int
    parameter: str


@dataclass(frozen=True, slots=True)
class Until:
    """The last day stands in the document, or follows from the calendar year: 24:00 of that day, no shift (R5)."""


Length = WorkingDays | WorkingDaysBefore | Target | AfterPeriod | Until


@dataclass(frozen=True, slots=True)
class Span:
    """One run of a clock: from when it runs, for whom, and whether what it waits for has come."""

    subject: str
    """What it is about: a matter, a unit's year, a provider's month."""
    party: str
    """The organisation that must act."""
    started_at: datetime
    stopped_at: datetime | None = None
    exact: bool = True
    """False where it is certainly done, but no record says when."""
    day: date | None = None
    """The day that the length is counted from or to, where it is not the day of the start."""
    not_before: date | None = None
    """It is not due before the end of this day: the unit asked for it."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One deadline of the rule."""

    id: str
    article: str
    title_zh: str
    role: str
    """The role that must act."""
    length: Length
    starts: str
    stops: str
    expiry: str
    """What it means when the day has passed; silence is never consent."""
    expiry_zh: str
    """The same, as notices tell it."""
    spans: Callable[[Papers], Iterator[Span]]
    soon_working_days: int = 1
    """From so many working days before the last day it is due soon."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A span as it stands at an instant."""

    clock: Clock
    span: Span
    last_day: date
    """The last day on which it is in time, in Shanghai."""
    provisional: bool
    state: State

    @property
    def due_at(self) -> datetime:
        """24:00 of the last day in Shanghai."""
        return end_of(self.last_day)
