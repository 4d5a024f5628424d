"""Background processes of the sandbox clouds: start, recognise, wait for, stop. Linux only (`/proc`, pidfd).

A pid alone is no identity: it may belong to a zombie nobody reaped, or to a stranger who got the number after a crash.
Here a process is its pid *and* the clock tick at which the kernel started it; only what matches both is ever signalled.
"""

import contextlib
import os
import secrets
import select
import signal
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
# below the kernel's default range for outgoing connections, which would take a chosen port at any moment
PORT_RANGE = range(15000, 32000)
_TCP_LISTEN = "0A"
_LOG_TAIL_LINES = 15


class ProcessError(Exception):
    """A background process or its port is not as it should be; the message says what cures it."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process of this machine, recognisable after its pid was given to another."""

    pid: int
    started_ticks: int
    """Field 22 of `/proc/<pid>/stat`: clock ticks between boot and start of the process (proc(5))."""


def start(
    argv: Sequence[str | Path], *, pid_file: Path, log_file: Path, env: Mapping[str, str] | None = None
) -> Process:
    """The process that now runs `argv` in its own session, or the one of `pid_file` when that still runs.

    Its output is appended to `log_file`, its input is empty. `argv[0]` must be a path. It outlives its starter.
    """
    if running_process := running(pid_file):
        return running_process
    command = [str(word) for word in argv]
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        command[0],
        command,
        dict(os.environ if env is None else env),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log_file), flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    process = Process(pid, _started_ticks(pid))
    write_pid_file(pid_file, process)
    return process


def write_pid_file(pid_file: Path, process: Process) -> None:
    """Write `pid started_ticks`, in one step: a reader never sees half of it."""
    partial = pid_file.with_name(pid_file.name + ".partial")
    partial.write_text(f"{process.pid} {process.started_ticks}\n")
    partial.replace(pid_file)


def read_pid_file(pid_file: Path) -> Process | None:
    """The process that was written down, running or not; None when there is no file or it is no pid file."""
    try:
        pid, started_ticks = pid_file.read_text().split()
        return Process(int(pid), int(started_ticks))
    except (FileNotFoundError, ValueError):
        return None


def running(pid_file: Path) -> Process | None:
    """The process that was written down, if it is that very process and runs."""
    process = read_pid_file(pid_file)
    return process if process and is_running(process) else None


def find(pid: int) -> Process | None:
    """The process that has `pid` now and is no zombie; for a daemon that wrote down its own pid."""
    stat = _stat(pid)
    return None if stat is None or stat[0] in "ZX" else Process(pid, int(stat[19]))


def is_running(process: Process) -> bool:
    """Whether this very process runs; a zombie does not, and is reaped if it is our child."""
    if find(process.pid) == process:
        return True
    stat = _stat(process.pid)
    if stat is not None and int(stat[19]) == process.started_ticks:
        _reap(process.pid)
    return False


def stop(pid_file: Path, *, timeout_s: float = 10.0) -> bool:
    """Whether a process was stopped: asked first (SIGTERM), killed after `timeout_s`. The pid file is gone then.

    A stranger who has the pid now is left alone.
    """
    return bool(stop_all([pid_file], timeout_s=timeout_s))


def stop_all(pid_files: Iterable[Path], *, timeout_s: float = 10.0) -> list[Process]:
    """The processes that were stopped, all asked at once; `timeout_s` counts for all of them together."""
    files = list(pid_files)
    with contextlib.ExitStack() as stack:
        handles = {}
        for pid_file in files:
            process = read_pid_file(pid_file)
            handle = _open_handle(process) if process else None
            if process and handle is not None:
                stack.callback(os.close, handle)
                handles[handle] = process
        _end(handles, timeout_s)
    for pid_file in files:
        pid_file.unlink(missing_ok=True)
    return list(handles.values())


def _end(handles: Mapping[int, Process], timeout_s: float) -> None:
    for handle in handles:
        signal.pidfd_send_signal(handle, signal.SIGTERM)
    deadline = time.monotonic() + timeout_s
    for handle, process in handles.items():
        if not _ended(handle, deadline - time.monotonic()):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            _ended(handle, timeout_s)
        _reap(process.pid)


