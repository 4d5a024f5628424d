"""The exporter: every collector refreshes in a thread of its own, pages are rendered after each, scrapes read them."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from monitoring.board import Board
from monitoring.collector import Collector, refreshed
from monitoring.family import Sample

_AT_ONCE = 8
_LOOK_EVERY_S = 1.0
_AT_ONCE_S = 0.0
_REQUEST = re.compile(r"req-[0-9a-f-]{36}")
"""By which a cloud names each of its answers: the same failure has another one each time."""


class Exporter:
    """Runs the collectors by their rhythm until it is told to stop."""

    def __init__(
        self,
        collectors: tuple[Collector, ...],
        own: Callable[[], Iterator[Sample]],
        now_s: Callable[[], float],
        tell: Callable[[str], None],
    ) -> None:
        self.board = Board(collectors, own)
        self._collectors = collectors
        self._now_s = now_s
        self._tell = tell
        self._due_s = {(c.endpoint, c.name): _AT_ONCE_S for c in collectors}
        self._stopping = threading.Event()

    def refresh(self, due_only: bool = False) -> None:  # noqa: FBT001, FBT002 - the caller names it
        """Read everything once, or only what is due, side by side; comes back when all of it is rendered."""
        now_s = self._now_s()
        wanted = [c for c in self._collectors if not due_only or self._due_s[c.endpoint, c.name] <= now_s]
        if not wanted:
            self.board.render(now_s)
            return
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="collector") as threads:
            for collector in wanted:
                self._due_s[collector.endpoint, collector.name] = self._next_s(collector, now_s)
                threads.submit(self._one, collector)
        self.board.render(self._now_s())

    def run(self) -> None:
        """Refresh what is due until `stop`. Data that became too old go with the next look at the clock."""
        self.board.render(self._now_s())
        while not self._stopping.is_set():
            self.refresh(due_only=True)
            self._stopping.wait(self._pause_s())

    def stop(self) -> None:
        """Let `run` come back after the refresh that is under way."""
        self._stopping.set()

    def _next_s(self, collector: Collector, now_s: float) -> float:
        first = self._due_s[collector.endpoint, collector.name] == _AT_ONCE_S
        return now_s + collector.every_s - (collector.ahead_s if first else 0.0)

    def _one(self, collector: Collector) -> None:
        before = self.board.known(collector)
        after = refreshed(collector, before, self._now_s)
        self.board.put(collector, after)
        # once per change: a cloud that is away for a day fills no log
        if after.error and _REQUEST.sub("", after.error) != _REQUEST.sub("", before.error):
            self._tell(f"{collector.endpoint or 'broker'} {collector.name}: {after.error}")
        elif before.error and not after.error:
            self._tell(f"{collector.endpoint or 'broker'} {collector.name}: read again")

    def _pause_s(self) -> float:
        soonest = min(self._due_s.values(), default=0.0)
        return max(_LOOK_EVERY_S, min(soonest - self._now_s(), 60.0))
