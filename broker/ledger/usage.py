"""What each resource of each stack took, from when to when, by the second: created, resized, stopped, started, gone."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType

from psycopg.types.json import Jsonb

from broker.ledger import leases
from broker.ledger.connect import Connection
from broker.ledger.intervals import Deployment
from broker.ledger.leases import Lease
from broker.ledger.statements import statements
from quotas.amount import RESOURCES, Amount


@dataclass(frozen=True, slots=True)
class Taking:
    """What one resource takes now. `resource` is its logical name, `running` False: it exists and is stopped."""

    resource: str
    type: str
    external_id: str
    amount: Amount
    running: bool = True


@dataclass(frozen=True, slots=True)
class Usage:
    """What one resource took from `started_at` (inclusive) to `ended_at` (exclusive; None = still)."""

    stack: str
    deployment: Deployment
    taking: Taking
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Followed:
    """What a run changed in what a stack's resources take: what ended, each with its end, and what began."""

    ended: tuple[tuple[Taking, datetime], ...]
    began: tuple[tuple[Taking, datetime], ...]


NOTHING = Followed((), ())
"""Nothing ended and nothing began."""


def follow(  # noqa: PLR0913, PLR0917 - what is metered, for whom, from when
    conn: Connection,
    lease: Lease,
    deployment: Deployment,
    now: Iterable[Taking],
    at: Mapping[str, datetime],
    made: Mapping[str, datetime] = MappingProxyType({}),
) -> Followed:
    """What changed: what is open of the stack is exactly `now`. `at` says when each resource changed, "" of all others.

    `made`: of what is metered for the first time, when its cloud made it, where that was before this run.

    Raises:
        StaleEpoch: The lease is not the present one; nothing was written.
    """
    sql, default = statements("usage"), at[""]
    with conn.transaction():
        leases.fence(conn, lease)
        before = {(u.taking.resource, u.taking.external_id): u.taking for u in still(conn, lease.stack)}
        after = {(taking.resource, taking.external_id): taking for taking in now}
        gone = [taking for key, taking in before.items() if after.get(key) != taking]
        new = [taking for key, taking in after.items() if before.get(key) != taking]
        ended = []
        for taking in gone:
            values = _values(lease, deployment, taking, at.get(taking.resource, default))
            ended += [(taking, row["ended_at"]) for row in conn.execute(sql["end"], values)]
        began = []
        for taking in new:
            changed = at.get(taking.resource, default)
            first = (taking.resource, taking.external_id) not in before
            began.append((taking, min(changed, made.get(taking.resource, changed)) if first else changed))
        for taking, moment in began:
            conn.execute(sql["begin"], _values(lease, deployment, taking, moment))
    return Followed(tuple(ended), tuple(began))


def still(conn: Connection, stack: str) -> tuple[Usage, ...]:
    """What the stack's resources take now."""
    return tuple(_usage(row) for row in conn.execute(statements("usage")["open"], {"stack": stack}))


def between(conn: Connection, start: datetime, end: datetime) -> tuple[Usage, ...]:
    """What resources took in the time from `start` to `end`, oldest first, not cut to it."""
    rows = conn.execute(statements("usage")["between"], {"start": start, "end": end})
    return tuple(_usage(row) for row in rows)


def settled(conn: Connection, until: datetime) -> datetime:
    """The latest moment, no later than `until`, whose totals stay as they are whatever runs that go on come to."""
    row = conn.execute(statements("usage")["settled"], {"until": until}).fetchone()
    return until if row is None else row["settled"]


def totals(conn: Connection, until: datetime) -> dict[Deployment, dict[str, float]]:
    """What each deployment took from the first day of metering to a moment: by head of `Amount`, times seconds."""
    found: dict[Deployment, dict[str, float]] = {}
    for row in conn.execute(statements("usage")["totals"], {"until": until}):
        deployment = Deployment(row["unit"], row["system"], row["zone"], row["provider"])
        found[deployment] = {head: row[head] for head in RESOURCES}
    return found


def _values(lease: Lease, deployment: Deployment, taking: Taking, at: datetime) -> dict[str, object]:
    values = {**asdict(deployment), **asdict(taking), "stack": lease.stack, "at": at}
    return {**values, "amount": Jsonb(taking.amount.parts())}


def _usage(row: Mapping[str, object]) -> Usage:
    values = dict(row)
    deployment = Deployment(*(str(values[name]) for name in ("unit", "system", "zone", "provider")))
    amount = Amount(**values["amount"])  # type: ignore[arg-type]  # JSON of an amount
    resource, type_, id_ = (str(values[name]) for name in ("resource", "type", "external_id"))
    taking = Taking(resource, type_, id_, amount, bool(values["running"]))
    return Usage(str(values["stack"]), deployment, taking, values["started_at"], values["ended_at"])  # type: ignore[arg-type]  # instants, as the table has them
