"""Stacks are asked about one after the other, and an answer that a run overtook is thrown away."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from broker.drift.book import Known
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
        self.inside = 0

    async def load(self, stack: str) -> Known | str:
        return "somebody works on it" if stack == "busy" else Known(stack, b"state", 1, 1, "spec")

    async def ask(self, known: Known) -> Answer:
        self.inside += 1
        assert self.inside == 1
        self.asked.append(known.stack)
        self.inside -= 1
        if known.stack in self.failing:
            raise self.failing[known.stack]
        return Answer(FOUND, 7)

    async def asker(self) -> Ask:
        self.rounds += 1
        return self.ask

    async def keep(self, known: Known, found: tuple[Finding, ...], at: datetime) -> Sequel | None:
        return None if self.overtaken else sequel(None, known.stack, found, at)

    def desk(self) -> Desk:
        return Desk(self.load, self.asker, self.keep, lambda: AT)


async def test_each_stack_is_asked_about_and_who_is_worked_on_is_passed_over() -> None:
    clouds = Clouds()
    a, busy, b = await look(clouds.desk(), ("a", "busy", "b"))
    assert clouds.asked == ["a", "b"]
    assert (busy.standing, busy.passed_over) == (None, "somebody works on it")
    assert all(one.standing and one.standing.differences == FOUND and one.calls == 7 for one in (a, b))


async def test_an_answer_that_a_run_overtook_is_about_nothing() -> None:
    (found,) = await look(Clouds(overtaken=True).desk(), ("a",))
    assert (found.standing, found.passed_over, found.calls) == (None, "a run came between", 7)


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
