"""What happened to a stack, line by line: for `broker events` and for whoever looks into a failure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from broker.canonical import Json
from broker.ledger.connect import Connection
from broker.ledger.statements import statements


@dataclass(frozen=True, slots=True)
class Happened:
    """One line: what happened to a stack under an epoch. `seq` is its place in the ledger, 0 before it is kept."""

    stack: str
    epoch: int
    at: datetime
    kind: str
    body: Json
    seq: int = 0


def append(conn: Connection, line: Happened) -> None:
    """Nothing; the line is kept. Lines of an old epoch are kept too: they tell what a lost run still did."""
    values = {"stack": line.stack, "epoch": line.epoch, "at": line.at, "kind": line.kind, "body": Jsonb(line.body)}
    conn.execute(statements("journal")["append_event"], values)


def append_all(conn: Connection, lines: Iterable[Happened]) -> None:
    """Nothing; the lines are kept, all or none."""
    values = [
        {"stack": line.stack, "epoch": line.epoch, "at": line.at, "kind": line.kind, "body": Jsonb(line.body)}
        for line in lines
    ]
    with conn.transaction():
        conn.cursor().executemany(statements("journal")["append_event"], values)


def last(conn: Connection, stack: str, count: int) -> tuple[Happened, ...]:
    """The stack's last lines, oldest first."""
    rows = conn.execute(statements("journal")["last_events"], {"stack": stack, "limit": count})
    return tuple(Happened(**row) for row in rows)


def lost_removals(conn: Connection, stack: str, epoch: int) -> tuple[Happened, ...]:
    """What runs before the epoch removed of the stack's content, that no record tells since they were lost."""
    rows = conn.execute(statements("journal")["lost_removals"], {"stack": stack, "epoch": epoch})
    return tuple(Happened(**row) for row in rows)


def last_errors(conn: Connection) -> dict[str, Happened]:
    """Why each stack's newest failed run failed: its first error, one that names a resource before others."""
    return {row["stack"]: Happened(**row) for row in conn.execute(statements("journal")["last_errors"])}


def of(conn: Connection, stack: str, after: int = 0, limit: int = 10_000) -> tuple[Happened, ...]:
    """The stack's lines after the place `after`, oldest first, at most `limit`."""
    rows = conn.execute(statements("journal")["events_of"], {"stack": stack, "after": after, "limit": limit})
    return tuple(Happened(**row) for row in rows)
