"""What was allocated to each deployment, and from when to when: what metering and the reports count."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import errors
from psycopg.types.json import Jsonb

from broker.ledger.connect import Connection
from broker.ledger.statements import statements
from quotas.amount import Amount

_OUT_OF_ORDER = "GC006"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A system in a zone on a provider, and the unit it belongs to."""

    unit: str
    system: str
    zone: str
    provider: str


@dataclass(frozen=True, slots=True)
class Interval:
    """The deployment was allocated `amount` from `started_at` (inclusive) to `ended_at` (exclusive; None = still)."""

    deployment: Deployment
    amount: Amount
    started_at: datetime
    ended_at: datetime | None


def meter(conn: Connection, deployment: Deployment, amount: Amount, since: datetime) -> None:
    """Nothing; from `since` on the deployment is allocated `amount`. The amount it has already changes nothing.

    Raises:
        ValueError: `since` is before something that is metered already; time goes forward only.
    """
    values = {
        "unit": deployment.unit,
        "system": deployment.system,
        "zone": deployment.zone,
        "provider": deployment.provider,
        "amount": Jsonb(amount.parts()),
        "since": since,
    }
    try:
        conn.execute(statements("journal")["meter"], values)
    except errors.DatabaseError as error:
        if error.sqlstate != _OUT_OF_ORDER:
            raise
        raise ValueError(f"{error.diag.message_primary}; meter in the order of time") from error


def between(conn: Connection, start: datetime, end: datetime) -> tuple[Interval, ...]:
    """The allocations that overlap the time from `start` to `end`, oldest first, not cut to it."""
    rows = conn.execute(statements("journal")["intervals"], {"start": start, "end": end})
    return tuple(
        Interval(
            Deployment(row["unit"], row["system"], row["zone"], row["provider"]),
            Amount(**row["amount"]),
            row["started_at"],
            row["ended_at"],
        )
        for row in rows
    )
