"""One stack brought to its target: lease, engine, save under the lease's epoch, release."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from broker.clock import Clock
from broker.diary import Diary
from broker.engine import state
from broker.engine.binary import Binary
from broker.engine.command import Kind
from broker.engine.events import Diagnostic, Event
from broker.engine.passphrase import Passphrase
from broker.engine.run import Outcome, Run
from broker.errors import BrokerError, CloudError, LedgerUnavailable
from broker.fence import fenced
from broker.leaving.evidence import NOTHING, Emptied
from broker.ledger.events import Happened
from broker.ledger.leases import Held, Lease
from broker.plan.target import Target
from stacks.provider.operation import Operation, Permit
from stacks.provider.resource_type import Refused


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
        removed: tuple[str, ...] = (),
    ) -> None:
        """Keep the state and, where the target was brought about, its digests; `done_at` by logical name.

        What is to be recorded of the run, such as the evidence of what was `removed`, waits in the ledger with it.
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
    emptied: Callable[[Target, Operation], Awaitable[Emptied]]
    """Removes the content of a stack that must be gone, which the unit has signed for."""
    left: Callable[[Target, Operation, Emptied], Awaitable[tuple[str, ...]]]
    """What the cloud still lists of it afterwards."""
    still_there: Callable[[Target, Operation, Emptied, frozenset[str]], Awaitable[tuple[str, ...]]]
    """What of these ids, and which emptied buckets, the cloud still lists, each as kind and id or name."""
    folder: Callable[[str], contextlib.AbstractContextManager[Path]]
    """A private folder for one run of a stack, gone afterwards."""
    reached: Callable[[str], None]
    stop: asyncio.Event
    """Once set, runs that go on are interrupted as Ctrl-C would: what was asked of the cloud is waited for and kept."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one stack. `outcome` None: somebody else holds its lease."""

    target: Target
    outcome: Outcome | None
    held_by: str = ""
    removed: tuple[str, ...] = ()
    """As evidence: of a stack that is gone everything, of one that goes on what documents gave back with its data.

    Nothing of it is listed any more.
    """

    @property
    def ok(self) -> bool:
        """Whether the stack is as it should be."""
        return self.outcome is not None and self.outcome.ok


async def apply(target: Target, workshop: Workshop, watch: Callable[[Target, Event], None]) -> Result:
    """The target, brought about. A run that the cloud or Pulumi fails is told by the outcome.

    Raises:
        StaleEpoch: Another holder took the stack over meanwhile; nothing of this run was kept.
        EngineError: The run could not be started.
        ToolMissing: The CLI is not there.
    """
    # 1. The stack is ours alone.
    lease = await workshop.shelf.acquire(target.stack)
    if not isinstance(lease, Lease):
        return Result(target, None, lease.holder)
    workshop.reached("apply:leased")
    try:
        result = await _under(lease, target, workshop, watch)
    finally:
        with contextlib.suppress(LedgerUnavailable):
            await workshop.shelf.release(lease)
    return result


async def _under(lease: Lease, target: Target, workshop: Workshop, watch: Callable[[Target, Event], None]) -> Result:
    diary = Diary(lease, workshop.clock, workshop.shelf.note)

    def tell(event: Event) -> None:
        diary.tell(event)
        watch(target, event)

    async with diary.kept(), fenced(lease, workshop.shelf.renew, workshop.lease_s) as fence:
        # 2. What is known of it; from here on the cloud may hold more than that.
        kept = await workshop.shelf.load(target.stack)
        await workshop.shelf.begin(lease, target)
        workshop.reached("apply:begun")
        # 3. One run of the engine, with a permit for what documents let go.
        operation = prepared(target, kept, workshop.operation(target, fence))
        try:
            if target.spec is None:
                outcome, removed = await _wiped(target, kept, operation, workshop, tell)
            else:
                outcome, removed = await _brought(target, kept, operation, workshop, tell)
        except BrokerError as error:
            diary.complain(error)
            raise
        # 4. Kept under the epoch: an older holder's answer never lands.
        workshop.reached("apply:before-save")
        await workshop.shelf.save(lease, target, outcome, diary.done_at, removed)
        workshop.reached("apply:saved")
    return Result(target, outcome, removed=removed)


async def _brought(
    target: Target, kept: Kept, operation: Operation, workshop: Workshop, tell: Callable[[Event], None]
) -> tuple[Outcome, tuple[str, ...]]:
    """The run of a stack that goes on, and the evidence of what it gave back with its data."""
    # most stacks gave nothing back: their state is not read through for it
    held = state.held(kept.state) if target.given_back and kept.state else ()
    going = tuple(resource for resource in held if resource.name in target.given_back)
    if not going:
        return await _run(target, kept, operation, workshop, tell), ()
    emptied = NOTHING
    if any(resource.name == f"bucket-{name}" for resource in going for name in target.discarded_buckets):
        outcome, emptied = await _emptied(target, kept, operation, workshop, tell)
    else:
        outcome = await _run(target, kept, operation, workshop, tell)
    gone = _gone(going, outcome)
    if not outcome.ok:
        return outcome, await _seen_gone(target, operation, emptied, gone, workshop, tell)
    return outcome, await _discarded(target, operation, emptied, gone, workshop)


