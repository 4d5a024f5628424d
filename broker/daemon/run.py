"""The life of the daemon: open, work, and after a fault say so and begin again, until it is told to stop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from procrastinate import App
from procrastinate.exceptions import ProcrastinateException

from broker.daemon.health import health
from broker.daemon.tasks import Chores, register
from broker.errors import BrokerError
from broker.ledger.duties import Ended
from broker.ledger.queue import APPLY, DUTY, LOOK, Pulse, defer_look, put_back, work

WAITS_S = (5, 20, 80, 300)
"""After how long the daemon begins again; the last one for ever."""
_BESIDES = 3
"""A look and two duties run beside the stacks."""
_FAULTS = (BrokerError, ProcrastinateException, psycopg.Error, OSError)


@dataclass(frozen=True, slots=True)
class Opened:
    """What one life of the daemon works with. The queue is not open yet."""

    app: App
    pulse: Pulse
    chores: Chores
    duties: Callable[[], tuple[Ended, ...]]
    """How each duty last ended; blocks."""


@dataclass(slots=True)
class Daemon:
    """One daemon process. `stop` ends it in order; `hurry` also interrupts the stacks that run, which are kept."""

    open: Callable[[asyncio.Event], AbstractAsyncContextManager[Opened]]
    """The parts of one life, of which what takes long and loses nothing leaves off once the event is set."""
    say: Callable[[str], None]
    waits_s: tuple[float, ...] = WAITS_S
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _now: Opened | None = None
    _fault: str = "it has not begun yet"

    def stop(self) -> None:
        """Nothing; jobs that run come to their end and no other is begun; a round of backups leaves off."""
        self.say("told to stop: what runs comes to its end")
        self.stopping.set()

    def hurry(self) -> None:
        """Nothing; runs of Pulumi are interrupted too: what was asked of a cloud is waited for and kept."""
        self.stop()
        if self._now is not None:
            self._now.chores.office.stopping.set()

    async def ring(self) -> bool:
        """Whether a look waits now."""
        if self._now is None:
            return False
        try:
            await defer_look(self._now.app)
        except _FAULTS as error:
            self.say(f"a call could not be queued: {error}")
            return False
        return True

    async def health(self) -> tuple[bool, Mapping[str, Any]]:
        """Whether all is well, and what is told of it."""
        now = self._now
        if now is None:
            return False, {"ok": False, "told": self._fault}
        try:
            found = await asyncio.to_thread(now.duties)
        except _FAULTS as error:
            return False, {"ok": False, "told": str(error)}
        return health(found, now.chores.office.clock())

    async def run(self) -> None:
        """Nothing; comes back once it was told to stop and nothing runs any more."""
        failed = 0
        while not self.stopping.is_set():
            try:
                async with self._life() as working:
                    failed = 0
                    await self._until_stopped(working)
            except _FAULTS as error:
                self._fault = str(error)
            if self.stopping.is_set():
                return
            wait_s = self.waits_s[min(failed, len(self.waits_s) - 1)]
            failed += 1
            self.say(f"{self._fault}; begins again in {wait_s:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), wait_s)

    @contextlib.asynccontextmanager
    async def _life(self) -> AsyncIterator[asyncio.Task[None]]:
        async with self.open(self.stopping) as opened:
            register(opened.app, opened.chores)
            async with opened.app.open_async():
                self._now = opened
                try:
                    await put_back(opened.app, opened.pulse)
                    await defer_look(opened.app)
                    self.say("works")
                    yield asyncio.create_task(_work(opened))
                finally:
                    self._now = None

    async def _until_stopped(self, working: asyncio.Task[None]) -> None:
        stopped = asyncio.create_task(self.stopping.wait())
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not working.done():
            working.cancel()  # the queue's workers wait for their jobs before they end
        with contextlib.suppress(asyncio.CancelledError):
            await working
        if not self.stopping.is_set():
            self._fault = "the queue stopped working"


async def _work(opened: Opened) -> None:
    """Nothing; works until it is cancelled, and then until what runs has come to its end."""
    app, pulse, stacks = opened.app, opened.pulse, opened.chores.office.parallel_stacks
    both = (
        asyncio.create_task(work(app, pulse, _BESIDES, (LOOK, DUTY), signals=False)),
        asyncio.create_task(work(app, pulse, stacks, (APPLY,), signals=False)),
    )
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in both:  # one without the other would be half a daemon
            one.cancel()
        ended = await asyncio.gather(*both, return_exceptions=True)
    for one_ended in ended:
        if isinstance(one_ended, Exception):
            raise one_ended
