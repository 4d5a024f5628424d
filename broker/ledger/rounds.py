"""Rounds of admission: one at a time over all processes, each knowing every record that was written before it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from broker.ledger.connect import Connection
from broker.ledger.statements import statements


@dataclass(frozen=True, slots=True)
class Round:
    """A round that was held: on which head of main, at which instant, and how many records are written."""

    head: str
    records: int
    as_of: datetime


@contextlib.contextmanager
def alone(conn: Connection, patience_s: float) -> Iterator[None]:
    """A transaction in which nobody else admits or writes records; one that is idle for `patience_s` is cut off."""
    with conn.transaction():
        conn.execute(statements("rounds")["lock"], {"patience_ms": str(int(patience_s * 1000))})
        yield


def newest(conn: Connection) -> Round | None:
    """The last round; None for a new or a lost ledger."""
    row = conn.execute(statements("rounds")["newest"]).fetchone()
    return Round(**row) if row else None


def advance(conn: Connection, held: Round) -> None:
    """Nothing; this round was held."""
    conn.execute(statements("rounds")["advance"], {"head": held.head, "records": held.records, "as_of": held.as_of})


def wrote(conn: Connection, more: int) -> None:
    """Nothing; so many more records are written. Before the first round nobody counts."""
    conn.execute(statements("rounds")["wrote"], {"more": more})
