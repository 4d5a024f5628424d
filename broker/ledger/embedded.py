"""The ledger's own PostgreSQL server, used where no DSN is set: no root, no packages, no port.

It listens on a socket in a private folder only. It outlives the process that started it; `stop` ends it.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from broker.errors import LedgerUnavailable
from broker.ledger import programs
from broker.ledger.programs import RunAs

DATABASE = "govcloud"
SUPERUSER = "broker"
"""Owns the data; used to migrate and to rebuild alone."""
SERVICE = "broker_service"
"""The role that the broker works with: it cannot change or remove entries of the audit log."""
_LONGEST_SOCKET_FOLDER = 90  # a socket's path has 107 bytes at most, `/.s.PGSQL.5432` included
_START_S = 30.0
_STOP_S = 30.0
_LAUNCH_S = 1.0
_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its data folder, the folder of its socket, and the process id of its postmaster."""

    data: Path
    socket: Path
    pid: int

    def dsn(self, database: str = DATABASE, user: str = SUPERUSER) -> str:
        """The connection string of one of its databases."""
        return make_conninfo(host=str(self.socket), user=user, dbname=database)


def start(home: Path, *, durable: bool = True) -> Server:
    """The server whose data lie below `home`: started, or found running. Several may start it at once.

    `durable=False` gives up safety against a power cut, for tests.

    Raises:
        LedgerUnavailable: It does not start; the message holds the end of its log, or says whose folder it is.
    """
    home = home.resolve()
    data = home / "data"
    runner = _prepared(home, data)
    with _alone(home):
        if not (data / "PG_VERSION").exists():
            _initialise(home, runner)
        server = _launched(home, runner, durable=durable)
        _ensure_database(server)
    return server


def made(home: Path) -> bool:
    """Whether there is a server's database below `home`, running or not."""
    return (home / "data" / "PG_VERSION").exists()


def running(home: Path) -> Server | None:
    """The server whose data lie below `home`, if it answers."""
    home = home.resolve()
    pid = _postmaster(home / "data")
    if pid is None:
        return None
    server = Server(home / "data", socket_folder(home), pid)
    return server if _answers(server) else None


def stop(home: Path) -> bool:
    """Whether there was a server below `home` to stop. Its clients are cut off, nothing committed is lost.

    Raises:
        LedgerUnavailable: It is still there after 30 s.
    """
    data = home.resolve() / "data"
    pid = _postmaster(data)
    if pid is None:
        return False
    os.kill(pid, signal.SIGINT)  # PostgreSQL's fast shutdown
    deadline = time.monotonic() + _STOP_S
    while _postmaster(data) == pid:
        if time.monotonic() > deadline:
            raise LedgerUnavailable(f"stopping the embedded ledger: process {pid} is still there after {_STOP_S:.0f} s")
        time.sleep(_PAUSE_S)
    return True


def socket_folder(home: Path) -> Path:
    """Where the socket lies: below `home`, or in the folder for temporary files where that path is too long."""
    near = home / "socket"
    if len(os.fsencode(near)) <= _LONGEST_SOCKET_FOLDER and "," not in str(near):
        return near
    short = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"govcloud-{home.stat().st_uid}-{short}")


def _prepared(home: Path, data: Path) -> RunAs:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        runner = programs.run_as(data)
        if runner.uid is not None:
            home.chmod(0o711)  # another user must pass through to its own folders
        for folder in (data, socket_folder(home)):
            _own(folder, runner)
    except PermissionError as error:
        raise LedgerUnavailable(
            f"starting the embedded ledger in {home}: {error.strerror} on {error.filename}; start the broker as the "
            f"owner of that folder, or choose another home folder"
        ) from error
    return runner


def _own(folder: Path, runner: RunAs) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), runner.uid}:
        raise LedgerUnavailable(f"starting the embedded ledger: {folder} belongs to somebody else; remove it")
    if runner.uid is not None and runner.gid is not None:
        os.chown(folder, runner.uid, runner.gid)
    folder.chmod(0o700)


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _initialise(home: Path, runner: RunAs) -> None:
    for stranger in sorted((home / "data").iterdir()):
        raise LedgerUnavailable(
            f"making the embedded ledger in {home}: data holds {stranger.name} but no database; move it away"
        )
    part = home / "data.part"  # an interrupted initdb leaves nothing that looks like a database
    shutil.rmtree(part, ignore_errors=True)
    _own(part, runner)
    command: list[str | Path] = [
        programs.folder() / "initdb",
        "-D",
        part,
        "-U",
        SUPERUSER,
        "--auth=trust",
        "--encoding=UTF8",
    ]
    made = runner.run([*command, "--locale=C.UTF-8", "--no-instructions"])
    if made.returncode:
        raise LedgerUnavailable(
            f"making the embedded ledger in {home}: {made.stderr.strip()}; run the broker as an ordinary user, or set "
            f"BROKER_DSN"
        )
    part.rename(home / "data")


def _launched(home: Path, runner: RunAs, *, durable: bool) -> Server:
    """The server, launched again and again: a dead postmaster's children hold its shared memory for a moment."""
    data = home / "data"
    deadline = time.monotonic() + _START_S
    next_launch = 0.0
    while (server := running(home)) is None:
        now = time.monotonic()
        if now > deadline:
            raise LedgerUnavailable(f"starting the embedded ledger in {data}: {_log_end(home)}")
        if now >= next_launch and _postmaster(data) is None:
            # a zombie or a recycled id counts as alive to PostgreSQL; memory still in use stops it all the same
            (data / "postmaster.pid").unlink(missing_ok=True)
            runner.launch([programs.folder() / "postgres", *_options(home, durable=durable)], home / "log")
            next_launch = now + _LAUNCH_S
        time.sleep(_PAUSE_S)
    return server


def _options(home: Path, *, durable: bool) -> list[str]:
    settings = ["listen_addresses=", "unix_socket_permissions=0700", "timezone=UTC"]
    if not durable:
        settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    named = [part for setting in settings for part in ("-c", setting)]
    return ["-D", str(home / "data"), "-k", str(socket_folder(home)), *named]


def _ensure_database(server: Server) -> None:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as conn:
        known = conn.execute("select from pg_database where datname = %s", (DATABASE,)).fetchone()
        if known is None:
            conn.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
        if conn.execute("select from pg_roles where rolname = %s", (SERVICE,)).fetchone() is None:
            conn.execute(sql.SQL("create role {} login").format(sql.Identifier(SERVICE)))


def _answers(server: Server) -> bool:
    try:
        with psycopg.connect(server.dsn("postgres"), connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def _postmaster(data: Path) -> int | None:
    """The process id in the lock file, if that process is a PostgreSQL of ours and no corpse."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        name, _, rest = Path("/proc", str(pid), "stat").read_text().rpartition(")")
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return pid if name.endswith("(postgres") and rest.split()[0] != "Z" else None


def _log_end(home: Path) -> str:
    try:
        return " | ".join((home / "log").read_text(errors="replace").splitlines()[-5:])
    except OSError as error:
        return f"no log: {error.strerror}"
