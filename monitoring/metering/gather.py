"""Asks the sources for a month's use; what they do not know is absent. The only part of the close that waits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from monitoring.metering.allocation import Taken
from monitoring.metering.availability import ProbeSeen
from monitoring.metering.period import DAY_S, MINUTE_S, Month, Span, union
from monitoring.metering.policy import Idle
from monitoring.utilisation.source import BucketUse, Machine, Reading, ServerUse, Signal, SystemUse

SIGNALS: Final[tuple[Signal, ...]] = ("cpu", "memory", "network_receive", "network_transmit")
SYSTEM_SIGNALS: Final[tuple[Signal, ...]] = ("cpu", "memory")
_GIB: Final = 1 << 30
_MB: Final = 10**6
_PER_CENT: Final = 100.0


@dataclass(frozen=True, slots=True)
class Sources:
    """Who knows use. `servers` gives the source of (provider, zone); None: nobody knows it there."""

    servers: Callable[[str, str], ServerUse | None]
    systems: SystemUse | None
    buckets: Sequence[BucketUse]
    cloud_of: Callable[[str, str], str]
    """The cloud of (provider, zone), as series name it."""


@dataclass(frozen=True, slots=True)
class Use:
    """What the sources told of a month."""

    servers: Mapping[str, Mapping[Signal, Reading]] = field(default_factory=dict)
    """By the server's id on its cloud."""
    idle_days: Mapping[str, int] = field(default_factory=dict)
    """Of the policy's last days those on which the server idled; absent: its traffic or load is not known on enough."""
    systems: Mapping[tuple[str, str], Mapping[Signal, Reading]] = field(default_factory=dict)
    """By (system, cloud)."""
    probes: Mapping[str, ProbeSeen] = field(default_factory=dict)
    """By system."""
    stored: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Bytes by project, `system/zone`, and bucket, now; a bucket that no source tells of is absent."""
    sources: tuple[str, ...] = ()

    def stored_of(self, project: str) -> int | None:
        """Bytes in all buckets of a project, or None where no source tells of any."""
        found = [size for (of, _), size in self.stored.items() if of == project]
        return sum(found) if found else None


def gather(parts: Iterable[Taken], month: Month, sources: Sources, idle: Idle) -> Use:
    """Everything that is known of the month's resources.

    Raises:
        SourceFailed: A source does not answer: the month is closed when it does, or without it.
    """
    parts = tuple(parts)
    servers: dict[str, dict[Signal, Reading]] = {}
    idle_days: dict[str, int] = {}
    names = {"ledger"}
    for source, machines in by_source(parts, sources):
        names.add(source.name)
        for signal in SIGNALS:
            for id_, reading in source.statistics(machines, signal, *_bounds(month.span)).items():
                servers.setdefault(id_, {})[signal] = reading
        idle_days |= _idle(source, machines, month, idle)
    stored: dict[tuple[str, str], int] = {}
    for store in sources.buckets:
        names.add(store.name)
        for one in store.stored():
            # the clouds of one gateway may have profiles of their own: each of them tells of all its buckets
            stored[one.project, one.bucket] = one.size_bytes
    systems, probes = _of_systems(parts, month, sources)
    return Use(servers, idle_days, systems, probes, stored, tuple(sorted(names)))


def machine_of(part: Taken) -> Machine:
    """The server as sources are asked for it."""
    return Machine(part.external_id, part.amount.vcpu, part.amount.memory_gib * _GIB)


def by_source(parts: Sequence[Taken], sources: Sources) -> list[tuple[ServerUse, list[Machine]]]:
    """Each source with the servers that it is asked of."""
    found: dict[int, tuple[ServerUse, list[Machine]]] = {}
    for part in parts:
        if part.kind == "server":
            source = sources.servers(part.deployment.provider, part.deployment.zone)
            if source is not None:
                found.setdefault(id(source), (source, []))[1].append(machine_of(part))
    return list(found.values())


def _idle(source: ServerUse, machines: Sequence[Machine], month: Month, idle: Idle) -> dict[str, int]:
    """Traffic is asked for only of those whose load is low on enough days."""
    days = [month.span.end_s - n * DAY_S for n in range(idle.days, 0, -1)]
    quiet = {
        id_: {day for day, mean in means.items() if mean * _PER_CENT <= idle.cpu_daily_mean_max}
        for id_, means in source.daily_means(machines, "cpu", days).items()
    }
    wanted = [machine for machine in machines if len(quiet.get(machine.id, ())) >= idle.min_idle_days]
    ask = partial(source.daily_means, wanted)
    received, sent = ask("network_receive", days), ask("network_transmit", days)
    found = {}
    for machine in wanted:
        into, out = received.get(machine.id, {}), sent.get(machine.id, {})
        known = quiet[machine.id] & into.keys() & out.keys()
        moved = {day: (into[day] + out[day]) * DAY_S / _MB for day in known}
        found[machine.id] = sum(mb <= idle.net_mb_per_day_max for mb in moved.values())
    return found


def _of_systems(
    parts: Sequence[Taken], month: Month, sources: Sources
) -> tuple[dict[tuple[str, str], dict[Signal, Reading]], dict[str, ProbeSeen]]:
    if sources.systems is None:
        return {}, {}
    of = {(p.deployment.system, sources.cloud_of(p.deployment.provider, p.deployment.zone)) for p in parts}
    keys = sorted(key for key in of if key[1])
    found: dict[tuple[str, str], dict[Signal, Reading]] = {}
    for signal in SYSTEM_SIGNALS:
        for key, reading in sources.systems.systems(keys, signal, *_bounds(month.span)).items():
            found.setdefault(key, {})[signal] = reading
    probed = sources.systems.probes(sorted({system for system, _ in keys}), *_bounds(month.span))
    probes = {
        system: ProbeSeen(one.seen_minutes * MINUTE_S, union(Span(at, at + MINUTE_S) for at in one.down_at))
        for system, one in probed.items()
    }
    return found, probes


def _bounds(span: Span) -> tuple[int, int]:
    return span.start_s, span.end_s
