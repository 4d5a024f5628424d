"""The private folder of one operation: a file backend with one stack in it, its project and its settings."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from broker.engine import locks, state
from broker.errors import EngineError


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where the files of one stack's operation are. `root` is absolute, readable by its owner alone."""

    root: Path
    stack: str

    @property
    def backend(self) -> Path:
        """Pulumi's file backend."""
        return self.root / "state"

    @property
    def home(self) -> Path:
        """PULUMI_HOME: the CLI's own logs go here and end with the operation."""
        return self.root / "home"

    @property
    def state_file(self) -> Path:
        """The stack's checkpoint."""
        return self.backend / ".pulumi" / "stacks" / state.PROJECT / f"{self.stack}.json"

    @property
    def lock_folder(self) -> Path:
        """Where a CLI that works on the stack says so."""
        return self.backend / ".pulumi" / "locks" / "organization" / state.PROJECT / self.stack


def prepare(root: Path, stack: str, restored: bytes) -> Workspace:
    """The workspace with the given state in it. What an earlier run left there is overwritten; its dead lock goes.

    Raises:
        EngineError: A CLI still works in this folder, or the state belongs to another stack.
    """
    if (owner := state.stack_of(restored)) != stack:
        raise EngineError(f"restoring the state of {stack}: these bytes belong to {owner}; load the ledger's row again")
    space = Workspace(root.absolute(), stack)
    space.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    space.home.mkdir(mode=0o700, exist_ok=True)
    space.state_file.parent.mkdir(parents=True, exist_ok=True)
    _free(space)
    (space.backend / ".pulumi" / "meta.yaml").write_text("version: 1\n", encoding="utf-8")
    # The runtime is a name only: the program is served by --client.
    (space.root / "Pulumi.yaml").write_text(f"name: {state.PROJECT}\nruntime: python\n", encoding="utf-8")
    settings = space.root / f"Pulumi.{stack}.yaml"
    settings.write_text(f"encryptionsalt: {state.salt_of(restored)}\n", encoding="utf-8")
    _replace(space.state_file, restored)
    return space


def read_back(space: Workspace) -> bytes | None:
    """The state after the CLI ended, whole even if it was killed; None where a person removed the stack."""
    try:
        return space.state_file.read_bytes()
    except FileNotFoundError:
        return None


def _free(space: Workspace) -> None:
    if alive := locks.clear(space.lock_folder):
        raise EngineError(
            f"restoring the state of {space.stack}: process {alive[0].pid} still works in {space.root}; "
            f"it ends by itself once its broker is gone, run again then"
        )


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_bytes(content)
    draft.replace(path)
