"""What the daemon does, as tasks of the queue: each once per moment, on whichever machine is first."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from procrastinate import App

from broker.daemon.look import look
from broker.errors import BrokerError
from broker.ledger.queue import DUTY, LOOK, defer, defer_look
from broker.reconcile import Office
from broker.worker import register as register_apply

WAITS_S = (5, 20, 80, 320, 900)
"""After how long a look that failed, or found the git host away, is tried again; the last one for ever."""
HOST = "git host"


class Note(Protocol):
    """Keeps how a duty ended."""

    async def __call__(self, name: str, *, ok: bool, told: str, next_at: datetime | None = None) -> None:
        """Nothing; the duty ended like this."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something done by the clock. Safe to repeat: what is done already is left alone."""

    name: str
    cron: str
    """When, in UTC, with five fields."""
    do: Callable[[], Awaitable[str]]
    """Does what is due and tells it; empty = nothing was due."""


@dataclass(frozen=True, slots=True)
class Chores:
    """What the daemon works with; made by `opening`."""

    office: Office
    duties: tuple[Duty, ...]
    look_cron: str
    """When to look although nobody called, in UTC: a call may be lost."""
    note: Note
    say: Callable[[str], None]


def register(app: App, chores: Chores) -> None:
    """Nothing; the queue knows how to apply a stack, to look, and every duty."""
    register_apply(app, chores.office, chores.say)
    _register_look(app, chores)
    _register_duty(app, chores, Duty("timer", chores.look_cron, lambda: _called(app)))
    for duty in chores.duties:
        _register_duty(app, chores, duty)


async def _called(app: App) -> str:
    await defer_look(app)
    return ""


def _register_look(app: App, chores: Chores) -> None:
    office = chores.office

    @app.task(name=LOOK, queue=LOOK)
    async def task(attempt: int = 1) -> None:
        try:
            found = await look(office, lambda stack: defer(app, stack))
        except BrokerError as error:
            chores.say(f"look failed: {error}")
            await chores.note(LOOK, ok=False, told=str(error))
            await _again(app, attempt)
            return
        chores.say(found.told + (f"; git host away: {found.away}" if found.away else ""))
        await chores.note(LOOK, ok=True, told=found.told, next_at=found.next_at)
        await chores.note(HOST, ok=not found.away, told=found.away or "answers")
        if found.next_at is not None:
            in_s = (found.next_at - office.clock()).total_seconds()
            await defer_look(app, moment=found.next_at, in_s=max(in_s, 0.0))
        if found.away:
            await _again(app, attempt)


async def _again(app: App, attempt: int) -> None:
    await defer_look(app, in_s=WAITS_S[min(attempt, len(WAITS_S)) - 1], attempt=attempt + 1)


def _register_duty(app: App, chores: Chores, duty: Duty) -> None:
    name = f"{DUTY}:{duty.name}"

    @app.periodic(cron=duty.cron)
    @app.task(name=name, queue=DUTY, lock=name, queueing_lock=name)
    async def task(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
        try:
            told = await duty.do()
        except BrokerError as error:
            chores.say(f"{duty.name} failed: {error}")
            await chores.note(duty.name, ok=False, told=str(error))
            return
        if told:
            chores.say(f"{duty.name}: {told}")
        await chores.note(duty.name, ok=True, told=told or "nothing was due")
