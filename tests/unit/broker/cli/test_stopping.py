"""How a command hears Ctrl-C and SIGTERM: once in order, and then as every program."""

import asyncio
import os
import signal

import pytest

from broker.cli.stopping import on_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_one_is_a_stop_and_the_next_one_is_nobodys(number: signal.Signals) -> None:
    async def run() -> bool:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        on_signals(stop)
        os.kill(os.getpid(), number)
        await asyncio.wait_for(stop.wait(), 60)
        return loop.remove_signal_handler(number)

    assert not asyncio.run(run())
