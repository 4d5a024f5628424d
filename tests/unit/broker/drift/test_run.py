"""Stacks are asked about one after the other, and an answer that a run overtook is thrown away."""

from datetime import UTC, datetime

from broker.drift.book import Known
from broker.drift.finding import Finding, Turn, What, turn
from broker.drift.run import Answer, Desk, look

AT = datetime(2026, 6, 8, 15, tzinfo=UTC)
FOUND = (Finding(What.GONE, "server-web-1", "s-1"),)


class Clouds:
    """One cloud that tells how many asked it at once."""

    def __init__(self, *, overtaken: bool = False) -> None:
        self.overtaken = overtaken
        self.asked: list[str] = []
        self.inside = 0

    async def load(self, stack: str) -> Known | str:
        return "somebody works on it" if stack == "busy" else Known(stack, b"state", 1, 1, "spec")

    async def ask(self, known: Known) -> Answer:
        self.inside += 1
        assert self.inside == 1
        self.asked.append(known.stack)
        self.inside -= 1
        return Answer(FOUND, 7)

    async def keep(self, known: Known, found: tuple[Finding, ...], at: datetime) -> Turn | None:
        return None if self.overtaken else turn(None, known.stack, found, at)

    def desk(self) -> Desk:
        return Desk(self.load, self.ask, self.keep, lambda: AT)


async def test_each_stack_is_asked_about_and_who_is_worked_on_is_passed_over() -> None:
    clouds = Clouds()
    a, busy, b = await look(clouds.desk(), ("a", "busy", "b"))
    assert clouds.asked == ["a", "b"]
    assert (busy.standing, busy.passed_over) == (None, "somebody works on it")
    assert all(one.standing and one.standing.differences == FOUND and one.calls == 7 for one in (a, b))


async def test_an_answer_that_a_run_overtook_is_about_nothing() -> None:
    (found,) = await look(Clouds(overtaken=True).desk(), ("a",))
    assert (found.standing, found.passed_over, found.calls) == (None, "a run came between", 7)
