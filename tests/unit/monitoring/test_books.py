"""Deadlines as samples; the papers are those of the tests of clocks."""

from broker.registry.filed import Registry
from monitoring import catalogue
from monitoring.books import Books, samples
from monitoring.family import Sample
from tests.fixtures.clock_desk import CHANGE, Desk, founded, moment


def told(desk: Desk, when: str) -> list[Sample]:
    registry = Registry("0" * 40, tuple(desk.filed), tuple(desk.records))
    return list(samples(Books(registry, moment(when), (), (), {}, {})))


def counted(found: list[Sample], clock: str) -> dict[str, float]:
    return {values[3]: value for family, values, value in found if family is catalogue.CLOCKS and values[0] == clock}


def desk() -> Desk:
    """Two working days for a change, from Monday 2026-03-09 on."""
    found = founded("2026-01-04T09:00")
    found.onboarding("2026-01-05T09:00", "2026-01-06T09:00")
    found.form("2026-03-06T09:00", "more", CHANGE)
    found.assign("2026-03-09T09:00", "more")
    return found


def test_a_deadline_is_counted_where_it_stands_and_nowhere_else() -> None:
    running = counted(told(desk(), "2026-03-09T10:00"), "change")
    over = counted(told(desk(), "2026-03-12T00:00"), "change")
    assert {state for state, count in running.items() if count} <= {"running", "due_soon"}
    assert {state: count for state, count in over.items() if count} == {"overdue": 1}
    # a state that nothing is in is told too: a panel shows nought, not nothing
    assert running.keys() == over.keys()


def test_when_a_deadline_is_over_is_told_until_it_ended() -> None:
    papers = desk()
    due = {values: value for family, values, value in told(papers, "2026-03-09T10:00") if family is catalogue.CLOCK_DUE}
    assert due["change", "more", "provider-a"] == moment("2026-03-12T00:00").timestamp()
    papers.provision("2026-03-10T09:00", "booking.extranet.provider-a", "more")
    after = [values for family, values, _ in told(papers, "2026-03-11T00:00") if family is catalogue.CLOCK_DUE]
    assert ("change", "more", "provider-a") not in after


def test_every_deadline_has_its_title() -> None:
    titles = {
        values[0]: values[2] for family, values, _ in told(desk(), "2026-03-09T10:00") if family is catalogue.CLOCK_INFO
    }
    assert titles["change"] == "资源变更"
