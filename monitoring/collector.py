"""One source of samples with its rhythm, and what is kept of its last good refresh."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from monitoring.family import Family, Sample, written


@dataclass(frozen=True, slots=True)
class Collector:
    """What is read together and fails together. `gather` blocks; it runs in a thread of its own."""

    endpoint: str
    """What is asked: a Keystone endpoint, a gateway, or the broker's own books (empty)."""
    name: str
    gather: Callable[[], Iterable[Sample]]
    every_s: float
    max_age_s: float
    """Older data are dropped, so that `absent()` can tell."""
    ahead_s: float = 0.0
    """So much sooner than its rhythm it is read the second time: what was begun at once goes on spread."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What is known of a collector. `at_s` None: it never worked. Instants are seconds since 1970."""

    lines: Mapping[Family, bytes]
    at_s: float | None = None
    duration_s: float = 0.0
    items: int = 0
    errors: int = 0
    error: str = ""

    def fresh(self, now_s: float, max_age_s: float) -> bool:
        """Whether its data may still be served."""
        return self.at_s is not None and now_s - self.at_s <= max_age_s


NEVER = Condition({})


def refreshed(collector: Collector, before: Condition, now_s: Callable[[], float]) -> Condition:
    """The outcome of one refresh; whatever goes wrong leaves the last good data and says so."""
    start = now_s()
    try:
        lines = written(collector.gather())
    except Exception as error:  # noqa: BLE001 - a cloud's client raises anything; one collector must not end the others
        told = f"{type(error).__name__}: {error}"
        return replace(before, duration_s=now_s() - start, errors=before.errors + 1, error=told)
    end = now_s()
    items = sum(text.count(b"\n") for text in lines.values())
    return Condition(lines, at_s=end, duration_s=end - start, items=items, errors=before.errors)
