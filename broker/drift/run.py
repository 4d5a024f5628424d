"""One round of asking: stack by stack, what the clouds have beside what was last applied. Nothing is written there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from broker.clock import Clock
from broker.drift.book import Known
from broker.drift.finding import Finding, Standing, Turn


@dataclass(frozen=True, slots=True)
class Answer:
    """What the clouds told of one stack, and in how many calls."""

    findings: tuple[Finding, ...]
    calls: int


@dataclass(frozen=True, slots=True)
class Desk:
    """What asking needs of the world; made by wiring."""

    load: Callable[[str], Awaitable[Known | str]]
    """What the ledger keeps of the stack; or why it cannot be asked about now."""
    ask: Callable[[Known], Awaitable[Answer]]
    keep: Callable[[Known, tuple[Finding, ...], datetime], Awaitable[Turn | None]]
    """The turn, kept and told; None where a run came between, and the answer is about neither before nor after it."""
    clock: Clock


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of one stack. `passed_over`: why it was not asked about, or the answer not kept."""

    stack: str
    turn: Turn | None = None
    calls: int = 0
    passed_over: str = ""

    @property
    def standing(self) -> Standing | None:
        """How it stands now."""
        return self.turn.now if self.turn else None


async def look(desk: Desk, stacks: tuple[str, ...]) -> tuple[Looked, ...]:
    """Each of the stacks, one after the other: a cloud is never asked about two at once."""
    return tuple([await _one(desk, stack) for stack in stacks])


async def _one(desk: Desk, stack: str) -> Looked:
    # 1. What was last applied; while somebody works on the stack it is neither the one nor the other.
    known = await desk.load(stack)
    if isinstance(known, str):
        return Looked(stack, passed_over=known)
    # 2. What is there. No lease is taken: whoever has a document to apply never waits for a question.
    answer = await desk.ask(known)
    # 3. Kept, unless a run came between.
    turn = await desk.keep(known, answer.findings, desk.clock())
    if turn is None:
        return Looked(stack, calls=answer.calls, passed_over="a run came between")
    return Looked(stack, turn, answer.calls)
