"""Whether a call that a cloud put off is made again, and when; pure.

A cloud puts off what comes too often: 429 by RFC 6585, 498 by Swift's rate limit and others, 413 with a `Retry-After`
above 0 by older OpenStack clouds (with 0 it is Cinder's word for a full quota), 503 with a `Retry-After`, and an S3
store 503 with the code `SlowDown`. `Retry-After` has seconds or a date (RFC 9110 10.2.3); the rate limits of
some OpenStack clouds write it `X-Retry-After`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

READS: Final = frozenset({"GET", "HEAD"})
TOO_MANY: Final = frozenset({429, 498})
"""Refused before anything was done, whatever was asked."""
UNAVAILABLE: Final = 503
_TOO_LARGE: Final = 413
SLOW_DOWN: Final = "SlowDown"
_REPEATABLE: Final = READS | {"PUT", "DELETE"}
"""The same request twice comes to the same (RFC 9110 9.2.2)."""
_HEADERS: Final = ("Retry-After", "X-Retry-After")
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
"""Of a pause for which the cloud names no time, or a shorter one; it doubles from the first."""
_DOUBLED: Final = 6
"""How often it doubles: beyond this the longest holds, and the power would grow without end."""
_JITTER: Final = 0.25
"""A pause is drawn out by up to this part of it: what was put off together does not come back together."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What of an answer matters here."""

    status: int
    headers: Mapping[str, str]
    """By any spelling of the names; must not care for capitals."""
    code: str = ""
    """The error code of an S3 store."""


@dataclass(frozen=True, slots=True)
class PutOff:
    """The cloud does not want to be asked for a while."""

    asked_s: float | None
    """How long it asks to be left alone, seconds; None where it does not say."""
    repeatable: bool
    """The same request may be sent again: it was refused before anything was done, or twice comes to the same."""

    def pause_s(self, times: int, chance: float) -> float:
        """How long nothing goes to the service. `times`: how often in a row, from 1; `chance` between 0 and 1.

        What the cloud asks is the least: one that says `Retry-After: 0` each time is not asked without a pause.
        """
        grown_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(times - 1, _DOUBLED))
        return max(self.asked_s or 0.0, grown_s) * (1 + _JITTER * chance)


def put_off(method: str, heard: Heard, now: datetime) -> PutOff | None:
    """How the cloud put the request off; None where it did not."""
    asked_s = _asked_s(heard.headers, now)
    if heard.status in TOO_MANY or heard.code == SLOW_DOWN or (heard.status == _TOO_LARGE and asked_s):
        return PutOff(asked_s, repeatable=True)
    if heard.status == UNAVAILABLE and asked_s is not None:
        # it may have come through a proxy that lost the answer: what makes a thing goes out once
        return PutOff(asked_s, method in _REPEATABLE)
    return None


def _asked_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a header names; a date counts from the answer's own, so that no clock has to be right."""
    told = next((headers[name].strip() for name in _HEADERS if name in headers), "")
    if told.isdecimal():
        return float(told)
    until = _instant(told)
    if until is None:
        return None
    return max(0.0, (until - (_instant(headers.get("Date", "")) or now)).total_seconds())


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
