"""One timed command: seconds, calls to the cloud, CPU of the command and of the cloud."""

import os
import resource
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.proxy import Proxy

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PARENT, _USER_TICKS = 1, 11
"""Fields of /proc/<pid>/stat after the command's name: parent, then user and system time of itself."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What one command took. `other_cpu_s`: what all else on the machine used meanwhile, the noise of the run."""

    ok: bool
    wall_s: float
    calls: int
    cpu_s: float
    cloud_cpu_s: float
    other_cpu_s: float
    by_call: Mapping[str, int]
    errors: Mapping[str, int]


def phase(command: Sequence[str], environment: Mapping[str, str], log: Path, cloud: Path, proxy: Proxy) -> Phase:
    """Run the command and measure it. `cloud`: folder with the pid files of the cloud's services."""
    pids = tuple(int(file.read_text(encoding="utf-8").split()[0]) for file in sorted(cloud.glob("*.pid")))
    proxy.reset()
    cloud_before, busy_before, own_before = _tree_cpu_s(pids), _busy_s(), _children_cpu_s()
    began = time.monotonic()
    with log.open("ab") as out:
        done = subprocess.run(command, env={**os.environ, **environment}, stdout=out, stderr=out, check=False)
    wall_s = time.monotonic() - began
    cpu_s, cloud_s = _children_cpu_s() - own_before, _tree_cpu_s(pids) - cloud_before
    other_s = max(0.0, _busy_s() - busy_before - cpu_s - cloud_s)
    calls = proxy.calls()
    return Phase(done.returncode == 0, wall_s, calls.total(), cpu_s, cloud_s, other_s, dict(calls), proxy.errors())


def compile_modules() -> None:
    """Python's bytecode lies beside every module before a clock starts: without it each start costs 1.5 s more here.

    A machine may say that a command keeps none (`PYTHONDONTWRITEBYTECODE`); what lies there is read all the same.
    """
    root = Path(__file__).parents[1]
    packages = [str(root / name) for name in ("broker", "stacks", "quotas", "policies", "monitoring", "bench")]
    command = [sys.executable, "-m", "compileall", "-q", "-j", "0", *packages, sysconfig.get_path("purelib")]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)  # packages ship files that are no Python


def family_cpu_s(pid: int) -> float:
    """CPU that a process, its children, and those of them that have ended have used."""
    stats = [fields for entry in Path("/proc").iterdir() if entry.name.isdigit() and (fields := _stat(entry))]
    own = sum(int(ticks) for ticks in _stat(Path("/proc", str(pid)))[_USER_TICKS : _USER_TICKS + 4])
    children = sum(
        int(fields[_USER_TICKS]) + int(fields[_USER_TICKS + 1]) for fields in stats if int(fields[_PARENT]) == pid
    )
    return (own + children) / _TICKS_PER_S


def parent_of(pid: int) -> int:
    """The process that started this one."""
    return int(_stat(Path("/proc", str(pid)))[_PARENT])


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _busy_s() -> float:
    ticks = [int(word) for word in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]]
    idle, waiting = ticks[3], ticks[4]
    return (sum(ticks) - idle - waiting) / _TICKS_PER_S


def _tree_cpu_s(roots: Iterable[int]) -> float:
    """CPU that processes and all below them have used."""
    stats = {
        int(entry.name): fields
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and (fields := _stat(entry))
    }
    wanted = set(roots)
    grown = True
    while grown:
        below = {pid for pid, fields in stats.items() if int(fields[_PARENT]) in wanted} - wanted
        wanted |= below
        grown = bool(below)
    used = (stats[pid] for pid in wanted if pid in stats)
    return sum(int(fields[_USER_TICKS]) + int(fields[_USER_TICKS + 1]) for fields in used) / _TICKS_PER_S


def _stat(entry: Path) -> list[str]:
    try:
        return (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
