"""The process that has everything loaded: for each request a copy of itself watches another one that is the command."""

import contextlib
import fcntl
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, NoReturn

from broker import private
from broker.cache_folder import only_ours
from broker.errors import OperatorError
from monitoring.preload.command import become
from monitoring.preload.message import (
    DECLINED,
    FORWARDED,
    TAKEN,
    Gone,
    peer,
    receive_begin,
    receive_request,
    send_end,
    surroundings,
)

_WAITING = 128
"""Requests that may wait for their turn."""
_SAYS_WITHIN_S = 10.0
"""A client that has not said what it wants by then is left."""
_LONGEST = 107
"""Bytes of a path that fit into the address of a socket (unix(7))."""
_AGAIN_S = 0.1
_CHUNK = 512


class CannotListen(OperatorError):
    """Another process has everything loaded already, or this one could not be reached, or could not watch a command."""


class _Door(NamedTuple):
    listening: socket.socket
    heard: socket.socket
    """A byte for each signal that this process gets."""
    told: socket.socket
    """Where Python writes it."""
    lock: int

    def close(self) -> None:
        """Nothing; what a copy of this process must not hold is closed there."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.listening.close()
        self.heard.close()
        self.told.close()
        os.close(self.lock)


def serve(path: Path, loaded: str, code: Callable[[], str], say: Callable[[str], None]) -> bool:
    """False once told to stop; commands that run go on. True in another process: a copy that is a client's command now.

    `code` is the digest of the product's files, `loaded` the one from before they were loaded: once they are others, a
    request is declined, and all is loaded anew.

    Raises:
        CannotListen: Another process listens here, the path is too long, others can write its folder, or the kernel is
            too old.
    """
    door = _open(path)
    say(f"ready, at {path}")
    while (connection := _next(door)) is not None:
        with connection:
            if code() != loaded:
                with contextlib.suppress(OSError):  # the client has ended
                    connection.send(DECLINED)
                say("the product's files have changed: loads them anew")
                _begin_anew()
            signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)  # they are the command's until it knows what to do
            if _forked(say):
                door.close()
                _attend(connection)  # comes back in the command alone
                return True
            signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
    path.unlink(missing_ok=True)
    return False


def _forked(say: Callable[[str], None]) -> bool:
    """Whether this is the copy. Where there is no room for one the client has no answer, and begins by itself."""
    try:
        return os.fork() == 0
    except OSError as error:
        say(f"no copy for a command could be made: {error}")
        return False


def _open(path: Path) -> _Door:
    if len(os.fsencode(path)) > _LONGEST:
        raise CannotListen(f"listening at {path}: longer than {_LONGEST} bytes; set XDG_CACHE_HOME to a shorter folder")
    if not only_ours(private.make(path.parent)):
        raise CannotListen(
            f"listening at {path}: others can write its folder, so no command would begin; chmod go-w it"
        )
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError as error:
        raise CannotListen(f"watching commands needs pidfd_open (Linux 5.3): {error}") from None
    lock = os.open(path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise CannotListen(f"listening at {path}: another `broker preload` does; one for each user is enough") from None
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    umask = os.umask(0o177)
    listening.bind(str(path))
    os.umask(umask)
    listening.listen(_WAITING)
    heard, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    for number in (*FORWARDED, signal.SIGCHLD):
        signal.signal(number, _noted)
    return _Door(listening, heard, told, lock)


def _noted(_number: int, _frame: object) -> None:
    """Nothing: that a signal came is read from `heard`."""


def _next(door: _Door) -> socket.socket | None:
    """The next request of this user; None once told to stop. Copies that have ended are forgotten meanwhile."""
    while True:
        ready, _, _ = select.select([door.heard, door.listening], [], [])
        if door.heard in ready:
            numbers = door.heard.recv(_CHUNK)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG) != (0, 0):
                    pass
            if not set(FORWARDED).isdisjoint(numbers):
                return None
        if door.listening in ready:
            try:
                connection, _ = door.listening.accept()
            except OSError:  # the client has ended, or there is no room for its file now
                time.sleep(_AGAIN_S)
                continue
            if peer(connection)[1] == os.geteuid():
                return connection
            connection.close()


def _begin_anew() -> NoReturn:
    os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 - this very program


def _attend(connection: socket.socket) -> None:
    """Nothing, and only in the process that is the command; the one that watches it ends here.

    Signals stay blocked in the one that watches: what ends it is the end of the command, and nobody's Ctrl-C or Ctrl-Z.
    """
    os.setsid()
    connection.settimeout(_SAYS_WITHIN_S)
    try:
        request, files = receive_request(connection)
        if request.surroundings != [*surroundings(os.environ)]:
            connection.send(DECLINED)
            os._exit(0)
        connection.send(TAKEN)
        receive_begin(connection)
        connection.settimeout(None)
        command = os.fork()
    except (Gone, OSError):
        os._exit(0)
    if command == 0:
        connection.close()  # its number may be that of a file of the client
        become(request, files)
        return
    del request  # it holds the client's environment
    for file in files:
        os.close(file)  # whoever reads what the command writes waits for the last one who holds it
    ended = _watch(connection, command)
    with contextlib.suppress(OSError):  # the client has ended
        send_end(connection, ended)
    os._exit(0)


def _watch(connection: socket.socket, command: int) -> int:
    """How the command ended. Signals of the client reach it; where the client has ended it is told to end (SIGTERM)."""
    process = os.pidfd_open(command)
    sources: list[socket.socket | int] = [connection, process]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if process in ready:
            return os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
        numbers = _told(connection)
        if not numbers:
            sources.remove(connection)
        for number in numbers or bytes([signal.SIGTERM]):
            if number in FORWARDED:
                signal.pidfd_send_signal(process, number)


def _told(connection: socket.socket) -> bytes:
    try:
        return connection.recv(_CHUNK)
    except OSError:
        return b""
