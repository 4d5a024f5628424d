"""What work on one stack needs: an operation on its cloud, its folder, its lease."""

import asyncio
import contextlib
import importlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from psycopg_pool import ConnectionPool

from broker import private
from broker.backup.run import Vaults
from broker.backup.subject import Place
from broker.clock import Clock
from broker.clouds import connect, object_store, spent
from broker.errors import EngineError
from broker.fence import fenced
from broker.handover import SecretStore, keeper
from broker.leaving.evidence import Emptied
from broker.ledger.connect import Connection
from broker.ledger.leases import Lease
from broker.plan.target import Target
from broker.settings import Settings
from broker.shelf import PostgresShelf
from broker.wiring import deployment
from broker.wiring.deployment import holder, program_digest, secret_store
from stacks.provider.operation import Fenced, Operation, Permit


def operation_on(settings: Settings, target: Target, fence: Callable[[], None], store: SecretStore) -> Operation:
    """An operation on a target's cloud behind a fence; ids, cleanness and permit are filled in by who runs it."""
    return Operation(
        target=target.cloud,
        project_name=target.project_name,
        known_ids=frozenset(),
        unclean=False,
        permit=Permit(),
        fence=fence,
        hand_over=keeper(store, target.stack),
        connect=lambda: connect(settings, target.cloud),
        object_store=object_store(settings, target.cloud),
        reached=deployment.named_step,
    )


@contextlib.contextmanager
def folder_of(work: Path, stack: str) -> Iterator[Path]:
    """A private folder for one run of a stack, gone afterwards."""
    private.make(work).chmod(0o700)  # it may have been there before
    folder = Path(tempfile.mkdtemp(prefix=f"{stack}-", dir=work))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def leases_alone(settings: Settings, pool: ConnectionPool[Connection], clock: Clock) -> PostgresShelf:
    """Leases alone: nothing is applied."""
    return PostgresShelf(pool, holder(), settings.lease_s, program_digest(), frozenset(), clock, spent=spent)


async def emptied(
    target: Target, operation: Operation, stop: asyncio.Event, went: Callable[[str, int], None]
) -> Emptied:
    """What was removed of the content of a stack that must be gone."""
    # a second of imports: in a thread, since the engine starts meanwhile
    await asyncio.to_thread(importlib.import_module, "broker.leaving.wipe")
    from broker.leaving import wipe  # noqa: PLC0415 - as in `vaults`

    return await wipe.emptied(target, operation, stop, went)


async def left(target: Target, operation: Operation, before: Emptied, stop: asyncio.Event) -> tuple[str, ...]:
    """What the cloud still lists of it afterwards."""
    from broker.leaving import wipe  # noqa: PLC0415 - as in `vaults`

    return await wipe.left(target, operation, before, stop)


async def still_there(
    target: Target, operation: Operation, before: Emptied, ids: frozenset[str], stop: asyncio.Event
) -> tuple[str, ...]:
    """What the cloud still lists of what a stack that goes on gave back."""
    from broker.leaving import wipe  # noqa: PLC0415 - as in `vaults`

    return await wipe.still_there(target, operation, before, ids, stop)


@contextlib.asynccontextmanager
async def vaults(
    settings: Settings, place: Place, shelf: PostgresShelf, stop: asyncio.Event
) -> AsyncIterator[Vaults | None]:
    """Where the backups of a stack are made and kept, until it is to stop; None while somebody else holds its lease."""
    # brings openstacksdk and botocore: a third of the start of every command that wires anything
    from broker.backup.opening import opened  # noqa: PLC0415 - see above

    async with held(settings, place, shelf) as operation:
        if operation is None:
            yield None
            return
        async with opened(place, operation, stop) as both:
            yield both


@contextlib.asynccontextmanager
async def held(settings: Settings, place: Place, shelf: PostgresShelf) -> AsyncIterator[Operation | None]:
    """An operation under the stack's lease: no run of the engine changes its volumes meanwhile."""
    lease = await shelf.acquire(place.stack)
    if not isinstance(lease, Lease):
        yield None
        return
    target = Target(place.stack, None, "", None, place.cloud, place.project_name, ())
    try:
        async with fenced(lease, shelf.renew, settings.lease_s) as fence:
            yield operation_on(settings, target, fence, secret_store(settings))
    except Fenced as error:
        raise EngineError(f"working on {place.stack}: {error}; run it again") from error
    finally:
        await shelf.release(lease)
