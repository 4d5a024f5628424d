"""The Pulumi state of every stack and the digests it was last applied with. Written only under the stack's lease."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from broker.ledger import leases
from broker.ledger.connect import Connection
from broker.ledger.leases import Lease
from broker.ledger.statements import statements


class Digests(NamedTuple):
    """What a stack was last applied with. Empty digests: never, or not to the end."""

    spec_digest: str = ""
    program_digest: str = ""
    provider_digest: str = ""
    clean: bool = False


@dataclass(frozen=True, slots=True)
class StackRecord:
    """One stack. `state` None: nothing was ever saved. Not `clean`: a run began and did not say how it ended."""

    stack: str
    epoch: int
    state: bytes | None
    spec_digest: str
    program_digest: str
    provider_digest: str
    clean: bool
    applied_at: datetime | None


class Seen(NamedTuple):
    """A stack as those see it who only watch. `applied_at` None: never to its end."""

    spec_digest: str
    clean: bool
    applied_at: datetime | None


@dataclass(frozen=True, slots=True)
class Summary:
    """How a stack was left. `epoch` of its last run; `holder` works on it now; empty: nobody."""

    stack: str
    spec_digest: str
    clean: bool
    applied_at: datetime | None
    epoch: int
    holder: str


def load(conn: Connection, stack: str) -> StackRecord | None:
    """What is known of the stack; None if it was never begun."""
    row = conn.execute(statements("stacks")["load"], {"stack": stack}).fetchone()
    return StackRecord(**row) if row else None


def begin(conn: Connection, lease: Lease) -> None:
    """Nothing; the stack is unclean until it is saved.

    Raises:
        StaleEpoch: The lease is not the present one.
    """
    with conn.transaction():
        leases.fence(conn, lease)
        conn.execute(statements("stacks")["begin"], {"stack": lease.stack, "epoch": lease.epoch})


def save(conn: Connection, lease: Lease, state: bytes, applied: Digests, at: datetime) -> None:
    """Nothing; state and digests are kept in one piece.

    A run that did not reach its end saves its state with empty digests, so that the stack is applied again.

    Raises:
        StaleEpoch: The lease is not the present one; nothing was written.
    """
    values = {
        "stack": lease.stack,
        "epoch": lease.epoch,
        "state": state,
        "spec": applied.spec_digest,
        "program": applied.program_digest,
        "provider": applied.provider_digest,
        "clean": applied.clean,
        "at": at,
    }
    with conn.transaction():
        leases.fence(conn, lease)
        conn.execute(statements("stacks")["save"], values)


def forget(conn: Connection, lease: Lease) -> None:
    """Nothing; the stack and its resources are out of the ledger, its epochs go on.

    Raises:
        StaleEpoch: The lease is not the present one.
    """
    with conn.transaction():
        leases.fence(conn, lease)
        conn.execute(statements("stacks")["forget"], {"stack": lease.stack})


def summaries(conn: Connection) -> dict[str, Summary]:
    """How every stack was left and who works on it, in one query."""
    return {row["stack"]: Summary(**row) for row in conn.execute(statements("stacks")["summaries"])}


def digests(conn: Connection) -> dict[str, Digests]:
    """What every stack was last applied with, in one query."""
    rows = conn.execute(statements("stacks")["digests"])
    return {
        row["stack"]: Digests(row["spec_digest"], row["program_digest"], row["provider_digest"], row["clean"])
        for row in rows
    }


def seen(conn: Connection) -> dict[str, Seen]:
    """Every stack without its state, in one query."""
    rows = conn.execute(statements("stacks")["seen"])
    return {row["stack"]: Seen(row["spec_digest"], row["clean"], row["applied_at"]) for row in rows}
