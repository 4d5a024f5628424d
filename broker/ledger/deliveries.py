"""How each message stands on each channel: a receipt, a next try, or given up. One sender at a time has one.

What a channel took is never sent over it again, not even from a ledger that was lost: receipts are published.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from broker.canonical import Json, digest
from broker.ledger import audit, facts
from broker.ledger.audit import Entry
from broker.ledger.connect import Connection
from broker.ledger.statements import statements


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on one channel."""

    id: int
    message: str
    channel: str
    addressees: list[str]
    attempts: int
    due_at: datetime
    done_at: datetime | None
    failed_at: datetime | None
    last_error: str

    @property
    def open(self) -> bool:
        """Whether it is still tried."""
        return self.done_at is None and self.failed_at is None


@dataclass(frozen=True, slots=True)
class Told:
    """A message with what the audit log says of its delivery: who sends, at which instant."""

    key: str
    topic: str
    sender: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a channel's deliveries. `failed`: given up, of messages that somebody still has not got.

    `oldest`: when the oldest message that waits on the channel was queued; None: none waits.
    """

    queued: int
    delivered: int
    failed: int
    oldest: datetime | None


def counted(conn: Connection) -> dict[str, Tally]:
    """What became of the deliveries of each channel that has any."""
    rows = conn.execute(statements("deliveries")["counted"])
    return {row["channel"]: Tally(row["queued"], row["delivered"], row["failed"], row["oldest"]) for row in rows}


def of(conn: Connection, keys: Iterable[str]) -> tuple[Delivery, ...]:
    """How these messages stand on their channels."""
    return tuple(Delivery(**row) for row in conn.execute(statements("deliveries")["deliveries_of"], {"keys": [*keys]}))


def plan(conn: Connection, key: str, channel: str, addressees: Collection[str]) -> None:
    """Nothing; the message goes over the channel too. Known already, it is for these as well."""
    values = {"message": key, "channel": channel, "addressees": sorted(addressees)}
    conn.execute(statements("deliveries")["plan"], values)


def take(conn: Connection, lease_s: float, without: Collection[str] = ()) -> Delivery | None:
    """One delivery that is due, for this caller alone; not `delivered` within `lease_s`, it is given out again."""
    row = conn.execute(statements("deliveries")["take"], {"lease_s": lease_s, "without": [*without]}).fetchone()
    return Delivery(**row) if row else None


def delivered(conn: Connection, one: Delivery, told: Told, records: Iterable[Json] = ()) -> None:
    """Nothing; the channel took it, and the receipt is in the audit log. `records`: facts for the records branch."""
    with conn.transaction():
        conn.execute(statements("deliveries")["delivered"], {"id": one.id, "at": told.at})
        facts.keep(conn, records)
        audit.append(conn, _entry("sent", one, told, {"attempts": one.attempts}))


def postpone(conn: Connection, one: Delivery, error: str, after_s: float) -> None:
    """Nothing; it is given out again after `after_s`, with the reason kept."""
    values = {"id": one.id, "attempts": one.attempts, "error": error, "after_s": after_s}
    conn.execute(statements("deliveries")["postpone"], values)


def fail(conn: Connection, one: Delivery, error: str, told: Told, records: Iterable[Json] = ()) -> bool:
    """Whether it is given up by this call; somebody who took it meanwhile goes on.

    The error stays in the ledger: the audit log is published, and an error may name a host.
    """
    with conn.transaction():
        values = {"id": one.id, "attempts": one.attempts, "error": error, "at": told.at}
        if not conn.execute(statements("deliveries")["fail"], values).rowcount:
            return False
        facts.keep(conn, records)
        audit.append(conn, _entry("unsent", one, told, {"attempts": one.attempts}))
    return True


def retry(conn: Connection, told: Told) -> int:
    """How many deliveries of the message are due now that were given up or waited."""
    with conn.transaction():
        again = conn.execute(statements("deliveries")["retry"], {"message": told.key}).rowcount
        if again:
            body: dict[str, Json] = {"key": told.key, "topic": told.topic}
            audit.append(conn, Entry(told.at, told.sender, "operator", told.key, "retry", digest(body), body))
    return again


def finish(conn: Connection, told: Told) -> None:
    """Nothing; everybody got the message, and that is in the audit log."""
    with conn.transaction():
        if conn.execute(statements("deliveries")["finish"], {"key": told.key, "at": told.at}).rowcount:
            body: dict[str, Json] = {"key": told.key, "topic": told.topic}
            audit.append(conn, Entry(told.at, told.sender, "broker", told.key, "told", digest(body), body))


def _entry(action: str, one: Delivery, told: Told, more: dict[str, Json]) -> Entry:
    body: dict[str, Json] = {
        "key": one.message,
        "topic": told.topic,
        "channel": one.channel,
        "to": list(one.addressees),
        **more,
    }
    return Entry(told.at, told.sender, "broker", one.message, action, digest(body), body)
