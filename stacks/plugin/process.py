"""A plugin as Pulumi starts it: a server on the loopback whose port is the first line of its output."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import grpc.aio

_MESSAGE_BYTES = 400 << 20
"""Pulumi's own limit; gRPC's default of 4 MiB is less than a large stack's state."""
_OPTIONS = (
    ("grpc.max_receive_message_length", _MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),
)


def run(add: Callable[[Any], None], drain: Callable[[], Awaitable[None]]) -> None:
    """Serve what `add` adds until the engine ends the process by a signal; then wait for `drain`."""
    asyncio.run(_serve(add, drain))


async def _serve(add: Callable[[Any], None], drain: Callable[[], Awaitable[None]]) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    server = grpc.aio.server(options=_OPTIONS)
    add(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)  # noqa: T201 - how a plugin tells the engine where it listens
    await ended.wait()
    await drain()
    await server.stop(None)
