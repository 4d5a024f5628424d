"""What `broker new` leaves to be filled in, found where it was left: `…` in place of a value."""

import re
from collections.abc import Iterator
from typing import Final

from broker.canonical import Json

PLACEHOLDER: Final = "…"
"""What a template holds for every value that somebody must give."""
CODE: Final = "PLACEHOLDER_LEFT"
CURE: Final = "write what belongs there, or take the field out where it may be left out"
_LEFT: Final = re.compile(r"\s*(…+|\.{3,})\s*")
_MAYBE: Final = re.compile(rb'"(?:\\[nrt]|[^\w"])*(?:\xe2\x80\xa6|\.\.\.)')
"""In the JSON of a form: how a text that was left begins; three dots are what some editors make of it."""


def left(raw: Json, text: bytes) -> tuple[str, ...]:
    """The paths of the fields that hold a placeholder. `text`: the form as JSON, by which most are passed over."""
    return tuple(_left(raw, "")) if _MAYBE.search(text) else ()


def _left(raw: Json, name: str) -> Iterator[str]:
    if isinstance(raw, dict):
        for key, member in raw.items():
            yield from _left(member, f"{name}.{key}".removeprefix("."))
    elif isinstance(raw, list):
        for n, member in enumerate(raw):
            yield from _left(member, f"{name}[{n}]")
    elif isinstance(raw, str) and _LEFT.fullmatch(raw):
        yield name
