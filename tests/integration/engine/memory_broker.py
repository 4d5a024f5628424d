"""A broker process that freezes itself: `python -m tests.integration.engine.memory_broker DSN FOLDER STEP LEASE_S`."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from broker.apply import apply
from broker.errors import BrokerError
from broker.ledger.connect import pool
from tests.integration.engine.memory_workshop import Bench, server, target

RESOURCES = ("web", "db", "cache")


def main(dsn: str, folder: Path, step: str, lease_s: float) -> int:
    def reached(name: str) -> None:
        if name == step:
            (folder / "frozen").touch()
            os.kill(os.getpid(), signal.SIGSTOP)

    with pool(dsn, 4) as connections:
        bench = Bench(connections, folder, f"frozen:{os.getpid()}", lease_s, reached)
        work = apply(target(), bench.workshop([server(name) for name in RESOURCES]), lambda _target, _event: None)
        try:
            result = asyncio.run(work)
        except BrokerError as error:
            sys.stdout.write(f"{type(error).__name__}: {error}\n")
            return 2
    sys.stdout.write(f"ok={result.ok}\n")
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
