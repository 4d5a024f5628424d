"""Works off the queue: one job brings one stack to what the registry says by then, under the stack's own lease.

A job names its stack and nothing else that counts: the target is derived anew. So a job may run late, twice, or at the
same time as another broker; what it finds done it leaves alone.
"""

from collections.abc import Callable
from datetime import datetime

from procrastinate import App

from broker import journal
from broker.errors import BrokerError, NameUnknown
from broker.ledger.audit import Entry
from broker.ledger.queue import APPLY, Pulse, defer, put_back, work
from broker.reconcile import Draft, Office, Report, reconcile

ATTEMPTS = 5
"""How often a stack is tried in a row; after that the next reconcile asks for it again."""
_WAITS_S = (5, 20, 80, 320)
_NOBODY_NAMES = "no document names this stack any more, nor does the ledger; its job is done, with nothing to do"
_ORPHANED = "no document explains this stack any more; its job is done, and what there is of it is left alone"


class NotAsItShouldBe(BrokerError):
    """A stack could not be brought to its target now; it is tried again later."""


def register(app: App, office: Office, say: Callable[[str], None]) -> None:
    """Nothing; the queue knows how to apply a stack. What a job had nothing to do for is said.

    Documents may let a stack go while its job waits: then the job is done.
    """

    @app.task(name=APPLY, queue=APPLY)
    async def apply(stack: str, attempt: int = 1) -> None:
        office.reached("worker:begun")
        try:
            report = await reconcile(office, frozenset({stack}))
        except NameUnknown:
            say(f"{stack}: {_NOBODY_NAMES}")
            return
        office.reached("worker:ended")
        if stack in report.draft.plan.orphans:
            say(f"{stack}: {_ORPHANED}")
        if not report.ok:
            if attempt < ATTEMPTS:
                await defer(app, stack, in_s=_WAITS_S[attempt - 1], attempt=attempt + 1)
            raise NotAsItShouldBe(f"applying {stack}, attempt {attempt} of {ATTEMPTS}: {_why(report)}")


async def serve(app: App, office: Office, pulse: Pulse, say: Callable[[str], None], *, once: bool) -> None:
    """Nothing; works until it is told to stop, or `once` until nothing is due. Jobs that run come to their end."""
    register(app, office, say)
    async with app.open_async():
        await put_back(app, pulse)
        await work(app, pulse, office.parallel_stacks, (APPLY,), wait=not once)


async def enqueue(app: App, stacks: tuple[str, ...]) -> tuple[str, ...]:
    """The stacks for which a job waits because of this call; for the others one waited already."""
    async with app.open_async():
        return tuple([stack for stack in stacks if await defer(app, stack)])


def enqueued(stack: str, asked: Draft, person: str, at: datetime) -> Entry:
    """The audit entry of a job: who asked for which stack, on which head of the registry."""
    target = next(target for target in asked.plan.changed if target.stack == stack)
    body = {"stack": stack, "head": asked.registry.head, **journal.acts_of(target)}
    return Entry(at, person, "operator", stack, "enqueue", target.digest or "none", body)


def _why(report: Report) -> str:
    reasons = [
        *report.failed.values(),
        *(f"{stack} is held up: {problem}" for stack, problem in report.draft.held.items()),
        *(f"{result.held_by} works on it" for result in report.results if result.outcome is None),
        *(d.message for r in report.results if r.outcome for d in r.outcome.diagnostics if d.severity == "error"),
    ]
    return "; ".join(reasons) or "it did not end well"
