"""How each stack stood beside its clouds when they were last asked. Findings are kept as `broker.drift` writes them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from broker.ledger.connect import Connection
from broker.ledger.statements import statements


@dataclass(frozen=True, slots=True)
class Stood:
    """One stack. `since`: when something began to differ; None: nothing does.

    `run`, `whole_at` and `servers_at` are those of `broker.drift.compared`: either all or none.
    """

    stack: str
    asked_at: datetime
    since: datetime | None
    findings: tuple[Mapping[str, Any], ...]
    run: int | None = None
    whole_at: datetime | None = None
    servers_at: datetime | None = None


def get(conn: Connection, stack: str) -> Stood | None:
    """What is kept of the stack; None: it was never asked about since it was last made."""
    row = conn.execute(statements("drifts")["one"], {"stack": stack}).fetchone()
    return _kept(row) if row else None


def put(conn: Connection, now: Stood) -> None:
    """Nothing; it is kept. The stack must be in the ledger; what is kept goes with it."""
    conn.execute(statements("drifts")["put"], {**asdict(now), "findings": Jsonb(list(now.findings))})


def all_stacks(conn: Connection) -> tuple[Stood, ...]:
    """Every stack that was asked about, by name."""
    return tuple(_kept(row) for row in conn.execute(statements("drifts")["all"]))


def _kept(row: Mapping[str, Any]) -> Stood:
    return Stood(**{**row, "findings": tuple(row["findings"])})
