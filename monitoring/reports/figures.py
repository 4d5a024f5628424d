"""Figures as they are read: each is rounded once, here, and every format shows the same text."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from broker.clock import SHANGHAI
from monitoring.metering.facts import INSUFFICIENT, Statistic
from monitoring.reports.paper import Cell, Form

NONE: Final = Cell("—")
UNKNOWN: Final = Cell(INSUFFICIENT)
_PLACES: Final[Mapping[Form, int]] = {"percent1": 3, "percent4": 6, "yuan": 2, "number1": 1, "number2": 2}


def word(text: str) -> Cell:
    """A word; an empty one is a dash."""
    return Cell(text) if text else NONE


def count(value: int) -> Cell:
    """A whole number with separators.

    >>> count(12500).text
    '12,500'
    """
    return Cell(f"{value:,}", "count", str(value))


def ratio(value: float | None, form: Form = "percent1") -> Cell:
    """A ratio in per cent; None is 数据不足.

    >>> ratio(0.12345).text, ratio(0.999931, "percent4").text
    ('12.3%', '99.9931%')
    """
    if value is None:
        return UNKNOWN
    number = _rounded(Decimal(repr(value)), _PLACES[form])
    return Cell(f"{(number * 100).normalize():.{_PLACES[form] - 2}f}%", form, str(number))


def yuan(value: str | None) -> Cell:
    """An amount of money; None has no price."""
    if value is None:
        return Cell("无合同单价")
    number = _rounded(Decimal(value), 2)
    return Cell(f"{number:,.2f}", "yuan", str(number))


def number(value: float | Decimal | None, form: Form = "number1") -> Cell:
    """A number with one or two places; None is a dash."""
    if value is None:
        return NONE
    found = _rounded(Decimal(repr(value)) if isinstance(value, float) else Decimal(value), _PLACES[form])
    return Cell(f"{found:,}", form, str(found))


def difference(now: int, before: int | None) -> Cell:
    """How much more than before, with its sign; a dash where there is no before."""
    if before is None:
        return NONE
    return Cell(f"{now - before:+,}" if now != before else "0", "change", str(now - before))


def used(statistic: Statistic | None, figure: str) -> Cell:
    """A figure of a signal, or 数据不足 where too little is known."""
    if statistic is None or not statistic.sufficient:
        return UNKNOWN
    value: float | None = getattr(statistic, figure)
    return ratio(value)


def covered(statistic: Statistic | None) -> Cell:
    """How much of the running time has samples."""
    return ratio(statistic.coverage if statistic else 0.0)


def instant(at: datetime | str | None) -> Cell:
    """A moment in Shanghai to the minute.

    >>> instant("2026-10-03T08:05:09+08:00").text
    '2026-10-03 08:05'
    """
    if at is None:
        return NONE
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return Cell(moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"))


def gib(size_bytes: int | None) -> Cell:
    """Bytes as GiB; None is 数据不足."""
    return UNKNOWN if size_bytes is None else number(Decimal(size_bytes) / (1 << 30))


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
