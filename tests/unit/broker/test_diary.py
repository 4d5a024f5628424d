"""The lines of a run and a ledger that is away for a while."""

import asyncio
from datetime import UTC, datetime

from broker.diary import Diary
from broker.engine.events import Removed
from broker.errors import LedgerUnavailable
from broker.journal import REMOVED
from broker.ledger.events import Happened
from broker.ledger.leases import Lease

AT = datetime(2026, 11, 29, tzinfo=UTC)


async def test_lines_that_the_ledger_could_not_take_are_written_in_their_order_once_it_is_back() -> None:
    written: list[Happened] = []
    asked = asyncio.Event()
    away = True

    async def write(batch: tuple[Happened, ...]) -> None:
        asked.set()
        if away:
            raise LedgerUnavailable("the database is away")
        written.extend(batch)

    diary = Diary(Lease("s", "me", 1, AT), lambda: AT, write)
    async with diary.kept():
        diary.tell(Removed("bucket a", 1))
        await asyncio.wait_for(asked.wait(), 60)
        diary.tell(Removed("bucket b", 1))
        away = False
    assert [line.kind for line in written] == [REMOVED, REMOVED]
    assert [line.body["resource"] for line in written if isinstance(line.body, dict)] == ["bucket a", "bucket b"]
