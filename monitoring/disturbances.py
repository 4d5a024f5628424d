"""What disturbs the service, as documents tell it: incidents by level, and planned work under way."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final, get_args

from broker.documents.operation import IncidentSpec
from broker.registry.filed import Registry
from monitoring import catalogue
from monitoring.family import Sample
from monitoring.metering.availability import allowances
from monitoring.metering.period import Span

_PLANNED: Final = frozenset({"maintenance", "interruption"})
_LEVELS: Final = get_args(IncidentSpec.model_fields["level"].annotation)
_ALWAYS: Final = Span(0, 1 << 40)


def samples(registry: Registry, as_of: datetime) -> Iterator[Sample]:
    """Incidents, and each system for which work was ever planned."""
    yield from _incidents(registry)
    yield from _maintenance(registry, int(as_of.timestamp()))


def _incidents(registry: Registry) -> Iterator[Sample]:
    specs = [filed.spec for filed in registry.in_force(IncidentSpec)]
    counted = Counter((spec.level, "open" if spec.ended_at is None else "ended") for spec in specs)
    for level in _LEVELS:
        for state in ("open", "ended"):
            yield Sample(catalogue.INCIDENTS, (level, state), counted[level, state])


def _maintenance(registry: Registry, now_s: int) -> Iterator[Sample]:
    under_way: dict[str, bool] = {}
    for system, one in allowances(registry, _ALWAYS):
        if one.reason in _PLANNED:
            under_way[system] = under_way.get(system, False) or one.span.start_s <= now_s < one.span.end_s
    for system, now in sorted(under_way.items()):
        yield Sample(catalogue.MAINTENANCE, (system,), int(now))
