"""A lease that is renewed while work goes on, and the fence that shuts before a write once it was not."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from broker.errors import LedgerUnavailable
from broker.ledger.leases import Lease, StaleEpoch
from stacks.provider.operation import Fenced


@contextlib.asynccontextmanager
async def fenced(
    lease: Lease, again: Callable[[Lease], Awaitable[None]], lease_s: float
) -> AsyncIterator[Callable[[], None]]:
    """A check that costs nothing: it holds as long as the lease was renewed in time, on this machine's clock.

    A frozen process that wakes up after its lease ended finds the fence shut before it writes anything, and so does a
    call that is left over when the block has ended: the lease is given back then.
    """
    valid_until = time.monotonic() + lease_s
    ended = False

    def check() -> None:
        if ended:
            raise Fenced(f"the work on {lease.stack} (epoch {lease.epoch}) has ended; nothing more is written for it")
        if time.monotonic() > valid_until:
            raise Fenced(f"the lease of {lease.stack} (epoch {lease.epoch}) was not renewed in time; this run stops")

    async def renew() -> None:
        nonlocal valid_until
        while True:
            await asyncio.sleep(lease_s / 3)
            asked = time.monotonic()
            try:
                await again(lease)
            except LedgerUnavailable:
                continue  # it may come back before the lease is over
            except StaleEpoch:
                valid_until = asked
                return
            valid_until = asked + lease_s

    renewing = asyncio.create_task(renew())
    try:
        yield check
    finally:
        ended = True
        renewing.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await renewing
