from dataclasses import replace
from typing import get_args

from monitoring import catalogue
from monitoring.family import Family, written
from monitoring.metering.availability import ProbeSeen
from monitoring.metering.facts import AdviceKind, MonthFacts
from monitoring.metering.period import Span
from monitoring.metering.told import samples
from tests.unit.monitoring.metering.month import OCTOBER, facts, use
from tests.unit.monitoring.reports.october import october

HOUR_S = 3600
KINDS = get_args(AdviceKind)
GIB = 1 << 30


def of(family: Family, found: MonthFacts) -> dict[tuple[str, ...], float]:
    return {values: value for told, values, value in samples(found) if told is family}


def test_a_system_of_which_nothing_is_known_is_said_to_be_so_and_has_no_availability() -> None:
    known = of(catalogue.AVAILABILITY_KNOWN, facts())
    assert set(known.values()) == {0}
    assert of(catalogue.AVAILABILITY, facts()) == {}


def test_an_outage_that_the_probe_saw_is_in_the_availability() -> None:
    down = Span(OCTOBER.span.start_s, OCTOBER.span.start_s + HOUR_S)
    found = facts(use=use(probes={"online-hall": ProbeSeen(OCTOBER.span.seconds, (down,))}))
    actual = {key: ratio for key, ratio in of(catalogue.AVAILABILITY, found).items() if key[-1] == "actual"}
    assert {key[1] for key in actual} == {"online-hall"}
    assert set(actual.values()) == {round(1 - HOUR_S / OCTOBER.span.seconds, 6)}


def test_what_was_closed_is_told_with_its_month_and_reads_as_metrics() -> None:
    found = facts()
    assert of(catalogue.MONTH_COVERAGE, found) == {("2026-10",): found.coverage}
    assert of(catalogue.MONTH_END, found) == {("2026-10",): OCTOBER.span.end_s}
    assert sum(of(catalogue.SHOWBACK, found).values()) == sum(float(s.cost_yuan or 0) for s in found.systems)
    assert all(line.endswith(b"\n") for line in written(samples(found)).values())


def test_advice_is_counted_and_nought_where_there_is_none() -> None:
    found = facts()
    assert sum(of(catalogue.ADVICE, found).values()) == len(found.advice)
    assert {key[0] for key in of(catalogue.ADVICE, found)} == {system.unit for system in found.systems}


def test_what_advice_would_free_and_what_it_has_freed_is_told_in_the_units_of_metrics() -> None:
    found = october()
    would, has = of(catalogue.ADVICE_SAVING, found), of(catalogue.REALISED_SAVING, found)
    assert would["civil-affairs", "idle", "vcpus", "2026-10"] == 4
    assert would["civil-affairs", "idle", "memory_bytes", "2026-10"] == 16 * GIB
    assert would["health", "upsize", "vcpus", "2026-10"] == -8
    assert sum(value for key, value in would.items() if key[2] == "vcpus") == 4 - 8
    assert has == {
        ("vcpus", "2026-10"): 0,
        ("memory_bytes", "2026-10"): 0,
        ("block_bytes", "2026-10"): 0,
        ("object_bytes", "2026-10"): 0,
    }
    freed = replace(
        found,
        realised=(replace(found.realised[0], saving={"vcpu": 4, "memory_gib": 16, "block_gib": 3, "object_gib": 9}),),
    )
    assert of(catalogue.REALISED_SAVING, freed) == {
        ("vcpus", "2026-10"): 4,
        ("memory_bytes", "2026-10"): 16 * GIB,
        ("block_bytes", "2026-10"): 3 * GIB,
        ("object_bytes", "2026-10"): 9 * GIB,
    }


def test_what_advice_on_buckets_would_free_is_told_by_its_kind() -> None:
    found = october()
    would, counted = of(catalogue.ADVICE_SAVING, found), of(catalogue.ADVICE, found)
    by_kind = {kind: sum(v for k, v in would.items() if k[1:3] == (kind, "object_bytes")) for kind in KINDS}
    freed = {kind: sum(a.saving.get("object_gib", 0) for a in found.advice if a.kind == kind) for kind in KINDS}
    assert by_kind == {kind: gib * GIB for kind, gib in freed.items()}
    assert by_kind["shrink"] > 0 > by_kind["enlarge"]
    assert counted["gov-service", "shrink", "open", "2026-10"] == 1
    assert sum(v for k, v in counted.items() if k[1] == "enlarge") == 2
