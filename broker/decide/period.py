"""The key protection periods (重保) in which something would be done (C-25)."""

from collections.abc import Iterable, Iterator
from datetime import date

from broker.decide.case import Case
from broker.documents.operation import KeyPeriodSpec
from policies.papers import KeyPeriodFact


def key_periods(first: date, last: date, systems: Iterable[str], field: str, case: Case) -> Iterator[KeyPeriodFact]:
    """Every period that shares a day and a zone with what is to be done from the first day to the last.

    A system that nothing is known of may be in any zone.
    """
    known = [case.standing.systems.get(system) for system in systems]
    zones = {d.zone for system in known if system is not None for d in system.deployments}
    everywhere = not known or None in known
    for period in case.standing.evidence.of(KeyPeriodSpec):
        spec = period.spec
        if spec.first_day <= last and first <= spec.last_day and (everywhere or zones & set(spec.zones)):
            yield KeyPeriodFact(field, spec.name_zh, spec.first_day, spec.last_day)
