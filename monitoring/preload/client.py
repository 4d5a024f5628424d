"""What every `broker` tries first: to have its command begun by the process that has everything loaded already.

It loads nothing of the product but `broker.cache_folder`, `place` and `message`: what it would load is what it saves.
"""

import contextlib
import os
import signal
import socket
import stat
import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import NoReturn, TextIO

from broker.cache_folder import ours_alone
from monitoring.preload.message import (
    BEGIN,
    FORWARDED,
    MOST_FILES,
    STREAMS,
    TAKEN,
    Encoded,
    Gone,
    Request,
    peer,
    receive_end,
    send_request,
    surroundings,
)
from monitoring.preload.place import socket_path

ALONE = frozenset({"preload", "daemon", "worker", "desk", "exporter", "pulumi", "sign", "decide", "rebuild"})
"""Commands that begin by themselves: those that stay load everything once anyway, the others ask at the terminal."""
OFF = "BROKER_PRELOAD"
"""With `no` in this environment variable every command begins by itself."""
_ANSWERS_WITHIN_S = 5.0
"""For a process that was stopped, or is busy with others, is not waited longer: the command begins by itself."""
_HIGHEST = 500
"""The other side may have no room for a file with a higher number."""
_UNABLE = 2
_BY_SIGNAL = 128
"""What shells add to the number of the signal that ended a command."""


def begun_elsewhere(arguments: Sequence[str], environment: Mapping[str, str]) -> int | None:
    """The exit status of the command, begun by the process that has everything loaded; below zero a signal ended it.

    None: there is no such process, or it is not for this command, and nothing was begun.
    """
    if environment.get(OFF) == "no" or not ALONE.isdisjoint(arguments[1:2]):
        return None
    connection = _connected(environment)
    if connection is None:
        return None
    with connection:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)  # what comes meanwhile is not lost, it waits
        try:
            if not _taken(connection, arguments, environment):
                return None
            for number in FORWARDED:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    signal.signal(number, _Forwarding(connection))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return _end(connection)


def loaded_in(environment: Mapping[str, str]) -> int | None:
    """The process that has everything loaded for this user; None: there is none, or the environment wants none."""
    connection = None if environment.get(OFF) == "no" else _connected(environment)
    if connection is None:
        return None
    with connection:
        return peer(connection)[0]


def end_with(status: int) -> NoReturn:
    """This process ends as its command did, by the same signal where one ended it."""
    if status >= 0:
        sys.exit(status)
    with contextlib.suppress(OSError):  # SIGKILL is nobody's to handle
        signal.signal(-status, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [-status])
    os.kill(os.getpid(), -status)
    os._exit(_BY_SIGNAL - status)  # the first process of a container is ended by no signal of its own


def _connected(environment: Mapping[str, str]) -> socket.socket | None:
    try:
        path = socket_path(environment)
    except RuntimeError:  # a user without a home: containers have such
        return None
    if not ours_alone(path, stat.S_ISSOCK):
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_ANSWERS_WITHIN_S)
    try:
        connection.connect(str(path))
        if peer(connection)[1] == os.geteuid():
            return connection
    except OSError:  # nobody listens any more, or too many wait
        pass
    connection.close()
    return None


def _request(arguments: Sequence[str], environment: Mapping[str, str]) -> Request:
    umask = os.umask(0)
    os.umask(umask)
    ignored = [int(number) for number in FORWARDED if signal.getsignal(number) is signal.SIG_IGN]
    streams = [_encoded(getattr(sys, name)) for name in STREAMS]
    here: list[object] = [*surroundings(environment)]
    return Request(list(arguments), dict(environment), here, umask, ignored, streams, _inherited())


def _encoded(stream: TextIO | None) -> Encoded | None:
    return None if stream is None else (stream.encoding, stream.errors or "strict")


def _taken(connection: socket.socket, arguments: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether the other side begins the command; what goes wrong before it is told to has begun nothing."""
    try:
        return _asked(connection, _request(arguments, environment))
    except OSError:  # a folder that may not be searched, no /proc, an answer that did not come
        return False


def _asked(connection: socket.socket, request: Request) -> bool:
    if len(request.files) > MOST_FILES or max(request.files, default=0) > _HIGHEST:
        return False
    folder = os.open(".", os.O_PATH | os.O_DIRECTORY)
    try:
        send_request(connection, request, folder)
        if connection.recv(len(TAKEN)) != TAKEN:
            return False
        connection.settimeout(None)
        connection.sendall(BEGIN)
    finally:
        os.close(folder)
    return True


def _end(connection: socket.socket) -> int:
    try:
        return receive_end(connection)
    except (Gone, OSError):
        print(  # noqa: T201 - nothing that prints prettier is loaded here
            "broker: what watched this command ended before it, so it may still run; look with `broker status` first",
            file=sys.stderr,
        )
        return _UNABLE


class _Forwarding:
    """Sends the number of a signal; a command that has ended meanwhile needs none."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        try:
            self._connection.send(bytes([number]))
        except OSError:
            return


def _inherited() -> list[int]:
    """The numbers of the files that whoever started this process meant it to have."""
    numbers = [int(name) for name in os.listdir("/proc/self/fd")]  # noqa: PTH208 - pathlib is not needed for numbers
    return [number for number in sorted(numbers) if _inheritable(number)]


def _inheritable(number: int) -> bool:
    try:
        return os.get_inheritable(number)
    except OSError:  # the one by which the folder was read
        return False
