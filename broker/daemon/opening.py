"""Builds what the daemon works with from the settings, anew for each of its lives."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from psycopg_pool import ConnectionPool

from broker import private, wiring
from broker.backup.run import Ended as BackedUp
from broker.backup.run import backup
from broker.clocks.raised import Raised
from broker.daemon.duties import Means, Rotation, duties, message
from broker.daemon.run import Opened
from broker.daemon.tasks import Chores
from broker.drift.run import Looked, look
from broker.errors import SettingsError
from broker.issuance import Deliverable
from broker.ledger import admissions, outbox
from broker.ledger import duties as kept
from broker.ledger.connect import Connection
from broker.ledger.queue import Pulse, defer_look, queue
from broker.notices.deliver import Round, deliver
from broker.reconcile import Office
from broker.registry.filed import Registry
from broker.settings import Settings
from broker.shelf import on_ledger

_MINUTES, _HOURS, _WEEK = range(1, 60), range(25), range(169)
_ENOUGH = 16
"""Characters of a secret below which it can be guessed."""


@contextlib.asynccontextmanager
async def opened(
    settings: Settings, say: Callable[[str], None], watch: wiring.Watch, stopping: asyncio.Event
) -> AsyncIterator[Opened]:
    """The parts of one life, closed at its end; duties that take long hear `stopping`. Raises as `wiring.office`."""
    pulse = Pulse(settings.worker_beat_s, settings.worker_dead_s, settings.worker_look_s)
    app = queue(wiring.ledger_dsn(settings), pulse)
    async with wiring.office(settings, None, watch, writes=True) as office:
        with wiring.ledger(settings) as pool:

            async def note(name: str, *, ok: bool, told: str, next_at: datetime | None = None) -> None:
                at = office.clock()
                await on_ledger(pool, lambda c: kept.ended(c, name, at, ok=ok, told=told, next_at=next_at))

            async def publish() -> str:
                waiting = await on_ledger(pool, lambda conn: len(admissions.unpushed(conn)))
                # a look records them with their receipts, which come before
                return f"{waiting} outcomes wait for the next look" if waiting and await defer_look(app) else ""

            chores = Chores(
                office=office,
                duties=duties(_means(settings, office, pool, publish, stopping)),
                look_cron=f"*/{settings.look_every_min} * * * *",
                note=note,
                say=say,
            )
            yield Opened(app, pulse, chores, lambda: _kept(pool))


def _means(
    settings: Settings,
    office: Office,
    pool: ConnectionPool[Connection],
    publish: Callable[[], Awaitable[str]],
    stopping: asyncio.Event,
) -> Means:
    async def back_up() -> tuple[BackedUp, ...]:
        async with wiring.backups(settings, None, stopping) as desk:
            return await backup(desk)

    async def tell(found: tuple[Raised, ...]) -> int:
        at, notices = office.clock(), [message(one) for one in found]
        return await on_ledger(pool, lambda conn: outbox.queue(conn, notices, wiring.person(), at))

    async def hand_over(ready: tuple[Deliverable, ...]) -> int:
        return await asyncio.to_thread(_handed_over, settings, ready)

    async def send() -> Round:
        return await asyncio.to_thread(lambda: deliver(wiring.post_of(settings, pool, known, office.clock, sender)))

    async def look_at(stacks: tuple[str, ...]) -> tuple[Looked, ...]:
        return await look(asking.desk, stacks)

    async def asked() -> Mapping[str, datetime | None]:
        return await asyncio.to_thread(asking.asked)

    def known() -> Registry:
        return office.read(office.clock())

    sender = wiring.person()
    asking = wiring.asking_of(settings, pool, known, office.clock, sender)
    rotation = Rotation(asked, look_at, timedelta(hours=settings.drift_hours))
    return Means(office.clock, office.read, back_up, tell, publish, hand_over, send, rotation, settings.backup_hour)


def _handed_over(settings: Settings, ready: tuple[Deliverable, ...]) -> int:
    with wiring.archive(settings, None) as archive:
        return len(archive.deliver(ready))


def _kept(pool: ConnectionPool[Connection]) -> tuple[kept.Ended, ...]:
    with pool.connection() as conn:
        return kept.all_duties(conn)


def checked(settings: Settings) -> None:
    """Nothing; what only the daemon uses is as it must be.

    Raises:
        SettingsError: A figure is out of its range; all such are named at once.
    """
    wrong = []
    if settings.look_every_min not in _MINUTES:
        wrong.append(f"look_every_min is 1 to 59, not {settings.look_every_min}")
    if settings.drift_hours not in _WEEK:
        wrong.append(f"drift_hours is 0 to 168, not {settings.drift_hours}")
    if settings.backup_hour not in _HOURS:
        wrong.append(f"backup_hour is 0 to 23, or 24 for never, not {settings.backup_hour}")
    if wrong:
        raise SettingsError(f"starting the daemon: {'; '.join(wrong)}; see docs/settings.md")


def webhook_secret(path: Path) -> str:
    """The secret that git hosts share with the daemon; made where there is none.

    Raises:
        SettingsError: It is too short to be one.
    """
    if not path.exists():
        private.make(path.parent)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32) + "\n", encoding="utf-8")
    secret = path.read_text(encoding="utf-8").strip()
    if len(secret) < _ENOUGH:
        raise SettingsError(f"reading {path}: a secret has {_ENOUGH} characters at least; write a longer one there")
    return secret
