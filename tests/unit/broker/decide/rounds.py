"""Rounds of admission over the demo district: what was admitted before has its records, the rest is judged."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from broker.admit import Admissions, RuleSet, admit
from broker.decide.case import Case
from broker.documents.envelope import Nature, Spec
from broker.documents.records import Admitted, Received, Record
from broker.estate.platform import platform_of
from broker.registry.filed import Filed, Registry
from policies.catalogue import RULES
from tests.fixtures import demo_district as demo

ALL_RULES = RuleSet(RULES, "sha256:" + "1" * 64)


def recorded(of: Registry, as_of: datetime) -> Registry:
    """The registry with the records of every document that was received by `as_of`, as the broker wrote them."""
    outcomes = demo.admissions(of, as_of)
    known = [f for f in of.filed if f.digest in outcomes and f.spec.nature is not Nature.FOUNDATION]
    records: list[Record] = []
    for f in known:
        outcome = outcomes[f.digest]
        records.append(Received(document=f.digest, at=outcome.received_at))
        records.append(_admitted(f, outcome.received_at, admitted=outcome.admitted))
    return replace(of, records=tuple(records))


def _admitted(filed: Filed[Spec], as_of: datetime, *, admitted: bool) -> Admitted:
    return Admitted(
        document=filed.digest,
        id=filed.id,
        commit=filed.commit,
        sequence=filed.sequence,
        as_of=as_of,
        rule_set=ALL_RULES.digest,
        admitted=admitted,
    )


def round_of(registry: Registry, as_of: datetime) -> Admissions:
    """One round with all rules."""
    return admit(registry, platform_of(registry), ALL_RULES, as_of, simulated=True)


def after(registry: Registry, round_: Admissions) -> Registry:
    """The registry with the records of a round beside those that it has."""
    more = [r for o in round_.outcomes for r in (o.received, o.admitted) if r is not None]
    return replace(registry, records=(*registry.records, *more))


def filed_at(as_of: datetime, extra: Iterable[Mapping[str, Any]] = (), *, until: date | None = None) -> Registry:
    """The demo district as recorded by `as_of`, and further documents without records, filed last."""
    last = until or as_of.date()
    known = recorded(demo.registry(until=last), as_of)
    whole = demo.registry([dict(raw) for raw in extra], until=last)
    return replace(whole, records=known.records)


def judged(as_of: datetime, *extra: Mapping[str, Any]) -> Admissions:
    """The round in which the further documents are judged, after all that the demo district had filed by then."""
    return round_of(filed_at(as_of, extra), as_of)


def case_at(as_of: datetime) -> Case:
    """What is around a document that would be judged after all that the demo district had filed by then."""
    registry = filed_at(as_of)
    return Case(registry, platform_of(registry), round_of(registry, as_of).standing, as_of)
