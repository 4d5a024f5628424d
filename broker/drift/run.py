"""One round of asking: stack by stack, what the clouds have beside what was last applied. Nothing is written there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from broker.clock import Clock
from broker.drift.book import Known
from broker.drift.compared import Compared, after, holding, since
from broker.drift.finding import Finding, Sequel, Standing, silence
from broker.errors import BrokerError
from stacks.masked import masked


@dataclass(frozen=True, slots=True)
class Answer:
    """What the clouds told of one stack, and in how many calls."""

    findings: tuple[Finding, ...]
    calls: int
    hidden: tuple[str, ...] = ()
    """Servers whose first-boot configuration the cloud does not show to the broker's account: not compared."""
    servers_at: datetime | None = None
    """As of when servers were compared, by the cloud's clock."""
    unchanged: int = 0
    """How many servers were not compared whole, since the cloud says that it has not changed them."""


Ask = Callable[[Known, datetime | None], Awaitable[Answer]]
"""The instant, of the cloud's clock: servers that it has not changed since then need not be compared whole."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What asking needs of the world; made by wiring."""

    load: Callable[[str], Awaitable[Known | str]]
    """What the ledger keeps of the stack; or why it cannot be asked about now."""
    asker: Callable[[], Awaitable[Ask]]
    """What asks the clouds as the documents have them now: these are read once for all stacks of a round."""
    keep: Callable[[Known, tuple[Finding, ...], Compared | None, datetime], Awaitable[Sequel | None]]
    """How it goes on, kept and told, with what the next asking may go on from; None where something came between."""
    clock: Clock


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of one stack.

    `passed_over`: why it was not asked about, or the answer not kept. `fault`: an error of the broker's own.
    """

    stack: str
    sequel: Sequel | None = None
    calls: int = 0
    passed_over: str = ""
    fault: str = ""
    hidden: tuple[str, ...] = ()
    unchanged: int = 0
    """Both as in `Answer`."""
    servers_since: datetime | None = None
    """From when on, by its own clock, the cloud was asked for changes; None: every server was compared whole."""

    @property
    def standing(self) -> Standing | None:
        """How it stands now."""
        return self.sequel.now if self.sequel else None


async def look(desk: Desk, stacks: tuple[str, ...], *, whole: bool = False) -> tuple[Looked, ...]:
    """Each of the stacks, one after the other: a cloud is never asked about two at once.

    `whole`: every server is compared whole, even where that was done not long ago and the cloud tells of no change.

    One about which asking fails, in whatever way, is kept as unknown with the reason, and the next one has its turn.
    """
    if not stacks:
        return ()
    ask = await desk.asker()
    return tuple([await _one(desk, ask, stack, whole=whole) for stack in stacks])


async def _one(desk: Desk, ask: Ask, stack: str, *, whole: bool) -> Looked:
    # 1. What was last applied; while somebody works on the stack it is neither the one nor the other.
    known = await desk.load(stack)
    if isinstance(known, str):
        return Looked(stack, passed_over=known)
    # 2. What is there. No lease is taken: whoever has a document to apply never waits for a question.
    began = desk.clock()
    known = replace(known, compared=None if whole else holding(known.compared, known.run, began))
    servers_since = since(known.compared) if known.compared else None
    answer, fault = await _answer(ask, known, servers_since)
    # 3. Kept, unless something came between; with what the next asking may leave out.
    next_ = None
    if answer.servers_at and not answer.findings and not answer.hidden:
        next_ = after(known.compared, known.run, began, answer.servers_at)
    sequel = await desk.keep(known, answer.findings, next_, desk.clock())
    if sequel is None:
        return Looked(stack, calls=answer.calls, passed_over="a run or another asking came between", fault=fault)
    return Looked(
        stack,
        sequel,
        answer.calls,
        fault=fault,
        hidden=answer.hidden,
        unchanged=answer.unchanged,
        servers_since=servers_since,
    )


async def _answer(ask: Ask, known: Known, servers_since: datetime | None) -> tuple[Answer, str]:
    try:
        return await ask(known, servers_since), ""
    except BrokerError as error:
        return Answer((silence(str(error)),), 0), ""
    except Exception as error:  # noqa: BLE001 - what nobody foresaw of one stack must not keep all others from their turn
        fault = masked(f"{type(error).__name__}: {error}")
        return Answer((silence(fault),), 0), fault
