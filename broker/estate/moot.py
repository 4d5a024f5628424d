"""Orders that change nothing: they find their system stopped by another order, leaving, gone, or not there yet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from broker.documents.cases import SuspensionOrderSpec
from broker.documents.envelope import Spec
from broker.documents.operation import HarmInterruptionOrderSpec
from broker.documents.security import CompulsoryMeasureOrderSpec
from broker.estate.cases import Admission, cases_of
from broker.estate.event import in_order
from broker.estate.measure import under
from broker.estate.system import HALTED, Lifecycle, System
from broker.registry.filed import Filed

_ORDERS: Final = (SuspensionOrderSpec, CompulsoryMeasureOrderSpec, HarmInterruptionOrderSpec)
_KINDS: Final = frozenset(spec.kind for spec in _ORDERS)
_NO_ORDER: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Moot:
    """An order that does nothing to one of its systems. `at`: the instant of its effect, past or to come."""

    order: str
    system: str
    field: str
    """Where the order names the system."""
    at: datetime
    stage: Lifecycle | None
    """Where it finds the system; None: there is none."""
    by: str | None
    """The order or form that brought the system there, where it is one that stops it or lets it leave."""

    @property
    def fact(self) -> str:
        """What stands in the order's way."""
        if self.stage is None:
            return f"it changes nothing: there is no {self.system} when it takes effect"
        by = f" by {self.by}" if self.by else ""
        return f"it changes nothing: when it takes effect {self.system} is {self.stage}{by} already"

    @property
    def cure(self) -> str:
        """What whoever gave the order can do."""
        if self.stage in HALTED:
            return f"once {self.by} has ended supersede it by one that takes effect then, or withdraw it"
        return "withdraw it"


def moot_orders(filed: Iterable[Filed[Spec]], admissions: Mapping[str, Admission]) -> tuple[Moot, ...]:
    """The admitted orders in force that do nothing to a system, in the order of their effect, those to come too.

    An order that was ended before it began is none of them: that end says so itself.

    Raises:
        RegistryBroken: An admitted document no longer fits what came before it.
    """
    all_ = tuple(filed)
    orders = {f.id: dict(_named(f.spec)) for f in all_ if f.kind in _KINDS}
    if not orders:  # a registry is asked each time that a change to it is checked, and most have none
        return ()
    known = tuple(sorted(all_, key=lambda f: f.sequence))
    return tuple(_moot(known, admissions, orders))


def _moot(
    known: tuple[Filed[Spec], ...],
    admissions: Mapping[str, Admission],
    orders: Mapping[str, Mapping[str, str]],
) -> Iterator[Moot]:
    """The fold's own events, one after another, of the systems that an order names."""
    named = {system for fields in orders.values() for system in fields}
    systems: dict[str, System | None] = {}
    for event in in_order(cases_of(known, admissions)):
        if event.system not in named:
            continue
        before = systems.get(event.system)
        after = systems[event.system] = event.step(before)
        field = orders.get(event.document, _NO_ORDER).get(event.system)
        if field is None or (after is not None and under(after, event.document)):
            continue
        stage = before.lifecycle if before is not None else None
        yield Moot(event.document, event.system, field, event.at, stage, _by(before))


def _by(system: System | None) -> str | None:
    if system is None:
        return None
    return system.suspended_by if system.lifecycle in HALTED else system.exit_form


def _named(spec: Spec) -> Iterator[tuple[str, str]]:
    """The systems that the order is to hold, each with the field that names it."""
    match spec:
        case SuspensionOrderSpec(system=system):
            yield system, "spec.system"
        case HarmInterruptionOrderSpec(systems=systems) | CompulsoryMeasureOrderSpec(systems=systems):
            yield from ((system, f"spec.systems[{n}]") for n, system in enumerate(systems))
        case _:
            return
