"""How long a system was there for its users in a month (C-19): by records, by a probe, with what does not count."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, Self, TypeVar

from broker.documents.envelope import Spec
from broker.documents.operation import (
    FaultNoticeSpec,
    ForceMajeureSpec,
    IncidentSpec,
    MaintenanceNoticeSpec,
    TemporaryInterruptionConsentSpec,
    TemporaryInterruptionRequestSpec,
)
from broker.estate.fold import admissions_of
from broker.estate.halts import halts
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
    zone: str | None = None
    """The one that the public was shut out of; None: the system was down in all of them."""


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

    def in_zone(self, zone: str) -> Self:
        """The same of what the system has in one zone."""
        return replace(self, downs=tuple(down for down in self.downs if down.zone in {None, zone}))


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
    for system, one in allowances(registry, month):
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
    for halt in halts(registry.filed, admissions_of(registry.records), *month.instants):
        span, hold = span_of(halt.start, halt.end, month), halt.hold
        if span:
            yield hold.system, Down(hold.order, hold.cause, span, hold.zone)


def allowances(registry: Registry, month: Span) -> Iterator[tuple[str, Allowed]]:
    """By system, what documents let it be down for without counting it (C-19); a system may come several times."""
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
