"""What the ledger is asked and told about drift: the state to compare with, and how each stack stands."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from broker.canonical import Json, digest
from broker.drift.compared import Compared
from broker.drift.finding import Finding, Sequel, Standing, finding, sequel
from broker.ledger import audit, drifts, events, leases, outbox, stacks
from broker.ledger.audit import Entry
from broker.ledger.connect import Connection
from broker.ledger.events import Happened
from broker.ledger.outbox import Notice

SHOWN = 20
"""Findings in one letter; `broker drift` tells all."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a stack is compared with. `epoch` of its lease: an answer is about it as long as that has not moved."""

    stack: str
    state: bytes
    epoch: int
    run: int
    """The epoch of the run that left the state."""
    spec_digest: str
    """Of the approved form that was last brought about; empty: the last run failed, the state tells how far it came."""
    compared: Compared | None = None
    """What the asking goes on from; None: every server is compared whole."""


def load(conn: Connection, stack: str) -> Known | str:
    """What is kept of the stack; or why it cannot be asked about now."""
    # The epoch first: whoever takes the lease from here on moves it, and the answer about this state is not kept.
    epoch = leases.current_epoch(conn, stack)
    if holder := leases.holder(conn, stack):
        return f"{holder} works on it"
    kept = stacks.load(conn, stack)
    if kept is None or kept.state is None:
        return "nothing was ever applied of it"
    if not kept.clean:
        return "its last run did not come to its end; `broker reconcile` looks at what it left"
    return Known(stack, kept.state, epoch, kept.epoch, kept.spec_digest, _compared(drifts.get(conn, stack)))


def keep(  # noqa: PLR0913, PLR0917 - what was asked about, what came of it, and who says so when
    conn: Connection,
    known: Known,
    found: tuple[Finding, ...],
    compared: Compared | None,
    sender: str,
    at: datetime,
) -> Sequel | None:
    """How the stack goes on, kept with lines of its journal, an audit entry and a notice where that changed.

    None, and nothing kept, where somebody worked on the stack since it was loaded; also where what the asking went on
    from holds no more, since another one found something meanwhile, which this one may have left out.
    """
    with conn.transaction():
        if not leases.idle_since(conn, known.stack, known.epoch):
            return None
        row = drifts.get(conn, known.stack)
        if known.compared and not _compared(row):
            return None
        went = sequel(_standing(row), known.stack, found, at)
        drifts.put(conn, _row(went.now, compared))
        if went.begun or went.ended:
            events.append_all(conn, _lines(known, went, at))
            entries = [_entry(known, went, sender, at)]
            if went.begun:
                entries += outbox.put(conn, _notice(known, went), sender, at)
            audit.append_all(conn, entries)
    return went


def standings(conn: Connection) -> dict[str, Standing]:
    """How every stack stood when it was last asked about."""
    found = (_standing(row) for row in drifts.all_stacks(conn))
    return {one.stack: one for one in found if one is not None}


def _standing(row: drifts.Stood | None) -> Standing | None:
    if row is None:
        return None
    return Standing(row.stack, row.asked_at, row.since, tuple(finding(one) for one in row.findings))


def _compared(row: drifts.Stood | None) -> Compared | None:
    if row is None or row.run is None or row.whole_at is None or row.servers_at is None:
        return None
    if row.findings:  # kept by an older broker, which knows nothing of the rest
        return None
    return Compared(row.run, row.whole_at, row.servers_at)


def _row(now: Standing, compared: Compared | None) -> drifts.Stood:
    kept = drifts.Stood(now.stack, now.asked_at, now.since, tuple(one.written() for one in now.findings))
    return replace(kept, **asdict(compared)) if compared else kept


def _lines(known: Known, went: Sequel, at: datetime) -> Iterator[Happened]:
    for kind, lines in (("drifted", went.begun), ("undrifted", went.ended)):
        for one in lines:
            body: Json = {"message": str(one), "finding": one.written()}
            yield Happened(known.stack, known.run, at, kind, body)


def _entry(known: Known, went: Sequel, sender: str, at: datetime) -> Entry:
    """The audit entry: what began and what ended, since when, against which approved form."""
    differs = went.now.differences
    body: dict[str, Json] = {
        "stack": known.stack,
        "epoch": known.run,
        "spec_digest": known.spec_digest,
        "since": went.now.since.isoformat() if went.now.since else None,
        "begun": [one.written() for one in went.begun],
        "ended": [one.written() for one in went.ended],
    }
    action = "drift" if differs else "drift_end"
    return Entry(at, sender, "broker", _run(known), action, digest([one.written() for one in differs]), body)


def _notice(known: Known, went: Sequel) -> Notice:
    """The message to the office and the provider: what is not as approved."""
    told: list[Json] = [one.worded() for one in went.begun[:SHOWN]]
    body: dict[str, Json] = {
        "stack": known.stack,
        "to": ["@cloud_office", known.stack.rsplit(".", 1)[-1]],
        "at": went.now.asked_at.isoformat(),
        "findings": told,
        "more": len(went.begun) - len(told),
    }
    key = f"{_run(known)}:drift:{digest(told)[-12:]}@{went.now.asked_at.isoformat()}"
    return Notice(key, "drift", body, _run(known))


def _run(known: Known) -> str:
    return f"{known.stack}#{known.run}"
