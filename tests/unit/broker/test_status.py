import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from broker.booking import Booking, Taken
from broker.cli.looking import status_lines
from broker.documents.records import Record
from broker.drift.finding import Finding, Standing, What
from broker.estate.manual import ManualItem
from broker.estate.system import Lifecycle
from broker.ledger.duties import Ended
from broker.ledger.events import Happened
from broker.ledger.queue import StackJob
from broker.ledger.stacks import Summary
from broker.plan.target import Applied
from broker.problem import Place, Problem
from broker.reconcile import Draft, Office, draft
from broker.status import Known, Stage, Status, status
from tests.fixtures import demo_district as demo
from tests.fixtures.orders import suspension
from tests.unit.broker.decide.rounds import ALL_RULES, recorded

AS_OF = demo.at("2026-11-23T12:00")
HALL, CARE = "online-hall.internet.provider-a", "elderly-care.extranet.provider-a"
NOTHING = Known({}, {}, {})


async def nothing_taken(_asked: Booking) -> Taken:
    return Taken()


async def nothing_written(_records: tuple[Record, ...]) -> None:
    return


def office(*problems: Problem, applied: Mapping[str, Applied] | None = None) -> Office:
    async def known() -> Mapping[str, Applied]:
        return applied or {}

    async def never(*_: object) -> object:
        raise AssertionError("a status applies nothing")

    return Office(
        read=lambda as_of: replace(recorded(demo.registry(), as_of), problems=problems),
        text=lambda _commit, _path: "spec: {system: online-hall}",
        take=nothing_taken,
        newest=never,  # type: ignore[arg-type]  # a status holds no round
        append=nothing_written,
        note=never,  # type: ignore[arg-type]  # never called
        applied=known,
        apply=never,  # type: ignore[arg-type]  # as above
        attend=never,  # type: ignore[arg-type]  # as above
        preview=never,  # type: ignore[arg-type]  # as above
        deliver=never,  # type: ignore[arg-type]  # as above
        rules=ALL_RULES,
        program_digest="program",
        clock=lambda: AS_OF,
        reached=lambda _step: None,
        stopping=asyncio.Event(),
        simulated=True,
        parallel_stacks=1,
    )


def drafted(*problems: Problem, applied: Mapping[str, Applied] | None = None) -> Draft:
    return asyncio.run(draft(office(*problems, applied=applied)))


def stage(found: Status, stack: str) -> Stage:
    return next(one.stage for one in found.stacks if one.stack == stack)


def test_what_the_clouds_had_beside_the_last_approval_stands_with_the_stack() -> None:
    saved = Summary(HALL, "d", clean=True, applied_at=AS_OF, epoch=3, holder="")
    power = Finding(What.CHANGED, "server-web-1", "s", "power", "running", "stopped")
    standing = Standing(HALL, AS_OF, AS_OF, (power, Finding(What.UNKNOWN, "network", found="no answer")))
    found = status(drafted(), Known({HALL: saved}, {}, {}, drifts={HALL: standing}), AS_OF)
    (hall,) = (one for one in found.stacks if one.stack == HALL)
    assert (hall.differs, hall.asked_at) == ((str(power),), AS_OF)
    assert f"    differs: {power}" in status_lines(found)


def test_a_stack_waits_until_the_ledger_says_that_it_was_applied() -> None:
    pending = drafted()
    assert stage(status(pending, NOTHING, AS_OF), HALL) is Stage.PENDING
    digest = next(target.digest for target in pending.plan.changed if target.stack == HALL)
    done = drafted(applied={HALL: Applied(digest, "program", clean=True)})
    saved = Summary(HALL, digest, clean=True, applied_at=AS_OF - timedelta(hours=2), epoch=3, holder="")
    found = status(done, Known({HALL: saved}, {}, {}), AS_OF)
    (hall,) = (one for one in found.stacks if one.stack == HALL)
    assert (hall.stage, hall.age_s, hall.digest) == (Stage.APPLIED, 7200, digest)


