"""One CLI process: started in its own session, stopped gently first and then not."""

import asyncio
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from broker.errors import ToolMissing

GRACE_S = 90.0
"""How long a stopped run may take to let the provider's calls end; the longest single wait there is a boot."""
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Exit:
    """How the CLI ended. `code` is negative after a signal that it did not handle; `stopped`: we asked it to."""

    code: int
    stderr: str
    stopped: bool


async def start(
    binary: Path, arguments: tuple[str, ...], *, environment: Mapping[str, str], folder: Path
) -> asyncio.subprocess.Process:
    """The running CLI. It has its own session, so that Ctrl-C at the broker's terminal reaches it only through us.

    Raises:
        ToolMissing: The binary is not there or does not run.
    """
    try:
        return await asyncio.create_subprocess_exec(
            binary,
            *arguments,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise ToolMissing(f"starting {binary}: {error.strerror}; run `broker doctor`") from error


async def finish(process: asyncio.subprocess.Process, stop: asyncio.Event, grace_s: float = GRACE_S) -> Exit:
    """How it ended. Once `stop` is set it gets SIGINT, after `grace_s` a second one, and SIGKILL 10 s after that.

    The first SIGINT lets running steps end and keeps their ids; the second leaves them behind. Cancelling this kills.
    """
    reading = asyncio.ensure_future(process.communicate())
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            await _end(process, reading, grace_s)
        _, stderr = await reading
    finally:
        stopping.cancel()
        await kill(process, reading)
    return Exit(process.returncode or 0, (stderr or b"").decode(errors="replace"), stop.is_set())


async def kill(
    process: asyncio.subprocess.Process, reading: "asyncio.Future[tuple[bytes, bytes]] | None" = None
) -> None:
    """End a process that still runs, at once, and reap it."""
    if process.returncode is None:
        process.kill()
        await asyncio.shield(process.wait())
    if reading is not None and not reading.done():
        reading.cancel()


async def _end(
    process: asyncio.subprocess.Process, reading: "asyncio.Future[tuple[bytes, bytes]]", grace_s: float
) -> None:
    for patience_s in (grace_s, _PATIENCE_S):
        _interrupt(process)
        await asyncio.wait({reading}, timeout=patience_s)
        if reading.done():
            return
    process.kill()


def _interrupt(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGINT)
