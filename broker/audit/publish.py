"""Records and audit entries put on the branch together, at most 500 entries or five minutes after they were written."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.audit import witness
from broker.audit.note import LogKey
from broker.audit.published import BATCH, month_names, page, published_edge
from broker.clock import Clock
from broker.documents.records import Record
from broker.errors import BrokerError, OperatorError
from broker.registry.branch import head_of_records, write
from broker.registry.records import Newest, append, newest

OLDEST_S: Final = 300.0
"""How long an entry may be known to the database alone."""
LOOK_S: Final = 15.0
"""How often a process that goes on looks for entries that wait."""


class LedgerLost(OperatorError):
    """The database has fewer audit entries than were published: lost, cut, or put back to an older state."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Writes the branch. One process at a time may use it: whoever holds the round."""

    repository: Path
    key: Ed25519PrivateKey
    witness: Path
    clock: Clock
    kept: Callable[[int], tuple[int, tuple[bytes, ...]]]
    """How many entries are committed, and those from an index on."""
    waiting: Callable[[int], tuple[int, float]]
    """How many entries are committed from an index on, and the age of the oldest of them in seconds."""

    months: Callable[[frozenset[str]], Mapping[str, bytes]] = lambda _there: {}
    """The facts of closed months but those named."""

    def write(self, records: tuple[Record, ...]) -> int:
        """How many of the records were new; all, and every committed audit entry, are on the branch.

        The checkpoints are in the witness file.

        Raises:
            LedgerLost: What is published is not in the database.
            RecordsMoved: Another process wrote the branch meanwhile.
            RegistryBroken: git could not write, or what is published does not hold.
        """
        last = newest(self.repository) if records else Newest(head_of_records(self.repository))
        edge = published_edge(self.repository, LogKey.of(self.key))
        size, entries = self.kept(edge.size)
        _whole(size, edge.size)
        new = page(edge, entries, self.key)
        months = self.months(month_names(self.repository))
        files = {**new.files, **{f"months/{month}.json": facts for month, facts in months.items()}}
        added = last.lacks(records)
        if added:
            append(self.repository, added, self.key, self.clock(), beside=files, after=last)
        elif files:
            write(self.repository, files, last.head, self.clock())
        try:
            witness.add(self.witness, new.notes)
        except OSError as error:
            raise OperatorError(
                f"writing the witness file {self.witness}: {error.strerror}; mend or move it"
            ) from error
        return len(added)

    def due(self) -> bool:
        """Whether entries wait that must not wait longer.

        Raises:
            RegistryBroken: What is published does not hold.
        """
        entries, age_s = self.waiting(published_edge(self.repository, LogKey.of(self.key)).size)
        return entries >= BATCH or age_s >= OLDEST_S - 2 * LOOK_S

    def check(self) -> None:
        """Nothing; the database has everything that is published.

        Raises:
            LedgerLost: It has not.
            RegistryBroken: What is published does not hold.
        """
        published = published_edge(self.repository, LogKey.of(self.key)).size
        size, _ = self.kept(published)
        _whole(size, published)


def _whole(size: int, published: int) -> None:
    if size < published:
        raise LedgerLost(
            f"working on the ledger: its audit log ends at {size} entries, {published} are published on `records`; the "
            f"database was lost, cut or put back to an older state: run `broker audit verify`, then `broker rebuild`"
        )


@contextlib.asynccontextmanager
async def publishing(
    due: Callable[[], Awaitable[bool]], publish: Callable[[], Awaitable[None]], look_s: float = LOOK_S
) -> AsyncIterator[None]:
    """As long as it is open, entries are published when they are due; at its end all of them are."""

    async def on_and_on() -> None:
        while True:
            await asyncio.sleep(look_s)
            with contextlib.suppress(BrokerError):  # the end tells what is wrong; till then it is tried again
                if await due():
                    await publish()

    looking = asyncio.create_task(on_and_on())
    try:
        yield
    except BaseException:
        await _ended(looking)
        with contextlib.suppress(BrokerError):  # what went wrong before is the news
            await publish()
        raise
    await _ended(looking)
    await publish()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
