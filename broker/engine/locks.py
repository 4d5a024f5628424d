"""Lock files that a killed CLI left: removed when their process is gone, since the lease says the stack is ours."""

import json
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

_STATE_FIELD = 0
_START_FIELD = 19
_ROUNDING_S = 2.0
"""Slack between the lock's clock and the process's start in whole ticks since boot."""


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock file: the process that wrote it, and when (seconds since the epoch)."""

    path: Path
    pid: int
    host: str
    taken_at: float


def clear(folder: Path) -> tuple[Lock, ...]:
    """Locks of processes that still run, after all others were removed. Empty: the stack is free.

    A lock of another host, or one cut short, is removed too: only the lease, which the caller holds, says who may run.
    """
    alive = []
    for path in sorted(folder.glob("*.json")):
        lock = _read(path)
        if lock is not None and lock.host == socket.gethostname() and _runs(lock):
            alive.append(lock)
        else:
            path.unlink(missing_ok=True)
    return tuple(alive)


def _read(path: Path) -> Lock | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Lock(path, int(content["pid"]), str(content["hostname"]), path.stat().st_mtime)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _runs(lock: Lock) -> bool:
    """Whether the lock's process lives: a zombie does not, and one that started after the lock is another."""
    try:
        stat = Path(f"/proc/{lock.pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    fields = stat.rsplit(")", 1)[1].split()
    started_at = _boot_time() + int(fields[_START_FIELD]) / os.sysconf("SC_CLK_TCK")
    return fields[_STATE_FIELD] not in "ZX" and started_at <= lock.taken_at + _ROUNDING_S


def _boot_time() -> float:
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
