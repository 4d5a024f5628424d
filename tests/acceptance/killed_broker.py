"""`broker`, killed at a named step: `python -m tests.acceptance.killed_broker STEP NTH whole|alone LOG -- ARGUMENT…`.

`whole` takes the Pulumi CLI along, as a machine that loses power does; `alone` leaves it behind as an orphan.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from broker import cli
from broker.wiring import deployment

KILLED = "KILLED"


def killer(step: str, nth: int, log: int, *, whole: bool) -> Callable[[str], None]:
    """A `named_step` that writes each step to the open file `log` and does not come back from the `nth` of `step`."""
    lock, seen = threading.Lock(), 0

    def reached(name: str) -> None:
        nonlocal seen
        with lock:
            os.write(log, f"{name}\n".encode())
            seen += name == step
            if name == step and seen == nth:
                os.write(log, f"{KILLED} {step}\n".encode())
                os.fsync(log)
                _die(whole=whole)

    return reached


def _die(*, whole: bool) -> None:
    for child in _command_lines() if whole else ():
        os.kill(child, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _command_lines() -> list[int]:
    """The Pulumi CLIs among the children of this process; the ledger's server lives on, as it would elsewhere."""
    found = (Path(f"/proc/self/task/{task.name}/children") for task in Path("/proc/self/task").iterdir())
    children = {int(pid) for path in found for pid in _said(path).split()}
    return [pid for pid in children if _said(Path(f"/proc/{pid}/comm")).startswith("pulumi")]


def _said(path: Path) -> str:
    """What the kernel says of a thread or process; nothing once that has ended."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def main(arguments: list[str]) -> None:
    """Run `broker` with what comes after `--`, to be killed."""
    step, nth, scope, log = arguments[:4]
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    deployment.named_step = killer(step, int(nth), file, whole=scope == "whole")  # type: ignore[assignment]  # only the parameter's name differs
    sys.argv = ["broker", *arguments[5:]]
    cli.main()


if __name__ == "__main__":
    main(sys.argv[1:])
