"""Stacks are asked about one after the other, and an answer that a run overtook is thrown away."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from broker.drift.book import Known
from broker.drift.compared import WHOLE_AFTER, Compared
from broker.drift.finding import Finding, Sequel, What, sequel, silence
from broker.drift.run import Answer, Ask, Desk, look
from broker.errors import CloudError

AT = datetime(2026, 6, 8, 15, tzinfo=UTC)
FOUND = (Finding(What.GONE, "server-web-1", "s-1"),)


class Clouds:
    """One cloud that tells how many asked it at once."""

    def __init__(self, *, overtaken: bool = False, failing: Mapping[str, Exception] = MappingProxyType({})) -> None:
        self.overtaken, self.failing = overtaken, failing
        self.rounds = 0
        self.asked: list[str] = []
        self.since: list[datetime | None] = []
        self.answers: dict[str, Answer] = {}
        self.kept: dict[str, Compared | None] = {}
        self.now = AT
        self.inside = 0

    async def load(self, stack: str) -> Known | str:
        return "somebody works on it" if stack == "busy" else Known(stack, b"state", 1, 7, "spec", self.kept.get(stack))

    async def ask(self, known: Known, since: datetime | None) -> Answer:
        self.inside += 1
        assert self.inside == 1
        self.asked.append(known.stack)
        self.since.append(since)
        self.inside -= 1
        if known.stack in self.failing:
            raise self.failing[known.stack]
        return self.answers.get(known.stack, Answer(FOUND, 7))

    async def asker(self) -> Ask:
        self.rounds += 1
        return self.ask

    async def keep(
        self, known: Known, found: tuple[Finding, ...], compared: Compared | None, at: datetime
    ) -> Sequel | None:
        self.kept[known.stack] = compared
        return None if self.overtaken else sequel(None, known.stack, found, at)

    def desk(self) -> Desk:
        return Desk(self.load, self.asker, self.keep, lambda: self.now)


async def test_each_stack_is_asked_about_and_who_is_worked_on_is_passed_over() -> None:
    clouds = Clouds()
    a, busy, b = await look(clouds.desk(), ("a", "busy", "b"))
    assert clouds.asked == ["a", "b"]
    assert (busy.standing, busy.passed_over) == (None, "somebody works on it")
    assert all(one.standing and one.standing.differences == FOUND and one.calls == 7 for one in (a, b))


async def test_an_answer_that_a_run_overtook_is_about_nothing() -> None:
    (found,) = await look(Clouds(overtaken=True).desk(), ("a",))
    assert (found.standing, found.passed_over, found.calls) == (None, "a run or another asking came between", 7)


async def test_a_stack_about_which_asking_fails_is_kept_as_unknown_and_the_next_has_its_turn() -> None:
    failing = {"a": CloudError("the cloud is away at https://me:hunter2@host"), "b": KeyError("flavor")}
    away, broken, fine = await look(Clouds(failing=failing).desk(), ("a", "b", "c"))
    assert away.standing
    assert (away.standing.findings, away.fault) == ((silence("the cloud is away at https://me:hunter2@host"),), "")
    assert "hunter2" not in str(away.standing)
    assert broken.standing
    assert (broken.standing.findings, broken.fault) == ((silence("KeyError: 'flavor'"),), "KeyError: 'flavor'")
    assert str(broken.standing.unknown[0]) == "the whole stack: unknown, KeyError: 'flavor'"
    assert fine.standing
    (leaky,) = await look(Clouds(failing={"a": ValueError("no port in https://me:hunter2@host")}).desk(), ("a",))
    assert leaky.fault.startswith("ValueError: no port in ")
    assert "hunter2" not in leaky.fault
    assert (fine.standing.findings, fine.fault) == (FOUND, "")


async def test_the_documents_are_read_once_for_all_stacks_of_a_round_and_not_at_all_for_none() -> None:
    clouds = Clouds()
    await look(clouds.desk(), ("a", "b", "c"))
    assert clouds.rounds == 1
    await look(clouds.desk(), ())
    assert clouds.rounds == 1


IN_ORDER = Answer((), 19, servers_at=AT)


async def looked(clouds: Clouds, answer: Answer, hours: float = 0, *, whole: bool = False) -> datetime | None:
    """From when on the cloud was asked for changes this time."""
    clouds.answers["a"], clouds.now = answer, AT + timedelta(hours=hours)
    await look(clouds.desk(), ("a",), whole=whole)
    return clouds.since[-1]


async def test_where_all_was_in_order_the_next_asking_is_for_what_changed_since_a_minute_before() -> None:
    clouds = Clouds()
    assert await looked(clouds, IN_ORDER) is None
    later = replace(IN_ORDER, servers_at=AT + timedelta(hours=6))
    assert await looked(clouds, later, 6) == AT - timedelta(minutes=1)
    assert await looked(clouds, later, 12) == AT + timedelta(hours=6) - timedelta(minutes=1)


async def test_once_a_day_and_where_a_person_asks_for_it_every_server_is_compared_whole() -> None:
    clouds, day = Clouds(), WHOLE_AFTER / timedelta(hours=1)
    assert await looked(clouds, IN_ORDER) is None
    assert await looked(clouds, IN_ORDER, day - 0.1)
    assert await looked(clouds, IN_ORDER, day) is None, "what left something out is none to count from"
    assert await looked(clouds, IN_ORDER, day + 1)
    assert await looked(clouds, IN_ORDER, day + 2, whole=True) is None
    assert await looked(clouds, IN_ORDER, 2 * day + 1), "a whole one begins the day anew"
    assert await looked(clouds, IN_ORDER, -1) is None, "a clock that was put back"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(FOUND, 19, servers_at=AT),
        Answer((silence("no answer"),), 19, servers_at=AT),
        Answer((), 19, hidden=("server-web-1",), servers_at=AT),
        Answer((), 19),
    ],
    ids=["something differs", "not all was told", "not all was shown", "servers were not listed"],
)
async def test_what_was_not_all_in_order_is_compared_whole_again(answer: Answer) -> None:
    clouds = Clouds()
    await looked(clouds, IN_ORDER)
    assert await looked(clouds, answer, 1)
    assert await looked(clouds, IN_ORDER, 2) is None


async def test_what_another_run_left_is_compared_whole() -> None:
    clouds = Clouds()
    clouds.kept["a"] = Compared(6, AT, AT)
    assert await looked(clouds, IN_ORDER, 1) is None
    assert clouds.kept["a"] == Compared(7, AT + timedelta(hours=1), AT)
