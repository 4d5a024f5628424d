"""Everything that backups, hand-overs, notes and the books of metering need."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from psycopg_pool import ConnectionPool

from broker.attachments.opening import opened
from broker.attachments.store import AttachmentStore
from broker.backup.run import Desk, Vaults
from broker.backup.subject import Place
from broker.bookkeeping import Books, books
from broker.clock import Clock
from broker.documents.closings import MonthClosed
from broker.documents.issuing import ReportDelivered, ReportIssued
from broker.issuance import Deliverable, handed_over, message
from broker.ledger import months, outbox, usage
from broker.ledger.audit import Entry
from broker.ledger.connect import Connection
from broker.outage import known
from broker.registry.filed import Registry
from broker.settings import Settings
from broker.shelf import in_ledger, on_ledger

if TYPE_CHECKING:
    from broker.canonical import Json
    from broker.leaving.run import Desk as HandOverDesk
from broker.wiring.bare import refused
from broker.wiring.deployment import (
    allowed,
    broker_key,
    given_clock,
    has_ledger,
    holder,
    ledger,
    person,
    reading_key,
)
from broker.wiring.reading import git_host, judged, reader_of
from broker.wiring.stack import held, leases_alone, vaults


@contextlib.asynccontextmanager
async def backups(
    settings: Settings, as_of: datetime | None, stopping: asyncio.Event, *, writes: bool = True
) -> AsyncIterator[Desk]:
    """Everything that a round of backups needs. Raises as `office`, but needs no Pulumi.

    One that does not write says what is due, and makes neither key nor ledger.
    """
    clock, key = given_clock(as_of), broker_key(settings) if writes else reading_key(settings)
    host = git_host(settings, key, clock)
    registry = judged(settings, reader_of(settings, key), host, clock())
    allowed(registry, simulated=as_of is not None)
    if not (writes or has_ledger(settings)):
        yield Desk(registry, _nowhere, refused, clock, stopping, as_of is not None, settings.parallel_stacks)
        return
    with ledger(settings) as pool:
        kept, shelf = books(settings, key, clock, pool, holder(), host), leases_alone(settings, pool, clock)
        async with kept.open() if writes else contextlib.nullcontext():
            yield Desk(
                registry=await on_ledger(pool, lambda conn: known(conn, registry)),
                open=lambda place: vaults(settings, place, shelf, stopping),
                append=kept.append,
                clock=clock,
                stopping=stopping,
                simulated=as_of is not None,
                parallel_stacks=settings.parallel_stacks,
            )


@contextlib.asynccontextmanager
async def _nowhere(_place: Place) -> AsyncIterator[Vaults | None]:
    """No stack is worked on without a ledger."""
    yield None


@contextlib.asynccontextmanager
async def hand_over(settings: Settings, as_of: datetime | None) -> AsyncIterator["HandOverDesk"]:
    """Everything that packing a leaving system's data needs. Raises as `office`, but needs no Pulumi."""
    from broker.leaving.run import Desk as HandOverDesk  # noqa: PLC0415 - as in `vaults`

    clock, key = given_clock(as_of), broker_key(settings)
    host = git_host(settings, key, clock)
    registry = judged(settings, reader_of(settings, key), host, clock())
    allowed(registry, simulated=as_of is not None)
    with ledger(settings) as pool:
        kept, shelf = books(settings, key, clock, pool, holder(), host), leases_alone(settings, pool, clock)
        async with kept.open():
            yield HandOverDesk(
                registry=registry,
                hold=lambda place: held(settings, place, shelf),
                note=kept.note,
                clock=clock,
                person=person(),
            )


async def noted(settings: Settings, as_of: datetime | None, entries: tuple[Entry, ...]) -> None:
    """Nothing; what a person did with the broker is in the audit log, and published."""
    clock = given_clock(as_of)
    with ledger(settings) as pool:
        kept = books(
            settings, broker_key(settings), clock, pool, holder(), git_host(settings, broker_key(settings), clock)
        )
        async with kept.open():
            await kept.note(entries)


