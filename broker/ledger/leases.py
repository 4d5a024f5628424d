"""Who may change a stack now: a lease with an epoch. Every write carries the epoch; an old one is refused."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import errors

from broker.errors import EngineError
from broker.ledger.connect import Connection
from broker.ledger.statements import statements

STALE_EPOCH = "GC001"
"""The database's code for a write under an epoch that is over."""


class StaleEpoch(EngineError):
    """The lease went to another holder, or ended: nothing of this run may be written any more."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to change one stack until `until`. The epoch grows with every change of holder."""

    stack: str
    holder: str
    epoch: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody else has the lease, until `until` at least."""

    stack: str
    holder: str
    until: datetime


def acquire(conn: Connection, stack: str, holder: str, ttl_s: float) -> Lease | Held:
    """The lease, or who has it. `holder` must be a name that no other process or job uses.

    Asked again by its holder the lease lasts longer in the same epoch; taken after its end, by whomever, the epoch is
    one higher. Time is the database's.
    """
    sql = statements("leases")
    while True:
        asked = {"stack": stack, "holder": holder, "ttl_s": ttl_s}
        if row := conn.execute(sql["acquire"], asked).fetchone():
            return Lease(**row)
        present = conn.execute(sql["present"], asked).fetchone()
        if present and present["holder"] is not None:  # else it was released between both questions
            return Held(stack, present["holder"], present["until"])


def renew(conn: Connection, lease: Lease, ttl_s: float) -> Lease:
    """The same lease, lasting `ttl_s` from now.

    Raises:
        StaleEpoch: It is over, even if nobody took it since.
    """
    asked = {"stack": lease.stack, "holder": lease.holder, "epoch": lease.epoch, "ttl_s": ttl_s}
    row = conn.execute(statements("leases")["renew"], asked).fetchone()
    if row is None:
        raise StaleEpoch(f"renewing the lease of {lease.stack} for {lease.holder}: epoch {lease.epoch} is over")
    return Lease(**row)


def release(conn: Connection, lease: Lease) -> None:
    """Nothing; the stack is free for the next one. A lease that is over already is no error."""
    asked = {"stack": lease.stack, "holder": lease.holder, "epoch": lease.epoch}
    conn.execute(statements("leases")["release"], asked)


def current_epoch(conn: Connection, stack: str) -> int:
    """The stack's present epoch; 0 if nobody ever held its lease."""
    row = conn.execute(statements("leases")["present"], {"stack": stack}).fetchone()
    return int(row["epoch"]) if row else 0


def holder(conn: Connection, stack: str) -> str:
    """Who may change the stack now; empty: nobody."""
    row = conn.execute(statements("leases")["holder"], {"stack": stack}).fetchone()
    return str(row["holder"]) if row else ""


def idle_since(conn: Connection, stack: str, epoch: int) -> bool:
    """Whether nobody took the lease after `epoch`, or has it; so it stays until the end of the open transaction."""
    return conn.execute(statements("leases")["idle"], {"stack": stack, "epoch": epoch}).fetchone() is not None


def fence(conn: Connection, lease: Lease) -> None:
    """Nothing; until the end of the open transaction nobody can take the lease.

    Raises:
        StaleEpoch: The lease's epoch is not the present one.
    """
    asked = {"stack": lease.stack, "holder": lease.holder, "epoch": lease.epoch}
    try:
        conn.execute(statements("leases")["fence"], asked)
    except errors.DatabaseError as error:
        if error.sqlstate != STALE_EPOCH:
            raise
        raise StaleEpoch(f"writing for {lease.stack}: {error.diag.message_primary}") from error
