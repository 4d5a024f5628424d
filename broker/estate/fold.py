"""The fold: admitted documents at an instant → the estate. Deterministic on any machine, in any order of files."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from broker.documents.envelope import Spec
from broker.documents.records import Admitted, Received, Record
from broker.estate.cases import Admission, Cases, cases_of
from broker.estate.event import in_order
from broker.estate.step import Event
from broker.estate.system import Estate, System
from broker.registry.filed import Filed


def admissions_of(records: Iterable[Record]) -> dict[str, Admission]:
    """What the records say of each document: when it was received and whether it was admitted.

    A document without a `received` record counts from its admission; the last admission of a document holds (a signed
    readmission comes as a second record).
    """
    received: dict[str, datetime] = {}
    admitted: dict[str, Admitted] = {}
    for record in records:
        match record:
            case Received():
                received.setdefault(record.document, record.at)
            case Admitted():
                admitted[record.document] = record
    return {
        document: Admission(received.get(document, record.as_of), record.admitted)
        for document, record in admitted.items()
    }


def fold(
    filed: Iterable[Filed[Spec]], admissions: Mapping[str, Admission], as_of: datetime, *, anticipate: bool = False
) -> Estate:
    """The estate at `as_of`: every document that was admitted has had its effect by then, or waits for its date.

    With `anticipate`, an approved change or grant counts from its decision, before it is assigned: what has been
    promised is not promised again.

    Raises:
        RegistryBroken: An admitted document no longer fits what came before it.
    """
    return folded(cases_of(tuple(sorted(filed, key=lambda f: f.sequence)), admissions), as_of, anticipate=anticipate)


def folded(cases: Cases, as_of: datetime, *, anticipate: bool = False) -> Estate:
    """The estate of cases that were sorted out before; see `fold`."""
    events = in_order(cases, anticipate=anticipate)
    due = [event for event in events if event.at <= as_of]
    systems = _run(due)
    later = [event.at for event in events if event.at > as_of]
    edges = [edge for s in systems for edge in _edges(s) if edge > as_of]
    return Estate(
        as_of=as_of,
        systems=tuple(sorted(systems, key=lambda system: system.id)),
        next_change_at=min([*later, *edges], default=None),
    )


def _edges(system: System) -> Iterator[datetime]:
    """Instants at which the system changes without a document: windows, accesses, test resources."""
    for grant in system.grants:
        yield from (grant.start, grant.end)
    if system.test_end is not None:
        yield system.test_end
    for deployment in system.deployments:
        yield from (access.end for access in deployment.api_access if access.end)


def _run(events: Iterable[Event]) -> list[System]:
    systems: dict[str, System | None] = {}
    for event in events:
        systems[event.system] = event.step(systems.get(event.system))
    return [system for system in systems.values() if system is not None]
