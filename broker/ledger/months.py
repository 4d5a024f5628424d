"""The facts of closed months as bytes: written once, never changed, given back as they were frozen."""

from dataclasses import dataclass
from datetime import datetime

from broker.ledger.connect import Connection
from broker.ledger.statements import statements


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A month such as `2026-10` with its facts (`monitoring.metering.facts.facts_from` reads them)."""

    month: str
    digest: str
    """SHA-256 of the bytes, as `sha256:` and 64 hex digits; the database holds to it."""
    facts: bytes
    closed_at: datetime


def close(conn: Connection, month: ClosedMonth) -> ClosedMonth:
    """The month as it is kept: as given, or as another process froze it first."""
    values = {"month": month.month, "digest": month.digest, "facts": month.facts, "at": month.closed_at}
    with conn.transaction():
        conn.execute(statements("months")["close"], values)
        kept = closed(conn, month.month)
    if kept is None:
        raise AssertionError(f"{month.month} was closed and is not there")
    return kept


def closed(conn: Connection, month: str) -> ClosedMonth | None:
    """The month's facts; None = it is not closed."""
    row = conn.execute(statements("months")["closed"], {"month": month}).fetchone()
    return ClosedMonth(row["month"], row["digest"], bytes(row["facts"]), row["closed_at"]) if row else None


def digests(conn: Connection) -> dict[str, str]:
    """The digest of every closed month, oldest first."""
    return {row["month"]: row["digest"] for row in conn.execute(statements("months")["months"])}
