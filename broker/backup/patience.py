"""Waiting for a cloud: asked again and again, more and more seldom, as a terabyte takes hours."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from broker.errors import CloudError

T = TypeVar("T")
LONGEST_S: Final = 12 * 3600
"""A terabyte over a busy line; what takes longer has failed."""
_SHORTEST_PAUSE_S: Final = 0.3
_LONGEST_PAUSE_S: Final = 15.0


async def patiently(
    what: str,
    asked: Callable[[], Awaitable[T | None]],
    pause: Callable[[float], Awaitable[None]],
    longest_s: float = LONGEST_S,
) -> T:
    """The first answer that is not None. `pause` comes back after so many seconds; what it raises ends the wait.

    Raises:
        CloudError: There was none in `longest_s`.
    """
    pause_s = _SHORTEST_PAUSE_S
    try:
        async with asyncio.timeout(longest_s):
            while (answer := await asked()) is None:
                await pause(pause_s)
                pause_s = min(pause_s * 1.3, _LONGEST_PAUSE_S)
            return answer
    except TimeoutError:
        raise CloudError(f"waiting for {what}: not done in {longest_s:.0f} s; see the cloud's own log") from None
