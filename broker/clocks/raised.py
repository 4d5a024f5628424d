"""What a clock calls for between two instants: a reminder when due soon, an escalation when its day has passed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from broker.clocks.clock import Reading, State


class Call(StrEnum):
    """Who is told."""

    REMINDER = "reminder"
    """The party: the last day is near."""
    ESCALATION = "escalation"
    """The party and the cloud office: the last day has passed."""


@dataclass(frozen=True, slots=True)
class Raised:
    """One thing to be told, once: the same papers and instants give the same."""

    call: Call
    reading: Reading

    @property
    def key(self) -> str:
        """Its name for ever, so that nothing is told twice however often one looks."""
        span = self.reading.span
        start = span.started_at.isoformat()
        return f"{self.reading.clock.id}/{span.subject}/{start}/{self.reading.last_day}/{self.call}"


_CALLS = {State.DUE_SOON: Call.REMINDER, State.OVERDUE: Call.ESCALATION}


def raised(before: Iterable[Reading], now: Iterable[Reading]) -> Iterator[Raised]:
    """What is to be told of the clocks as they stand now and did not stand so before; nothing of what has ended.

    A clock that was not looked at while it was due soon is escalated without a reminder.
    """
    told = {found.key for found in _calls(before)}
    return (found for found in _calls(now) if found.key not in told)


def _calls(readings: Iterable[Reading]) -> Iterator[Raised]:
    for reading in readings:
        if (call := _CALLS.get(reading.state)) is not None:
            yield Raised(call, reading)
