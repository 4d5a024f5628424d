"""What a copy of the loaded process does to be the command: it takes on all that its client was started with."""

import atexit
import contextlib
import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Literal, NoReturn, TextIO

from monitoring.preload.message import FORWARDED, STREAMS, Encoded, Request

_STANDARD = (0, 1, 2)
_ERRORS = 2


def become(request: Request, files: list[int]) -> None:
    """Nothing; arguments, environment, folder, files, umask, streams and signals are those of the client."""
    os.setsid()
    folder, *opened = files
    os.fchdir(folder)
    os.close(folder)
    os.umask(request.umask)
    _take_files(opened, request.files)
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    sys.argv = request.arguments
    _take_streams(request.streams)
    for number in FORWARDED:
        signal.signal(number, signal.SIG_IGN if number in request.ignored else signal.SIG_DFL)
    if signal.SIGINT not in request.ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)  # what came meanwhile has waited


def run(command: Callable[[], None]) -> NoReturn:
    """It does not come back. The command ends as by itself, its threads and what is due at its end included.

    What is left out is taking the interpreter apart, which would first copy what all commands share (0.13 s of 0.3);
    processes of `multiprocessing` end in this way. An error that nobody caught, and output that cannot be written, are
    left to Python.
    """
    status: object = 0
    try:
        command()
    except SystemExit as ended:
        status = ended.code or 0
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - no other name for it, see above
    atexit._run_exitfuncs()  # noqa: SLF001 - as above
    if isinstance(status, int):
        with contextlib.suppress(OSError, ValueError):
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            os._exit(status)
    sys.exit(status)  # type: ignore[arg-type]  # what another sys.exit was given


def _take_files(files: list[int], numbers: list[int]) -> None:
    """Nothing; each file has the number that it has in the client. Two steps, since a number may be in use here."""
    above = max((*numbers, *files, *_STANDARD)) + 1
    aside = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, above) for file in files]
    for file in {*files, *_STANDARD}:
        with contextlib.suppress(OSError):  # the server was started without it
            os.close(file)
    for file, number in zip(aside, numbers, strict=True):
        os.dup2(file, number, inheritable=True)
        os.close(file)


def _take_streams(streams: list[Encoded | None]) -> None:
    """Nothing; standard input, output and errors are as Python made them for the client."""
    for number, (name, encoded) in enumerate(zip(STREAMS, streams, strict=True)):
        stream = None if encoded is None else _text(number, *encoded)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _text(number: int, encoding: str, errors: str) -> TextIO:
    mode: Literal["r", "w"] = "w" if number else "r"
    line_by_line = 1 if number == _ERRORS else -1
    return open(number, mode, line_by_line, encoding=encoding, errors=errors, newline="\n", closefd=False)
