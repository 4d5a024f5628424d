from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

from broker.engine import locks

if TYPE_CHECKING:
    from pathlib import Path


def lock(folder: Path, pid: int, host: str = "") -> Path:
    path = folder / f"{pid}.json"
    path.write_text(json.dumps({"pid": pid, "hostname": host or socket.gethostname(), "username": "u"}))
    return path


def test_a_lock_of_a_running_process_stays(tmp_path: Path) -> None:
    path = lock(tmp_path, os.getpid())
    assert [held.pid for held in locks.clear(tmp_path)] == [os.getpid()]
    assert path.exists()


def test_a_lock_of_a_process_that_is_gone_is_removed(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    path = lock(tmp_path, process.pid)
    assert locks.clear(tmp_path) == ()
    assert not path.exists()


def test_a_zombie_counts_as_dead(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    path = lock(tmp_path, process.pid)
    assert locks.clear(tmp_path) == ()
    assert not path.exists()
    process.wait()


def test_a_pid_that_started_after_the_lock_is_another_process(tmp_path: Path) -> None:
    path = lock(tmp_path, os.getpid())
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert locks.clear(tmp_path) == ()
    assert not path.exists()


def test_a_lock_of_another_host_or_cut_short_is_removed(tmp_path: Path) -> None:
    lock(tmp_path, os.getpid(), "elsewhere")
    (tmp_path / "short.json").write_text('{"pid": 1')
    assert locks.clear(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []
