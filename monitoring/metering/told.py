"""The month closed last as samples: figures of its frozen facts, nothing worked out anew. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import product
from typing import Final, get_args

from monitoring import catalogue
from monitoring.family import Sample
from monitoring.metering.facts import AdviceKind, AdviceState, MonthFacts, SystemFacts

_MINUTE_S: Final = 60
_GIB: Final = 1 << 30


def samples(facts: MonthFacts) -> Iterator[Sample]:
    """What a month's facts tell."""
    yield Sample(catalogue.MONTH_END, (facts.month,), int(datetime.fromisoformat(facts.end).timestamp()))
    if facts.coverage is not None:
        yield Sample(catalogue.MONTH_COVERAGE, (facts.month,), facts.coverage)
    for system in facts.systems:
        yield from _of_system(system, (system.unit, system.system, system.zone, system.provider, facts.month))
    advice = Counter((one.unit, one.kind, one.state) for one in facts.advice)
    units = sorted({system.unit for system in facts.systems})
    for unit, kind, state in product(units, get_args(AdviceKind), get_args(AdviceState)):
        yield Sample(catalogue.ADVICE, (unit, kind, state, facts.month), advice[unit, kind, state])
    for unit, kind in product(units, get_args(AdviceKind)):
        savings = [one.saving for one in facts.advice if (one.unit, one.kind) == (unit, kind)]
        for resource, freed in _summed(savings):
            yield Sample(catalogue.ADVICE_SAVING, (unit, kind, resource, facts.month), freed)
    for resource, freed in _summed([one.saving for one in facts.realised]):
        yield Sample(catalogue.REALISED_SAVING, (resource, facts.month), freed)


def _summed(savings: list[Mapping[str, int]]) -> Iterator[tuple[str, int]]:
    """What is freed of each resource, in the units of metrics; 0 where there is none."""
    yield "vcpus", sum(one.get("vcpu", 0) for one in savings)
    yield "memory_bytes", sum(one.get("memory_gib", 0) for one in savings) * _GIB
    yield "block_bytes", sum(one.get("block_gib", 0) for one in savings) * _GIB
    yield "object_bytes", sum(one.get("object_gib", 0) for one in savings) * _GIB


def _of_system(system: SystemFacts, of: tuple[str, ...]) -> Iterator[Sample]:
    there = system.availability
    yield Sample(catalogue.AVAILABILITY_KNOWN, of, int(there.sufficient))
    for kind, ratio in (("actual", there.actual_ratio), ("assessed", there.assessed_ratio)):
        if there.sufficient and ratio is not None:
            yield Sample(catalogue.AVAILABILITY, (*of, kind), ratio)
    for kind, minutes in (("recorded", there.outage_minutes), ("excluded", there.excluded_minutes)):
        yield Sample(catalogue.OUTAGE, (*of, kind), minutes * _MINUTE_S)
    if system.cost_yuan is not None:
        yield Sample(catalogue.SHOWBACK, of, float(system.cost_yuan))
