"""A stop that is heard while work goes on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable


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
