"""A process like that of `broker preload`, whose commands are small: `python house.py CACHE-FOLDER CODE-FILE`."""

import atexit
import gc
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4]))

from monitoring.preload.command import run
from monitoring.preload.message import FORWARDED
from monitoring.preload.place import socket_path
from monitoring.preload.server import serve


def command() -> None:
    """What `sys.argv` says, which is a client's by now."""
    _, name, *rest = sys.argv
    COMMANDS[name](*rest)


def say(told: str) -> None:
    sys.stdout.write(f"{told}\n")
    sys.stdout.flush()


def show() -> None:
    umask = os.umask(0)
    told = {
        "arguments": sys.argv,
        "variable": os.environ.get("OF_THE_CLIENT"),
        "of the server": os.environ.get("OF_THE_SERVER"),
        "folder": str(Path.cwd()),
        "umask": umask,
        "zone": time.strftime("%z", time.localtime(0)),
        "ignored": [int(number) for number in FORWARDED if signal.getsignal(number) is signal.SIG_IGN],
        "process": os.getpid(),
    }
    say(json.dumps(told, ensure_ascii=False))


def copy() -> None:
    sys.stdout.write(sys.stdin.read())  # with the ends of lines that it has


def read(path: str) -> None:
    sys.stdout.write(Path(path).read_text(encoding="utf-8"))


def twice(path: str) -> None:
    """What the file holds, read again later: it is still open."""
    for _ in range(2):
        sys.stdout.write(Path(path).read_text(encoding="utf-8"))
        gc.collect()


def end(status: str) -> None:
    sys.stderr.write("to the errors\n")
    sys.exit(int(status))


def complain() -> None:
    sys.exit("a sentence")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise RuntimeError("nobody catches this")


def wait(told: str) -> None:
    """Says which signal came first, in a file as well: whoever listens may be gone."""
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    say("waits")
    name = signal.Signals(signal.sigwait(FORWARDED)).name
    Path(told).write_text(name, encoding="utf-8")
    say(name)
    sys.exit(7)


def linger() -> None:
    """A thread and a function that is due at the end still have something to say."""
    atexit.register(say, "at the end")
    threading.Timer(0.2, say, ("from a thread",)).start()


def interrupted() -> None:
    say("waits")
    time.sleep(60)


COMMANDS = {
    function.__name__: function
    for function in (show, copy, read, twice, end, complain, die, fail, wait, linger, interrupted)
}


def main(cache: str, code: str) -> None:
    path = socket_path({"XDG_CACHE_HOME": cache})
    digest = Path(code).read_text
    if serve(path, digest(encoding="utf-8"), lambda: digest(encoding="utf-8"), say):
        run(command)


if __name__ == "__main__":
    main(*sys.argv[1:])
