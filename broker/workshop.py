"""What every operation on a stack works with: ledger, engine, cloud, and what is known of the stack."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from broker.clock import Clock
from broker.engine import state
from broker.engine.binary import Binary
from broker.engine.events import Event
from broker.engine.passphrase import Passphrase
from broker.engine.run import Outcome, Run
from broker.journal import NO_EVIDENCE, Evidence
from broker.leaving.evidence import Emptied
from broker.ledger.events import Happened
from broker.ledger.leases import Held, Lease
from broker.plan.target import Target
from stacks.provider.operation import Operation, Permit


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a stack. `clean` False: the cloud may hold what the state does not tell."""

    state: bytes | None
    clean: bool


@dataclass(frozen=True, slots=True)
class Attendance:
    """What a person's own command did to a stack."""

    command: tuple[str, ...]
    """Verb and options of `pulumi …`, without values."""
    state: bytes
    brought: bool
    """It was a whole `up` and went well: the stack is as its target says."""
    clean: bool
    """The command came to its end."""


class Shelf(Protocol):
    """What applying a stack asks of the ledger. Every write is refused once the lease's epoch is old."""

    async def acquire(self, stack: str) -> Lease | Held:
        """The lease of a stack, or who holds it."""

    async def renew(self, lease: Lease) -> None:
        """The lease holds for its whole length again."""

    async def release(self, lease: Lease) -> None:
        """The stack is free again."""

    async def load(self, stack: str) -> Kept:
        """What is known of the stack."""

    async def begin(self, lease: Lease, target: Target) -> None:
        """From now on the cloud may hold what the state does not tell; who began it is in the audit log."""

    async def save(
        self,
        lease: Lease,
        target: Target,
        outcome: Outcome,
        done_at: Mapping[str, datetime],
        evidence: Evidence = NO_EVIDENCE,
    ) -> None:
        """Keep the state and, where the target was brought about, its digests; `done_at` by logical name.

        What is to be recorded of the run, such as the `evidence` of what it removed, waits in the ledger with it.
        """

    async def keep(self, lease: Lease, target: Target, attended: Attendance) -> None:
        """Keep the state that a person's own command left, with an audit entry and what is to be recorded.

        No notice goes out.
        """

    async def note(self, lines: tuple[Happened, ...]) -> None:
        """Lines of the journal, kept whoever holds the lease: they tell what a lost run still did."""


class Engine(Protocol):
    """One run of the engine: `broker.engine.run.run`."""

    async def __call__(  # noqa: PLR0913 - the operation's parts, each named at the call
        self,
        run: Run,
        operation: Operation,
        *,
        work: Path,
        binary: Binary,
        on_event: Callable[[Event], None],
        reached: Callable[[str], None],
        stop: asyncio.Event | None = None,
    ) -> Outcome:
        """What became of the operation."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every operation works with; made by wiring."""

    shelf: Shelf
    engine: Engine
    clock: Clock
    binary: Binary
    passphrase: Passphrase
    lease_s: float
    operation: Callable[[Target, Callable[[], None]], Operation]
    """An operation on a target's cloud behind a fence; ids, cleanness and permit are filled in here."""
    emptied: Callable[[Target, Operation, asyncio.Event, Callable[[str, int], None]], Awaitable[Emptied]]
    """Removes the content of a stack that must be gone, which the unit has signed for, until the event says to stop.

    It tells what goes, and how much of it so far, as it goes: whoever is killed has left word.
    One that breaks off after it removed something is told by `trouble`; before that by a CloudError.
    """
    left: Callable[[Target, Operation, Emptied, asyncio.Event], Awaitable[tuple[str, ...]]]
    """What the cloud still lists of it afterwards. Neither this nor the next waits for a turn once it is to stop."""
    still_there: Callable[[Target, Operation, Emptied, frozenset[str], asyncio.Event], Awaitable[tuple[str, ...]]]
    """What of these ids, and which emptied buckets, the cloud still lists, each as kind and id or name."""
    folder: Callable[[str], contextlib.AbstractContextManager[Path]]
    """A private folder for one run of a stack, gone afterwards."""
    reached: Callable[[str], None]
    stop: asyncio.Event
    """Once set, runs that go on are interrupted as Ctrl-C would: what was asked of the cloud is waited for and kept."""


def prepared(target: Target, kept: Kept, operation: Operation) -> Operation:
    """The operation with what is known of the stack, and a permit for what documents let go."""
    return replace(
        operation,
        known_ids=state.known_ids(kept.state) if kept.state else frozenset(),
        unclean=not kept.clean,
        permit=permit(target, kept.state),
        takes_everything=target.spec is None and target.covered is None,
    )


def permit(target: Target, known: bytes | None) -> Permit:
    """What may go although it holds data: the resources of the state whose names the target's documents cover."""
    if known is None:
        return Permit()
    held = state.held(known)
    covered = target.covered
    urns = frozenset(resource.urn for resource in held if covered is None or resource.name in covered)
    return Permit(urns=urns, state_digest=state.digest(known))
