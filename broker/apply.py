"""One stack brought to its target: lease, engine, save under the lease's epoch, release."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from broker.engine import state
from broker.engine.binary import Binary
from broker.engine.command import Kind
from broker.engine.events import Event
from broker.engine.passphrase import Passphrase
from broker.engine.run import Outcome, Run, run
from broker.ledger.leases import Held, Lease
from broker.plan.target import Target
from stacks.provider.operation import Fenced, Operation, Permit
from stacks.spec import CloudTarget


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a stack. `clean` False: the cloud may hold what the state does not tell."""

    state: bytes | None
    clean: bool


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

    async def begin(self, lease: Lease) -> None:
        """From now on the cloud may hold what the state does not tell."""

    async def save(self, lease: Lease, target: Target, outcome: Outcome) -> None:
        """Keep the state and, where the target was brought about, its digests."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every operation works with; made by wiring."""

    shelf: Shelf
    binary: Binary
    passphrase: Passphrase
    lease_s: float
    operation: Callable[[CloudTarget, str, Callable[[], None]], Operation]
    """An operation on a cloud's project behind a fence; ids, cleanness and permit are filled in here."""
    folder: Callable[[str], contextlib.AbstractContextManager[Path]]
    """A private folder for one run of a stack, gone afterwards."""
    reached: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one stack. `outcome` None: somebody else holds its lease."""

    target: Target
    outcome: Outcome | None
    held_by: str = ""

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
    async with _fence(lease, workshop) as fence:
        # 2. What is known of it; from here on the cloud may hold more than that.
        kept = await workshop.shelf.load(target.stack)
        await workshop.shelf.begin(lease)
        workshop.reached("apply:begun")
        # 3. One run of the engine, with a permit for what documents let go.
        operation = _operation(target, kept, workshop.operation(target.cloud, target.project_name, fence))
        outcome = await _run(target, kept, operation, workshop, watch)
        # 4. Kept under the epoch: an older holder's answer never lands.
        workshop.reached("apply:before-save")
        await workshop.shelf.save(lease, target, outcome)
        workshop.reached("apply:saved")
    await workshop.shelf.release(lease)
    return Result(target, outcome)


async def _run(
    target: Target, kept: Kept, operation: Operation, workshop: Workshop, watch: Callable[[Target, Event], None]
) -> Outcome:
    kind = Kind.UP if target.spec else Kind.DESTROY
    with workshop.folder(target.stack) as folder:
        return await run(
            Run(target.stack, kind, kept.state, target.spec, workshop.passphrase),
            operation,
            work=folder,
            binary=workshop.binary,
            on_event=lambda event: watch(target, event),
            reached=workshop.reached,
        )


def _operation(target: Target, kept: Kept, operation: Operation) -> Operation:
    return replace(
        operation,
        known_ids=state.known_ids(kept.state) if kept.state else frozenset(),
        unclean=not kept.clean,
        permit=permit(target, kept.state),
    )


def permit(target: Target, known: bytes | None) -> Permit:
    """What may go although it holds data: the resources of the state whose names the target's documents cover."""
    if known is None:
        return Permit()
    held = state.held(known)
    covered = target.covered
    urns = frozenset(resource.urn for resource in held if covered is None or resource.name in covered)
    return Permit(urns=urns, state_digest=state.digest(known))


@contextlib.asynccontextmanager
async def _fence(lease: Lease, workshop: Workshop) -> AsyncIterator[Callable[[], None]]:
    """A check that costs nothing: it holds as long as the lease was renewed in time, on this machine's clock.

    A frozen process that wakes up after its lease ended finds the fence shut before it writes anything.
    """
    valid_until = time.monotonic() + workshop.lease_s

    def check() -> None:
        if time.monotonic() > valid_until:
            raise Fenced(f"the lease of {lease.stack} (epoch {lease.epoch}) was not renewed in time; this run stops")

    async def renew() -> None:
        nonlocal valid_until
        while True:
            await asyncio.sleep(workshop.lease_s / 3)
            asked = time.monotonic()
            await workshop.shelf.renew(lease)
            valid_until = asked + workshop.lease_s

    renewing = asyncio.create_task(renew())
    try:
        yield check
    finally:
        renewing.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await renewing
