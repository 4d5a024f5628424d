"""The daemon on a real queue: who calls, what a date changes, two of it at once, faults around it, and its end."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from broker.apply import Result
from broker.daemon.tasks import Duty
from broker.errors import LedgerUnavailable, RegistryBroken
from broker.ledger.connect import Connection, connect
from broker.ledger.queue import newest_jobs
from broker.plan.target import Target
from broker.reconcile import Office, reconcile
from broker.registry.filed import Registry
from tests.fixtures import demo_district as demo
from tests.fixtures.daemon_house import PATIENCE_S, House
from tests.fixtures.rounds_office import District

BEFORE, AFTER = demo.at("2026-05-31T12:00"), demo.at("2026-11-23T12:00")
OPENS = demo.at("2026-06-01T00:00")
ENROLMENT = "enrolment.internet.provider-b"


@pytest.fixture
def district(ledger: Connection) -> District:
    return District(ledger)


async def all_done(district: District) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while newest_jobs(district.ledger):  # noqa: ASYNC110 - the queue tells its workers, not us
            await asyncio.sleep(0.05)


async def test_a_daemon_that_begins_brings_about_what_is_merged(district: District, ledger_database: str) -> None:
    house = House(district, ledger_database, AFTER)
    async with house.running():
        await house.hears("stacks asked for")
        await all_done(district)
    assert len(district.asked) == len(set(district.asked)) > 5
    assert set(district.applied) == set(district.asked)
    look = house.kept()["look"]
    assert look.ok
    assert f"{len(district.asked)} stacks asked for" in look.told


async def test_calls_that_come_at_once_cost_one_look_and_no_job_twice(district: District, ledger_database: str) -> None:
    house, other = House(district, ledger_database, AFTER), House(district, ledger_database, AFTER)
    async with house.running() as one, other.running() as two:
        await all_done(district)
        await asyncio.gather(*(daemon.ring() for daemon in (one, two) for _ in range(20)))
        await all_done(district)
    assert sorted(district.asked) == sorted(set(district.asked))
    looks = [line for line in (*house.said, *other.said) if "next change by date" in line]
    assert len(looks) < 12


async def test_what_a_date_changes_is_done_at_that_moment_by_one_of_two(
    district: District, ledger_database: str
) -> None:
    await reconcile(district.office(BEFORE))
    begins = OPENS - timedelta(seconds=4)
    district.asked.clear()
    house, other = House(district, ledger_database, begins), House(district, ledger_database, begins)
    async with house.running(), other.running():
        async with asyncio.timeout(PATIENCE_S):
            while ENROLMENT not in district.asked:  # noqa: ASYNC110 - nobody is told but the stack's cloud
                await asyncio.sleep(0.05)
        assert house.now() >= OPENS  # no timer looks in this house: the date itself calls
        await all_done(district)
    assert district.asked == [ENROLMENT]
    at_the_moment = [line for line in (*house.said, *other.said) if ENROLMENT in line and "asked for" in line]
    assert len(at_the_moment) == 1
    next_at = house.kept()["look"].next_at
    assert next_at is not None
    assert next_at > OPENS


async def test_while_the_git_host_is_away_what_was_admitted_is_done_and_nothing_new_is_admitted(
    district: District, ledger_database: str
) -> None:
    await reconcile(replace(district.office(BEFORE), apply=_refuses))
    admitted = len(district.records)
    away = ["no route to host"]
    house = House(district, ledger_database, AFTER, office=lambda office: replace(office, away=lambda: away[0]))
    async with house.running():
        await house.hears("git host away: no route to host")
        await all_done(district)
        assert district.applied
        kept = house.kept()
        assert (kept["look"].ok, kept["git host"].ok, kept["git host"].told) == (True, False, "no route to host")
        assert {type(record).__name__ for record in district.records[admitted:]} == {"Provisioned"}
        away[0] = ""
        await house.hears(" admitted")
        await all_done(district)
    assert house.kept()["git host"].told == "answers"


async def _refuses(target: Target) -> Result:
    return Result(target, None, "somebody")


async def test_a_registry_that_cannot_be_trusted_is_an_alarm_until_it_is_mended(
    district: District, ledger_database: str
) -> None:
    broken = [True]

    def office(office: Office) -> Office:
        def read(as_of: datetime) -> Registry:
            if broken[0]:
                raise RegistryBroken("the branch was rewritten")
            return office.read(as_of)

        return replace(office, read=read)

    house = House(district, ledger_database, AFTER, office=office)
    async with house.running() as daemon:
        await house.hears("look failed: the branch was rewritten")
        well, told = await daemon.health()
        assert not well
        assert told["duties"]["look"]["told"] == "the branch was rewritten"
        broken[0] = False
        await daemon.ring()
        await house.hears("next change by date")
        assert (await daemon.health())[0]


async def test_told_to_stop_it_ends_what_runs_and_begins_nothing(district: District, ledger_database: str) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    def office(office: Office) -> Office:
        async def apply(target: Target) -> Result:
            begun.set()
            await go_on.wait()
            return await office.apply(target)

        return replace(office, apply=apply, parallel_stacks=1)

    house = House(district, ledger_database, AFTER, office=office)
    daemon = house.daemon()
    running = asyncio.create_task(daemon.run())
    await begun.wait()
    daemon.stop()
    go_on.set()
    await asyncio.wait_for(running, PATIENCE_S)
    assert len(district.asked) == 1
    assert len(newest_jobs(district.ledger)) > 5


async def test_a_database_that_cuts_every_connection_is_asked_again(district: District, ledger_database: str) -> None:
    house = House(district, ledger_database, AFTER)
    async with house.running() as daemon:
        await house.hears("next change by date")
        await all_done(district)
        with connect(ledger_database) as conn:
            conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> all (%s)",
                ([conn.info.backend_pid, district.ledger.info.backend_pid],),
            )
        seen = len([line for line in house.said if "next change by date" in line])
        async with asyncio.timeout(PATIENCE_S):
            # it may have noticed and be beginning again: whoever calls is told so, and calls again
            while not await daemon.ring():  # noqa: ASYNC110 - a caller has nothing but its own clock
                await asyncio.sleep(0.05)
        await house.hears("next change by date", seen + 1)


async def test_what_cannot_be_opened_is_told_and_tried_again(district: District, ledger_database: str) -> None:
    house = House(district, ledger_database, AFTER, faults=[LedgerUnavailable("the database does not answer")] * 2)
    daemon = house.daemon()
    assert await daemon.health() == (False, {"ok": False, "told": "it has not begun yet"})
    assert not await daemon.ring()
    running = asyncio.create_task(daemon.run())
    await house.hears("the database does not answer; begins again in", 2)
    await house.hears("next change by date")
    assert (await daemon.health())[0]
    daemon.stop()
    await asyncio.wait_for(running, PATIENCE_S)
    assert not await daemon.ring()


async def test_a_second_word_interrupts_the_stacks_that_run(district: District, ledger_database: str) -> None:
    begun = asyncio.Event()

    def office(office: Office) -> Office:
        async def apply(target: Target) -> Result:
            begun.set()
            await office.stopping.wait()
            return Result(target, None, "interrupted")

        return replace(office, apply=apply)

    daemon = House(district, ledger_database, AFTER, office=office).daemon()
    running = asyncio.create_task(daemon.run())
    await begun.wait()
    daemon.stop()
    daemon.hurry()
    await asyncio.wait_for(running, PATIENCE_S)


async def test_a_duty_that_takes_long_hears_the_first_word(district: District, ledger_database: str) -> None:
    begun = asyncio.Event()

    async def chore() -> str:
        begun.set()
        await house.stopping.wait()
        return "left off"

    house = House(district, ledger_database, AFTER, (Duty("backups", "* * * * * */1", chore),))
    daemon = house.daemon()
    running = asyncio.create_task(daemon.run())
    await asyncio.wait_for(begun.wait(), PATIENCE_S)
    daemon.stop()
    await asyncio.wait_for(running, PATIENCE_S)
    assert "backups: left off" in house.said


async def test_a_duty_is_done_once_per_moment_by_two_daemons_and_its_failure_ends_nothing(
    district: District, ledger_database: str
) -> None:
    done: list[int] = []

    async def chore() -> str:
        done.append(len(done))
        if len(done) == 1:
            raise RegistryBroken("not this time")
        return f"turn {len(done)}"

    # Procrastinate forgets a moment once a later one is asked for: they must lie further apart than two daemons do
    duty = Duty("chore", "* * * * * */10", chore)
    house, other = (House(district, ledger_database, AFTER, duties=(duty,)) for _ in range(2))
    async with house.running(), other.running():
        async with asyncio.timeout(PATIENCE_S):
            while len(done) < 2:  # noqa: ASYNC110 - the clock is waited for
                await asyncio.sleep(0.05)
    jobs = district.ledger.execute(
        "select count(*) as n, count(distinct args ->> 'timestamp') as moments"
        " from procrastinate_jobs where task_name = 'duty:chore'"
    ).fetchone()
    assert jobs is not None
    assert jobs["n"] == jobs["moments"] >= len(done)
    assert any("chore failed: not this time" in line for line in (*house.said, *other.said))
    assert house.kept()["chore"].ok
