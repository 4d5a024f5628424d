"""Use from a Prometheus: questions over a month for as many series at once as stay below ten million samples.

The percentiles are worked out there, where the samples are; what comes back is one figure per server. What is asked for
are recorded series with a sample for every five minutes, so that no rhythm of scrapes changes a percentile, and each
sample is read once: the same question over a subquery takes several times as long.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Final

import requests

from monitoring.utilisation.names import UseNames
from monitoring.utilisation.source import PROBE_STEP_S, STEP_S, Machine, Probed, Reading, Signal, SourceFailed

MOST_SAMPLES: Final = 10_000_000
"""No question may look at more, by the server's own count."""
_MARGIN: Final = 2
"""Shards are planned with half of that: a server that moved hosts has two series."""
_MOST_NAMES: Final = 500
"""Names in one question: longer alternatives are slow to match."""
_DAY_S: Final = 86_400
_TIMEOUT_S: Final = 120
_STATISTICS: Final = {
    "samples": "count_over_time({0})",
    "mean": "avg_over_time({0})",
    "p50": "quantile_over_time(0.5, {0})",
    "p95": "quantile_over_time(0.95, {0})",
    "p99": "quantile_over_time(0.99, {0})",
    "max": "max_over_time({0})",
}
Key = tuple[str, ...]


@dataclass(slots=True)
class Asked:
    """How much was asked so far."""

    queries: int = 0
    most_samples: int = 0
    """Of one query, as the server counts what it had to look at."""
    counting: threading.Lock = field(default_factory=threading.Lock)

    def note(self, samples: int) -> None:
        """Nothing; one more query is counted."""
        with self.counting:
            self.queries += 1
            self.most_samples = max(self.most_samples, samples)


