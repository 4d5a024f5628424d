"""What is done by the clock, whether or not anything was merged. Each may be done at any time, and twice."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.backup.run import Ended
from broker.calendar.calendar import calendar_of
from broker.canonical import Json
from broker.clock import SHANGHAI, Clock
from broker.clocks.clock import Reading
from broker.clocks.papers import papers_of
from broker.clocks.raised import Raised, raised
from broker.clocks.read import read
from broker.clocks.table import CLOCKS
from broker.daemon.tasks import Duty
from broker.documents.backups import BackupRun
from broker.documents.calendar import CalendarNoticeSpec
from broker.drift.rotation import turns
from broker.drift.run import Looked
from broker.errors import OperatorError
from broker.issuance import Deliverable, standing
from broker.ledger.outbox import Notice
from broker.notices.deliver import Round
from broker.registry.filed import Registry

SHOWN_FAILURES = 5
_MINUTE = timedelta(minutes=1)


class NotAllDone(OperatorError):
    """Some of what was due could not be done; it stays due."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """How stacks are asked about in turn."""

    asked: Callable[[], Awaitable[Mapping[str, datetime | None]]]
    """When each stack that nobody works on was last asked about; None: never."""
    look: Callable[[tuple[str, ...]], Awaitable[tuple[Looked, ...]]]
    every: timedelta
    """Within which each stack has its turn; nothing: none ever has."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the duties need of the world; made by `opening`."""

    clock: Clock
    read: Callable[[datetime], Registry]
    back_up: Callable[[], Awaitable[tuple[Ended, ...]]]
    tell: Callable[[tuple[Raised, ...]], Awaitable[int]]
    """Queues messages, each once for ever; how many are new."""
    publish: Callable[[], Awaitable[str]]
    """Writes what waits to be recorded; what it was."""
    hand_over: Callable[[tuple[Deliverable, ...]], Awaitable[int]]
    """Delivers confirmed reports, each once for ever; how many are recorded now."""
    deliver: Callable[[], Awaitable[Round]]
    """Sends the notices that are due."""
    rotation: Rotation
    backup_hour: int


def duties(means: Means) -> tuple[Duty, ...]:
    """The duties with their times in UTC. Deadlines end at 24:00 in Shanghai, which is a full hour of UTC."""
    return (
        Duty("publish", "* * * * *", means.publish),
        Duty("clocks", "0 * * * *", lambda: _clocks(means)),
        Duty("notices", "* * * * *", lambda: _notices(means)),
        # every hour: a day whose hour the daemon slept through is made up for, and a failure is tried again
        Duty("backups", "5 * * * *", lambda: _backups(means)),
        Duty("reports", "10 * * * *", lambda: _reports(means)),
        Duty("drift", "* * * * *", lambda: _drift(means)),
    )


async def _clocks(means: Means) -> str:
    at = means.clock()
    new = await means.tell(calls(means.read(at), at))
    return f"{new} reminders and escalations queued" if new else ""


async def _notices(means: Means) -> str:
    done = await means.deliver()
    lacking = f"{len(done.unreachable)} notices reach nobody or not everybody: see `broker notices`"
    if done.failed or done.unreachable:
        raise NotAllDone("; ".join((*done.failed, *((lacking,) if done.unreachable else ()))))
    return f"{done.sent} notices sent" if done.sent else ""


def calls(registry: Registry, at: datetime) -> tuple[Raised, ...]:
    """What the clocks call for at the instant, told or not."""
    calendar = calendar_of(filed.spec for filed in registry.in_force(CalendarNoticeSpec))
    return tuple(raised((), read(CLOCKS, papers_of(registry, at), calendar)))


def message(found: Raised) -> Notice:
    """The message that tells it."""
    return Notice(f"clock:{found.key}", str(found.call), _body(found.reading))


def _body(reading: Reading) -> dict[str, Json]:
    return {
        "clock": reading.clock.id,
        "article": reading.clock.article,
        "title_zh": reading.clock.title_zh,
        "subject": reading.span.subject,
        "role": reading.clock.role,
        "party": reading.span.party,
        "last_day": reading.last_day.isoformat(),
        "state": str(reading.state),
        "expiry": reading.clock.expiry,
    }


async def _reports(means: Means) -> str:
    ready, _ = standing(means.read(means.clock()))
    return f"{await means.hand_over(ready)} confirmed reports delivered" if ready else ""


async def _backups(means: Means) -> str:
    if means.clock().astimezone(SHANGHAI).hour < means.backup_hour:
        return ""
    done = await means.back_up()
    if failures := tuple(_failures(done)):
        more = f" and {len(failures) - SHOWN_FAILURES} more" if len(failures) > SHOWN_FAILURES else ""
        raise NotAllDone(f"backing up: {'; '.join(failures[:SHOWN_FAILURES])}{more}; tried again within the hour")
    made = sum(isinstance(record, BackupRun) and record.made for ended in done for record in ended.records)
    if any(ended.stopped for ended in done):
        return f"{made} made, and told to stop before all were: the next round goes on"
    return f"{made} made" if made else ""


async def _drift(means: Means) -> str:
    """What was asked in this minute. That something differs is told to whom it concerns, and no fault of the daemon.

    An error of its own is: it is told once all have had their turn.
    """
    rotation = means.rotation
    if not rotation.every:
        return ""
    stacks = turns(await rotation.asked(), means.clock(), rotation.every, _MINUTE)
    done = await rotation.look(stacks) if stacks else ()
    told = "; ".join(f"{one.stack} {_stands(one)}" for one in done)
    if any(one.fault for one in done):
        raise NotAllDone(told)
    return told


def _stands(one: Looked) -> str:
    if one.fault:
        return f"cannot be asked about: {one.fault}"
    if one.standing is None:
        return f"not asked: {one.passed_over}"
    if one.standing.unknown:
        return f"not known in full: {one.standing.unknown[0].found}"
    return f"differs in {len(one.standing.differences)}" if one.standing.differences else "as approved"


def _failures(done: Iterable[Ended]) -> Iterable[str]:
    for ended in done:
        yield from (f"{ended.place.stack}: {failure}" for failure in ended.failures)
