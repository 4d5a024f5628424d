import contextlib
from collections.abc import Iterator
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
