"""Everything that reconciling needs."""

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from psycopg_pool import ConnectionPool

from broker.apply import apply
from broker.attend import Person, attend
from broker.booking import Behind, Booking, Taken
from broker.bookkeeping import Books, books
from broker.check.review import Merged, merged
from broker.clock import Clock
from broker.clouds import spent
from broker.counters import take
from broker.documents.records import Provisioned
from broker.drift import book
from broker.engine import passphrase
from broker.engine.attended import run_with
from broker.engine.binary import Binary
from broker.engine.events import Event
from broker.engine.run import run
from broker.estate.system import Estate
from broker.handover.delivery import Delivery, deliver
from broker.handover.store import SecretStore
from broker.ledger import duties, events, stacks
from broker.ledger.connect import Connection
from broker.ledger.queue import newest_jobs
from broker.ledger.rounds import newest
from broker.papers import rule_set
from broker.plan.target import Target
from broker.preview import Previewed, changed, preview
from broker.reconcile import Office, draft
from broker.registry.filed import Registry
from broker.registry.git import text_of
from broker.registry.host import Host
from broker.registry.read import read_change
from broker.registry.reader import Reader
from broker.settings import Settings
from broker.shelf import PostgresShelf, on_ledger
from broker.signatures.key import fingerprint, public_text
from broker.status import Known, Status, status
from broker.wiring import deployment
from broker.wiring.bare import Bare
from broker.wiring.deployment import (
    allowed,
    broker_key,
    given_clock,
    has_ledger,
    holder,
    ledger,
    program_digest,
    pulumi,
    reading_key,
    secret_store,
)
from broker.wiring.reading import git_host, judged, read_by_one, reader_of
from broker.wiring.stack import emptied, folder_of, left, operation_on, still_there
from broker.workshop import Workshop

Watch = Callable[[Target, Event], None]


@contextlib.asynccontextmanager
async def office(
    settings: Settings, as_of: datetime | None, watch: Watch, *, writes: bool = False, adopting: bool = False
) -> AsyncIterator[Office]:
    """Everything that reconciling needs. `as_of` is a naive instant in Shanghai, for simulations.

    One that `writes` publishes its audit entries while it is open, and all of them at its end; one that does not makes
    no ledger where there is none. One that is `adopting` finds what clouds hold of stacks whose state was lost, and
    tells nobody.

    Raises:
        LedgerLost: It writes, and the database has less than was published of its audit log.
        RegistryBroken: The registry cannot be read, or `as_of` is given and its platform document allows none.
        ToolMissing: The Pulumi CLI is not there.
        LedgerUnavailable: The database does not answer.
    """
    clock, stopping = given_clock(as_of), asyncio.Event()
    key = broker_key(settings) if writes else reading_key(settings)
    reader, host = reader_of(settings, key), git_host(settings, key, clock)
    # the CLI is asked for its version in a process of its own: meanwhile the registry is read
    judging = asyncio.to_thread(judged, settings, reader, host, clock())
    registry, cli = await asyncio.gather(judging, pulumi())
    allowed(registry, simulated=as_of is not None)

    store = secret_store(settings)
    if not (writes or has_ledger(settings)):
        once = _once_provisioned(registry)
        yield Bare(settings, reader, host, clock, cli, store, once, simulated=as_of is not None).office()
        return
    with ledger(settings) as pool:
        kept = books(settings, key, clock, pool, holder(), host)
        shelf = _shelf(settings, registry, pool, kept.holder, clock, adopting=adopting, simulated=as_of is not None)
        workshop = _workshop(settings, shelf, cli, store, clock, stopping)
        async with kept.open() if writes else contextlib.nullcontext():
            yield _Furnished(settings, reader, host, pool, kept, shelf, workshop, store, watch).office()


