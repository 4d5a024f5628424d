"""The secret store of a deployment without a vault: one file 0600 per stack in a folder 0700."""

import contextlib
import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from broker import private
from broker.errors import SettingsError
from broker.handover.store import StackSecrets

_SUFFIX = ".json"


class FolderStore:
    """Each file is replaced whole; writers of all processes take turns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()

    def stacks(self) -> tuple[str, ...]:
        """Every stack that has secrets, sorted."""
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"*{_SUFFIX}")))

    def read(self, stack: str) -> StackSecrets:
        """What is kept of a stack; empty where it has nothing.

        Raises:
            SettingsError: The file is damaged, or others than its owner may read it.
        """
        path = self._path(stack)
        try:
            if path.stat().st_mode & 0o077:
                raise SettingsError(f"reading the secrets of {stack}: others may read {path}; chmod 600 {path}")
            raw = json.loads(path.read_text(encoding="utf-8"))
            return StackSecrets(raw["version"], raw["secrets"])
        except FileNotFoundError:
            return StackSecrets()
        except (ValueError, KeyError, TypeError):
            # the cause quotes the file's text
            raise SettingsError(
                f"reading the secrets of {stack}: {path} is damaged; put it back from the backup, or ask for new "
                f"secrets by a form"
            ) from None

    def change(self, stack: str, change: Callable[[StackSecrets], StackSecrets]) -> None:
        """Keep what `change` makes of what is kept."""
        with self._alone():
            before = self.read(stack)
            after = change(before)
            if after.secrets and after != before:
                self._write(stack, after)
            elif not after.secrets:
                self._path(stack).unlink(missing_ok=True)

    def _path(self, stack: str) -> Path:
        return self._folder / f"{stack}{_SUFFIX}"

    def _write(self, stack: str, kept: StackSecrets) -> None:
        path = self._path(stack)
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)  # of a killed writer: its mode might be another
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            json.dump({"version": kept.version, "secrets": kept.secrets}, stream, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        private.make(self._folder)
        with self._turn:
            lock = os.open(self._folder / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
            finally:
                os.close(lock)
