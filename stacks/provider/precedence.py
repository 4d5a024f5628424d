"""What goes first at Neutron: what servers wait for, as long as some of it is missing.

A control plane gets ten requests at once and, where one process does all, works on them in slices: they end together,
late. A server needs its network, group, limit and port first; router, public address and their limits have time.
While ports are made, nothing of the latter begins: beside a router's leg one request for ten took twice as long.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar

subject: ContextVar[str] = ContextVar("subject", default="")
"""Logical name of the resource that is being brought about; empty where a request is for none in particular."""


class Precedence:
    """The order of writes within one operation. Nothing is held up where no server waits for anything."""

    def __init__(self, awaited: Iterable[str] = ()) -> None:
        """`awaited`: logical names of what servers wait for (`stacks.program.awaited`)."""
        self._awaited = frozenset(awaited)
        self._missing = set(self._awaited)
        self._one_is_out = False
        self._undisturbed = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def arrived(self, name: str) -> None:
        """Take it that this resource is there. With the last that servers wait for, all may go."""
        self._missing.discard(name)
        if not self._missing:
            while self._let_go():
                pass

    @asynccontextmanager
    async def turn(self, *, undisturbed: bool = False) -> AsyncIterator[None]:
        """The turn of a write for the `subject`. What no server waits for goes one by one, so that it gets on.

        `undisturbed`: none of that begins meanwhile; such a write must be for something that servers wait for.
        """
        if not self._missing or subject.get() in self._awaited | {""}:
            self._undisturbed += undisturbed
            try:
                yield
            finally:
                self._undisturbed -= undisturbed
                if not self._one_is_out:
                    self._next()
            return
        await self._queue()
        try:
            yield
        finally:
            self._next()

    async def _queue(self) -> None:
        if not self._one_is_out and not self._undisturbed:
            self._one_is_out = True
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was let go and given up at once
                self._next()
            raise

    def _next(self) -> None:
        self._one_is_out = not self._undisturbed and self._let_go()

    def _let_go(self) -> bool:
        """Whether one went that has not been given up."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return True
        return False
