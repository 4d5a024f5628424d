"""How long a system was there for its users in a month (C-19): by records, by a probe, with what does not count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from broker.documents.cases import ResumptionOrderSpec, SuspensionOrderSpec
from broker.documents.envelope import Spec
from broker.documents.operation import (
    FaultNoticeSpec,
    ForceMajeureSpec,
    HarmInterruptionOrderSpec,
    IncidentSpec,
    MaintenanceNoticeSpec,
    ServiceRestorationSpec,
    TemporaryInterruptionConsentSpec,
    TemporaryInterruptionRequestSpec,
)
from broker.documents.security import CompulsoryMeasureOrderSpec
from broker.estate.fold import admissions_of
from broker.registry.filed import Filed, Registry
from monitoring.metering.facts import Availability, Exclusion, Outage
from monitoring.metering.period import MINUTE_S, Span, instant, span_of, total_s, union, without

Cause = Literal["fault", "interruption", "suspension", "measure", "incident"]
Reason = Literal["maintenance", "interruption", "force_majeure"]
S = TypeVar("S", bound=Spec)
_PLACES = 6


@dataclass(frozen=True, slots=True)
class Down:
    """A record by which a system was down for a time."""

    document: str
    cause: Cause
    span: Span


@dataclass(frozen=True, slots=True)
class Allowed:
    """A document by which a time does not count against the provider."""

    document: str
    reason: Reason
    span: Span


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the registry says of one system."""

    downs: tuple[Down, ...] = ()
    allowed: tuple[Allowed, ...] = ()


@dataclass(frozen=True, slots=True)
class ProbeSeen:
    """What a probe saw: seconds in which it looked, and when there was no answer."""

    seen_s: int
    down: tuple[Span, ...]


def recorded(registry: Registry, month: Span) -> Mapping[str, Recorded]:
    """By system, what documents in force say of the month. A filing counts once it was admitted."""
    downs: dict[str, list[Down]] = {}
    allowed: dict[str, list[Allowed]] = {}
    for system, down in _downs(registry, month):
        downs.setdefault(system, []).append(down)
    for system, one in _allowed(registry, month):
        allowed.setdefault(system, []).append(one)
    return {
        system: Recorded(
            tuple(sorted(downs.get(system, ()), key=lambda d: (d.span, d.document))),
            tuple(sorted(allowed.get(system, ()), key=lambda a: (a.span, a.document))),
        )
        for system in downs.keys() | allowed.keys()
    }


def availability(served: Iterable[Span], told: Recorded, probe: ProbeSeen | None, min_coverage: float) -> Availability:
    """The month of a system that had servers in the spans `served`.

    The records decide; a probe decides where there is no record of an outage. Neither: 数据不足, never 100 %.
    """
    whole = union(served)
    total, service = total_s(whole), whole
    coverage = min(probe.seen_s / total, 1.0) if probe and total else 0.0
    probed = _within(probe.down, service) if probe and coverage >= min_coverage else None
    by_record = _within((down.span for down in told.downs), service)
    down = by_record if told.downs else probed
    sufficient = bool(total) and down is not None
    exclusions, excluded = _exclusions(down or (), told.allowed)
    return Availability(
        total_minutes=_minutes(total),
        outages=tuple(_outage(one) for one in told.downs),
        outage_minutes=_minutes(total_s(down or ())),
        exclusions=exclusions,
        excluded_minutes=_minutes(excluded),
        probe_minutes=_minutes(total_s(probed)) if probed is not None else None,
        probe_coverage=round(coverage, _PLACES),
        difference_minutes=_minutes(total_s(probed) - total_s(by_record)) if probed is not None else None,
        sufficient=sufficient,
        actual_ratio=round(1 - total_s(down or ()) / total, _PLACES) if sufficient else None,
        assessed_ratio=round(1 - (total_s(down or ()) - excluded) / total, _PLACES) if sufficient else None,
    )


def _exclusions(down: Iterable[Span], allowed: Sequence[Allowed]) -> tuple[tuple[Exclusion, ...], int]:
    """Each document once; a second of outage that two of them allow is counted with the first."""
    left, lines, excluded = union(down), [], 0
    for one in allowed:
        rest = without(left, (one.span,))
        gone = total_s(left) - total_s(rest)
        left, excluded = rest, excluded + gone
        start, end = instant(one.span.start_s), instant(one.span.end_s)
        lines.append(Exclusion(one.document, one.reason, start, end, _minutes(gone)))
    return tuple(lines), excluded


def _downs(registry: Registry, month: Span) -> Iterator[tuple[str, Down]]:
    def each(
        filed: Filed[Spec], cause: Cause, systems: Iterable[str], start: datetime, end: datetime | None
    ) -> Iterator[tuple[str, Down]]:
        span = span_of(start, end, month)
        if span:
            yield from ((system, Down(filed.id, cause, span)) for system in systems)

    for fault in registry.in_force(FaultNoticeSpec):
        yield from each(fault, "fault", fault.spec.systems, fault.spec.started_at, fault.spec.ended_at)
    for incident in registry.in_force(IncidentSpec):
        affected = [one.system for one in incident.spec.affected]
        yield from each(incident, "incident", affected, incident.spec.started_at, incident.spec.ended_at)
    for request in _consented(registry):
        yield from each(request, "interruption", request.spec.systems, request.spec.starts_at, request.spec.ends_at)
    orders = tuple(_orders(registry))
    for one in orders:
        for system in one.systems:
            yield from each(one.filed, one.cause, (system,), one.start, _end(one, system, orders))


