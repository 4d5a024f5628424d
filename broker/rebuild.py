"""A lost ledger, made anew from git and the clouds, and set beside what was there before, thing by thing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg

from broker import papers, wiring
from broker.apply import Result
from broker.audit import witness
from broker.audit.examine import examine
from broker.audit.note import LogKey
from broker.audit.published import Publication, months_there, publication
from broker.bookkeeping import Door, door
from broker.canonical import Json, digest
from broker.errors import BrokerError, LedgerUnavailable, OperatorError
from broker.filling import brought_to, filling
from broker.ledger import audit, facts, merkle, refill, rights
from broker.ledger.audit import Entry
from broker.ledger.connect import Connection, connect
from broker.ledger.refill import Filling
from broker.reconcile import Draft, Office, draft
from broker.settings import Settings

Contents = Mapping[str, tuple[int, str]]
NAMES = (
    "claims",
    "counters",
    "clocks",
    "cases",
    "stacks",
    "resources",
    "closed",
    "open",
    "notices",
    "receipts",
    "months",
    "audit",
)
"""What is compared, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing before and after. `before` None: it could not be read any more."""

    what: str
    before: int | None
    after: int
    equal: bool | None


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What became of it. `adopted`: stacks whose resources were found by their keys; `left`: the next reconcile's."""

    table: tuple[Compared, ...]
    adopted: tuple[str, ...]
    failed: Mapping[str, str]
    left: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything that could be compared is equal, and every stack was found."""
        return not self.failed and all(line.equal is not False for line in self.table)


async def rebuild(settings: Settings, as_of: datetime | None, watch: wiring.Watch) -> Rebuilt:
    """The ledger as git and the clouds tell of it. Safe to repeat and to kill at any point.

    Raises:
        OperatorError: What is published does not hold, or another broker works on the ledger.
        LedgerUnavailable: The database does not answer.
    """
    way, now = door(settings), wiring.given_clock(as_of)()
    # 1. What is published must hold; what the database still has is published too, if it holds.
    there = _held(settings)
    before = await _before(settings, as_of, way, there)
    there = _held(settings)
    # 2. Records and entries of the audit log tell everything but the states of stacks.
    known = wiring.registry_of(settings, as_of)
    told = filling(known.records, there.entries, months_there(settings.registry))
    clocks = _clocks(settings, now)
    # 3. The database is emptied and filled, and its log is the one that was signed.
    with connect(way.service) as service, connect(way.owner) as owner:
        _made_anew(owner, service.info.user, told)
    async with wiring.office(settings, as_of, watch, writes=True, adopting=True) as office:
        body: dict[str, Json] = {"entries": len(there.entries), "head": known.head}
        rebuilt = Entry(now, wiring.person(), "operator", "rebuild", "rebuild", digest(body), body)
        await office.note((rebuilt,))
        # 4. The counters follow the documents that were judged; nothing is judged now.
        to_do = await draft(office)
        await office.take(replace(to_do.booking, movements=()))
        # 5. States are made by adopting what the clouds hold, where nothing was to be changed.
        adopted, failed, left = await _adopted(office, to_do)
    with connect(way.service) as conn:
        after = _contents(conn, len(there.entries)) | {"clocks": _clocks(settings, now)}
    if before is not None:
        before = {**before, "clocks": clocks}
    return Rebuilt(tuple(_compared(name, before, after) for name in NAMES), adopted, failed, left)


def _held(settings: Settings) -> Publication:
    """What is published, which holds."""
    there = publication(settings.registry)
    log = LogKey.of(wiring.broker_key(settings))
    found = examine(None, there, witness.read(settings.witness), log)
    if not found.ok:
        raise OperatorError(
            f"rebuilding the ledger: {found.findings[0]}; put the branch `records` back from a clone that holds, and "
            f"see `broker audit verify --published`"
        )
    return there


async def _before(settings: Settings, as_of: datetime | None, way: Door, there: Publication) -> Contents | None:
    """What the database holds, with everything of it published; None where it cannot be read."""
    try:
        with connect(way.owner) as owner:
            rows = audit.rows(owner)
    except (psycopg.Error, LedgerUnavailable):
        return None
    if len(rows) < len(there.entries):
        return None  # a new database, or one that was cut: nothing in it is worth a comparison
    if examine(rows, there, (), LogKey.of(wiring.broker_key(settings))).ok:
        await wiring.noted(settings, as_of, ())
    try:
        with connect(way.owner) as owner:
            _nothing_waits(owner)
            return _contents(owner, len(publication(settings.registry).entries))
    except (psycopg.Error, LedgerUnavailable):
        return None


def _nothing_waits(owner: Connection) -> None:
    """Facts that could not be pushed yet are known to the database alone."""
    if waiting := facts.waiting(owner):
        raise OperatorError(
            f"rebuilding the ledger: {len(waiting)} facts wait in it for the git host; rebuild once that answers"
        )


def _contents(conn: Connection, published: int) -> dict[str, tuple[int, str]]:
    """Everything by name; of the audit log as much as is published."""
    rows = audit.rows(conn)[:published]
    root = merkle.root(merkle.leaf_hash(row.entry) for row in rows).hex()
    return refill.contents(conn) | {"audit": (len(rows), root)}


def _clocks(settings: Settings, now: datetime) -> tuple[int, str]:
    readings = papers.clocks(settings.registry, now)
    told: list[Json] = [
        [r.clock.id, r.span.subject, str(r.span.started_at), str(r.span.stopped_at), str(r.last_day), str(r.state)]
        for r in readings
    ]
    return len(told), digest(told)


def _made_anew(owner: Connection, role: str, told: Filling) -> None:
    refill.empty(owner)
    rights.prepare(owner, role)
    refill.fill(owner, told)


async def _adopted(office: Office, to_do: Draft) -> tuple[tuple[str, ...], dict[str, str], tuple[str, ...]]:
    """Stacks that are as they should be once their resources are found; those that fail; those left to a reconcile."""
    there = brought_to(to_do.registry.records)
    wanted = [target for target in to_do.plan.changed if target.spec and there.get(target.stack) == target.digest]
    results: list[Result] = []
    failed: dict[str, str] = {}
    for target in wanted:
        try:
            found = await office.apply(target)
            # a second time, which makes nothing either: one call that went wrong is no reason to begin anew
            results.append(found if found.ok else await office.apply(target))
        except BrokerError as error:
            failed[target.stack] = str(error)
    failed |= {result.target.stack: _why(result) for result in results if not result.ok}
    left = tuple(target.stack for target in to_do.plan.changed if target not in wanted)
    return tuple(result.target.stack for result in results if result.ok), failed, left


def _why(result: Result) -> str:
    if result.outcome is None:
        return f"{result.held_by} works on it"
    return "; ".join(d.message for d in result.outcome.diagnostics if d.severity == "error") or "it did not end well"


def _compared(what: str, before: Contents | None, after: Contents) -> Compared:
    was = before.get(what) if before else None
    return Compared(what, was[0] if was else None, after[what][0], was == after[what] if was else None)
