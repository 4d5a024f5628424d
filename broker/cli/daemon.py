"""`broker daemon` and `broker wake`: the broker that reconciles by itself."""

import asyncio
import contextlib
import signal
from functools import partial
from typing import TYPE_CHECKING

import typer

from broker.cli.options import HOME, Home

if TYPE_CHECKING:
    from broker.daemon.run import Daemon

NOWHERE = "none"


def daemon(home: Home = HOME) -> None:
    """Reconcile by itself: after a merge, when a date changes something, by the clock. See docs/daemon.md.

    SIGTERM or Ctrl-C lets what runs come to its end, but for backups, which go on at the next start; the second one
    interrupts it, and it is kept.
    """
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.cli import progress, running  # noqa: PLC0415 - as above
    from broker.daemon import opening  # noqa: PLC0415 - as above
    from broker.daemon.hooks import door  # noqa: PLC0415 - as above
    from broker.daemon.http import listening  # noqa: PLC0415 - as above
    from broker.daemon.run import Daemon  # noqa: PLC0415 - as above

    settings = wiring.settings(home)
    opening.checked(settings)
    running.tell_on_stderr()

    async def run() -> None:
        it = Daemon(open=partial(opening.opened, settings, _say, progress.line), say=_say)
        _on_signals(it)
        if settings.listen == NOWHERE:
            await it.run()
            return
        secret = opening.webhook_secret(settings.webhook_secret)
        async with listening(door(secret, it.ring, it.health), settings.listen) as address:
            _say(f"answers at {address}/hooks/… and {address}/healthz")
            await it.run()

    asyncio.run(run())
    _say("ended")


def wake(home: Home = HOME) -> None:
    """Call the daemon, on whichever machine it is: from a post-receive hook, or by hand. It looks once."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.ledger.queue import Pulse, defer_look, queue  # noqa: PLC0415 - as above

    async def run() -> bool:
        app = queue(wiring.ledger_dsn(wiring.with_ledger(home)), Pulse())
        async with app.open_async():
            return await defer_look(app)

    typer.echo("a look is asked for" if asyncio.run(run()) else "a look waits already")


def _say(line: str) -> None:
    typer.echo(f"broker daemon: {line}", err=True)


def _on_signals(it: "Daemon") -> None:
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def hurry() -> None:
        it.hurry()
        for number in signals:
            with contextlib.suppress(ValueError):
                loop.remove_signal_handler(number)

    def stop() -> None:
        it.stop()
        for number in signals:
            loop.add_signal_handler(number, hurry)

    for number in signals:
        loop.add_signal_handler(number, stop)
