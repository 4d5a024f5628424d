"""What became of calls to clouds, added up in the ledger by whoever called."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from broker import wiring
from broker.clouds import budget, spent
from broker.ledger import calls, leases
from broker.ledger.connect import Connection
from broker.ledger.leases import Lease
from broker.settings import Settings
from broker.shelf import PostgresShelf
from stacks.provider.budget import Caller
from stacks.provider.tally import Tally

NETWORK, COMPUTE = ("a-internet", "network"), ("a-internet", "compute")
AT = datetime(2026, 6, 8, 7, tzinfo=UTC)
STACK = "hall.internet.provider-a"


class OneConnection:
    """A pool of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        yield self._connection


def test_calls_of_all_processes_add_up_by_cloud_and_service(ledger: Connection) -> None:
    assert calls.all_calls(ledger) == {}
    calls.add(ledger, {NETWORK: Tally(10, 2, 3, 7.5), COMPUTE: Tally(4)})
    calls.add(ledger, {NETWORK: Tally(5, 0, 1, 0.25)})
    calls.add(ledger, {})
    assert calls.all_calls(ledger) == {NETWORK: Tally(15, 2, 4, 7.75), COMPUTE: Tally(4)}


async def test_whoever_gives_a_stack_back_counts_what_was_called_meanwhile_once(ledger: Connection) -> None:
    fresh = [{NETWORK: Tally(10, 1, 1, 2.0)}, {}]
    pool: Any = OneConnection(ledger)
    shelf = PostgresShelf(pool, "broker", 60, "program", frozenset(), lambda: AT, spent=lambda: fresh.pop(0))
    for _ in range(2):
        lease = await shelf.acquire(STACK)
        assert isinstance(lease, Lease)
        await shelf.release(lease)
    assert calls.all_calls(ledger) == {NETWORK: Tally(10, 1, 1, 2.0)}
    assert isinstance(leases.acquire(ledger, STACK, "another", 60), Lease)


def test_a_command_that_cannot_count_its_calls_at_its_end_does_not_fail_for_that(
    ledger_database: str, ledger_owner: Connection, tmp_path: Path
) -> None:
    settings = Settings(tmp_path, tmp_path / "registry", dsn=ledger_database)
    shared = budget(settings, (str(tmp_path),), {}, "here")
    spent()
    with wiring.ledger(settings), shared.turn(Caller(), *NETWORK):
        pass
    assert calls.all_calls(ledger_owner)[NETWORK].calls == 1
    ledger_owner.execute("drop table ledger.cloud_calls")
    with wiring.ledger(settings), shared.turn(Caller(), *NETWORK):
        pass
    assert spent() == {}