def _ended(handle: int, timeout_s: float) -> bool:
    """Whether the process of the pidfd ended in time: its descriptor becomes readable then (pidfd_open(2))."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(max(0, int(timeout_s * 1000))))


def _open_handle(process: Process) -> int | None:
    """A pidfd of this very process, or None; what is checked after opening cannot become a stranger any more."""
    try:
        handle = os.pidfd_open(process.pid)
    except (ProcessLookupError, OSError):
        return None
    if is_running(process):
        return handle
    os.close(handle)
    return None


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _stat(pid: int) -> list[str] | None:
    """The fields of `/proc/<pid>/stat` from `state` (field 3) on; None when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # the name in parentheses may itself hold spaces and parentheses
    return text[text.rindex(")") + 2 :].split()


def _started_ticks(pid: int) -> int:
    stat = _stat(pid)
    if stat is None:
        raise ProcessError(f"starting a process: pid {pid} was gone at once and reaped by someone else")
    return int(stat[19])


def resident_bytes(process: Process) -> int:
    """Resident memory (RSS) in bytes; 0 when the process is gone or not ours to look at."""
    try:
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def is_port_free(port: int) -> bool:
    """Whether a process could listen on this loopback port now."""
    with socket.socket() as probe:
        # connections that merely linger (TIME_WAIT) do not make a port taken; a listener does, also with this option
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port_block(count: int, *, within: range = PORT_RANGE) -> int:
    """The first port of a block of `count` ports that are free on loopback, at a place chosen by chance.

    By chance, so that two sandboxes started at the same time hardly ever choose the same one.
    """
    blocks = range(within.start, within.stop - count + 1, count)
    if not blocks:
        raise ProcessError(f"choosing {count} ports: the range {within.start}-{within.stop - 1} is smaller than that")
    first = secrets.randbelow(len(blocks))
    for number in range(len(blocks)):
        base = blocks[(first + number) % len(blocks)]
        if all(is_port_free(port) for port in range(base, base + count)):
            return base
    raise ProcessError(
        f"choosing {count} ports: no free block in {within.start}-{within.stop - 1}; end what listens there"
    )


def is_listening(process: Process, port: int) -> bool:
    """Whether the process listens on the loopback port, and nobody else does.

    Two listeners on one port are possible (SO_REUSEPORT): the kernel then shares the requests out among them.
    """
    listeners = _listening_inodes(port)
    return bool(listeners) and listeners <= _socket_inodes(process)


def wait_for_port(process: Process, port: int, *, name: str, log_file: Path, timeout_s: float = 120.0) -> None:
    """Return when `process` itself listens on the port.

    Raises ProcessError with the end of the log when it ends or does not listen in time, and when the port is another's.
    """
    deadline = time.monotonic() + timeout_s
    while not is_listening(process, port):
        if not is_running(process):
            raise ProcessError(f"starting {name}: the process ended; {log_file} ends with:\n{log_tail(log_file)}")
        if time.monotonic() > deadline:
            taken = bool(_listening_inodes(port) - _socket_inodes(process))
            why = "another process listens there: end it or reset the cloud" if taken else f"see {log_file}"
            raise ProcessError(f"starting {name}: it does not listen on port {port} after {timeout_s:.0f} s; {why}")
        time.sleep(0.05)


def log_tail(log_file: Path, *, lines: int = _LOG_TAIL_LINES) -> str:
    """The last lines of a log; empty when there is none."""
    try:
        return "\n".join(log_file.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


def _listening_inodes(port: int) -> set[str]:
    """The sockets that listen on the port, by inode (`/proc/net/tcp`, `tcp6`)."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(FileNotFoundError):
            for row in Path(table).read_text().splitlines()[1:]:
                fields = row.split()
                if fields[3] == _TCP_LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(fields[9])
    return inodes


def _socket_inodes(process: Process) -> set[str]:
    inodes = set()
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    inodes.add(target[len("socket:[") : -1])
    return inodes
