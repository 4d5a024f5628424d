"""Messages that go out after the fact they tell was committed: each at least once, its key at most once in here."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from broker.canonical import Json, digest
from broker.ledger import audit
from broker.ledger.audit import Entry
from broker.ledger.connect import Connection
from broker.ledger.statements import statements


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was taken to be sent, for the `attempts`th time."""

    id: int
    key: str
    topic: str
    body: Json
    attempts: int


def put(conn: Connection, key: str, topic: str, body: Json) -> bool:
    """Whether it is new; it goes out once the surrounding transaction is committed. A known key changes nothing."""
    done = conn.execute(statements("journal")["put"], {"key": key, "topic": topic, "body": Jsonb(body)})
    return done.rowcount == 1


def take(conn: Connection, limit: int, lease_s: float) -> tuple[Message, ...]:
    """Up to `limit` messages to send; one that is not `sent` within `lease_s` is given out again."""
    rows = conn.execute(statements("journal")["take"], {"limit": limit, "lease_s": lease_s})
    return tuple(sorted((Message(**row) for row in rows), key=lambda message: message.id))


def sent(conn: Connection, message: Message, sender: str, at: datetime) -> None:
    """Nothing; the message is never given out again, not even from a ledger that was lost: its receipt is published."""
    told: dict[str, Json] = {"key": message.key, "topic": message.topic, "attempts": message.attempts}
    with conn.transaction():
        conn.execute(statements("journal")["sent"], {"id": message.id})
        audit.append(conn, Entry(at, sender, "broker", message.key, "sent", digest(message.body), told))


def postpone(conn: Connection, message: Message, error: str, after_s: float) -> None:
    """Nothing; the message is given out again after `after_s`, with the reason kept."""
    values = {"id": message.id, "attempts": message.attempts, "error": error, "after_s": after_s}
    conn.execute(statements("journal")["postpone"], values)
