"""Deadlines as samples; the papers are those of the tests of clocks."""

from datetime import date, timedelta

from broker.backup.subject import Subject, subjects
from broker.documents.backups import BackupRun
from broker.drift.finding import Finding, Standing, What
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.registry.filed import Registry
from monitoring import catalogue
from monitoring.books import AppliedStack, Books, samples
from monitoring.family import Sample
from stacks.provider.tally import Tally
from tests.fixtures.clock_desk import CHANGE, Desk, founded, moment
from tests.unit.monitoring.metering.month import OCTOBER, REGISTRY


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


def run(subject: Subject, day: date, *, made: bool = True) -> BackupRun:
    at, key = OCTOBER.end, f"gcb-{subject.name}-{day}"
    stack, kind, name = subject.place.stack, subject.kind, subject.name
    return BackupRun(key=key, stack=stack, kind=kind, name=name, mode="full", day=day, at=at, made=made)


def test_a_backup_is_overdue_where_neither_today_nor_yesterday_has_one() -> None:
    estate = fold(REGISTRY.filed, admissions_of(REGISTRY.records), OCTOBER.end)
    known = [s for s in subjects(estate, platform_of(REGISTRY)) if s.place.stack == "urban-v2.extranet.provider-b"]
    today = date(2026, 11, 1)
    done, old, failed = known[:3]
    runs = (run(done, today - timedelta(1)), run(old, today - timedelta(2)), run(failed, today, made=False))
    registry = Registry(REGISTRY.head, REGISTRY.filed, (*REGISTRY.records, *runs))
    found = samples(Books(registry, OCTOBER.end, (), (), {}, {}))
    overdue = {values[0]: value for family, values, value in found if family is catalogue.BACKUPS_OVERDUE}
    assert overdue["urban-v2.extranet.provider-b"] == len(known) - 1
    assert len(overdue) > 1


def test_a_stack_that_differs_is_told_with_what_since_when_and_when_it_was_asked_or_that_it_never_was() -> None:
    power = Finding(What.CHANGED, "server-web-1", "s", "power", "running", "stopped")
    drifted = Standing("a", moment("2026-03-09T10:00"), moment("2026-03-09T08:00"), (power, power))
    as_approved = Standing("b", moment("2026-03-09T09:00"), None, ())
    registry = Registry("0" * 40, tuple(desk().filed), ())
    known = {one.stack: one for one in (drifted, as_approved)}
    applied = dict.fromkeys(("a", "b", "new"), AppliedStack("digest", clean=True, applied_at_s=1))
    found = list(samples(Books(registry, moment("2026-03-09T10:00"), (), (), applied, {}, known)))
    counted = {values: value for family, values, value in found if family is catalogue.STACK_DRIFT}
    assert {values: value for values, value in counted.items() if value} == {("a", "changed"): 2}
    assert len(counted) == 2 * len(What)
    asked = {values[0]: value for family, values, value in found if family is catalogue.STACK_DRIFT_ASKED}
    since = {values[0]: value for family, values, value in found if family is catalogue.STACK_DRIFT_SINCE}
    assert asked == {"new": 0} | {one.stack: one.asked_at.timestamp() for one in (drifted, as_approved)}
    assert since == {"a": moment("2026-03-09T08:00").timestamp()}


def test_calls_to_clouds_are_told_by_cloud_and_service() -> None:
    calls = {("a-internet", "network"): Tally(15, 2, 4, 7.75)}
    found = samples(Books(REGISTRY, OCTOBER.end, (), (), {}, {}, calls=calls))
    told_of = {family.name: value for family, values, value in found if values == ("a-internet", "network")}
    assert told_of == {
        "govcloud_cloud_calls_total": 15,
        "govcloud_cloud_calls_put_off_total": 2,
        "govcloud_cloud_calls_waited_seconds_total": 7.75,
    }
