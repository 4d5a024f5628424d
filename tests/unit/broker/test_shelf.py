import asyncio
import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from broker.errors import LedgerUnavailable
from broker.ledger.leases import StaleEpoch
from broker.shelf import on_ledger


class BrokenPool:
    """A pool whose database is away, in the way that `error` says."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    @contextlib.contextmanager
    def connection(self) -> Iterator[Any]:
        raise self.error
        yield


@pytest.mark.parametrize(
    "error", [psycopg.OperationalError("server closed the connection\nunexpectedly"), PoolTimeout("no connection")]
)
async def test_a_database_that_is_away_is_an_error_of_the_operator(error: Exception) -> None:
    pool: Any = BrokenPool(error)
    with pytest.raises(LedgerUnavailable, match=r"working on the ledger: (server closed|no connection)"):
        await on_ledger(pool, lambda _conn: None)


async def test_an_error_in_the_brokers_own_words_is_left_as_it_is() -> None:
    pool: Any = BrokenPool(StaleEpoch("epoch 1 is over"))
    with pytest.raises(StaleEpoch, match="epoch 1 is over"):
        await on_ledger(pool, lambda _conn: None)


class Pool:
    @contextlib.contextmanager
    def connection(self) -> Iterator[str]:
        yield "connection"


async def test_a_lease_is_renewed_while_every_thread_of_the_loop_copies_a_bucket() -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    pool: Any = Pool()
    copied = threading.Event()
    copying = asyncio.ensure_future(asyncio.to_thread(copied.wait, 60))
    await asyncio.sleep(0)  # the only thread is taken from here on
    try:
        assert await asyncio.wait_for(on_ledger(pool, str), 30) == "connection"
    finally:
        copied.set()
        await copying
