"""Calendar months in Asia/Shanghai, and spans of time in whole seconds with their algebra."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Self

from broker.clock import SHANGHAI, start_of

_MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])")
_MONTHS = 12
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start_s` (inclusive) to `end_s` (exclusive), whole seconds since 1970; empty ones are not made."""

    start_s: int
    end_s: int

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.end_s - self.start_s

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """Both ends, in UTC."""
        return datetime.fromtimestamp(self.start_s, UTC), datetime.fromtimestamp(self.end_s, UTC)

    def cut(self, other: Self) -> Self | None:
        """What both have in common, or None."""
        start, end = max(self.start_s, other.start_s), min(self.end_s, other.end_s)
        return type(self)(start, end) if start < end else None


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in Shanghai.

    >>> str(Month.read("2026-12").next), Month(2026, 10).days
    ('2027-01', 31)
    """

    year: int
    month: int

    @classmethod
    def read(cls, text: str) -> Self:
        """The month of a text such as 2026-10.

        Raises:
            ValueError: It is no month.
        """
        found = _MONTH.fullmatch(text)
        if found is None:
            raise ValueError(f"{text} is no month; write it as 2026-10")
        return cls(int(found[1]), int(found[2]))

    @property
    def next(self) -> Self:
        """The month after."""
        return type(self)(self.year + self.month // _MONTHS, self.month % _MONTHS + 1)

    @property
    def before(self) -> Self:
        """The month before."""
        return type(self)(self.year - (self.month == 1), (self.month - 2) % _MONTHS + 1)

    @property
    def start(self) -> datetime:
        """00:00 of its first day."""
        return start_of(date(self.year, self.month, 1))

    @property
    def end(self) -> datetime:
        """24:00 of its last day."""
        return self.next.start

    @property
    def span(self) -> Span:
        """The month as a span."""
        return Span(int(self.start.timestamp()), int(self.end.timestamp()))

    @property
    def days(self) -> int:
        """How many days it has."""
        return self.span.seconds // DAY_S

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"


def span_of(start: datetime, end: datetime | None, within: Span) -> Span | None:
    """The part of a time that lies within a span; an open end lasts as long as that. Instants lose their fractions."""
    last = int(end.timestamp()) if end else within.end_s
    first = int(start.timestamp())
    return Span(first, last).cut(within) if first < last else None


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in spans that neither overlap nor touch, in order.

    >>> union([Span(5, 9), Span(0, 3), Span(3, 6)])
    (Span(start_s=0, end_s=9),)
    """
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start_s <= merged[-1].end_s:
            merged[-1] = Span(merged[-1].start_s, max(merged[-1].end_s, span.end_s))
        else:
            merged.append(span)
    return tuple(merged)


def without(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """The time of `spans` that is in none of `taken`.

    >>> without([Span(0, 10)], [Span(2, 4), Span(3, 5)])
    (Span(start_s=0, end_s=2), Span(start_s=5, end_s=10))
    """
    gone = union(taken)
    left: list[Span] = []
    for span in union(spans):
        inside = [cut for other in gone if (cut := span.cut(other))]
        edges = [span.start_s, *(edge for cut in inside for edge in (cut.start_s, cut.end_s)), span.end_s]
        left += [Span(start, end) for start, end in list(pairwise(edges))[::2] if start < end]
    return tuple(left)


def total_s(spans: Iterable[Span]) -> int:
    """Seconds of the time that the spans cover, each second once."""
    return sum(span.seconds for span in union(spans))


def instant(seconds: int) -> str:
    """The instant as the facts write it: ISO 8601 in Shanghai."""
    return datetime.fromtimestamp(seconds, SHANGHAI).isoformat()
