"""Messages that go out after the fact they tell was committed, each once for ever by its key."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from broker.canonical import Json, digest
from broker.ledger import audit
from broker.ledger.audit import Entry
from broker.ledger.connect import Connection
from broker.ledger.statements import statements


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be told. `request`: the act or run that it belongs to; in the audit log it ties them together."""

    key: str
    topic: str
    body: Json
    request: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A notice in the outbox."""

    key: str
    topic: str
    body: Json
    queued_at: datetime


def put(conn: Connection, notice: Notice, sender: str, at: datetime) -> tuple[Entry, ...]:
    """The audit entry of a new message, to be appended last; nothing for one that was put before.

    It goes out once the surrounding transaction is committed. With the entry a lost outbox is filled again.
    """
    values = {"key": notice.key, "topic": notice.topic, "body": Jsonb(notice.body)}
    if not conn.execute(statements("deliveries")["put"], values).rowcount:
        return ()
    told: dict[str, Json] = {"key": notice.key, "topic": notice.topic, "body": notice.body}
    return (Entry(at, sender, "broker", notice.request or notice.key, "notice", digest(told), told),)


def queue(conn: Connection, notices: Iterable[Notice], sender: str, at: datetime) -> int:
    """How many of the notices are new; all are in the outbox, or none."""
    with conn.transaction():
        entries = [entry for notice in notices for entry in put(conn, notice, sender, at)]
        audit.append_all(conn, entries)
    return len(entries)


def get(conn: Connection, key: str) -> Message:
    """The message of that key, open or not.

    Raises:
        KeyError: None was ever put.
    """
    for row in conn.execute(statements("deliveries")["message"], {"key": key}):
        return Message(**row)
    raise KeyError(key)


def told(conn: Connection, limit: int) -> tuple[Message, ...]:
    """The newest messages that everybody got."""
    return tuple(Message(**row) for row in conn.execute(statements("deliveries")["told"], {"limit": limit}))


def waiting(conn: Connection) -> tuple[Message, ...]:
    """Messages that somebody has not got yet, the oldest first."""
    return tuple(Message(**row) for row in conn.execute(statements("deliveries")["open"]))
