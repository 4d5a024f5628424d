"""One stack brought to its target: lease, engine, save under the lease's epoch, release."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from broker.diary import Diary
from broker.engine import state
from broker.engine.command import Kind
from broker.engine.events import Diagnostic, Event, Removed
from broker.engine.run import Outcome, Run
from broker.errors import BrokerError, CloudError, LedgerUnavailable
from broker.fence import fenced
from broker.journal import NO_EVIDENCE, Evidence
from broker.leaving.evidence import NOTHING, Emptied
from broker.ledger.leases import Lease
from broker.plan.target import Target
from broker.workshop import Kept, Workshop, prepared
from stacks.provider.operation import Operation
from stacks.provider.resource_type import Refused

_FIRST = "what it holds must go first"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one stack. `outcome` None: somebody else holds its lease."""

    target: Target
    outcome: Outcome | None
    held_by: str = ""
    evidence: Evidence = NO_EVIDENCE
    """Of a stack that is gone everything, of one that goes on what documents gave back with its data."""

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
                outcome, evidence = await _wiped(target, kept, operation, workshop, tell)
            else:
                outcome, evidence = await _brought(target, kept, operation, workshop, tell)
        except BrokerError as error:
            diary.complain(error)
            raise
        # 4. Kept under the epoch: an older holder's answer never lands.
        workshop.reached("apply:before-save")
        await workshop.shelf.save(lease, target, outcome, diary.done_at, evidence)
        workshop.reached("apply:saved")
    return Result(target, outcome, evidence=evidence)


async def _brought(
    target: Target, kept: Kept, operation: Operation, workshop: Workshop, tell: Callable[[Event], None]
) -> tuple[Outcome, Evidence]:
    """The run of a stack that goes on, and the evidence of what it gave back with its data."""
    # most stacks gave nothing back: their state is not read through for it
    held = state.held(kept.state) if target.given_back and kept.state else ()
    going = tuple(resource for resource in held if resource.name in target.given_back)
    if not going:
        return await _run(target, kept, operation, workshop, tell), NO_EVIDENCE
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
) -> Evidence:
    """What was removed, once the cloud lists nothing of it; nothing where nothing was."""
    if not (gone or emptied.content):
        return NO_EVIDENCE
    if left := await _still_there(target, operation, emptied, gone, workshop):
        raise CloudError(f"giving back of {target.stack}: the cloud still lists {', '.join(left[:5])}; reconcile again")
    return Evidence((*emptied.removed, *_named(gone)))


async def _seen_gone(  # noqa: PLR0913, PLR0917 - as `_discarded`, and whom to tell
    target: Target,
    operation: Operation,
    emptied: Emptied,
    gone: tuple[state.Held, ...],
    workshop: Workshop,
    tell: Callable[[Event], None],
) -> Evidence:
    """What a run removed that did not come to its end, without what is still listed: how it ended is not hidden.

    The next run finds no trace of it: so what nobody could look for is evidence too, and named as that.
    """
    if not (gone or emptied.content):
        return NO_EVIDENCE
    # that these are gone was seen when they went
    before = emptied.removed if emptied.content else ()
    if not gone:
        return Evidence(before, emptied.unseen)
    try:
        listed = await _still_there(target, operation, emptied, gone, workshop)
    except CloudError as error:
        tell(Diagnostic("warning", f"nobody could look for {', '.join(_named(gone))}: {error}"))
        return Evidence(before, (*emptied.unseen, *_named(gone)))
    there = {one.partition(" ")[2] for one in listed}
    seen = (r for r in gone if r.id not in there and r.name.removeprefix("bucket-") not in there)
    return Evidence((*before, *_named(seen)), emptied.unseen)


async def _still_there(
    target: Target, operation: Operation, emptied: Emptied, gone: tuple[state.Held, ...], workshop: Workshop
) -> tuple[str, ...]:
    ids, names = frozenset(resource.id for resource in gone), {resource.name for resource in gone}
    # a bucket that was emptied and not deleted is still to go, and is no fault
    before = replace(emptied, buckets=tuple(name for name in emptied.buckets if f"bucket-{name}" in names))
    return await workshop.still_there(target, operation, before, ids, workshop.stop)


def _named(gone: Iterable[state.Held]) -> tuple[str, ...]:
    return tuple(sorted(f"{resource.name} {resource.id}" for resource in gone))


async def _wiped(
    target: Target, kept: Kept, operation: Operation, workshop: Workshop, tell: Callable[[Event], None]
) -> tuple[Outcome, Evidence]:
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

    def went(what: str, count: int) -> None:
        tell(Removed(what, count))

    emptying = asyncio.ensure_future(workshop.emptied(target, operation, workshop.stop, went))
    try:
        after = replace(operation, before_writes=lambda: _first(emptying))
        outcome = await _run(target, kept, after, workshop, tell)
    finally:
        await asyncio.wait((emptying,))
    emptied = emptying.result()
    if emptied.trouble and outcome.ok:  # it had nothing to write, so nothing stood in its way
        told = Diagnostic("error", f"{_FIRST}: {emptied.trouble}")
        tell(told)
        outcome = replace(outcome, ok=False, diagnostics=(*outcome.diagnostics, told))
    return outcome, emptied


async def _first(emptying: "asyncio.Future[Emptied]") -> None:
    try:
        emptied = await asyncio.shield(emptying)
    except BrokerError as error:
        raise Refused(f"{_FIRST}: {error}") from error
    if emptied.trouble:
        raise Refused(f"{_FIRST}: {emptied.trouble}")


async def _evidence(target: Target, kept: Kept, operation: Operation, emptied: Emptied, workshop: Workshop) -> Evidence:
    """What was removed. The state is forgotten only once the cloud lists nothing of it: till then it is tried again."""
    if left := await workshop.left(target, operation, emptied, workshop.stop):
        raise CloudError(f"wiping {target.stack}: the cloud still lists {', '.join(left[:5])}; run `broker reconcile`")
    held = state.ids_by_urn(kept.state) if kept.state else {}
    return Evidence((*emptied.removed, *sorted(f"{urn.rsplit('::', 1)[-1]} {id_}" for urn, id_ in held.items())))


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
