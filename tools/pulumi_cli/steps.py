"""Progress for people: what is being done, how far it is, and how long it took."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Tell: TypeAlias = "Callable[[str], None]"
EVERY_S = 5.0


@contextmanager
def step(what: str) -> Iterator[Tell]:
    """A function that tells how far the step is; lines go to stderr, at most one in five seconds."""
    start = last = time.monotonic()

    def tell(how_far: str) -> None:
        nonlocal last
        if time.monotonic() - last < EVERY_S:
            return
        last = time.monotonic()
        say(f"{what}: {how_far} ({last - start:.0f} s)")

    say(f"{what} ...")
    yield tell
    say(f"{what}: done ({time.monotonic() - start:.1f} s)")


def say(line: str) -> None:
    """One line of progress on stderr."""
    print(f"pulumi: {line}", file=sys.stderr, flush=True)