def test_a_stack_that_is_as_it_must_be_and_unknown_to_the_ledger_is_gone() -> None:
    digest = next(target.digest for target in drafted().plan.changed if target.stack == HALL)
    done = drafted(applied={HALL: Applied(digest, "program", clean=True)})
    assert stage(status(done, NOTHING, AS_OF), HALL) is Stage.REMOVED


def test_a_stack_that_failed_says_why() -> None:
    left = Summary(HALL, "", clean=True, applied_at=AS_OF, epoch=4, holder="")
    error = Happened(HALL, 4, AS_OF, "error", {"resource": "server-web-1", "message": "no room"})
    found = status(drafted(), Known({HALL: left}, {HALL: error}, {}), AS_OF)
    (hall,) = (one for one in found.stacks if one.stack == HALL)
    assert (hall.stage, hall.reason) == (Stage.FAILED, "server-web-1: no room")


def test_a_stack_that_somebody_works_on_says_who() -> None:
    begun = Summary(HALL, "", clean=False, applied_at=None, epoch=4, holder="host:1#1")
    job = StackJob(HALL, "doing", 0, None)
    found = status(drafted(), Known({HALL: begun}, {}, {HALL: job}), AS_OF)
    (hall,) = (one for one in found.stacks if one.stack == HALL)
    assert (hall.stage, hall.reason, hall.job) == (Stage.RUNNING, "host:1#1", "doing")


def test_a_refused_document_shows_as_the_reason_of_what_it_holds_up() -> None:
    problem = Problem(Place("cases/2026/900.yaml", 3, 1), "UNKNOWN_FIELD", "there is no such field", "take it out")
    found = status(drafted(problem), NOTHING, AS_OF)
    assert stage(found, HALL) is Stage.HELD
    assert stage(found, CARE) is not Stage.HELD
    assert any("UNKNOWN_FIELD" in line for line in status_lines(found))


def test_a_stack_that_no_document_explains_is_shown() -> None:
    stray = "stray.internet.provider-a"
    found = status(
        drafted(applied={stray: Applied("d", "program", clean=True)}),
        Known({stray: Summary(stray, "d", clean=True, applied_at=AS_OF, epoch=1, holder="")}, {}, {}),
        AS_OF,
    )
    assert stage(found, stray) is Stage.ORPHAN


def test_papers_without_effect_are_named_with_their_age_and_reason() -> None:
    found = status(drafted(), NOTHING, AS_OF)
    assert {paper.id for paper in found.not_admitted} == demo.REFUSED
    assert all(paper.age_s > 0 for paper in found.not_applied)
    assert "online-hall-request" in {paper.id for paper in found.not_applied}
    lines = list(status_lines(found))
    assert "merged, not admitted: 2" in lines
    assert any(line.startswith("merged, not applied: ") for line in lines)


@pytest.mark.parametrize(("stage", "said"), [(Stage.PENDING, True), (Stage.REMOVED, False)])
def test_of_a_stack_that_is_gone_nobody_says_that_it_never_was(stage: Stage, *, said: bool) -> None:
    found = status(drafted(), NOTHING, AS_OF)
    (first, *_) = found.stacks
    lines = status_lines(replace(found, stacks=(replace(first, stage=stage, age_s=None),)))
    assert any("never" in line for line in lines) is said


def test_a_status_says_what_people_still_have_to_make() -> None:
    item = ManualItem(HALL, "load_balancer", 2, 1)
    found = status(replace(drafted(), by_hand=(item,)), NOTHING, AS_OF)
    lines = list(status_lines(found))
    assert lines[-2:] == [
        "to be made by hand: 1",
        f"  {HALL}  load_balancer: 1 of 2 made; file ManualWork when it is there",
    ]


