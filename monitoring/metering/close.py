"""A month's facts from what was metered, used, recorded and agreed. Pure: same values, same bytes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from broker.estate.amount import holdings
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.ledger.usage import Usage
from broker.registry.filed import Registry
from monitoring.metering import advice, facts, kept, later, showback, storage
from monitoring.metering.allocation import Taken, of, summed, taken
from monitoring.metering.availability import Recorded, availability, recorded
from monitoring.metering.circumstances import circumstances
from monitoring.metering.facts import MonthFacts, ResourceFacts, Source, Statistic, SystemFacts, Verdict
from monitoring.metering.gather import Use
from monitoring.metering.period import HOUR_S, Month, total_s, union
from monitoring.metering.policy import Policy
from monitoring.utilisation.source import STEP_S, Reading, Signal

_PLACES: Final = 6
Place = tuple[str, str, str, str]
"""Unit, system, zone, provider."""


class CoverageLow(Exception):
    """Too little is known of how servers were used; close it later, or say why it is closed all the same."""


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that a month is closed on."""

    month: Month
    registry: Registry
    usages: Sequence[Usage]
    """Of the month and of the months before it, as far back as corrections and deliveries are looked for."""
    use: Use
    policy: Policy
    earlier: Sequence[MonthFacts]
    """Closed months, the newest first."""
    cloud_of: Mapping[tuple[str, str], str]
    """The cloud of (provider, zone)."""
    accepted: str = ""
    """Why a low coverage is taken."""

    @property
    def unbroken(self) -> Sequence[MonthFacts]:
        """Those of the closed months before it that follow one another without a gap, which is how advice goes on."""
        found, month = [], self.month
        for one in self.earlier:
            month = month.before
            if one.month != str(month):
                break
            found.append(one)
        return found


def close(books: Books) -> MonthFacts:
    """The facts.

    Raises:
        CoverageLow: Below the policy's gate, and no reason was given.
    """
    span = books.month.span
    parts = taken(books.usages, span)
    resources = tuple(_resource(part, books) for part in parts)
    coverage = _coverage(parts, books.use)
    gate = books.policy.close_coverage
    if coverage is not None and coverage < gate and not books.accepted:
        raise CoverageLow(
            f"closing {books.month}: use is known of {coverage:.1%} of the servers' running time, below {gate:.0%}; "
            f"mend the sources of utilisation.toml and close again, or give --accept-coverage with the reason"
        )
    platform = platform_of(books.registry)
    costs = showback.cost_lines(books.usages, platform.contracts, span)
    yard = advice.Yardstick(books.month, books.policy, platform.flavors)
    around = circumstances(books.registry, books.usages, parts, books.use, yard)
    advised = _advised(books, parts, resources, around, yard)
    return MonthFacts(
        version=facts.VERSION,
        month=str(books.month),
        start=books.month.start.isoformat(),
        end=books.month.end.isoformat(),
        registry=books.registry.head,
        policy=books.policy.title,
        policy_digest=books.policy.digest,
        coverage=None if coverage is None else round(coverage, _PLACES),
        accepted_coverage=books.accepted if coverage is not None and coverage < gate else "",
        sources=tuple(Source(name, _of_source(name, coverage)) for name in books.use.sources),
        systems=_systems(parts, costs, books),
        resources=resources,
        costs=costs,
        advice=advised.advice,
        excluded=advised.excluded,
        realised=later.realised(next(iter(books.unbroken), None), parts, around, platform.contracts, books.month),
        corrections=later.corrections(books.earlier, books.usages, platform.contracts),
    )


def _advised(
    books: Books,
    parts: Sequence[Taken],
    resources: Sequence[ResourceFacts],
    around: Mapping[str, advice.Circumstances],
    yard: advice.Yardstick,
) -> advice.Advised:
    """On what is there at the month's end: of what went within it nothing is to be changed."""
    end_s = books.month.span.end_s
    there = [one for part, one in zip(parts, resources, strict=True) if part.existed[-1].end_s == end_s]
    servers, buckets, volumes = ([one for one in there if one.kind == kind] for kind in ("server", "bucket", "volume"))
    without_server = kept.kept_among(volumes, books.registry, books.month, books.policy)
    earlier = books.unbroken
    return (
        advice.advise(servers, around, earlier, yard)
        + storage.advise(buckets, around, earlier, yard)
        + kept.advise(without_server, around, earlier, yard)
    )


def statistic(reading: Reading | None, running_s: int, policy: Policy) -> Statistic:
    """The figures with their coverage of the running time, and whether they are enough to say anything."""
    expected = running_s // STEP_S
    if reading is None:
        return Statistic(None, None, None, None, None, 0, 0.0, sufficient=False)
    coverage = min(reading.samples / expected, 1.0) if expected else 0.0
    hours = reading.samples * STEP_S / HOUR_S
    enough = hours >= policy.min_data.hours and coverage >= policy.min_data.coverage
    figures = (round(v, _PLACES) for v in (reading.mean, reading.p50, reading.p95, reading.p99, reading.max))
    mean, p50, p95, p99, most = figures
    return Statistic(mean, p50, p95, p99, most, reading.samples, round(coverage, _PLACES), sufficient=enough)


