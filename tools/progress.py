"""Progress for people: each step says what it does, how far it is and how long it took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[str], None]


class Steps:
    """Numbered steps with the seconds since the first one."""

    def __init__(self, total: int, write: Callable[[str], None]) -> None:
        self._total = total
        self._write = write
        self._number = 0
        self._started = time.monotonic()

    @contextmanager
    def step(self, what: str) -> Iterator[Tell]:
        """A function that tells how far the step is; at its end the step says how long it took."""
        self._number += 1
        begun = time.monotonic()
        self._say(f"{self._number}/{self._total} {what}")
        yield lambda how_far: self._say(f"    {how_far}")
        self._say(f"    done in {time.monotonic() - begun:.1f} s")

    def finish(self, what: str) -> None:
        """Say how it all ended."""
        self._say(what)

    def _say(self, text: str) -> None:
        self._write(f"[{time.monotonic() - self._started:6.1f} s] {text}")
