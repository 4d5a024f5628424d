"""The order of requests to one service: what servers wait for goes first.

A control plane gets ten requests at once and, where one process does all, works on them in slices: they end together,
late. A server needs its network, group, limits and port first; router, public address and quotas have time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Lane:
    """One service in one operation."""

    def __init__(self) -> None:
        self._urgent = 0
        self._patient = 0
        self._moved = asyncio.Condition()

    @asynccontextmanager
    async def turn(self, *, can_wait: bool) -> AsyncIterator[None]:
        """The request's turn. One that can wait is never alone to wait: one of its kind is always out."""
        if not can_wait:
            self._urgent += 1
            try:
                yield
            finally:
                self._urgent -= 1
                await self._tell()
            return
        async with self._moved:
            await self._moved.wait_for(lambda: not self._urgent or not self._patient)
            self._patient += 1
        try:
            yield
        finally:
            self._patient -= 1
            await self._tell()

    async def _tell(self) -> None:
        async with self._moved:
            self._moved.notify_all()