def _resource(part: Taken, books: Books) -> ResourceFacts:
    unit, system, zone, provider = of(part.deployment)
    running_s = total_s(part.running)
    statistics: dict[Signal, Statistic] = {}
    if part.kind == "server":
        told = books.use.servers.get(part.external_id, {})
        for signal in ("cpu", "memory", "network_receive", "network_transmit"):
            statistics[signal] = statistic(told.get(signal), running_s, books.policy)
    idle = books.use.idle_days.get(part.external_id)
    verdict: Verdict = advice.verdict(statistics, books.policy, idle) if statistics else "reasonable"
    used_bytes = used_ratio = None
    if part.kind == "bucket":
        used_bytes = books.use.stored.get((f"{system}/{zone}", _bucket(part)))
        used_ratio = None if used_bytes is None else storage.ratio_of(used_bytes, part.amount.object_gib)
        verdict = storage.verdict(used_ratio, books.policy.storage)
    return ResourceFacts(
        stack=part.stack,
        unit=unit,
        system=system,
        zone=zone,
        provider=provider,
        resource=part.resource,
        kind=part.kind,
        external_id=part.external_id,
        amount=part.amount.parts(),
        existed_s=total_s(part.existed),
        running_s=running_s,
        amount_s=part.amount_s,
        statistics=statistics,
        verdict=verdict,
        used_bytes=used_bytes,
        used_ratio=used_ratio,
    )


def _bucket(part: Taken) -> str:
    """Its name on the store; on a gateway its owner stands before it in the id."""
    return part.external_id.rpartition("/")[2]


def _coverage(parts: Iterable[Taken], use: Use) -> float | None:
    """Samples of CPU that are there, by those that there should be; no server counts for more than it ran."""
    seen = expected = 0
    for part in parts:
        if part.kind == "server":
            steps = total_s(part.running) // STEP_S
            reading = use.servers.get(part.external_id, {}).get("cpu")
            expected += steps
            seen += min(reading.samples, steps) if reading else 0
    return seen / expected if expected else None


def _of_source(name: str, coverage: float | None) -> float | None:
    return round(coverage, _PLACES) if name in {"prometheus", "gnocchi"} and coverage is not None else None


def _systems(parts: Sequence[Taken], costs: Sequence[facts.CostLine], books: Books) -> tuple[SystemFacts, ...]:
    by_place: dict[Place, list[Taken]] = defaultdict(list)
    for part in parts:
        by_place[of(part.deployment)].append(part)
    told, priced = recorded(books.registry, books.month.span), showback.counted(costs)
    platform, admissions = platform_of(books.registry), admissions_of(books.registry.records)
    estate = fold(books.registry.filed, admissions, books.month.end)
    approved = holdings(estate, platform.flavors)
    names = {system.id: system.name_zh for system in estate.systems}
    heads = summed(parts)
    found = []
    for place, own in sorted(by_place.items()):
        unit, system, zone, provider = place
        cloud = books.cloud_of.get((provider, zone), "")
        held = approved.get((system, zone))
        spec = platform.units.get(unit)
        found.append(
            SystemFacts(
                unit=unit,
                unit_name=spec.name_zh if spec else unit,
                system=system,
                system_name=names.get(system, system),
                zone=zone,
                provider=provider,
                approved=held.parts() if held else {},
                allocated=_at_end(own, books.month),
                amount_s=heads[place],
                statistics=_of_system(own, books.use.systems.get((system, cloud), {}), books),
                used_bucket_bytes=books.use.stored_of(f"{system}/{zone}"),
                availability=_availability(own, told.get(system, Recorded()).in_zone(zone), books),
                cost_yuan=showback.total(priced.get((system, zone), ())),
            )
        )
    return tuple(found)


def _at_end(own: Iterable[Taken], month: Month) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for part in own:
        if part.existed[-1].end_s == month.span.end_s:
            for head, value in part.amount.parts().items():
                total[head] += value
    return dict(sorted(total.items()))


def _of_system(own: Sequence[Taken], read: Mapping[Signal, Reading], books: Books) -> dict[Signal, Statistic]:
    running_s = total_s(union(span for part in own if part.kind == "server" for span in part.running))
    return {
        "cpu": statistic(read.get("cpu"), running_s, books.policy),
        "memory": statistic(read.get("memory"), running_s, books.policy),
    }


def _availability(own: Sequence[Taken], told: Recorded, books: Books) -> facts.Availability:
    served = union(span for part in own if part.kind == "server" for span in part.existed)
    probe = books.use.probes.get(own[0].deployment.system)
    return availability(served, told, probe, books.policy.min_data.coverage)
