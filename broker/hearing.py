"""A stop that is heard while work goes on, and between two things of many."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import TypeVar

from broker.errors import Stopped

T = TypeVar("T")


@contextlib.asynccontextmanager
async def hearing(stop: asyncio.Event, heard: Callable[[], None]) -> AsyncIterator[None]:
    """Calls `heard` once when the stop is asked for while the block runs; at once where it was before."""

    async def listen() -> None:
        await stop.wait()
        heard()

    if stop.is_set():
        heard()
        yield
        return
    listening = asyncio.create_task(listen())
    try:
        yield
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


def unless(stopped: Callable[[], bool], things: Iterable[T], told: str) -> Iterator[T]:
    """The things, one by one.

    Raises:
        Stopped: It is to stop, which is `told` so; there may be more.
    """
    left = iter(things)
    while not stopped():
        try:
            thing = next(left)
        except StopIteration:
            return
        yield thing
    raise Stopped(told)
