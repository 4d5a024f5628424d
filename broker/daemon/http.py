"""The HTTP server of the daemon, in the daemon's own loop; it takes no signal for itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.applications import Starlette

from broker.errors import SettingsError

CLOSING_S = 5


class _Quiet(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: signals are the daemon's."""
        yield


@contextlib.asynccontextmanager
async def listening(app: Starlette, listen: str) -> AsyncIterator[str]:
    """The address at which the app answers as long as it is open. `listen` is HOST:PORT; port 0 = a free one.

    Raises:
        SettingsError: The address is none, or cannot be had.
    """
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise SettingsError(f"listening on {listen!r}: it is no HOST:PORT; see docs/settings.md")
    config = uvicorn.Config(
        app,
        host=host.strip("[]"),
        port=int(port),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        limit_concurrency=64,
        timeout_keep_alive=CLOSING_S,
        timeout_graceful_shutdown=CLOSING_S,
    )
    server = _Quiet(config)
    serving = asyncio.create_task(_served(server, listen))
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        if serving.done():
            await serving
        name = server.servers[0].sockets[0].getsockname()
        yield f"http://{f'[{name[0]}]' if ':' in name[0] else name[0]}:{name[1]}"
    finally:
        server.should_exit = True
        await serving


async def _served(server: uvicorn.Server, listen: str) -> None:
    try:
        await server.serve()
    except SystemExit:  # uvicorn's answer to an address that cannot be had
        raise SettingsError(f"listening on {listen}: the address cannot be had; see `listen` in broker.toml") from None
