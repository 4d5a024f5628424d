"""What goes over the socket: one request with the files that the command has open, its answer, signals, the end.

Client to server: the length of the request (4 bytes), the request as JSON; after `TAKEN` then `BEGIN`, without which
nothing begins, and a byte for each signal that the client gets. Server to client: `TAKEN` or `DECLINED`, and in the end
how the command ended (4 bytes, signed): its exit status, or below zero the signal that ended it.
"""

import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

TAKEN, DECLINED, BEGIN = b"+", b"-", b"\0"
MOST_FILES = 250
"""One message of a Unix socket carries 253; the folder is one of them."""
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""What a person or a service manager sends to a command."""
STREAMS = ("stdin", "stdout", "stderr")
_READ_ONCE = (
    "PYTHON",
    "LD_",
    "OPENSSL_",
    "MALLOC_",
    "TYPER_",
    "PROTOCOL_BUFFERS_",
    "PSYCOPG_",
    "HOME",
    "XDG_CONFIG_HOME",
)
_LENGTH = struct.Struct("!I")
_STATUS = struct.Struct("!i")
_PEER = struct.Struct("3i")


Encoded: TypeAlias = tuple[str, str]
"""A text stream's encoding, and what becomes of what is not in it."""


class Gone(Exception):
    """The other side ended before it had said all."""


class Surroundings(NamedTuple):
    """Where a process is in the world, which a copy of another one cannot take on. JSON makes lists of its tuples."""

    encoding: str
    """Of the names of files, of arguments and of the environment."""
    groups: list[int]
    namespaces: list[str]
    """What it sees of files, network and users."""
    read_once: dict[str, str]
    """Those of its variables that an interpreter or a library reads once, as it is loaded."""


class Request(NamedTuple):
    """A command as its client was started."""

    arguments: list[str]
    """The name of the program first."""
    environment: dict[str, str]
    surroundings: list[object]
    """The values of its `Surroundings`."""
    umask: int
    ignored: list[int]
    """Those of `FORWARDED` that the client was told to ignore."""
    streams: list[Encoded | None]
    """How each of `STREAMS` is encoded; None: the client was started without it."""
    files: list[int]
    """The numbers of the files that go with the request after its working folder, in this order."""


def send_request(connection: socket.socket, request: Request, folder: int) -> None:
    """Nothing; the request is sent with its open folder and its files."""
    text = json.dumps(request._asdict()).encode()
    head = _LENGTH.pack(len(text))
    socket.send_fds(connection, [head], [folder, *request.files])
    connection.sendall(text)


def receive_request(connection: socket.socket) -> tuple[Request, list[int]]:
    """The request, and its folder and files, which are the caller's to close.

    Raises:
        Gone: The client ended meanwhile.
    """
    head, files, _, _ = socket.recv_fds(connection, _LENGTH.size, MOST_FILES + 1)
    head += _exactly(connection, _LENGTH.size - len(head))
    text = _exactly(connection, *_LENGTH.unpack(head))
    return Request(**json.loads(text)), files


def receive_begin(connection: socket.socket) -> None:
    """Nothing; the client waits for its command, and will not begin it by itself.

    Raises:
        Gone: It does not wait any more.
    """
    _exactly(connection, len(BEGIN))


def send_end(connection: socket.socket, status: int) -> None:
    """Nothing; the client knows how its command ended."""
    connection.sendall(_STATUS.pack(status))


def receive_end(connection: socket.socket) -> int:
    """How the command ended.

    Raises:
        Gone: What ran the command is not there any more.
    """
    (status,) = _STATUS.unpack(_exactly(connection, _STATUS.size))
    return int(status)


def peer(connection: socket.socket) -> tuple[int, int]:
    """The process on the other side and its user, as the kernel knows them."""
    process, user, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return process, user


def surroundings(environment: Mapping[str, str]) -> Surroundings:
    """Where this process is.

    Raises:
        OSError: /proc does not tell.
    """
    return Surroundings(
        sys.getfilesystemencoding(),
        sorted({os.getegid(), *os.getgroups()}),
        [str(Path("/proc/self/ns", name).readlink()) for name in ("mnt", "net", "user")],
        {name: value for name, value in sorted(environment.items()) if name.startswith(_READ_ONCE)},
    )


def _exactly(connection: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        more = connection.recv(size - len(got))
        if not more:
            raise Gone
        got += more
    return got