class PrometheusUse:
    """`ServerUse` and `SystemUse` of one Prometheus. Threads may share it."""

    name = "prometheus"

    def __init__(self, url: str, names: UseNames, *, at_once: int = 2) -> None:
        self._url = url.rstrip("/")
        self._names = names
        self._at_once = at_once
        self.asked = Asked()

    def statistics(
        self, machines: Sequence[Machine], signal: Signal, start_s: int, end_s: int
    ) -> Mapping[str, Reading]:
        """By server id; see `ServerUse`."""
        series, label = getattr(self._names, signal), self._names.server_label
        ids = sorted(machine.id for machine in machines)
        return {key[0]: found for key, found in self._readings(series, (label,), ids, start_s, end_s).items()}

    def systems(
        self, keys: Sequence[tuple[str, str]], signal: Signal, start_s: int, end_s: int
    ) -> Mapping[tuple[str, str], Reading]:
        """By (system, cloud); see `SystemUse`. Only CPU and memory are recorded of systems."""
        series = {"cpu": self._names.system_cpu, "memory": self._names.system_memory}[signal]
        systems = sorted({system for system, _ in keys})
        found = self._readings(series, ("system_id", "cloud"), systems, start_s, end_s)
        return {(key[0], key[1]): reading for key, reading in found.items() if (key[0], key[1]) in set(keys)}

    def daily_means(
        self, machines: Sequence[Machine], signal: Signal, days: Sequence[int]
    ) -> Mapping[str, Mapping[int, float]]:
        """By server id and day; see `ServerUse`. The days follow one another."""
        series, label = getattr(self._names, signal), self._names.server_label
        if not days:
            return {}
        ids = sorted(machine.id for machine in machines)
        shards = _shards(ids, len(days) * _DAY_S // STEP_S)
        daily: dict[str, dict[int, float]] = {}
        for part in self._side_by_side(partial(self._days, series, label, days), shards):
            for id_, means in part.items():
                daily.setdefault(id_, {}).update(means)
        return daily

    def probes(self, systems: Sequence[str], start_s: int, end_s: int) -> Mapping[str, Probed]:
        """By system; see `SystemUse`. A system with several probes is up while any of them sees it."""
        found: dict[str, Probed] = {}
        for shard in _shards(sorted(systems), (end_s - start_s) // PROBE_STEP_S):
            one = f"max by (system_id) ({self._names.probe}{{system_id=~{_any_of(shard)}}})"
            over = f"({one})[{end_s - start_s}s:{PROBE_STEP_S}s]"
            seen = self._instant(f"count_over_time({over})", ("system_id",), end_s)
            up = self._instant(f"sum_over_time({over})", ("system_id",), end_s)
            for (system,), minutes in seen.items():
                down = self._down(system, start_s, end_s) if up[system,] < minutes else ()
                found[system] = Probed(int(minutes), down)
        return found

    def _down(self, system: str, start_s: int, end_s: int) -> tuple[int, ...]:
        query = f'max by (system_id) ({self._names.probe}{{system_id="{system}"}}) == 0'
        at: list[int] = []
        # a week of minutes is below the 11,000 points that an answer may have
        for first in range(start_s, end_s, 7 * _DAY_S):
            last = min(first + 7 * _DAY_S, end_s) - PROBE_STEP_S
            asked = {"query": query, "start": first, "end": last, "step": PROBE_STEP_S}
            at += [int(when) for one in self._ask("query_range", asked) for when, _ in one["values"]]
        return tuple(at)

    def _readings(self, series: str, labels: Key, names: Sequence[str], start_s: int, end_s: int) -> dict[Key, Reading]:
        shards = _shards(names, (end_s - start_s) // STEP_S)
        found: dict[Key, Reading] = {}
        for part in self._side_by_side(partial(self._of_shard, series, labels, start_s, end_s), shards):
            found |= part
        return found

    def _of_shard(self, series: str, labels: Key, start_s: int, end_s: int, names: Sequence[str]) -> dict[Key, Reading]:
        chosen = f"{series}{{{labels[0]}=~{_any_of(names)}}}"
        over = f"{chosen}[{end_s - start_s}s]"
        if self._moved(f"count_over_time({over})", labels, end_s):
            # a server whose other labels changed within the month has two series, of which one is told at a time
            over = f"(max by ({', '.join(labels)}) ({chosen}))[{end_s - start_s}s:{STEP_S}s]"
        told = {name: self._instant(form.format(over), labels, end_s) for name, form in _STATISTICS.items()}
        return {
            key: Reading(
                mean=told["mean"][key],
                p50=told["p50"][key],
                p95=told["p95"][key],
                p99=told["p99"][key],
                max=told["max"][key],
                samples=int(samples),
            )
            for key, samples in told["samples"].items()
        }

    def _moved(self, query: str, labels: Key, end_s: int) -> bool:
        """Whether anything has more than one series."""
        found = self._ask("query", {"query": f"count by ({', '.join(labels)}) ({query}) > 1", "time": end_s - 1})
        return bool(found)

    def _days(self, series: str, label: str, days: Sequence[int], names: Sequence[str]) -> dict[str, dict[int, float]]:
        over = f"{series}{{{label}=~{_any_of(names)}}}[{_DAY_S}s]"
        last = {"start": days[0] + _DAY_S - 1, "end": days[-1] + _DAY_S - 1, "step": _DAY_S}
        # of two series for a day, as a move leaves them, the busier one holds: it makes nobody idle
        found = self._ask("query_range", {"query": f"max by ({label}) (avg_over_time({over}))", **last})
        return {
            one["metric"][label]: {int(at) + 1 - _DAY_S: float(value) for at, value in one["values"]} for one in found
        }

    def _instant(self, query: str, labels: Key, end_s: int) -> dict[Key, float]:
        # a range has both its ends: asked a second before the end, it holds exactly the month's steps
        found = self._ask("query", {"query": query, "time": end_s - 1})
        return {tuple(one["metric"].get(label, "") for label in labels): float(one["value"][1]) for one in found}

    def _ask(self, path: str, asked: Mapping[str, Any]) -> list[Any]:
        what = f"asking {self._url} for {str(asked['query'])[:80]}…"
        try:
            answer = requests.post(f"{self._url}/api/v1/{path}", data={**asked, "stats": "all"}, timeout=_TIMEOUT_S)
            body = answer.json()
        except requests.JSONDecodeError as error:
            raise SourceFailed(f"{what}: it answers {answer.status_code} {answer.text[:80]!r}") from error
        except requests.RequestException as error:
            raise SourceFailed(f"{what}: {error}; see prometheus.url in utilisation.toml") from error
        if body.get("status") != "success":
            raise SourceFailed(f"{what}: {body.get('error', answer.status_code)}")
        samples = body["data"].get("stats", {}).get("samples", {}).get("totalQueryableSamples", 0)
        self.asked.note(int(samples))
        return list(body["data"]["result"])

    def _side_by_side(self, ask: Any, shards: Iterable[Sequence[str]]) -> Iterator[Any]:
        with ThreadPoolExecutor(self._at_once, thread_name_prefix="prometheus") as threads:
            yield from threads.map(ask, shards)


def _shards(names: Sequence[str], points: int) -> list[list[str]]:
    size = max(1, min(_MOST_NAMES, MOST_SAMPLES // _MARGIN // max(points, 1)))
    left = iter(names)
    return list(iter(lambda: list(islice(left, size)), []))


def _any_of(names: Sequence[str]) -> str:
    """A quoted regular expression; ids of clouds and of the registry have nothing in them that it would read."""
    return '"' + "|".join(names) + '"'
