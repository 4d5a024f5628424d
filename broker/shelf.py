"""What applying asks of the ledger, on PostgreSQL: blocking calls in threads, each on a connection of the pool."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Final, TypeVar

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from broker import journal
from broker.clock import Clock
from broker.documents.records import Record, written
from broker.engine.run import Outcome
from broker.errors import LedgerUnavailable
from broker.journal import NO_EVIDENCE, Evidence
from broker.ledger import audit, calls, events, facts, leases, outbox, resources, stacks, usage
from broker.ledger.connect import Connection
from broker.ledger.events import Happened
from broker.ledger.leases import Held, Lease
from broker.ledger.usage import NOTHING
from broker.plan.target import Applied, Target
from broker.workshop import Attendance, Kept

T = TypeVar("T")
Pool = ConnectionPool[Connection]
_THREADS: Final = ThreadPoolExecutor(32, thread_name_prefix="ledger")
"""Threads of their own: those of the loop may all copy or empty buckets, for hours, while leases must be renewed."""
_TURNS = count(1)
"""Two jobs of one process are two holders: one that was frozen and its successor must not share an epoch."""


def _nothing_called() -> AbstractContextManager[calls.Tallies]:
    return nullcontext({})


@dataclass(frozen=True, slots=True)
class PostgresShelf:
    """Leases and stacks of one broker process.

    `once_provisioned` are the stacks that the registry's records say were brought about: if the ledger does not know
    one of them, it was lost, and what the cloud holds must be looked for before anything is made.
    """

    pool: Pool
    holder: str
    lease_s: float
    program_digest: str
    once_provisioned: frozenset[str]
    clock: Clock
    adopting: bool = False
    """A lost ledger is filled again: what clouds hold is found, not made, and nobody is told; nothing is recorded."""
    simulated: bool = False
    """The clock is not the world's: records say so."""
    spent: Callable[[], AbstractContextManager[calls.Tallies]] = _nothing_called
    """What became of the process' calls to clouds since this was last asked; who cannot count them gives them back."""

    async def acquire(self, stack: str) -> Lease | Held:
        """The lease of a stack, or who holds it."""
        holder = f"{self.holder}#{next(_TURNS)}"
        return await self._with(lambda conn: leases.acquire(conn, stack, holder, self.lease_s))

    async def renew(self, lease: Lease) -> None:
        """The lease holds for its whole length again."""
        await self._with(lambda conn: leases.renew(conn, lease, self.lease_s))

    async def release(self, lease: Lease) -> None:
        """The stack is free again, and what was called meanwhile is counted."""
        await self._with(lambda conn: self._release(conn, lease))

    def _release(self, conn: Connection, lease: Lease) -> None:
        leases.release(conn, lease)
        with self.spent() as called:
            calls.add(conn, called)

    async def load(self, stack: str) -> Kept:
        """What is known of the stack."""
        record = await self._with(lambda conn: stacks.load(conn, stack))
        if record is None:
            return Kept(None, clean=stack not in self.once_provisioned)
        return Kept(record.state, record.clean)

    async def begin(self, lease: Lease, target: Target) -> None:
        """From now on the cloud may hold what the state does not tell; who began it is in the audit log.

        What a run that was lost had removed of the stack's content waits to be recorded.
        """
        await self._with(lambda conn: self._begin(conn, lease, target))

    def _begin(self, conn: Connection, lease: Lease, target: Target) -> None:
        now = self.clock()
        with conn.transaction():
            lost = () if self.adopting else events.lost_removals(conn, lease.stack, lease.epoch)
            stacks.begin(conn, lease)
            if lost:
                _wait(conn, (journal.lost(target, lost, now, simulated=self.simulated),))
                events.append(conn, Happened(lease.stack, lost[-1].epoch, now, journal.RECORDED, {}))
            audit.append(conn, journal.begun(target, lease, now))

    async def save(
        self,
        lease: Lease,
        target: Target,
        outcome: Outcome,
        done_at: Mapping[str, datetime],
        evidence: Evidence = NO_EVIDENCE,
    ) -> None:
        """Keep the state and, where the target was brought about, its digests; a stack that is gone is forgotten.

        Resource index, metering, what is to be recorded, audit and notice are written with it, or nothing is: who dies
        before he has recorded it leaves it to the next.
        """
        await self._with(lambda conn: self._save(conn, lease, target, outcome, done_at, evidence))

    def _save(  # noqa: PLR0913, PLR0917 - as `save`
        self,
        conn: Connection,
        lease: Lease,
        target: Target,
        outcome: Outcome,
        done_at: Mapping[str, datetime],
        evidence: Evidence,
    ) -> None:
        now = self.clock()
        with conn.transaction():
            if outcome.ok and target.spec is None:
                metered = usage.follow(conn, lease, journal.deployment(target), (), {**done_at, "": now})
                stacks.forget(conn, lease)
            else:
                digests = (target.digest, self.program_digest, self.program_digest) if outcome.ok else ("", "", "")
                stacks.save(conn, lease, outcome.state, stacks.Digests(*digests, clean=outcome.clean), now)
                resources.replace(conn, lease, journal.index(target, outcome.state))
                takings = journal.takings(target, outcome.state)
                # of a run that did not find everything the state tells nothing: what was taken goes on
                found = outcome.ok or not self.adopting
                made, at = journal.made(outcome.state), {**done_at, "": now}
                metered = NOTHING
                if found:
                    metered = usage.follow(conn, lease, journal.deployment(target), takings, at, made)
            told = [journal.audit(target, lease, outcome, metered, now, adopting=self.adopting)]
            if not self.adopting:
                _wait(conn, journal.records(target, outcome, evidence, now, simulated=self.simulated))
                if evidence:
                    events.append(conn, Happened(lease.stack, lease.epoch, now, journal.RECORDED, {}))
                told.extend(outbox.put(conn, journal.notice(target, lease, outcome), lease.holder, now))
            audit.append_all(conn, told)  # last: it makes other writers wait

    async def keep(self, lease: Lease, target: Target, attended: Attendance) -> None:
        """Keep the state that a person's own command left, with index, metering, record and audit entry; no notice."""
        await self._with(lambda conn: self._keep(conn, lease, target, attended))

    def _keep(self, conn: Connection, lease: Lease, target: Target, attended: Attendance) -> None:
        now = self.clock()
        with conn.transaction():
            digests = (target.digest, self.program_digest, self.program_digest) if attended.brought else ("", "", "")
            stacks.save(conn, lease, attended.state, stacks.Digests(*digests, clean=attended.clean), now)
            held = journal.index(target, attended.state)
            resources.replace(conn, lease, held)
            takings = journal.takings(target, attended.state)
            metered = usage.follow(conn, lease, journal.deployment(target), takings, {"": now})
            if attended.brought:
                _wait(conn, (journal.provisioned(target, len(held), now, simulated=self.simulated),))
            audit.append(conn, journal.attended(target, lease, attended.command, attended.state, metered, now))

    async def note(self, lines: tuple[Happened, ...]) -> None:
        """Lines of the journal, kept whoever holds the lease."""
        await self._with(lambda conn: events.append_all(conn, lines))

    async def applied(self) -> dict[str, Applied]:
        """What every stack was last applied with."""
        found = await self._with(stacks.digests)
        return {name: Applied(one.spec_digest, one.program_digest, one.clean) for name, one in found.items()}

    async def _with(self, work: Callable[[Connection], T]) -> T:
        return await on_ledger(self.pool, work)


def _wait(conn: Connection, records: tuple[Record, ...]) -> None:
    facts.keep(conn, map(written, records))


async def on_ledger(pool: Pool, work: Callable[[Connection], T]) -> T:
    """What `work` gives back, done in a thread on a connection of the pool.

    Raises:
        LedgerUnavailable: The database does not answer, or answers with an error that no caller knows.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREADS, in_ledger, pool, work)


def in_ledger(pool: Pool, work: Callable[[Connection], T]) -> T:
    """As `on_ledger`, for who is in a thread of his own already."""
    try:
        with pool.connection() as conn:
            return work(conn)
    except (psycopg.Error, PoolTimeout) as error:
        said = str(error).strip().split("\n", 1)[0] or type(error).__name__
        raise LedgerUnavailable(f"working on the ledger: {said}; see that the database runs") from error
