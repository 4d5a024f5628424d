"""Ports that are asked for together go out together: a few bulk requests in place of one each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from stacks.provider.cloud_error import CloudError
from stacks.provider.session import Item

CHUNK: Final = 32
"""Ports per request. Ten at once take Neutron as long as four; in two requests the second one takes thrice that."""
_LIMIT: Final = 64
_GATHER_S: Final = 0.03
"""A pause between two ports after which no more is waited for: they come 2 to 20 ms after one another."""


class PortBatch:
    """Gathers bodies of `POST /ports`; `make` sends some and answers their ports."""

    def __init__(self, make: Callable[[Sequence[Item]], Awaitable[Sequence[Item]]]) -> None:
        self._make = make
        self._waiting: list[tuple[Item, asyncio.Future[Item]]] = []
        self._task: asyncio.Task[None] | None = None

    async def create(self, body: Item) -> Item:
        """The port; `body` must carry its key in `description`."""
        made: asyncio.Future[Item] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, made))
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._flush())
        return await made

    async def _flush(self) -> None:
        while self._waiting:
            seen = -1
            while seen != len(self._waiting) and len(self._waiting) < _LIMIT:
                seen = len(self._waiting)
                await asyncio.sleep(_GATHER_S)
            ready, self._waiting = self._waiting, []
            await asyncio.gather(*(self._send(ready[at : at + CHUNK]) for at in range(0, len(ready), CHUNK)))

    async def _send(self, part: Sequence[tuple[Item, asyncio.Future[Item]]]) -> None:
        try:
            made = {port["description"]: port for port in await self._make([body for body, _ in part])}
            for body, future in part:
                future.set_result(made[body["description"]])
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            await self._blame(part, error)

    async def _blame(self, part: Sequence[tuple[Item, asyncio.Future[Any]]], error: Exception) -> None:
        if len(part) > 1 and isinstance(error, CloudError) and error.status:
            # a bulk request is all or nothing: alone, only the culprit is refused, and halves find it soonest
            half = len(part) // 2
            await asyncio.gather(self._send(part[:half]), self._send(part[half:]))
            return
        for _, future in part:
            if not future.done():
                future.set_exception(error)
