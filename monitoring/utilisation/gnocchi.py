"""Use from Gnocchi's aggregates, as Ceilometer fills them: `cpu` in nanoseconds so far, `memory.usage` in MiB.

One call of `POST /v1/aggregates` gives the means of five minutes of many servers; percentiles are worked out here. What
the cloud has no archive for (a granularity, an aggregation) is refused there, and said here.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from monitoring.utilisation.source import STEP_S, Machine, Reading, Signal, SourceFailed, reading_of

Post = Callable[[str, Mapping[str, Any]], tuple[int, bytes]]
"""Sends JSON to a path of Gnocchi's endpoint, logged in; gives the status and the body."""

_OK: Final = 200
_NOT_FOUND: Final = 404
_DAY_S: Final = 86_400
_MIB: Final = 1 << 20
_NS: Final = 10**9
_AT_ONCE: Final = 100
"""Servers in one call: a month of them is 40 MB of JSON."""


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    aggregation: str
    ratio: Callable[[float, Machine], float]
    """What the value means of a machine."""


# `rate:mean` of a counter is what it grew within a step
_METRICS: Final[Mapping[Signal, _Metric]] = {
    "cpu": _Metric("cpu", "rate:mean", lambda value, machine: value / _NS / STEP_S / max(machine.vcpus, 1)),
    "memory": _Metric("memory.usage", "mean", lambda value, machine: value * _MIB / max(machine.memory_bytes, 1)),
}


class GnocchiUse:
    """`ServerUse` of one cloud. Its network counters belong to ports, not to servers: of these it tells nothing."""

    name = "gnocchi"

    def __init__(self, post: Post) -> None:
        self._post = post

    def statistics(
        self, machines: Sequence[Machine], signal: Signal, start_s: int, end_s: int
    ) -> Mapping[str, Reading]:
        """By server id; see `ServerUse`."""
        read = {
            id_: reading_of([value for _, value in told]) for id_, told in self._told(machines, signal, start_s, end_s)
        }
        return {id_: reading for id_, reading in read.items() if reading}

    def daily_means(
        self, machines: Sequence[Machine], signal: Signal, days: Sequence[int]
    ) -> Mapping[str, Mapping[int, float]]:
        """By server id and day; see `ServerUse`."""
        found: dict[str, dict[int, float]] = {}
        if not days:
            return found
        for id_, told in self._told(machines, signal, days[0], days[-1] + _DAY_S):
            by_day: dict[int, list[float]] = {}
            for at_s, value in told:
                by_day.setdefault(days[0] + (at_s - days[0]) // _DAY_S * _DAY_S, []).append(value)
            found[id_] = {day: sum(values) / len(values) for day, values in by_day.items()}
        return found

    def _told(
        self, machines: Sequence[Machine], signal: Signal, start_s: int, end_s: int
    ) -> Iterator[tuple[str, list[tuple[int, float]]]]:
        metric = _METRICS.get(signal)
        if metric is None:
            return
        known = {machine.id: machine for machine in machines}
        ids = sorted(known)
        for first in range(0, len(ids), _AT_ONCE):
            part = ids[first : first + _AT_ONCE]
            for id_, rows in self._measures(metric, part, start_s, end_s).items():
                yield id_, [(at_s, metric.ratio(value, known[id_])) for at_s, value in rows]

    def _measures(
        self, metric: _Metric, ids: Sequence[str], start_s: int, end_s: int
    ) -> dict[str, list[tuple[int, float]]]:
        asked = {
            "operations": f"(metric {metric.name} {metric.aggregation})",
            "search": {"in": {"id": list(ids)}},
            "resource_type": "instance",
        }
        path = f"/v1/aggregates?start={_text(start_s)}&stop={_text(end_s)}&granularity={STEP_S}"
        status, body = self._post(path, asked)
        if status == _NOT_FOUND:
            return {}  # none of these servers has the metric
        if status != _OK:
            raise SourceFailed(
                f"asking Gnocchi for {metric.name} {metric.aggregation} by {STEP_S} s: {status} {body[:200]!r}; "
                f"its archive policy must have that granularity and aggregation"
            )
        try:
            return {
                id_: [(_seconds(at), float(value)) for at, step, value in told[metric.name][metric.aggregation]]
                for id_, told in json.loads(body)["measures"].items()
                if metric.name in told
            }
        except (ValueError, KeyError, TypeError) as error:
            raise SourceFailed(
                f"asking Gnocchi for {metric.name}: the answer is not one of its API: {error}"
            ) from error


def _text(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _seconds(text: str) -> int:
    instant = datetime.fromisoformat(text)
    return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp())
