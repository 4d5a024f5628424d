"""One hand-over: everything that the unit must get back is packed, and the receipt for it is written."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from broker.backup.opening import stores
from broker.backup.subject import Place
from broker.canonical import Json, digest
from broker.clock import Clock, day_of
from broker.documents.cases import HandedOver, ServiceIntentFormSpec
from broker.errors import CloudError, OperatorError
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.leaving.items import Item, items, leaving
from broker.leaving.package import bucket_packed, volume_packed
from broker.leaving.receipt import receipt
from broker.leaving.remains import Remains
from broker.ledger.audit import Entry
from broker.nearest import all_known
from broker.registry import named
from broker.registry.filed import Registry
from stacks.provider.cloud import Cloud
from stacks.provider.operation import Operation

RECEIPT = "hand-over.yaml"


@dataclass(frozen=True, slots=True)
class Desk:
    """What a hand-over needs of the world; made by wiring."""

    registry: Registry
    hold: Callable[[Place], AbstractAsyncContextManager[Operation | None]]
    """An operation on a stack's cloud, for as long as this process alone may work on it; None where another does."""
    note: Callable[[tuple[Entry, ...]], Awaitable[None]]
    """Puts entries in the audit log."""
    clock: Clock
    person: str
    """Who packs."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A package, ready to be looked through and signed for."""

    system: str
    receipt: Path
    given: tuple[HandedOver, ...]


async def pack(desk: Desk, form: str, folder: Path, filed_by: str) -> Packed:
    """The package of a leaving system in `folder`. Changes nothing that exists; may be repeated.

    Raises:
        NameUnknown: There is no such form or person.
        OperatorError: No system leaves by this form now, or another process works on one of its stacks.
        CloudError: A cloud refuses, or does not hold what the documents say.
    """
    as_of = desk.clock()
    named.person(desk.registry, filed_by)
    _form(desk.registry, form)
    platform = platform_of(desk.registry)
    estate = fold(desk.registry.filed, admissions_of(desk.registry.records), as_of)
    system = leaving(estate, form)
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    given: list[HandedOver] = []
    for place, of_stack in groupby(items(system, platform, form), key=lambda item: item.place):
        async with desk.hold(place) as operation:
            if operation is None:
                raise OperatorError(f"handing over {place.stack}: another process works on it; run it again later")
            given += await _stack(place, tuple(of_stack), operation, form, folder)
    path = folder / RECEIPT
    text = receipt(form, system.id, filed_by, day_of(as_of), given)
    await asyncio.to_thread(path.write_text, text, encoding="utf-8")
    await desk.note((_packed(desk, form, system.id, given),))
    return Packed(system.id, path, tuple(given))


def _form(known: Registry, form: str) -> None:
    forms = [filed.id for filed in known.in_force(ServiceIntentFormSpec)]
    all_known("intent form in force", (form,), forms)


def _packed(desk: Desk, form: str, system: str, given: list[HandedOver]) -> Entry:
    """The audit entry of a package: what of which system left the clouds, by checksums, at whose hands."""
    items: list[Json] = [f"{each.zone}/{each.kind}/{each.name} {each.content_digest}" for each in given]
    body: dict[str, Json] = {"form": form, "system": system, "items": items}
    return Entry(desk.clock(), desk.person, "operator", form, "hand_over", digest(items), body)


async def _stack(
    place: Place, wanted: tuple[Item, ...], operation: Operation, form: str, folder: Path
) -> list[HandedOver]:
    cloud = Cloud(operation)
    try:
        project_id = await cloud.find_project(await cloud.session.domain_id(place.cloud.domain), place.project_name)
        if project_id is None:
            raise CloudError(f"handing over {place.stack}: there is no project {place.project_name}")
        source, _ = await stores(place, operation, cloud)
        snapshots = Remains(cloud, project_id)
        return [
            await volume_packed(item, snapshots, form, folder)
            if item.kind == "volume"
            else await bucket_packed(item, source, folder)
            for item in wanted
        ]
    finally:
        cloud.session.close()
