"""The few git plumbing commands that the registry needs: objects are read, never a work tree."""

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from broker.errors import RegistryBroken, ToolMissing
from stacks.masked import masked

FILE_MODES: Final = frozenset({"100644", "100755"})
SYMLINK_MODE: Final = "120000"
SUBMODULE_MODE: Final = "160000"
_NOT_FOR_GIT: Final = ("BROKER_", "OS_", "AWS_", "VAULT_")
"""What may hold passwords of the ledger and of clouds: git and its hooks need none of it."""
MAX_TEXT_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One entry of a commit's tree."""

    path: str
    mode: str
    blob: str


def git(
    repository: Path,
    *arguments: str,
    data: bytes = b"",
    environment: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
) -> bytes:
    """What the command writes. Replacement objects are off: they would show another history than the one signed.

    Raises:
        RegistryBroken: The command did not succeed, or not in time.
        ToolMissing: There is no git.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_FOR_GIT)}
    variables = {**inherited, "LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1", **(environment or {})}
    try:
        done = subprocess.run(  # noqa: S603 - fixed program, revisions are checked by `commit_of`
            ["git", "-C", str(repository), *arguments],  # noqa: S607 - git is found on PATH, as a person's is
            input=data,
            capture_output=True,
            check=False,
            env=variables,
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired:
        raise RegistryBroken(f"git {_verb(arguments)} in {repository}: no answer in {timeout_s} s") from None
    except FileNotFoundError:
        raise ToolMissing("reading the registry: git is not on PATH; install it (Debian: apt install git)") from None
    if done.returncode:
        said = masked(done.stderr.decode(errors="replace").strip()) or f"exit status {done.returncode}"
        raise RegistryBroken(
            f"git {_verb(arguments)} in {repository}: {said}; see that the repository is whole and ours"
        )
    return done.stdout


def _verb(arguments: tuple[str, ...]) -> str:
    """The command's own word, after settings that were given with it."""
    settings = sum(argument == "-c" for argument in arguments)
    return next((a for n, a in enumerate(arguments) if n >= 2 * settings and not a.startswith("-")), arguments[0])


def commit_of(repository: Path, revision: str) -> str:
    """The commit that a revision names.

    Raises:
        RegistryBroken: There is no such folder or revision, or the clone is shallow and hides the history.
    """
    if not repository.is_dir():
        raise RegistryBroken(
            f"reading the registry {repository}: there is no such folder; name it, or give the --home of a deployment "
            "whose broker.toml says where its registry is"
        )
    wanted = f"{revision}^{{commit}}"
    asked = ("--is-shallow-repository", "--verify", "--quiet", "--end-of-options", wanted)
    try:
        shallow, found = git(repository, "rev-parse", *asked).decode().split()
    except RegistryBroken:
        if not is_repository(repository):
            raise
        raise RegistryBroken(
            f"reading {repository}: it has no revision {revision}; fetch it, or name one that git log shows"
        ) from None
    if shallow == "true":
        raise RegistryBroken(
            f"reading {repository}: the clone is shallow; fetch the whole history (git fetch --unshallow)"
        )
    return found


def text_of(repository: Path, commit: str, path: str) -> str:
    """What lies under the path at the commit, however malformed; empty where no file of a sane size does."""
    listed = tree(repository, commit, path) if path else ()
    found = [file for file in listed if file.path == path and file.mode in FILE_MODES]
    contents = dict(blobs(repository, (file.blob for file in found), MAX_TEXT_BYTES))
    return b"".join(data or b"" for data in contents.values()).decode(errors="replace")


def is_repository(folder: Path) -> bool:
    """Whether the folder is the top of a git work tree, or a bare repository."""
    return (folder / ".git").exists() or ((folder / "HEAD").is_file() and (folder / "objects").is_dir())


def tree(repository: Path, commit: str, *paths: str) -> tuple[TreeFile, ...]:
    """Every file of the commit, or those under the paths."""
    listed = git(repository, "--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths)
    return tuple(_tree_file(line) for line in listed.split(b"\0") if line)


def _tree_file(line: bytes) -> TreeFile:
    head, _, name = line.partition(b"\t")
    mode, _, blob = head.decode().split(" ")
    return TreeFile(os.fsdecode(name), mode, blob)


def blobs(repository: Path, names: Iterable[str], limit_bytes: int) -> Iterator[tuple[str, bytes | None]]:
    """The content of each blob once; None for one above the limit, which is never brought into memory."""
    asked = sorted(set(names))
    if not asked:
        return
    sizes = git(repository, "cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer", data=_lines(asked))
    fit: list[str] = []
    large: list[str] = []
    for line in sizes.decode().splitlines():
        name, size = line.split(" ")
        if size == "missing":
            raise RegistryBroken(f"reading {repository}: the object {name} is missing; fetch the repository again")
        (fit if int(size) <= limit_bytes else large).append(name)
    yield from ((name, None) for name in large)
    if not fit:
        return
    content = git(repository, "cat-file", "--batch=%(objectname) %(objectsize)", "--buffer", data=_lines(fit))
    at = 0
    for name in fit:
        end = content.index(b"\n", at)
        size_bytes = int(content[at:end].split(b" ")[1])
        yield name, content[end + 1 : end + 1 + size_bytes]
        at = end + size_bytes + 2


def _lines(names: list[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()
