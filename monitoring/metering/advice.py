"""优化建议或动态调整意见 (C-9(二)): which servers idle, are too large or too small, and what would fit. Pure.

Of buckets `monitoring.metering.storage` says it, of volumes that no server has `monitoring.metering.kept`.

Advice changes nothing: a unit answers by its service intent form (C-12). What is excluded is listed with the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from broker.documents.platform import ServiceContractSpec
from broker.estate.amount import Shape
from monitoring.metering.facts import (
    Advice,
    AdviceKind,
    AdviceState,
    Exclude,
    Kind,
    MonthFacts,
    ResourceFacts,
    Statistic,
)
from monitoring.metering.facts import Verdict as Verdict_
from monitoring.metering.period import Month
from monitoring.metering.policy import Policy
from monitoring.metering.showback import difference
from monitoring.utilisation.source import Signal

_PER_CENT = 100.0
_PLACES = 6
_BOTH: tuple[Signal, Signal] = ("cpu", "memory")
Skip = Literal["dr_standby", "elastic_window", "key_period", "exchange_node"]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a server or bucket beside its figures."""

    skips: tuple[Skip, ...]
    """Why the policy may leave it alone."""
    months_since_delivery: int
    """Whole months that it had been there at the month's end."""
    idle_days: int | None
    contract: ServiceContractSpec | None
    answered: AdviceState = "open"
    """What its unit and the office made of an advice on it in the month."""
    halted: bool = False
    """Its system stands still by an order or is leaving: its load is not its need, and no form could change it."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What servers and buckets are measured by."""

    month: Month
    policy: Policy
    shapes: Mapping[str, Shape]
    """Flavors that may be proposed, by name."""


@dataclass(frozen=True, slots=True)
class Advised:
    """The advice of a month, and what was left out."""

    advice: tuple[Advice, ...]
    excluded: tuple[Exclude, ...]

    def __add__(self, other: "Advised") -> "Advised":
        """Both, sorted by whose they are."""
        advice = sorted((*self.advice, *other.advice), key=lambda a: (a.unit, a.system, a.zone, a.resource))
        return Advised(tuple(advice), (*self.excluded, *other.excluded))


def verdict(facts: Mapping[Signal, Statistic], policy: Policy, idle_days: int | None) -> Verdict_:
    """The band of a server: by both dimensions low, by either tight."""
    cpu, memory = known(facts, "cpu", "mean"), known(facts, "memory", "mean")
    if cpu is None:
        return "insufficient"
    if idle_days is not None and idle_days >= policy.idle_advice.min_idle_days:
        return "idle"
    bands = policy.buckets
    if cpu > bands.cpu_high or (memory is not None and memory > bands.memory_high):
        return "tight"
    if cpu < bands.cpu_low and memory is not None and memory < bands.memory_low:
        return "low"
    return "reasonable"


def known(facts: Mapping[Signal, Statistic], signal: Signal, figure: str) -> float | None:
    """A figure of a signal in per cent; None where there are too few data."""
    statistic = facts.get(signal)
    value = getattr(statistic, figure) if statistic and statistic.sufficient else None
    return None if value is None else value * _PER_CENT


def advise(
    servers: Sequence[ResourceFacts],
    around: Mapping[str, Circumstances],
    earlier: Sequence[MonthFacts],
    yard: Yardstick,
) -> Advised:
    """Advice on servers that were there at the month's end; `earlier` are closed months, the newest first."""
    past = histories(earlier, "server")
    advice, excluded = [], []
    for server in servers:
        case = around[server.external_id]
        kind = _kind(server, case, [month_.get(server.external_id) for month_ in past], yard.policy)
        if kind is None:
            continue
        flavor, shape = _fitting(server, kind, yard)
        if reason := _reason(kind, case, shape, yard.policy):
            excluded.append(Exclude(server.external_id, server.resource, server.system, kind, reason))
            continue
        found = _advice(server, kind, case, (flavor, shape), yard)
        advice.append(continued(found, case, earlier))
    return Advised(tuple(advice), tuple(excluded))


def histories(earlier: Sequence[MonthFacts], kind: Kind) -> list[dict[str, ResourceFacts]]:
    """Of each closed month its resources of a kind by their id on the cloud."""
    return [{one.external_id: one for one in facts.resources if one.kind == kind} for facts in earlier]


def continued(advice: Advice, case: Circumstances, earlier: Sequence[MonthFacts]) -> Advice:
    """The advice as that of the month before where it was given then already: its id, its first month, its answer."""
    for same in earlier[0].advice if earlier else ():
        if (same.kind, same.external_id) == (advice.kind, advice.external_id):
            return replace(advice, id=same.id, first_month=same.first_month, state=case.answered)
    return advice


def spared(case: Circumstances, policy: Policy) -> str:
    """Why what would be reclaimed or made smaller is left alone; empty: it is not."""
    skips = [skip for skip in case.skips if skip in policy.scale_down_advice.skip]
    if skips:
        return skips[0]
    return "grace" if case.months_since_delivery < policy.scale_down_advice.grace_months_after_delivery else ""


