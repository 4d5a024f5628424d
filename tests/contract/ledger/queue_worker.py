"""A worker process for the test of killed workers: `queue_worker.py DSN FOLDER`."""

import asyncio
import os
import sys
from pathlib import Path

from broker.ledger.queue import Pulse, queue, work

PULSE = Pulse(beat_s=0.5, dead_s=2, look_s=1)


async def main(dsn: str, folder: Path) -> None:
    app = queue(dsn, PULSE)

    @app.task(name="hang-once")
    async def hang_once() -> None:
        begun = folder / "begun"
        if begun.exists():
            (folder / "done").write_text(str(os.getpid()))
            return
        begun.write_text(str(os.getpid()))
        await asyncio.Event().wait()

    @app.task(name="wait-for-leave")
    async def wait_for_leave() -> None:
        (folder / "begun").write_text(str(os.getpid()))
        while not (folder / "leave").exists():  # noqa: ASYNC110 - another process makes the file
            await asyncio.sleep(0.05)
        (folder / "done").write_text(str(os.getpid()))

    async with app.open_async():
        await work(app, PULSE, concurrency=1)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
