"""How a command hears Ctrl-C and SIGTERM."""

import asyncio
import signal

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def on_signals(stop: asyncio.Event) -> None:
    """The first interrupt stops in order; the next one ends the process, which costs the next run a look around."""
    loop = asyncio.get_running_loop()

    def heard(number: int) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in _SIGNALS:
        loop.add_signal_handler(number, heard, number)
