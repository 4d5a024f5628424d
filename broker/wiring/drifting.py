"""Everything that asking clouds for drift needs."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from psycopg_pool import ConnectionPool

from broker.bookkeeping import books
from broker.clock import Clock
from broker.clouds import connect, object_store
from broker.drift import book
from broker.drift.book import Known
from broker.drift.finding import Standing, findings, silence
from broker.drift.run import Answer, Ask, Desk
from broker.engine import state
from broker.errors import CloudError, SettingsError
from broker.estate.platform import platform_of
from broker.ledger import stacks
from broker.ledger.connect import Connection
from broker.plan.stack import cloud_target
from broker.registry.filed import Registry
from broker.settings import Settings
from broker.shelf import in_ledger, on_ledger
from broker.wiring.deployment import allowed, broker_key, given_clock, holder, ledger
from broker.wiring.reading import git_host, judged, reader_of
from stacks.provider.operation import Fenced, Operation, Permit
from stacks.spec import CloudTarget

if TYPE_CHECKING:
    from stacks.provider.compare import Drift

Clouds = Mapping[tuple[str, str], CloudTarget]
"""By (provider, zone)."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A desk, and which stacks there are to ask about."""

    desk: Desk
    asked: Callable[[], Mapping[str, datetime | None]]
    """When each stack that nobody works on was last asked about; None: never."""
    stacks: Callable[[], tuple[str, ...]]
    """Every stack of the ledger."""


def asking_of(
    settings: Settings, pool: ConnectionPool[Connection], registry: Callable[[], Registry], clock: Clock, sender: str
) -> Asking:
    """The desk of a process that has ledger and registry open already."""

    async def asker() -> Ask:
        clouds = await asyncio.to_thread(lambda: _clouds(registry()))
        return partial(_asked, settings, clouds)

    desk = Desk(
        load=lambda stack: on_ledger(pool, lambda conn: book.load(conn, stack)),
        asker=asker,
        keep=lambda known, found, compared, at: on_ledger(
            pool, lambda conn: book.keep(conn, known, found, compared, sender, at)
        ),
        clock=clock,
    )
    return Asking(desk, partial(in_ledger, pool, _last_asked), partial(in_ledger, pool, _stacks))


@contextlib.contextmanager
def drifting(settings: Settings, as_of: datetime | None) -> Iterator[Asking]:
    """The desk of a command; what it found is published at its end. Raises as `office`, but needs no Pulumi."""
    clock, key = given_clock(as_of), broker_key(settings)
    host = git_host(settings, key, clock)
    registry = judged(settings, reader_of(settings, key), host, clock())
    allowed(registry, simulated=as_of is not None)
    with ledger(settings) as pool:
        kept = books(settings, key, clock, pool, holder(), host)
        yield asking_of(settings, pool, lambda: registry, clock, kept.holder)

        async def publish() -> None:
            async with kept.open():
                pass

        asyncio.run(publish())


def standings(settings: Settings) -> dict[str, Standing]:
    """How every stack stood when it was last asked about."""
    with ledger(settings) as pool:
        return in_ledger(pool, book.standings)


def _last_asked(conn: Connection) -> dict[str, datetime | None]:
    known = book.standings(conn)
    ready = (one for one in stacks.summaries(conn).values() if one.clean and not one.holder)
    return {one.stack: known[one.stack].asked_at if one.stack in known else None for one in ready}


def _stacks(conn: Connection) -> tuple[str, ...]:
    return tuple(stacks.summaries(conn))


def _clouds(registry: Registry) -> Clouds:
    return {of: cloud_target(*cloud) for of, cloud in platform_of(registry).clouds.items()}


async def _asked(settings: Settings, clouds: Clouds, known: Known, since: datetime | None) -> Answer:
    """What the stack's clouds tell. One that cannot be asked at all has told nothing, which is kept too."""
    system, zone, provider = known.stack.split(".")
    cloud = clouds.get((provider, zone))
    if cloud is None:
        return _silent(f"no document names a cloud of {provider} in {zone}")
    try:
        told, calls = await _told(_operation(settings, cloud, f"{system}/{zone}", known.state), known.state, since)
    except (CloudError, SettingsError) as error:
        return _silent(str(error))
    hidden = tuple(urn.rsplit("::", 1)[-1] for urn in told.hidden)
    servers_at = None if told.servers_at_s is None else datetime.fromtimestamp(told.servers_at_s, UTC)
    return Answer(findings(told), calls, hidden, servers_at, len(told.unchanged))


def _silent(why: str) -> Answer:
    return Answer((silence(why),), 0)


def _operation(settings: Settings, cloud: CloudTarget, project_name: str, known: bytes) -> Operation:
    """An operation that can write nothing: its fence is shut from the start."""
    return Operation(
        target=cloud,
        project_name=project_name,
        known_ids=state.known_ids(known),
        unclean=False,
        permit=Permit(),
        fence=_shut,
        hand_over=lambda _what, _fields: _shut(),
        connect=lambda: connect(settings, cloud),
        object_store=object_store(settings, cloud),
    )


def _shut() -> None:
    raise Fenced("asking a cloud writes nothing")


async def _told(operation: Operation, known: bytes, since: datetime | None) -> tuple["Drift", int]:
    # brings openstacksdk and grpc: a second of imports
    from stacks.provider.ceph import Gateway  # noqa: PLC0415 - see above
    from stacks.provider.cloud import Cloud  # noqa: PLC0415 - as above
    from stacks.provider.compare import Recorded, drift  # noqa: PLC0415 - as above

    kept = [Recorded(one.urn, one.id, one.inputs) for one in state.held(known) if not one.deleting]
    cloud, gateway = Cloud(operation), Gateway(operation)
    try:
        told = await drift(cloud, gateway, kept, since.timestamp() if since else None)
        return told, cloud.session.calls + gateway.calls
    finally:
        cloud.session.close()
        gateway.close()