def _kind(
    server: ResourceFacts, case: Circumstances, past: Sequence[ResourceFacts | None], policy: Policy
) -> AdviceKind | None:
    if case.idle_days is not None and case.idle_days >= policy.idle_advice.min_idle_days:
        return "idle"
    cpu, memory = known(server.statistics, "cpu", "p95"), known(server.statistics, "memory", "p95")
    up = policy.scale_up_advice
    if (cpu is not None and cpu > up.cpu_p95_above) or (memory is not None and memory > up.memory_p95_above):
        return "upsize"
    months = [server, *past[: policy.scale_down_advice.months - 1]]
    if len(months) == policy.scale_down_advice.months and all(_low(one, server, policy) for one in months):
        return "downsize"
    return None


def _low(one: ResourceFacts | None, now: ResourceFacts, policy: Policy) -> bool:
    if one is None or one.amount != now.amount:
        return False  # it was not there, or of another size: those figures say nothing of this one
    down = policy.scale_down_advice
    mean, cpu = known(one.statistics, "cpu", "mean"), known(one.statistics, "cpu", "p95")
    memory = known(one.statistics, "memory", "p95")
    return (
        None not in (mean, cpu, memory)
        and (mean or 0) < down.cpu_mean_below
        and (cpu or 0) < down.cpu_p95_below
        and (memory or 0) < down.memory_p95_below
    )


def _reason(kind: AdviceKind, case: Circumstances, shape: Shape | None, policy: Policy) -> str:
    if case.halted:
        return "halted"
    if kind != "upsize" and (reason := spared(case, policy)):
        return reason
    return "no_flavor" if kind != "idle" and shape is None else ""


def _fitting(server: ResourceFacts, kind: AdviceKind, yard: Yardstick) -> tuple[str, Shape | None]:
    """The smallest flavor in which the month's load would stay below the policy's marks; "" where there is none."""
    if kind == "idle":
        return "", None
    now = _shape(server)
    fits = [
        (name, shape)
        for name, shape in sorted(yard.shapes.items())
        if shape != now
        and _smaller(shape, now) == (kind == "downsize")
        and _smaller(now, shape) == (kind == "upsize")
        and all(used <= most for used, most in _marks(server, shape, yard.policy))
    ]
    return min(fits, key=lambda fit: (fit[1].vcpu, fit[1].memory_gib, fit[0]), default=("", None))


def _marks(server: ResourceFacts, shape: Shape, policy: Policy) -> Iterator[tuple[float, float]]:
    told = _predicted(server, shape)
    yield told.get("cpu_p95", 0.0) * _PER_CENT, policy.proposed.cpu_p95_max
    yield told.get("memory_p95", 0.0) * _PER_CENT, policy.proposed.memory_p95_max


def _predicted(server: ResourceFacts, shape: Shape) -> dict[str, float]:
    now, told = _shape(server), {}
    sizes = zip(_BOTH, (now.vcpu, now.memory_gib), (shape.vcpu, shape.memory_gib), strict=True)
    for signal, has, would in sizes:
        used = known(server.statistics, signal, "p95")
        if used is not None and would:
            told[f"{signal}_p95"] = round(used / _PER_CENT * has / would, _PLACES)
    return told


def _advice(
    server: ResourceFacts, kind: AdviceKind, case: Circumstances, proposed: tuple[str, Shape | None], yard: Yardstick
) -> Advice:
    flavor, shape = proposed
    now, then = _shape(server), shape or Shape(0, 0)
    saving = {"vcpu": now.vcpu - then.vcpu, "memory_gib": now.memory_gib - then.memory_gib}
    return Advice(
        id=f"{kind}:{server.external_id}:{yard.month}",
        kind=kind,
        unit=server.unit,
        system=server.system,
        zone=server.zone,
        provider=server.provider,
        resource=server.resource,
        external_id=server.external_id,
        first_month=str(yard.month),
        flavor=next((name for name, one in sorted(yard.shapes.items()) if one == now), ""),
        proposed_flavor=flavor,
        evidence=_evidence(server, case, kind, yard.policy),
        predicted=_predicted(server, shape) if shape else {},
        saving=saving,
        saving_yuan_per_month=difference(saving, case.contract),
        state="open",
    )


def _evidence(server: ResourceFacts, case: Circumstances, kind: AdviceKind, policy: Policy) -> dict[str, float]:
    told: dict[str, float] = {}
    for signal in _BOTH:
        statistic = server.statistics.get(signal)
        if statistic and statistic.sufficient:
            for figure in ("mean", "p50", "p95", "p99", "max"):
                told[f"{signal}_{figure}"] = getattr(statistic, figure)
            told[f"{signal}_coverage"], told[f"{signal}_samples"] = statistic.coverage, statistic.samples
    if kind == "idle" and case.idle_days is not None:
        told |= {"idle_days": case.idle_days, "of_days": policy.idle_advice.days}
    if kind == "downsize":
        told["months"] = policy.scale_down_advice.months
    return told


def _shape(server: ResourceFacts) -> Shape:
    return Shape(server.amount.get("vcpu", 0), server.amount.get("memory_gib", 0))


def _smaller(one: Shape, other: Shape) -> bool:
    """In nothing larger, and in something smaller."""
    return one != other and one.vcpu <= other.vcpu and one.memory_gib <= other.memory_gib