@dataclass(frozen=True, slots=True)
class _Order:
    """An order by which nobody reaches systems, from its start to the paper that ends it; None = it holds."""

    filed: Filed[Spec]
    cause: Cause
    systems: tuple[str, ...]
    start: datetime
    end: datetime | None
    stops: bool = True
    """False: the systems run, and only their public access is closed."""
    began: bool = True
    """False: its end was there before it began, so it stopped nothing; one that is dated back does not undo it."""


_TAKEN_BY: Mapping[Cause, frozenset[Cause]] = {
    "interruption": frozenset({"suspension", "measure"}),
    "suspension": frozenset({"measure"}),
}
"""Of what stops a system, the orders that take its place: its own paper does not end it any more."""


def _end(order: _Order, system: str, orders: Sequence[_Order]) -> datetime | None:
    """When the order ended for the system: by its own paper, or where another took its place."""
    taken = (
        other.start
        for other in orders
        if other.cause in _TAKEN_BY.get(order.cause, frozenset())
        if other.stops and other.began and system in other.systems and order.start <= other.start
        if order.end is None or other.start < order.end
    )
    return min(taken, default=order.end)


def _orders(registry: Registry) -> Iterator[_Order]:
    restored = {registry.first(f.spec.order): f.spec.effective_at for f in _unrefused(registry, ServiceRestorationSpec)}
    for harm in _unrefused(registry, HarmInterruptionOrderSpec):
        end = restored.get(registry.first(harm.id))
        yield _Order(harm, "interruption", harm.spec.systems, harm.spec.effective_at, end)
    resumptions = tuple(_unrefused(registry, ResumptionOrderSpec))
    resumed = {registry.first(f.spec.suspension): f.spec.effective_at for f in resumptions}
    for halt in _unrefused(registry, SuspensionOrderSpec):
        end = resumed.get(registry.first(halt.id))
        yield _Order(halt, "suspension", (halt.spec.system,), halt.spec.effective_at, end)
    received = {digest: outcome.received_at for digest, outcome in admissions_of(registry.records).items()}
    over = {registry.first(f.spec.suspension): received.get(f.digest, f.spec.effective_at) for f in resumptions}
    for measure in _admitted(registry, CompulsoryMeasureOrderSpec):
        action, end = measure.spec.action, resumed.get(registry.first(measure.id))
        if action != "other":  # what people do takes no system away by itself
            at, systems = measure.spec.effective_at, tuple(dict.fromkeys(measure.spec.systems))
            began = end is None or max(end, over[registry.first(measure.id)]) > at
            yield _Order(measure, "measure", systems, at, end, stops=action == "stop", began=began)


def _allowed(registry: Registry, month: Span) -> Iterator[tuple[str, Allowed]]:
    for notice in _admitted(registry, MaintenanceNoticeSpec):
        if span := span_of(notice.spec.starts_at, notice.spec.ends_at, month):
            yield from ((system, Allowed(notice.id, "maintenance", span)) for system in notice.spec.systems)
    for request in _consented(registry):
        # an urgent one was not announced: the office allowed it, and it counts all the same
        if not request.spec.urgent and (span := span_of(request.spec.starts_at, request.spec.ends_at, month)):
            yield from ((system, Allowed(request.id, "interruption", span)) for system in request.spec.systems)
    for event in registry.in_force(ForceMajeureSpec):
        if span := span_of(event.spec.started_at, event.spec.ended_at, month):
            yield from ((system, Allowed(event.id, "force_majeure", span)) for system in event.spec.systems)


def _consented(registry: Registry) -> Iterator[Filed[TemporaryInterruptionRequestSpec]]:
    consents = registry.in_force(TemporaryInterruptionConsentSpec)
    approved = {registry.first(f.spec.request) for f in consents if f.spec.decision == "approved"}
    found = registry.in_force(TemporaryInterruptionRequestSpec)
    return (request for request in found if registry.first(request.id) in approved)


def _unrefused(registry: Registry, kind: type[S]) -> Iterator[Filed[S]]:
    """Orders in force but those that the rules refused: they stop nothing, and end nothing."""
    return (f for f in registry.in_force(kind) if f.digest not in registry.not_admitted)


def _admitted(registry: Registry, kind: type[S]) -> Iterator[Filed[S]]:
    outcome = admissions_of(registry.records)
    return (f for f in registry.in_force(kind) if f.digest in outcome and outcome[f.digest].admitted)


def _within(spans: Iterable[Span], service: Sequence[Span]) -> tuple[Span, ...]:
    return union(cut for span in spans for whole in service if (cut := span.cut(whole)))


def _outage(down: Down) -> Outage:
    start, end = instant(down.span.start_s), instant(down.span.end_s)
    return Outage(down.document, down.cause, start, end, _minutes(down.span.seconds))


def _minutes(seconds: int) -> float:
    return round(seconds / MINUTE_S, _PLACES)