def test_a_status_says_which_compulsory_measures_people_still_have_to_carry_out() -> None:
    papers = [
        (
            "RectificationNotice",
            "n",
            {"addressee": "urban-mgmt", "system": "urban-v2", "limit": "2026-11-20", "demand": "x"},
        ),
        (
            "CompulsoryMeasureOrder",
            "m",
            {"rectification": "n", "measure": "约谈", "effective_at": "2026-11-23T10:00:00+08:00", "reason": "逾期"},
        ),
    ]
    head = {"filed_on": "2026-11-23", "filed_by": "office-clerk"}
    raws = [{"apiVersion": "govcloud/v1", "kind": k, "metadata": {"id": i, **head}, "spec": s} for k, i, s in papers]
    whole = replace(
        office(), read=lambda as_of: replace(demo.registry(raws), records=recorded(demo.registry(), as_of).records)
    )
    lines = list(status_lines(status(asyncio.run(draft(whole)), NOTHING, AS_OF)))
    assert lines[-2:] == [
        "compulsory measures to be carried out by people: 1",
        "  m  2 h  no system: 约谈; file Completion when it is done",
    ]


def test_an_order_that_changes_nothing_is_told_until_its_system_is_gone() -> None:
    papers = [suspension("s", "2026-11-20T10:00:00+08:00"), suspension("late", "2026-11-21T10:00:00+08:00")]
    whole = replace(office(), read=lambda as_of: recorded(demo.registry(papers), as_of))
    drafted_ = asyncio.run(draft(whole))
    lines = list(status_lines(status(drafted_, NOTHING, AS_OF)))
    told = "it changes nothing: when it takes effect online-hall is suspended by s already"
    cure = "once s has ended supersede it by one that takes effect then, or withdraw it"
    assert lines[-2:] == ["orders that change nothing: 1", f"  late  2026-11-21 10:00  {told}; {cure}"]
    hall = drafted_.estate.system("online-hall")
    assert hall is not None
    gone = replace(drafted_.estate, systems=(replace(hall, lifecycle=Lifecycle.RETIRED),))
    assert status(replace(drafted_, estate=gone), NOTHING, AS_OF).moot == ()


def test_a_paper_that_is_not_applied_says_why_and_when_it_is_tried_again() -> None:
    left = Summary(HALL, "", clean=True, applied_at=AS_OF, epoch=4, holder="")
    error = Happened(HALL, 4, AS_OF, "error", {"resource": "server-web-1", "message": "no room"})
    again = StackJob(HALL, "todo", 2, AS_OF + timedelta(seconds=80))
    found = status(drafted(), Known({HALL: left}, {HALL: error}, {HALL: again}), AS_OF)
    (paper,) = (paper for paper in found.not_applied if paper.id == "online-hall-request")
    assert (
        f"{HALL} is not brought to it: failed, server-web-1: no room; a job waits to try it at 2026-11-23 12:01:20"
        in (paper.reasons)
    )
    ended = status(drafted(), Known({HALL: left}, {}, {HALL: StackJob(HALL, "failed", 5, None)}), AS_OF)
    (paper,) = (paper for paper in ended.not_applied if paper.id == "online-hall-request")
    assert any("the next reconcile asks again" in reason for reason in paper.reasons)


def test_a_status_says_how_the_daemon_stands() -> None:
    hour = timedelta(hours=1)
    duties = (
        Ended("backups", AS_OF - hour, ok=False, told="no room", since=AS_OF - 3 * hour, next_at=None),
        Ended("look", AS_OF - hour / 60, ok=True, told="nothing to do", since=AS_OF - 9 * hour, next_at=None),
    )
    lines = list(status_lines(status(drafted(), replace(NOTHING, duties=duties), AS_OF)))
    assert lines[-3:] == [
        "daemon:",
        "  BAD for 3 h  backups, 1 h ago: no room",
        "  ok   look, 1 min ago: nothing to do",
    ]
