"""The wipe after a signed hand-over: what holds content is emptied before the stack goes, and looked for afterwards.

Runs under the stack's lease. For a target that must be gone everything goes: the document that made it so is a receipt
for everything (DATA_NOT_RETURNED). Of a stack that stays only the buckets that a form gave back with their content.
The evidence is what was removed, and the empty lists after it; beside them what nobody saw gone.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from broker.backup.copies import copy_bucket
from broker.backup.opening import stores
from broker.backup.refusal import telling
from broker.backup.store import Store
from broker.backup.subject import Place
from broker.errors import CloudError
from broker.hearing import hearing, unless
from broker.leaving.evidence import Emptied
from broker.leaving.remains import Remains, StillThere
from broker.plan.target import Target
from stacks.provider.cloud import Cloud
from stacks.provider.operation import Operation
from stacks.provider.scope import Service

_STOPPED: Final = "it was asked to stop; run `broker reconcile`, which goes on from here"
TELL_EVERY_S: Final = 5.0
"""What went since the last word is told by nobody where the broker is killed."""
_LISTS: Final = (
    (Service.COMPUTE, "servers", "/servers?all_tenants=1&project_id={}"),
    (Service.VOLUME, "volumes", "/volumes?all_tenants=1&project_id={}"),
    (Service.NETWORK, "ports", "/ports?project_id={}"),
    (Service.NETWORK, "networks", "/networks?project_id={}"),
)


@dataclass(frozen=True, slots=True)
class _Gone:
    """A line of evidence, and of how many things."""

    line: str
    count: int
    seen: bool = True
    """Somebody looked, and it was gone."""


async def emptied(
    target: Target, operation: Operation, stop: asyncio.Event, went: Callable[[str, int], None]
) -> Emptied:
    """Nothing of the content is left: buckets empty, their copies, snapshots and backups gone. May be repeated.

    A bucket may hold so much that it takes hours: once `stop` is set nothing more is begun, and no wait goes on. `went`
    is told what went and how much of it so far, every few seconds.

    Raises:
        CloudError: The cloud refuses, or it is to stop, before anything was removed; the stack stays.
    """
    async with _opened(target, operation, stop) as (cloud, place):
        project_id = await _project_id(cloud, place)
        source, copies = await stores(place, operation, cloud, project_id)
        buckets = tuple(name for name in await asyncio.to_thread(source.buckets) if _goes(name, target, place))
        remains = Remains(cloud, project_id) if project_id and target.spec is None else None
        loop = asyncio.get_running_loop()

        def tell(what: str, count: int) -> None:
            loop.call_soon_threadsafe(went, what, count)

        return await removed_of(project_id, buckets, source, copies, remains, stop.is_set, tell)


async def removed_of(  # noqa: PLR0913, PLR0917 - what there is of a stack's content, and when to leave off
    project_id: str,
    buckets: tuple[str, ...],
    source: Store,
    copies: Store,
    remains: Remains | None,
    stopped: Callable[[], bool] = lambda: False,
    went: Callable[[str, int], object] = lambda _what, _count: None,
    tell_every_s: float = TELL_EVERY_S,
) -> Emptied:
    """What of the content is gone: all of it, or until it broke off.

    Raises:
        CloudError: It broke off before anything was removed.
    """
    gone: list[_Gone] = []
    trouble = ""
    try:
        async for one in _removals(buckets, source, copies, remains, stopped, went, tell_every_s):
            gone.append(one)  # noqa: PERF401 - what went before an error counts
    except CloudError as error:
        if not any(one.count for one in gone):
            raise
        trouble = str(error)
    removed, unseen = (tuple(one.line for one in gone if one.seen is seen) for seen in (True, False))
    return Emptied(project_id, removed, buckets, any(one.count for one in gone), unseen, trouble)


async def _removals(  # noqa: PLR0913, PLR0917 - as `removed_of`
    buckets: tuple[str, ...],
    source: Store,
    copies: Store,
    remains: Remains | None,
    stopped: Callable[[], bool],
    went: Callable[[str, int], object],
    tell_every_s: float,
) -> AsyncIterator[_Gone]:
    """What is gone, as it goes."""
    for bucket in buckets:
        count, error = await asyncio.to_thread(_emptied, source, copies, bucket, stopped, went, tell_every_s)
        yield _Gone(f"bucket {bucket}: {count} objects and versions{', then it broke off' if error else ''}", count)
        if count:
            went(_what(bucket), count)
        if error:
            raise error
    if remains is not None:
        for what, listed in (("backups", remains.backups), ("snapshots", remains.snapshots)):
            for item in unless(stopped, await listed(), _STOPPED):
                line = await remains.remove(what, item)
                went(line, 1)
                try:
                    await remains.gone(what, item)
                except StillThere:
                    went(line, 0)
                    raise
                except CloudError:
                    # nobody knows, and the next run may find no trace of it
                    yield _Gone(line, 1, seen=False)
                    raise
                yield _Gone(line, 1)


def _what(bucket: str) -> str:
    return f"objects and versions of the bucket {bucket}"


def _goes(bucket: str, target: Target, place: Place) -> bool:
    if target.spec is None:
        return bucket.startswith(f"{place.system}-{place.zone}-")
    return bucket in target.discarded_buckets


async def left(target: Target, operation: Operation, before: Emptied, stop: asyncio.Event) -> tuple[str, ...]:
    """What the cloud still lists after the stack went; empty is the evidence that is wanted.

    Raises:
        CloudError: The cloud refuses, or it is to stop and would have to wait for its turn.
    """
    async with _opened(target, operation, stop) as (cloud, place):
        lists = await asyncio.gather(
            _buckets(place, operation, cloud, before),
            *([_listed(cloud, before.project_id), _remains(cloud, before.project_id)] if before.project_id else []),
        )
        return tuple(name for found in lists for name in found)


async def still_there(
    target: Target, operation: Operation, before: Emptied, ids: frozenset[str], stop: asyncio.Event
) -> tuple[str, ...]:
    """What the cloud still lists of these ids, and of the buckets that were emptied: not all of the stack had to go.

    Raises:
        CloudError: As `left`.
    """
    async with _opened(target, operation, stop) as (cloud, place):
        project_id = before.project_id or await _project_id(cloud, place)
        listed = await _listed(cloud, project_id) if project_id else []
        buckets = await _buckets(place, operation, cloud, before) if before.buckets else []
        return (*(one for one in listed if one.partition(" ")[2] in ids), *buckets)


async def _buckets(place: Place, operation: Operation, cloud: Cloud, before: Emptied) -> list[str]:
    source, copies = await stores(place, operation, cloud, before.project_id)
    held = set(await asyncio.to_thread(source.buckets)) | set(await asyncio.to_thread(copies.buckets))
    return [f"bucket {name}" for name in (*before.buckets, *map(copy_bucket, before.buckets)) if name in held]


async def _remains(cloud: Cloud, project_id: str) -> list[str]:
    remains = Remains(cloud, project_id)
    backups, snapshots = await asyncio.gather(remains.backups(), remains.snapshots())
    return [*(f"backup {item['id']}" for item in backups), *(f"snapshot {item['id']}" for item in snapshots)]


def _emptied(  # noqa: PLR0913, PLR0917 - as `removed_of`
    source: Store,
    copies: Store,
    bucket: str,
    stopped: Callable[[], bool],
    went: Callable[[str, int], object],
    tell_every_s: float,
) -> tuple[int, CloudError | None]:
    """How many objects and versions were removed, and why it broke off; None: all are gone, and their copy."""
    count, copy, told_s = 0, copy_bucket(bucket), time.monotonic()
    try:
        for names in unless(stopped, source.empty(bucket), _STOPPED):
            count += len(names)
            if time.monotonic() - told_s >= tell_every_s:
                went(_what(bucket), count)
                told_s = time.monotonic()
        for _ in unless(stopped, copies.empty(copy), _STOPPED):
            pass
        copies.remove(copy)
    except CloudError as error:
        return count, error
    return count, None


async def _listed(cloud: Cloud, project_id: str) -> list[str]:
    lists = await asyncio.gather(*(_list(cloud, project_id, *each) for each in _LISTS))
    return [name for found in lists for name in found]


async def _list(cloud: Cloud, project_id: str, service: Service, what: str, path: str) -> list[str]:
    with telling(f"listing the {what} of project {project_id} after its wipe"):
        items = await cloud.session.listed(service, path.format(project_id), what)
    return [f"{what.removesuffix('s')} {item['id']}" for item in items]


async def _project_id(cloud: Cloud, place: Place) -> str:
    with telling(f"looking up the project of {place.stack}"):
        domain_id = await cloud.session.domain_id(place.cloud.domain)
        return await cloud.find_project(domain_id, place.project_name) or ""


@asynccontextmanager
async def _opened(target: Target, operation: Operation, stop: asyncio.Event) -> AsyncIterator[tuple[Cloud, Place]]:
    system, _, zone = target.project_name.partition("/")
    cloud = Cloud(operation)
    try:
        async with hearing(stop, cloud.interrupt):
            yield cloud, Place(target.stack, system, target.unit, zone, target.cloud)
    finally:
        cloud.session.close()
