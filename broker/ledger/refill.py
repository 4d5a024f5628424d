"""A ledger emptied and filled again with what was published of it, in the owner's role; and its contents by name."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg import errors
from psycopg.types.json import Jsonb

from broker.canonical import Json, digest
from broker.errors import OperatorError
from broker.ledger import admissions
from broker.ledger.admissions import Admission
from broker.ledger.connect import Connection
from broker.ledger.months import ClosedMonth
from broker.ledger.statements import statements
from broker.ledger.usage import Usage

CONTENTS = ("claims", "counters", "cases", "stacks", "resources", "closed", "open", "notices", "receipts", "months")
"""What a rebuild must give back, by the names of the statements that read it."""
_PATIENCE = "20s"


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a message ended on one channel; `failed`: it was given up there."""

    message: str
    channel: str
    addressees: tuple[str, ...]
    at: datetime
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of the outbox; `told_at` None: somebody has not got it yet."""

    key: str
    topic: str
    body: Json
    queued_at: datetime
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Filling:
    """Everything that git alone tells of a lost ledger."""

    entries: tuple[tuple[datetime, bytes], ...]
    admissions: tuple[Admission, ...]
    epochs: Mapping[str, int]
    """The highest that each stack may have had."""
    stacks: frozenset[str]
    """Those that were brought about and not wiped."""
    usage: tuple[Usage, ...]
    messages: tuple[Sent, ...]
    receipts: tuple[Receipt, ...] = ()
    months: tuple[ClosedMonth, ...] = ()


def empty(owner: Connection) -> None:
    """Nothing; neither ledger nor job queue are there any more.

    Raises:
        OperatorError: Another process works on it.
    """
    try:
        with owner.transaction():
            owner.execute("select set_config('lock_timeout', %s, true)", (_PATIENCE,))
            owner.execute("drop schema if exists ledger cascade")
            for row in owner.execute(statements("refill")["of_queue"]).fetchall():
                owner.execute(row["drop"])
    except errors.LockNotAvailable as error:
        raise OperatorError("emptying the ledger: another broker works on it; stop it and rebuild again") from error


def fill(owner: Connection, told: Filling) -> None:
    """Nothing; the empty ledger holds what is told, all or nothing."""
    sql = statements("refill")
    with owner.transaction(), owner.cursor() as cursor:
        cursor.executemany(
            sql["audit"], [{"seq": seq, "at": at, "entry": entry} for seq, (at, entry) in enumerate(told.entries)]
        )
        for outcome in told.admissions:
            admissions.record(owner, outcome)
        admissions.mark_pushed(owner, (outcome.sequence for outcome in told.admissions))
        known = [{"stack": stack, "epoch": epoch} for stack, epoch in sorted(told.epochs.items())]
        cursor.executemany(sql["lease"], known)
        cursor.executemany(sql["stack"], [row for row in known if row["stack"] in told.stacks])
        cursor.executemany(sql["usage"], [_usage(one) for one in told.usage])
        cursor.executemany(sql["message"], [_message(one) for one in told.messages])
        cursor.executemany(sql["receipt"], [_receipt(one) for one in told.receipts])
        cursor.executemany(sql["month"], [asdict(month) for month in told.months])


def contents(conn: Connection) -> dict[str, tuple[int, str]]:
    """How many of everything there are, and the digest over all of them, by name."""
    sql = statements("refill")
    found: dict[str, tuple[int, str]] = {}
    for name in CONTENTS:
        rows: list[Json] = [list(row.values()) for row in conn.execute(sql[name])]
        found[name] = len(rows), digest(rows)
    return found


def _usage(one: Usage) -> dict[str, object]:
    taking = asdict(one.taking) | {"amount": Jsonb(one.taking.amount.parts())}
    span = {"stack": one.stack, "started_at": one.started_at, "ended_at": one.ended_at}
    return {**asdict(one.deployment), **taking, **span}


def _message(one: Sent) -> dict[str, object]:
    queued = {"queued_at": one.queued_at, "done_at": one.told_at}
    return {"key": one.key, "topic": one.topic, "body": Jsonb(one.body), **queued}


def _receipt(one: Receipt) -> dict[str, object]:
    ended = {"done_at": None if one.failed else one.at, "failed_at": one.at if one.failed else None}
    return {"message": one.message, "channel": one.channel, "addressees": sorted(one.addressees), **ended}
