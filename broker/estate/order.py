"""Orders as dated steps: what stops a system, by whose word, and what lets it go on (C-6(五), C-17)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeAlias

from broker.documents.cases import ResumptionOrderSpec, SuspensionOrderSpec
from broker.documents.envelope import Spec
from broker.documents.operation import HarmInterruptionOrderSpec, ServiceRestorationSpec
from broker.documents.security import CompulsoryMeasureOrderSpec
from broker.estate import lifecycle, measure
from broker.estate.cases import Cases
from broker.estate.step import Change, Event, go_on, halt
from broker.registry.filed import Filed

OrderSpec: TypeAlias = (
    SuspensionOrderSpec
    | CompulsoryMeasureOrderSpec
    | HarmInterruptionOrderSpec
    | ResumptionOrderSpec
    | ServiceRestorationSpec
)
"""What stops a system, and what lets it go on."""


def orders(cases: Cases) -> Iterator[Event]:
    """The steps of every order and of every end of one, in no order."""
    resumed = _by_order((f.spec.suspension, _dated(cases, f)) for f in cases.of(ResumptionOrderSpec))
    restored = _by_order((f.spec.order, _dated(cases, f)) for f in cases.of(ServiceRestorationSpec))
    for suspension in cases.of(SuspensionOrderSpec):
        begin = halt(lifecycle.SUSPENSION, suspension.id)
        end = partial(go_on, lifecycle.RESUMPTION, order=suspension.id)
        yield from _order(_dated(cases, suspension), (suspension.spec.system,), begin, end, resumed)
    for imposed in cases.of(CompulsoryMeasureOrderSpec):
        step = measure.imposed(imposed.spec, imposed.id)
        if step is not None:
            ended = partial(measure.ended, imposed.spec, imposed.id)
            yield from _order(_dated(cases, imposed), imposed.spec.systems, step, ended, resumed)
    for harm in cases.of(HarmInterruptionOrderSpec):
        begin = halt(lifecycle.INTERRUPTION, harm.id)
        end = partial(go_on, lifecycle.RESTORATION, order=harm.id)
        yield from _order(_dated(cases, harm), harm.spec.systems, begin, end, restored)


@dataclass(frozen=True, slots=True)
class _Dated:
    """An order, or the end of one, with the instant of its effect: what it says, but not before it was received."""

    at: datetime
    filed: Filed[Spec]


def _dated(cases: Cases, filed: Filed[OrderSpec]) -> _Dated:
    return _Dated(max(filed.spec.effective_at, cases.received(filed)), filed)


def _by_order(ends: Iterable[tuple[str, _Dated]]) -> Mapping[str, Sequence[_Dated]]:
    found: dict[str, list[_Dated]] = {}
    for order, end in ends:
        found.setdefault(order, []).append(end)
    return found


def _order(
    order: _Dated,
    systems: Iterable[str],
    begin: Change,
    end: Callable[[str], Change | None],
    ends: Mapping[str, Sequence[_Dated]],
) -> Iterator[Event]:
    """An order's steps and those of its ends; what was ended before it began stops nothing."""
    own = ends.get(order.filed.id, ())
    steps = [(order, begin), *((one, end(one.filed.id)) for one in own)]
    begins = all(one.at >= order.at for one in own)
    for one, step in steps if begins else steps[1:]:
        if step is not None:
            for system in systems:
                yield Event(one.at, one.filed.sequence, system, one.filed.id, step)
