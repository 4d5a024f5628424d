"""How a run ended is told with the state that it left, on a real ledger."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from broker.engine import state
from broker.engine.run import Outcome
from broker.ledger import outbox
from broker.ledger.connect import Connection
from broker.ledger.leases import Lease
from broker.shelf import PostgresShelf
from tests.integration.engine.memory_workshop import SPEC, target

NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
BROUGHT_ABOUT = Outcome(
    ok=True,
    clean=True,
    state=state.new(SPEC.name, "salt"),
    changes={},
    steps=(),
    diagnostics=(),
    outputs={},
    cancelled=False,
    calls=0,
    adopted=(),
    leftovers=(),
    seconds=0.1,
)


class OneConnection:
    """A pool of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        yield self._connection


async def test_how_a_run_ended_is_told_once_with_what_it_left(ledger: Connection) -> None:
    pool: Any = OneConnection(ledger)
    shelf = PostgresShelf(pool, "broker", 60, "program", frozenset(), lambda: NOW)
    lease = await shelf.acquire(SPEC.name)
    assert isinstance(lease, Lease)
    await shelf.begin(lease, target())
    await shelf.save(lease, target(), BROUGHT_ABOUT, {})
    messages = outbox.waiting(ledger)
    assert [message.topic for message in messages] == ["provisioned"]
    body = messages[0].body
    assert isinstance(body, dict)
    assert (body["stack"], body["documents"]) == (SPEC.name, ["a-form"])


async def test_a_run_whose_end_nobody_is_told_is_seen(ledger: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "put", lambda *_: ())
    with pytest.raises(AssertionError):
        await test_how_a_run_ended_is_told_once_with_what_it_left(ledger)