def _gone(before: tuple[state.Held, ...], outcome: Outcome) -> tuple[state.Held, ...]:
    stay = state.known_ids(outcome.state)
    return tuple(resource for resource in before if resource.id not in stay)


async def _discarded(
    target: Target, operation: Operation, emptied: Emptied, gone: tuple[state.Held, ...], workshop: Workshop
) -> tuple[str, ...]:
    """What was removed, once the cloud lists nothing of it; nothing where nothing was."""
    if not (gone or emptied.content):
        return ()
    if left := await _still_there(target, operation, emptied, gone, workshop):
        raise CloudError(f"giving back of {target.stack}: the cloud still lists {', '.join(left[:5])}; reconcile again")
    return (*emptied.removed, *_named(gone))


async def _seen_gone(  # noqa: PLR0913, PLR0917 - as `_discarded`, and whom to tell
    target: Target,
    operation: Operation,
    emptied: Emptied,
    gone: tuple[state.Held, ...],
    workshop: Workshop,
    tell: Callable[[Event], None],
) -> tuple[str, ...]:
    """What a run removed that did not come to its end, without what is still listed: how it ended is not hidden.

    The next run finds no trace of it.
    """
    if not (gone or emptied.content):
        return ()
    # that these are gone was seen when they went
    before = emptied.removed if emptied.content else ()
    try:
        listed = await _still_there(target, operation, emptied, gone, workshop)
    except CloudError as error:
        tell(Diagnostic("warning", f"no evidence of {', '.join(_named(gone))}: {error}"))
        return before
    there = {one.partition(" ")[2] for one in listed}
    return (*before, *_named(r for r in gone if r.id not in there and r.name.removeprefix("bucket-") not in there))


async def _still_there(
    target: Target, operation: Operation, emptied: Emptied, gone: tuple[state.Held, ...], workshop: Workshop
) -> tuple[str, ...]:
    ids, names = frozenset(resource.id for resource in gone), {resource.name for resource in gone}
    # a bucket that was emptied and not deleted is still to go, and is no fault
    before = replace(emptied, buckets=tuple(name for name in emptied.buckets if f"bucket-{name}" in names))
    return await workshop.still_there(target, operation, before, ids)


def _named(gone: Iterable[state.Held]) -> tuple[str, ...]:
    return tuple(sorted(f"{resource.name} {resource.id}" for resource in gone))


async def _wiped(
    target: Target, kept: Kept, operation: Operation, workshop: Workshop, tell: Callable[[Event], None]
) -> tuple[Outcome, tuple[str, ...]]:
    """The run that removes a system that left, and the evidence."""
    outcome, emptied = await _emptied(target, kept, operation, workshop, tell)
    if outcome.ok:
        return outcome, await _evidence(target, kept, operation, emptied, workshop)
    held = state.held(kept.state) if kept.state else ()
    return outcome, await _seen_gone(target, operation, emptied, _gone(held, outcome), workshop, tell)


async def _emptied(
    target: Target, kept: Kept, operation: Operation, workshop: Workshop, tell: Callable[[Event], None]
) -> tuple[Outcome, Emptied]:
    """The run, and what was removed before its first write: a bucket with objects is not deleted.

    What may go goes while the engine starts.
    """
    emptying = asyncio.ensure_future(workshop.emptied(target, operation))
    try:
        after = replace(operation, before_writes=lambda: _first(emptying))
        outcome = await _run(target, kept, after, workshop, tell)
    finally:
        await asyncio.wait((emptying,))
    return outcome, emptying.result()


async def _first(emptying: "asyncio.Future[Emptied]") -> None:
    try:
        await asyncio.shield(emptying)
    except BrokerError as error:
        raise Refused(f"what it holds must go first: {error}") from error


async def _evidence(
    target: Target, kept: Kept, operation: Operation, emptied: Emptied, workshop: Workshop
) -> tuple[str, ...]:
    """What was removed. The state is forgotten only once the cloud lists nothing of it: till then it is tried again."""
    if left := await workshop.left(target, operation, emptied):
        raise CloudError(f"wiping {target.stack}: the cloud still lists {', '.join(left[:5])}; run `broker reconcile`")
    held = state.ids_by_urn(kept.state) if kept.state else {}
    return (*emptied.removed, *sorted(f"{urn.rsplit('::', 1)[-1]} {id_}" for urn, id_ in held.items()))


async def _run(
    target: Target, kept: Kept, operation: Operation, workshop: Workshop, tell: Callable[[Event], None]
) -> Outcome:
    kind = Kind.UP if target.spec else Kind.DESTROY
    with workshop.folder(target.stack) as folder:
        return await workshop.engine(
            Run(target.stack, kind, kept.state, target.spec, workshop.passphrase),
            operation,
            work=folder,
            binary=workshop.binary,
            on_event=tell,
            reached=workshop.reached,
            stop=workshop.stop,
        )


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
