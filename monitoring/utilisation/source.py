"""What the month close asks of whoever knows use, and what it is told. Instants are seconds since 1970."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Final, Literal, Protocol

STEP_S: Final = 300
"""Length of a sample: means of five minutes, as all sources can give them."""
PROBE_STEP_S: Final = 60

Signal = Literal["cpu", "memory", "network_receive", "network_transmit"]
"""`cpu` and `memory` are ratios of what the machine has, the network's are bytes per second."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A server by its id on the cloud, with what it has; a source may need it to make a ratio."""

    id: str
    vcpus: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Reading:
    """One signal of one thing over a time, from `samples` steps in which something was told; at least one."""

    mean: float
    p50: float
    p95: float
    p99: float
    max: float
    samples: int


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe saw of a system: minutes in which it looked, and when those began in which there was no answer."""

    seen_minutes: int
    down_at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A bucket as its store counts it now."""

    project: str
    """`system/zone`: the project's name, which is the store's account."""
    bucket: str
    size_bytes: int
    objects: int


class ServerUse(Protocol):
    """Use of servers. Whom it knows nothing of is left out of every answer: never zero, never idle."""

    @property
    def name(self) -> str:
        """As the facts name the source."""

    def statistics(
        self, machines: Sequence[Machine], signal: Signal, start_s: int, end_s: int
    ) -> Mapping[str, Reading]:
        """By server id, from `start_s` to before `end_s`.

        Raises:
            SourceFailed: It does not answer, or refuses.
        """

    def daily_means(
        self, machines: Sequence[Machine], signal: Signal, days: Sequence[int]
    ) -> Mapping[str, Mapping[int, float]]:
        """By server id and the instant at which each day began. Raises as `statistics`."""


class SystemUse(Protocol):
    """Use of whole systems, each of whose servers counts by what it has; and what probes saw of them."""

    def systems(
        self, keys: Sequence[tuple[str, str]], signal: Signal, start_s: int, end_s: int
    ) -> Mapping[tuple[str, str], Reading]:
        """By (system, cloud). Raises as `ServerUse.statistics`."""

    def probes(self, systems: Sequence[str], start_s: int, end_s: int) -> Mapping[str, Probed]:
        """By system. Raises as `ServerUse.statistics`."""


class BucketUse(Protocol):
    """Use of buckets, now."""

    @property
    def name(self) -> str:
        """As the facts name the source."""

    def stored(self) -> Sequence[Stored]:
        """Every bucket that the source knows an owner of. Raises as `ServerUse.statistics`."""


class SourceFailed(Exception):
    """A source does not answer, refuses, or answers what it should not; nothing is known, which is not zero."""


def reading_of(values: Sequence[float]) -> Reading | None:
    """The figures of samples; None where there is none. Quantiles as Prometheus takes them, between neighbours."""
    if not values:
        return None
    ordered = sorted(values)
    mean = sum(ordered) / len(ordered)
    p50, p95, p99 = (_quantile(ordered, share) for share in (0.5, 0.95, 0.99))
    return Reading(mean, p50, p95, p99, ordered[-1], len(ordered))


def _quantile(ordered: Sequence[float], share: float) -> float:
    rank = share * (len(ordered) - 1)
    below = floor(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (rank - below)
