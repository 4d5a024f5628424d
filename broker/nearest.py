"""A name that nothing has, told together with the names that there are, the nearest first."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

from broker.errors import NameUnknown

_MOST: Final = 8
_ALIKE: Final = 0.6
_PARTS: Final = re.compile(r"[:/.]")
"""What stands between the parts of a name: of an account, a stack, a path."""


def unknown(what: str, asked: str, there: Iterable[str]) -> str:
    """A sentence for an error: that there is no such thing, and what there is.

    >>> unknown("kind", "Unti", ("System", "Unit"))
    'there is no kind Unti; there are Unit, System'
    >>> unknown("kind", "Unit", ())
    'there is no kind Unit, nor any other'
    """
    names = nearest(asked, there)
    if not names:
        return f"there is no {what} {asked}, nor any other"
    if len(names) <= _MOST:
        verb = "are" if len(names) > 1 else "is"
        return f"there is no {what} {asked}; there {verb} {', '.join(names)}"
    close = [name for name in names[:_MOST] if _likeness(asked, name) >= _ALIKE]
    told = f"near it: {', '.join(close)}" if close else f"such as {', '.join(names[:3])}"
    return f"there is no {what} {asked}; there are {len(names)}, {told}"


def all_known(what: str, asked: Iterable[str], there: Iterable[str]) -> None:
    """Nothing, where every name that was asked for is there.

    Raises:
        NameUnknown: One is not; each is told.
    """
    names = set(there)
    if missing := sorted(set(asked) - names):
        raise NameUnknown("; ".join(unknown(what, name, names) for name in missing))


def nearest(asked: str, there: Iterable[str]) -> list[str]:
    """The names, the nearest first; those that are as near in the order of the alphabet."""
    return sorted(set(there), key=lambda name: (-_likeness(asked, name), name))


def _likeness(asked: str, name: str) -> float:
    """From 0 to 1. One that is part of the other is near: people leave out what they hold for obvious."""
    one, other = asked.lower(), name.lower()
    if one and other and (one in other or other in one):
        return 1.0 if one == other else 0.9
    parts = (other, *_PARTS.split(other))
    return max(SequenceMatcher(None, one, part).ratio() for part in parts)