@dataclass(frozen=True, slots=True)
class _Furnished:
    """What an office with a ledger is made of."""

    settings: Settings
    reader: Reader
    host: Host
    pool: ConnectionPool[Connection]
    kept: Books
    shelf: PostgresShelf
    workshop: Workshop
    store: SecretStore
    watch: Watch

    def office(self) -> Office:
        """Reads, claims, applies and records."""
        settings, pool, workshop, alone = self.settings, self.pool, self.workshop, threading.Lock()
        return Office(
            read=lambda instant: read_by_one(settings, self.reader, self.host, pool, instant, alone),
            text=lambda commit, path: text_of(settings.registry, commit, path),
            take=lambda asked: on_ledger(pool, lambda conn: self._taken(conn, asked)),
            newest=lambda: on_ledger(pool, lambda conn: last.as_of if (last := newest(conn)) else None),
            append=self.kept.append,
            note=self.kept.note,
            applied=self.shelf.applied,
            apply=lambda target: apply(target, workshop, self.watch),
            attend=lambda target, arguments: attend(target, arguments, workshop, Person(os.environ, run_with)),
            preview=lambda target: preview(target, workshop),
            deliver=lambda known, estate: asyncio.to_thread(self._delivered, known, estate),
            rules=rule_set(),
            program_digest=program_digest(),
            clock=workshop.clock,
            reached=deployment.named_step,
            stopping=workshop.stop,
            simulated=self.shelf.simulated,
            parallel_stacks=settings.parallel_stacks,
            away=lambda: self.host.away,
        )

    def _taken(self, conn: Connection, asked: Booking) -> Taken | Behind:
        return take(conn, asked, self.host.goes_on, self.shelf.holder, self.settings.lease_s)

    def _delivered(self, known: Registry, estate: Estate) -> Delivery:
        at, simulated = self.workshop.clock(), self.shelf.simulated
        return deliver(self.store, known, _units(estate), self.settings.outgoing, at, simulated=simulated)


def _once_provisioned(registry: Registry) -> frozenset[str]:
    return frozenset(r.stack for r in registry.records if isinstance(r, Provisioned))


def _units(estate: Estate) -> dict[str, str]:
    return {system.id: system.unit for system in estate.systems}


def _shelf(  # noqa: PLR0913 - each part named at the call
    settings: Settings,
    registry: Registry,
    pool: ConnectionPool[Connection],
    name: str,
    clock: Clock,
    *,
    adopting: bool,
    simulated: bool,
) -> PostgresShelf:
    return PostgresShelf(
        pool=pool,
        holder=name,
        lease_s=settings.lease_s,
        program_digest=program_digest(),
        once_provisioned=_once_provisioned(registry),
        clock=clock,
        adopting=adopting,
        simulated=simulated,
        spent=spent,
    )


def _workshop(  # noqa: PLR0913, PLR0917 - the parts of a workshop
    settings: Settings, shelf: PostgresShelf, cli: Binary, store: SecretStore, clock: Clock, stopping: asyncio.Event
) -> Workshop:
    return Workshop(
        shelf=shelf,
        engine=run,
        clock=clock,
        binary=cli,
        passphrase=passphrase.ensure(settings.secrets),
        lease_s=settings.lease_s,
        operation=lambda target, fence: operation_on(settings, target, fence, store),
        emptied=emptied,
        left=left,
        still_there=still_there,
        folder=lambda stack: folder_of(settings.work, stack),
        reached=deployment.named_step,
        stop=stopping,
    )


async def previews(
    settings: Settings, as_of: datetime | None, revision: str, only: frozenset[str], watch: Watch
) -> tuple[Merged, tuple[Previewed, ...]]:
    """What merging the revision would do, on paper and to each stack that would change; `only` names stacks."""
    async with office(settings, as_of, watch) as parts:
        key = fingerprint(public_text(reading_key(settings)))
        base, change = read_change(settings.registry, settings.branch, revision, record_key=key)
        found = merged(base, change, settings.trust_root or None, parts.rules, parts.clock(), supposing=True)
        return found, tuple([await parts.preview(target) for target in changed(found, only)])


async def status_of(settings: Settings, as_of: datetime | None) -> Status:
    """How every stack and every merged paper stands."""
    async with office(settings, as_of, lambda _target, _event: None) as parts:
        to_do = await draft(parts)
        now = parts.clock()
    with ledger(settings) as connections:
        return status(to_do, await on_ledger(connections, _known), now)


def _known(conn: Connection) -> Known:
    done = duties.all_duties(conn)
    return Known(stacks.summaries(conn), events.last_errors(conn), newest_jobs(conn), done, book.standings(conn))
