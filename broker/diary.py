"""The events of one run, written in batches while it goes on. A journal that cannot be written stops no run."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from broker import journal
from broker.clock import Clock
from broker.engine.events import Event
from broker.errors import LedgerUnavailable
from broker.ledger.events import Happened
from broker.ledger.leases import Lease

BATCH_S = 0.5
"""How long an event may be known here alone; what a killed broker had not written yet is told by nobody."""

Write = Callable[[tuple[Happened, ...]], Awaitable[None]]


@dataclass(slots=True)
class Diary:
    """The lines of one run. `done_at`: when each resource was last done with."""

    lease: Lease
    clock: Clock
    write: Write
    done_at: dict[str, datetime] = field(default_factory=dict)
    waiting: list[Happened] = field(default_factory=list)

    def tell(self, event: Event) -> None:
        """Nothing; the event is written with the next batch."""
        line = journal.line(self.lease, event, self.clock())
        self.waiting.append(line)
        self.done_at |= journal.done_at(line)

    def complain(self, error: Exception) -> None:
        """Nothing; the reason why the run did not come to its end is written with the next batch."""
        self.waiting.append(journal.trouble(self.lease, str(error), self.clock()))

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Batches are written as long as it is open, the last one at its end."""
        writing = asyncio.create_task(self._on_and_on())
        try:
            yield
        finally:
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing
            await self._flush()

    async def _on_and_on(self) -> None:
        while True:
            await asyncio.sleep(BATCH_S)
            await self._flush()

    async def _flush(self) -> None:
        batch, self.waiting = tuple(self.waiting), []
        if not batch:
            return
        try:
            await asyncio.shield(self.write(batch))
        except LedgerUnavailable:
            self.waiting = [*batch, *self.waiting]  # it may come back before the run ends
