"""Days and instants as people type them: one form for every option, always of Asia/Shanghai."""

import contextlib
import re
from datetime import date, datetime
from typing import Final

import typer

from broker.clock import SHANGHAI

FORMS: Final = "2026-06-01 (its 00:00), 2026-06-01T09:00 or 2026-06-01T09:00:30"
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def moment(text: str | datetime) -> datetime:
    """The instant in Shanghai, without its offset; of a date its 00:00. One that names another offset is taken there.

    >>> moment("2026-06-01"), moment("2026-06-01T01:00Z")
    (datetime.datetime(2026, 6, 1, 0, 0), datetime.datetime(2026, 6, 1, 9, 0))
    """
    if isinstance(text, datetime):
        return text
    with contextlib.suppress(ValueError, OverflowError):  # the form is right, and there is no such day or hour
        if _MOMENT.fullmatch(text):
            found = datetime.fromisoformat(text)
            return found.astimezone(SHANGHAI).replace(tzinfo=None) if found.tzinfo else found
    raise typer.BadParameter(f"{text} is no instant in Shanghai: give {FORMS}")


def day(text: str | date) -> date:
    """The date."""
    if isinstance(text, date):
        return text
    with contextlib.suppress(ValueError):  # as above
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    raise typer.BadParameter(f"{text} is no day: give it as 2026-06-01")