@dataclass(frozen=True, slots=True)
class Accounts:
    """What a month is closed on, and where it is kept: for monitoring, which stands above the broker."""

    registry: Registry
    usages: Callable[[datetime, datetime], tuple[usage.Usage, ...]]
    closed: Callable[[str], months.ClosedMonth | None]
    keep: Callable[[months.ClosedMonth], months.ClosedMonth]
    record: Callable[[MonthClosed], None]
    """Writes the record to its branch, signed with the broker's key, and who closed the month to the audit log."""
    clock: Clock
    simulated: bool


@contextlib.contextmanager
def _bookkeeping(
    settings: Settings, as_of: datetime | None
) -> Iterator[tuple[Registry, ConnectionPool[Connection], Books, Clock]]:
    """The judged registry beside an open ledger, and the books that write to it and to the `records` branch."""
    clock, key = given_clock(as_of), broker_key(settings)
    host = git_host(settings, key, clock)
    registry = judged(settings, reader_of(settings, key), host, clock())
    allowed(registry, simulated=as_of is not None)
    with ledger(settings) as pool:
        yield registry, pool, books(settings, key, clock, pool, holder(), host), clock


@contextlib.contextmanager
def accounts(settings: Settings, as_of: datetime | None) -> Iterator[Accounts]:
    """The books of metering. Raises as `office`, but needs no Pulumi."""
    with _bookkeeping(settings, as_of) as (registry, pool, kept, clock):

        async def record(closed: MonthClosed) -> None:
            name = f"close-month {closed.month}"
            body: dict[str, Json] = {"month": closed.month, "policy": closed.policy}
            async with kept.open():
                await kept.note((Entry(clock(), person(), "operator", name, "close-month", closed.facts, body),))
                await kept.append((closed,))

        yield Accounts(
            registry=registry,
            usages=lambda start, end: in_ledger(pool, lambda conn: usage.between(conn, start, end)),
            closed=lambda month: in_ledger(pool, lambda conn: months.closed(conn, month)),
            keep=lambda month: in_ledger(pool, lambda conn: months.close(conn, month)),
            record=lambda closed: asyncio.run(record(closed)),
            clock=clock,
            simulated=as_of is not None,
        )


@dataclass(frozen=True, slots=True)
class Archive:
    """What reports are made of, where their files lie, and how they come on record."""

    registry: Registry
    closed: Callable[[str], months.ClosedMonth | None]
    store: AttachmentStore
    record: Callable[[tuple[ReportIssued, ...]], None]
    """Writes the records to their branch, and who issued the reports to the audit log."""
    deliver: Callable[[tuple[Deliverable, ...]], tuple[ReportDelivered, ...]]
    """Queues a message for each recipient and writes the records; what a killed run has queued is not told twice."""
    clock: Clock
    simulated: bool


@contextlib.contextmanager
def archive(settings: Settings, as_of: datetime | None) -> Iterator[Archive]:
    """What issuing reports needs. Raises as `accounts`, and `SettingsError` where there is no attachment store."""
    with _bookkeeping(settings, as_of) as (registry, pool, kept, clock):

        async def record(issued: tuple[ReportIssued, ...]) -> None:
            told = tuple(
                Entry(clock(), person(), "operator", f"report {one.name}", "report", one.paper, {"name": one.name})
                for one in issued
            )
            async with kept.open():
                await kept.note(told)
                await kept.append(issued)

        async def deliver(ready: tuple[Deliverable, ...]) -> tuple[ReportDelivered, ...]:
            at = clock()
            records = tuple(handed_over(one, at, simulated=as_of is not None) for one in ready)
            async with kept.open():
                await on_ledger(pool, lambda conn: outbox.queue(conn, map(message, ready), person(), at))
                await kept.append(records)
            return records

        yield Archive(
            registry=registry,
            closed=lambda month: in_ledger(pool, lambda conn: months.closed(conn, month)),
            store=opened(settings),
            record=lambda issued: asyncio.run(record(issued)),
            deliver=lambda ready: asyncio.run(deliver(ready)),
            clock=clock,
            simulated=as_of is not None,
        )
