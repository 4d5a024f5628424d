"""When which order held a system, as the fold carried it out. There is no other account of it: the fold's own steps."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Final, Literal, TypeAlias, get_args

from broker.documents.envelope import Spec
from broker.documents.fields import Zone
from broker.estate.cases import Admission, Cases, cases_of
from broker.estate.event import in_order
from broker.estate.measure import CLOSABLE
from broker.estate.order import OrderSpec
from broker.estate.system import Lifecycle, System
from broker.registry.filed import Filed

Cause: TypeAlias = Literal["interruption", "suspension", "measure"]
_CAUSES: Final[Mapping[Lifecycle, Cause]] = {
    Lifecycle.INTERRUPTED: "interruption",
    Lifecycle.SUSPENDED: "suspension",
    Lifecycle.COMPELLED: "measure",
}
_ORDERS: Final = frozenset(spec.kind for spec in get_args(OrderSpec))


@dataclass(frozen=True, slots=True)
class Hold:
    """An order that holds of a system. `zone`: the public is shut out of that one; None = all of it stands still."""

    system: str
    order: str
    cause: Cause
    zone: Zone | None = None


@dataclass(frozen=True, slots=True)
class Halt:
    """How long an order held. `start` inclusive, `end` exclusive; cut to the time that was asked for."""

    hold: Hold
    start: datetime
    end: datetime


def holds(system: System) -> Iterator[Hold]:
    """The orders that hold of the system as it is. Closed access shuts out nobody where no public address is."""
    cause = _CAUSES.get(system.lifecycle)
    if cause is not None and system.suspended_by is not None:
        yield Hold(system.id, system.suspended_by, cause)
    if system.closed_by and system.lifecycle in CLOSABLE:
        for deployment in system.deployments:
            if deployment.public_addresses:
                yield from (Hold(system.id, order, "measure", deployment.zone) for order in system.closed_by)


def halts(
    filed: Iterable[Filed[Spec]], admissions: Mapping[str, Admission], start: datetime, end: datetime
) -> tuple[Halt, ...]:
    """What held in the time from `start` (inclusive) to `end` (exclusive), in order.

    An order that was superseded or withdrawn held all the same until then: each part of the time goes by the orders
    that had come by its end.

    Raises:
        RegistryBroken: An admitted document no longer fits what came before it.
    """
    admitted = (f for f in filed if (a := admissions.get(f.digest)) is not None and a.admitted)
    known = sorted(admitted, key=lambda f: f.sequence)
    came = {f.id: admissions[f.digest].received_at for f in _of_orders(known)}
    replacing = (f for f in known if f.id in came and f.document.metadata.replaces)
    replaced = sorted({came[f.id] for f in replacing if start < came[f.id] < end})
    found = (
        halt
        for part in pairwise((start, *replaced, end))
        # only orders are left out for coming later: what else is in force is what the estate is made of now
        for halt in _within(cases_of(tuple(f for f in known if came.get(f.id, start) < part[1]), admissions), *part)
    )
    return tuple(sorted(_joined(found), key=lambda halt: (halt.start, halt.end, halt.hold.system, halt.hold.order)))


def _of_orders(filed: Iterable[Filed[Spec]]) -> Iterator[Filed[Spec]]:
    """Orders, their ends, and whatever takes one of them back; in order."""
    found = set[str]()
    for one in filed:
        if one.kind in _ORDERS or not found.isdisjoint(one.document.metadata.replaces):
            found.add(one.id)
            yield one


def _within(cases: Cases, start: datetime, end: datetime) -> Iterator[Halt]:
    """The fold's own events, one after another: what holds after each, and how long it did."""
    systems: dict[str, System | None] = {}
    since: dict[str, dict[Hold, datetime]] = {}
    for event in in_order(cases):
        if event.at >= end:
            break
        after = systems[event.system] = event.step(systems.get(event.system))
        before = since.get(event.system, {})
        now = {hold: before.get(hold, event.at) for hold in holds(after)} if after else {}
        yield from _ended(before, now, start, event.at)
        since[event.system] = now
    for held in since.values():
        yield from _ended(held, {}, start, end)


def _ended(
    before: Mapping[Hold, datetime], now: Mapping[Hold, datetime], start: datetime, end: datetime
) -> Iterator[Halt]:
    for hold, since in before.items():
        if hold not in now and (begin := max(since, start)) < end:
            yield Halt(hold, begin, end)


def _joined(halts: Iterable[Halt]) -> Iterator[Halt]:
    """Of the parts of a time: what held over the end of one goes on in the next."""
    last: dict[Hold, Halt] = {}
    for halt in halts:
        before = last.get(halt.hold)
        if before is not None and before.end == halt.start:
            last[halt.hold] = replace(before, end=halt.end)
            continue
        if before is not None:
            yield before
        last[halt.hold] = halt
    yield from last.values()
