"""Facts that wait to be recorded because the git host was away when they came about."""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from broker.canonical import Json
from broker.ledger.connect import Connection
from broker.ledger.statements import statements


@dataclass(frozen=True, slots=True)
class Fact:
    """One of them. `record` is what goes to the records branch."""

    id: int
    record: Json


def keep(conn: Connection, records: Iterable[Json]) -> None:
    """Nothing; the facts wait, all or none."""
    with conn.transaction():
        conn.cursor().executemany(statements("facts")["keep"], [{"record": Jsonb(record)} for record in records])


def waiting(conn: Connection) -> tuple[Fact, ...]:
    """What waits, in the order in which it came about."""
    return tuple(Fact(**row) for row in conn.execute(statements("facts")["waiting"]))


def recorded(conn: Connection, facts: Iterable[Fact]) -> None:
    """Nothing; these are on the records branch."""
    conn.execute(statements("facts")["recorded"], {"ids": [fact.id for fact in facts]})
