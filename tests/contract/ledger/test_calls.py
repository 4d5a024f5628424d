"""What became of calls to clouds, added up in the ledger by whoever called."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from broker import wiring
from broker.clouds import budget, spent
from broker.errors import LedgerUnavailable
from broker.ledger import calls, leases
from broker.ledger.connect import Connection
from broker.ledger.leases import Lease
from broker.settings import Settings
from broker.shelf import PostgresShelf
from stacks.provider.line import Caller
from stacks.provider.tally import Tally

NETWORK, COMPUTE = ("a-internet", "network"), ("a-internet", "compute")
AT = datetime(2026, 6, 8, 7, tzinfo=UTC)
AWAY = "alter table ledger.cloud_calls rename to away"
BACK = "alter table ledger.away rename to cloud_calls"
STACK = "hall.internet.provider-a"


class OneConnection:
    """A pool of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        yield self._connection


def shelf_of(
    connection: Connection, counted: Callable[[], contextlib.AbstractContextManager[calls.Tallies]]
) -> PostgresShelf:
    pool: Any = OneConnection(connection)
    return PostgresShelf(pool, "broker", 60, "program", frozenset(), lambda: AT, spent=counted)


def test_calls_of_all_processes_add_up_by_cloud_and_service(ledger: Connection) -> None:
    assert calls.all_calls(ledger) == {}
    calls.add(ledger, {NETWORK: Tally(10, 2, 3, 7.5), COMPUTE: Tally(4)})
    calls.add(ledger, {NETWORK: Tally(5, 0, 1, 0.25)})
    calls.add(ledger, {})
    assert calls.all_calls(ledger) == {NETWORK: Tally(15, 2, 4, 7.75), COMPUTE: Tally(4)}


async def test_whoever_gives_a_stack_back_counts_what_was_called_meanwhile_once(ledger: Connection) -> None:
    fresh: list[calls.Tallies] = [{NETWORK: Tally(10, 1, 1, 2.0)}, {}]
    shelf = shelf_of(ledger, lambda: contextlib.nullcontext(fresh.pop(0)))
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
    with spent():
        pass
    with wiring.ledger(settings), shared.turn(Caller(), *NETWORK):
        pass
    assert calls.all_calls(ledger_owner)[NETWORK].calls == 1
    ledger_owner.execute(AWAY)
    with wiring.ledger(settings), shared.turn(Caller(), *NETWORK):
        pass
    ledger_owner.execute(BACK)
    with wiring.ledger(settings):  # the next who counts has them: they are not lost with one write
        pass
    assert calls.all_calls(ledger_owner)[NETWORK].calls == 2
    with spent() as left:
        assert left == {}


async def test_whoever_cannot_count_what_was_called_when_he_gives_a_stack_back_leaves_it_to_the_next(
    ledger: Connection, ledger_owner: Connection, tmp_path: Path
) -> None:
    shared = budget(Settings(tmp_path, tmp_path / "registry"), (str(tmp_path),), {}, "here")
    with spent():
        pass
    shelf = shelf_of(ledger, spent)
    lease = await shelf.acquire(STACK)
    assert isinstance(lease, Lease)
    with shared.turn(Caller(), *NETWORK):
        pass
    ledger_owner.execute(AWAY)
    with pytest.raises(LedgerUnavailable, match="cloud_calls"):
        await shelf.release(lease)
    ledger_owner.execute(BACK)
    again = await shelf.acquire(STACK)
    assert isinstance(again, Lease)
    await shelf.release(again)
    assert calls.all_calls(ledger)[NETWORK].calls == 1
