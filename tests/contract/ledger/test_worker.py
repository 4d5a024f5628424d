"""The worker on a real queue: one job per stack, whatever is asked twice, fails, or was left by a dead worker."""

import asyncio
from datetime import UTC, datetime

import pytest
from procrastinate import App

from broker.ledger.connect import Connection
from broker.ledger.queue import Pulse, defer, newest_jobs, put_back, queue
from broker.plan.target import Applied
from broker.reconcile import decide
from broker.worker import ATTEMPTS, enqueue, serve
from tests.fixtures import demo_district as demo
from tests.fixtures.rounds_office import District

AS_OF = demo.at("2026-11-23T12:00")
# no pause of a busy machine may be taken for a death: who is dead here was last seen an hour ago
PULSE = Pulse(beat_s=1, dead_s=60, look_s=1)
HALL = "online-hall.internet.provider-a"


@pytest.fixture
def district(ledger: Connection) -> District:
    return District(ledger)


def app(dsn: str) -> App:
    return queue(dsn, PULSE)


async def work_off(district: District, dsn: str) -> list[str]:
    """What the worker said."""
    said: list[str] = []
    await asyncio.wait_for(serve(app(dsn), district.office(AS_OF), PULSE, said.append, once=True), 300)
    return said


async def test_every_changed_stack_is_brought_about_by_one_job(district: District, ledger_database: str) -> None:
    to_do = await decide(district.office(AS_OF))
    stacks = tuple(target.stack for target in to_do.plan.changed)
    assert len(stacks) > 5
    assert await enqueue(app(ledger_database), stacks) == stacks
    assert await enqueue(app(ledger_database), stacks) == ()
    assert set(newest_jobs(district.ledger)) == set(stacks)
    assert district.asked == []
    await work_off(district, ledger_database)
    assert sorted(district.asked) == sorted(stacks)
    assert newest_jobs(district.ledger) == {}
    assert not (await decide(district.office(AS_OF))).plan.changed


async def test_a_job_looks_what_the_registry_says_by_then(district: District, ledger_database: str) -> None:
    await enqueue(app(ledger_database), (HALL,))
    await work_off(district, ledger_database)
    assert district.asked == [HALL]
    await enqueue(app(ledger_database), (HALL,))
    await work_off(district, ledger_database)
    assert district.asked == [HALL]


async def test_a_job_whose_stack_nothing_explains_any_more_says_so_and_is_done(
    district: District, ledger_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    gone, orphan = "moved-away.extranet.provider-a", "forgotten.extranet.provider-a"
    district.applied[orphan] = Applied("sha256:1", "sha256:2", clean=True)
    await enqueue(app(ledger_database), (gone, orphan))
    said = await work_off(district, ledger_database)
    assert sorted(said) == [
        f"{orphan}: no document explains this stack any more; its job is done, and what there is of it is left alone",
        f"{gone}: no document names this stack any more, nor does the ledger; its job is done, with nothing to do",
    ]
    assert (district.asked, newest_jobs(district.ledger)) == ([], {})
    assert "NameUnknown" not in caplog.text


async def test_a_stack_that_fails_is_tried_again_later_and_holds_up_no_other(
    district: District, ledger_database: str
) -> None:
    changed = (await decide(district.office(AS_OF))).plan.changed
    other = next(target.stack for target in changed if target.stack != HALL)
    district.failing.add(HALL)
    await enqueue(app(ledger_database), (HALL, other))
    await work_off(district, ledger_database)
    assert sorted(district.asked) == sorted([HALL, other])
    (waiting,) = newest_jobs(district.ledger).values()
    assert (waiting.stack, waiting.status) == (HALL, "todo")
    assert waiting.scheduled_at is not None
    assert waiting.scheduled_at > datetime.now(UTC)  # noqa: TID251 - the queue's own time


async def test_after_the_last_attempt_the_next_reconcile_has_to_ask(district: District, ledger_database: str) -> None:
    district.failing.add(HALL)
    jobs = app(ledger_database)
    async with jobs.open_async():
        await defer(jobs, HALL, attempt=ATTEMPTS)
    await work_off(district, ledger_database)
    assert [(job.stack, job.status) for job in newest_jobs(district.ledger).values()] == [(HALL, "failed")]
    district.failing.clear()
    assert await enqueue(app(ledger_database), (HALL,)) == (HALL,)
    await work_off(district, ledger_database)
    assert district.asked == [HALL, HALL]


async def test_what_a_dead_worker_left_is_done_though_another_job_waits(
    district: District, ledger_database: str
) -> None:
    await enqueue(app(ledger_database), (HALL,))
    left(district.ledger)
    assert await enqueue(app(ledger_database), (HALL,)) == (HALL,)
    await work_off(district, ledger_database)
    assert district.asked == [HALL]
    assert newest_jobs(district.ledger) == {}


async def test_what_a_dead_worker_left_waits_again(district: District, ledger_database: str) -> None:
    jobs = app(ledger_database)
    await enqueue(jobs, (HALL,))
    left(district.ledger)
    async with jobs.open_async():
        assert await put_back(jobs, PULSE) == 1
    assert [(job.stack, job.status, job.attempts) for job in newest_jobs(district.ledger).values()] == [
        (HALL, "todo", 1)
    ]


def left(ledger: Connection) -> None:
    """All jobs are those of a worker that showed no life for an hour."""
    row = ledger.execute(
        "insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 hour') returning id"
    ).fetchone()
    assert row is not None
    ledger.execute("update procrastinate_jobs set status = 'doing', worker_id = %s", (row["id"],))
