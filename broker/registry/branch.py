"""The branch `records` in git: only the broker writes it, each commit adds files to those of the one before."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from broker.errors import OperatorError, RegistryBroken
from broker.registry.git import blobs, git, tree

BRANCH: Final = "refs/heads/records"


class RecordsMoved(OperatorError):
    """Another process wrote the branch in between; read it again, and write only under the lease of records."""


def head_of_records(repository: Path) -> str | None:
    """The newest commit of the branch; None = there is no record yet."""
    found = git(repository, "for-each-ref", "--format=%(objectname)", BRANCH).decode().strip()
    return found or None


def object_at(repository: Path, name: str) -> str:
    """The object in the top folder of the newest commit; empty = there is none of this name, or no record yet."""
    try:
        return git(repository, "rev-parse", "--verify", "--quiet", f"{BRANCH}:{name}").decode().strip()
    except RegistryBroken:
        # no such thing, or one that cannot be read, which is to be told
        head = head_of_records(repository)
        return folder(repository, head).get(name, ("", ""))[1] if head else ""


def contents(repository: Path, head: str, paths: Iterable[str], limit_bytes: int) -> dict[str, bytes]:
    """What lies at the commit under each of the paths, or below it where that is a folder; larger ones are left out."""
    found = {file.path: file.blob for file in tree(repository, head, *paths)}
    data = dict(blobs(repository, found.values(), limit_bytes))
    return {path: content for path, blob in found.items() if (content := data[blob]) is not None}


def write(repository: Path, files: Mapping[str, bytes], head: str | None, at: datetime, remote: str = "") -> str:
    """The commit that adds the files to those of `head`; the branch moves only from there. Pushes to `remote`.

    Raises:
        RecordsMoved: The branch, here or on the remote, moved in between.
        RegistryBroken: git could not write.
    """
    try:
        stream = _stream(files, head, at)
        commit = git(repository, "fast-import", "--quiet", "--done", "--date-format=raw", data=stream).decode().strip()
    except RegistryBroken as error:
        if head_of_records(repository) == head:
            raise
        raise RecordsMoved(f"writing records to {repository}: the branch moved meanwhile; read it again") from error
    if remote:
        _push(repository, remote)
    return commit


def folder(repository: Path, name: str) -> dict[str, tuple[str, str]]:
    """Mode with type, and object, of everything in one folder of a commit; nothing where there is no such folder.

    `name` is a commit, `commit:folder`, or empty for none.
    """
    commit, _, path = name.partition(":")
    if not commit:
        return {}
    arguments = (commit, "--", f"{path}/") if path else (commit,)
    lines = git(repository, "--literal-pathspecs", "ls-tree", "--full-tree", *arguments).decode().splitlines()
    split = (line.split("\t") for line in lines)
    return {full.rpartition("/")[2]: (head.rpartition(" ")[0], head.rpartition(" ")[2]) for head, full in split}


def _stream(files: Mapping[str, bytes], head: str | None, at: datetime) -> bytes:
    """One commit for `git fast-import`, which moves the branch only to what follows its newest commit."""
    parts = [
        f"commit {BRANCH}\nmark :1\ncommitter broker <broker@govcloud.invalid> {int(at.timestamp())} +0800\n".encode(),
        b"data 8\nrecords\n\n",
        f"from {head}\n".encode() if head else b"",
    ]
    for path, content in files.items():
        parts.append(f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n")
    return b"".join((*parts, b"get-mark :1\ndone\n"))


def _push(repository: Path, remote: str) -> None:
    try:
        git(repository, "push", "--quiet", remote, f"{BRANCH}:{BRANCH}")
    except RegistryBroken as error:
        if "rejected" not in str(error):
            raise
        raise RecordsMoved(f"pushing records to {remote}: it has others; fetch them and write again") from error
