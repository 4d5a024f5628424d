"""The git host: what it has is brought here, what the broker knows is pushed there. It may be away for a while.

This machine keeps a bare copy. Its `main` is the last head that was taken over: it only moves to a commit that follows,
or that the office accepted. Its `records` is what the host has; facts that could not be pushed wait in the ledger.
"""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from broker import private
from broker.errors import RegistryBroken, SettingsError
from broker.registry.git import git, is_repository
from broker.registry.history import HistoryReplaced, follows
from stacks.masked import masked

T = TypeVar("T")

RECORDS: Final = "records"
SEEN: Final = "refs/host/"
"""Where the host's branches lie here, all of them."""
REPLACED: Final = "refs/replaced/"
"""Heads that another history took the place of: they stay, so that it can be seen what was there."""
FOLDED: Final = "refs/folded/last"
"""The last head that was decided on: a rewritten branch must not let git throw it away."""
ANSWER_S: Final = 60.0
AGAIN_S: Final = 5.0
"""How long a host that did not answer is not asked again by everybody who reads."""


class HostAway(RegistryBroken):
    """The git host does not answer, or refuses the broker."""


@dataclass(slots=True)
class Host:
    """One repository on a host, and its copy here. `remote` empty: the repository here is the registry itself."""

    repository: Path
    remote: str
    branch: str
    credentials: Path
    """A file as `git credential-store` keeps it, for a host that asks for a password or a token."""
    accepted: Callable[[str, str], bool]
    """Whether the office accepted the second head in place of the first, which it does not follow."""
    answer_s: float = ANSWER_S
    again_s: float = AGAIN_S
    _away: str = ""
    _asked_at_s: float = 0.0
    _one: threading.Lock = field(default_factory=threading.Lock)

    @property
    def away(self) -> str:
        """Why the host could not be asked when it was asked last; empty = it answered, or there is none."""
        return self._away

    def refresh(self) -> None:
        """Nothing; the copy has what the host has, or `away` says why not.

        Raises:
            HistoryReplaced: The host's main does not follow the one here, and two people did not accept it.
            RegistryBroken: The host's records are not those that it had.
            HostAway: It was never reached, so there is nothing to go on with.
            SettingsError: The folder holds a work tree.
        """
        if not self.remote:
            return
        with self._alone():
            self._refresh()

    def goes_on(self, last: str, head: str) -> bool:
        """Whether a round at the head comes after one at the last: by history, or since the office accepted it.

        Raises:
            HistoryReplaced: Neither, and the head is no older one of the same history.
        """
        try:
            after = follows(self.repository, last, head)
        except HistoryReplaced:
            if not self.accepted(last, head):
                raise
            self._move(f"{REPLACED}{last}", last)
            after = True
        if after and not self.remote:
            self._move(FOLDED, head)  # where people's branch is this one, nothing else keeps what is decided on
        return after

    def publish(self, write: Callable[[], T]) -> T:
        """What `write` gives back; what it has put on the newest records lies here and on the host.

        Nobody looks in between: what lies here and is not yet pushed would be taken for what a dead broker left.

        Raises:
            HostAway: It does not answer, or refuses; the branch here is again what the host is known to have.
        """
        if not self.remote:
            return write()
        with self._alone():
            self._refresh()
            if self._away:
                raise HostAway(self._away)
            written = write()
            self._push_records()
        return written

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """As long as it is open, no other thread and no other process moves a branch of the copy."""
        path = self.repository.with_name(f"{self.repository.name}.lock")
        with self._one, contextlib.ExitStack() as held:
            try:
                private.make(path.parent)
                lock = held.enter_context(path.open("ab"))
            except OSError as error:
                raise RegistryBroken(
                    f"locking the copy {self.repository}: {error}; let the broker write there"
                ) from None
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _refresh(self) -> None:
        if self._away and time.monotonic() - self._asked_at_s < self.again_s:
            return
        self._prepare()
        self._asked_at_s = time.monotonic()
        before = self._ref(SEEN + RECORDS)
        try:
            self._git("fetch", "--quiet", "--no-tags", "--prune", self.remote, f"+refs/heads/*:{SEEN}*")
        except RegistryBroken as error:
            self._away = str(error)
            if not self._ref(f"refs/heads/{self.branch}"):
                raise HostAway(f"{error}; it was never reached, so there is no registry here yet") from error
            return
        self._away = ""
        self._take_main()
        self._take_records(before)

    def _push_records(self) -> None:
        local = f"refs/heads/{RECORDS}"
        try:
            self._git("push", "--quiet", self.remote, f"{local}:{local}")
        except RegistryBroken as error:
            self._away, self._asked_at_s = str(error), time.monotonic()
            self._put_back(local)
            raise HostAway(str(error)) from error
        self._move(SEEN + RECORDS, self._ref(local))

    def _prepare(self) -> None:
        parts = urlsplit(self.remote)
        if parts.password or (parts.scheme in {"http", "https"} and parts.username):
            raise SettingsError(f"the remote names a password: it belongs into {self.credentials}; see docs/daemon.md")
        if not self.repository.exists():
            private.make(self.repository)
            git(self.repository, "init", "--quiet", "--bare", f"--initial-branch={self.branch}")
        if (self.repository / ".git").exists() or not is_repository(self.repository):
            raise SettingsError(
                f"{self.repository} is no bare repository: with a remote the broker keeps a copy of its own; "
                "name a folder that is not there yet as `registry`"
            )

    def _take_main(self) -> None:
        local, theirs = f"refs/heads/{self.branch}", self._ref(SEEN + self.branch)
        ours = self._ref(local)
        if not theirs:
            raise HistoryReplaced(f"reading {self._name}: it has no branch {self.branch}; put it back at {ours[:12]}")
        if ours and ours != theirs and not self._follows(ours, theirs):
            self._move(f"{REPLACED}{ours}", ours)
        if ours != theirs:
            self._move(local, theirs)

    def _follows(self, ours: str, theirs: str) -> bool:
        """Whether theirs comes after ours; False: it does not, and was accepted."""
        try:
            if follows(self.repository, ours, theirs):
                return True
            fact = f"{theirs} is older than {ours}, the last head that was taken over; put that one back"
        except HistoryReplaced as error:
            fact = str(error)
        if self.accepted(ours, theirs):
            return False
        raise HistoryReplaced(f"reading {self._name}: {fact}")

    def _take_records(self, before: str) -> None:
        """The host's records; what lies here and was never pushed is in the ledger still, and goes."""
        theirs, local = self._ref(SEEN + RECORDS), f"refs/heads/{RECORDS}"
        if before and before != theirs and not (theirs and self._is_ancestor(before, theirs)):
            self._move(SEEN + RECORDS, before)
            raise RegistryBroken(
                f"reading {self._name}: its records are not those it had ({before[:12]}); nobody but the broker writes "
                f"them: push {local} of {self.repository} there again, and see who could"
            )
        if theirs and theirs != self._ref(local):
            self._move(local, theirs)

    def _is_ancestor(self, before: str, after: str) -> bool:
        return before in git(self.repository, "rev-list", "--first-parent", after).decode().split()

    def _put_back(self, local: str) -> None:
        if known := self._ref(SEEN + RECORDS):
            self._move(local, known)
        elif self._ref(local):
            git(self.repository, "update-ref", "-d", local)

    def _move(self, name: str, to: str) -> None:
        git(self.repository, "update-ref", "-m", "broker", name, to)

    def _ref(self, name: str) -> str:
        return git(self.repository, "for-each-ref", "--format=%(objectname)", name).decode().strip()

    @property
    def _name(self) -> str:
        return masked(self.remote)

    def _git(self, *arguments: str) -> None:
        helper = ("-c", "credential.helper=", "-c", f"credential.helper=store --file={self.credentials}")
        patient = {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=10"),
            "GIT_HTTP_LOW_SPEED_LIMIT": "100",
            "GIT_HTTP_LOW_SPEED_TIME": "20",
        }
        given = helper if self.credentials.exists() else ()
        git(self.repository, *given, *arguments, environment=patient, timeout_s=self.answer_s)
