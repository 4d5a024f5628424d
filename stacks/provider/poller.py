"""Waiting for a cloud: each list is asked once per tick, however many wait for something in it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from stacks.provider.cloud_error import CloudError, Interrupted
from stacks.provider.session import instant

Item = Mapping[str, Any]
Seen = Mapping[str, Item]
"""The listed things by id."""
Test = Callable[[Seen], Any]
"""What is waited for, or something false; may raise to end the wait."""

TICK_S: Final = 0.25
FULL_EVERY: Final = 24
"""Ticks between two lists of everything, for what a list of changes can miss."""
SLOWEST_TICK_S: Final = 1.5
_PATIENCE: Final = 0.1
"""A wait may be seen to end later by this part of its length: long ones are asked about less often.

Among the last few of a crowd it counts from when the last one ended. In a crowd a late look holds nobody up, since the
cloud is busy with the next ones; the last few hold up the whole run.
"""
_FEW: Final = 4
_CROWDED: Final = 2
"""Ticks between two looks at more than a few: each look takes from the cloud what it would build with.

Ten servers in 10.9 s and 14.6 CPU s of the cloud where one tick took 11.2 and 15.9 (medians of seven, in turn).
"""
_OVERLAP_S: Final = 4.0
_ERRORS_BORNE: Final = 5
_SHORTEST_PAUSE_S: Final = 0.05
_SOON_S: Final = 0.12
DEFAULT_TIMEOUT_S: Final = 900.0
timeout_s: ContextVar[float] = ContextVar("timeout_s", default=DEFAULT_TIMEOUT_S)
"""How long this task may wait for the cloud, seconds; the engine's custom time-out of the resource."""


@dataclass(frozen=True, slots=True)
class Query:
    """A list. `{since}` in the path becomes the moment (UTC) before the last request: a list of changes only."""

    path: str
    every: int = 1
    """Ticks from one asking to the next."""


@dataclass(eq=False, slots=True)
class _Waiter:
    test: Test
    done: asyncio.Future[Any]


@dataclass(slots=True)
class _Asked:
    since_s: float
    errors: int = 0
    """In a row. A list that comes seldom has a count of its own: those that go well meanwhile do not excuse it."""
    waiters: list[_Waiter] = field(default_factory=list)

    def forget_done(self) -> None:
        self.waiters = [waiter for waiter in self.waiters if not waiter.done.done()]


class Poller:
    """One service of one project. `fetch` asks one list; `now_s` is the cloud's clock."""

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[Sequence[Item]]],
        now_s: Callable[[], float],
        *,
        tick_s: float = TICK_S,
    ) -> None:
        self._fetch = fetch
        self._now_s = now_s
        self._tick_s = tick_s
        self._asked: dict[Query, _Asked] = {}
        self._task: asyncio.Task[None] | None = None

    async def wait(self, *tests: tuple[Query, Test], soon: bool = False) -> Any:
        """What the first test to hold gives back. `soon`: it holds already or in a moment, so it looks early.

        Raises:
            TimeoutError: None held within the task's `timeout_s`.
            Interrupted: The run was asked to stop.
        """
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        for query, test in tests:
            asked = self._asked.get(query)
            if asked is None or not asked.waiters:
                asked = self._asked[query] = _Asked(self._now_s() - _OVERLAP_S)
            asked.waiters.append(_Waiter(test, done))
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._poll(min(_SOON_S, self._tick_s) if soon else self._tick_s))
        limit_s = timeout_s.get()
        try:
            return await asyncio.wait_for(done, limit_s)
        except TimeoutError:
            raise TimeoutError(f"the cloud was not done after {limit_s:.0f} s") from None

    def interrupt(self) -> None:
        """End every wait."""
        self._end(Interrupted("the run was asked to stop while it waited for the cloud"))

    def _end(self, error: Exception) -> None:
        for asked in self._asked.values():
            for waiter in asked.waiters:
                if not waiter.done.done():
                    waiter.done.set_exception(error)
            asked.forget_done()

    def _crowd(self) -> int:
        return len({waiter.done for asked in self._asked.values() for waiter in asked.waiters})

    async def _poll(self, first_look_s: float) -> None:
        ticks = most = 0
        first_s = quiet_since_s = time.monotonic()
        await asyncio.sleep(first_look_s)
        while any(asked.waiters for asked in self._asked.values()):
            began_s, ticks, before = time.monotonic(), ticks + 1, self._crowd()
            most = max(most, before)
            due = [query for query, asked in self._asked.items() if asked.waiters and ticks % query.every == 0]
            await asyncio.gather(*(self._look(query) for query in due))
            for asked in self._asked.values():
                asked.forget_done()
            if (crowd := self._crowd()) < before and crowd <= _FEW < most:
                quiet_since_s = time.monotonic()
            now_s = time.monotonic()
            took_s = now_s - began_s
            least_s = self._tick_s * (_CROWDED if crowd > _FEW else 1)
            pace_s = max(least_s, min(SLOWEST_TICK_S, (now_s - quiet_since_s) * _PATIENCE))
            # early looks go apart until they have the common pace
            tick_s = min(pace_s, max(first_look_s, now_s - first_s))
            # never more than half of the time inside lists: a slow cloud is not made slower by being watched
            await asyncio.sleep(max(_SHORTEST_PAUSE_S, tick_s - took_s, took_s))

    async def _look(self, query: Query) -> None:
        asked = self._asked[query]
        try:
            await self._ask(query)
            asked.errors = 0
        except CloudError as error:
            asked.errors += 1
            if asked.errors > _ERRORS_BORNE:
                self._end(error)
        except Interrupted as error:
            # a list that was to wait for its turn: nobody would look any more for those who came after the stop
            self._end(error)

    async def _ask(self, query: Query) -> None:
        asked = self._asked[query]
        # the clock before the request, and only those who waited before it: a slow answer must neither lose a change
        # nor judge somebody by what was true before he came
        before_s, waiters = self._now_s() - _OVERLAP_S, list(asked.waiters)
        path = query.path.replace("{since}", instant(asked.since_s))
        seen = {str(item["id"]): item for item in await self._fetch(path)}
        asked.since_s = before_s
        for waiter in waiters:
            if not waiter.done.done():
                _judge(waiter, seen)


def _judge(waiter: _Waiter, seen: Seen) -> None:
    try:
        result = waiter.test(seen)
    except Exception as error:  # noqa: BLE001 - whatever ends the test ends the wait of who asked
        waiter.done.set_exception(error)
    else:
        if result:
            waiter.done.set_result(result)
