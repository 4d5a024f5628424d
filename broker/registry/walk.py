"""The first-parent history of main, commit by commit: which file entered where, and what was renamed."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from broker.errors import RegistryBroken
from broker.registry.git import git


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it first entered."""

    path: str
    blob: str
    mode: str
    commit: str
    """Empty = not merged."""
    order: int
    """Position of the commit in the first-parent history."""


_Commit = tuple[str, str, list[tuple[str, str, str]]]
"""Its name, its first parent (empty = none) and (mode, blob, path) of what it added, changed or removed."""


@dataclass(slots=True)
class Walk:
    """What was found on the way from the first commit to the last of `chain`."""

    chain: list[str] = field(default_factory=list)
    first: dict[str, Entry] = field(default_factory=dict)
    """By path: the file as it first entered."""
    renamed: dict[str, str] = field(default_factory=dict)


def walked(repository: Path, head: str, known: Walk | None) -> Walk:
    """The walk to the head, from where `known` ended if the head follows that.

    Raises:
        RegistryBroken: git cannot read the history.
    """
    if known is not None and known.chain:
        try:
            commits = list(_commits(repository, f"{known.chain[-1]}..{head}"))
        except RegistryBroken:  # another repository lies here now, or git removed what nobody refers to
            commits = []
        before = commits[0][1] if commits else head
        if before == known.chain[-1]:
            return _on(known, commits)
    return _on(Walk(), list(_commits(repository, head)))


def _on(walk: Walk, commits: list[_Commit]) -> Walk:
    for commit, _, changes in commits:
        _enter(walk, commit, changes)
    return walk


def _commits(repository: Path, range_: str) -> Iterator[_Commit]:
    """Each first-parent commit of the range, oldest first."""
    options = (
        "--first-parent",
        "--diff-merges=first-parent",
        "--reverse",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "-z",
    )
    listed = git(repository, "-c", "log.showRoot=true", "log", *options, "--format=format:commit %H %P", range_)
    commit, parent, changes = "", "", list[tuple[str, str, str]]()
    parts = iter(listed.split(b"\0"))
    for part in parts:
        text = part.lstrip(b"\n")
        if text.startswith(b"commit "):
            if commit:
                yield commit, parent, changes
            first, _, text = text.partition(b"\n")
            _, commit, *parents = first.decode().split(" ")
            parent = parents[0] if parents else ""
            changes = []
        if text.startswith(b":"):
            _, mode, _, blob, _ = text.decode().split(" ")
            changes.append((mode, blob, os.fsdecode(next(parts))))
    if commit:
        yield commit, parent, changes


def _enter(walk: Walk, commit: str, changes: list[tuple[str, str, str]]) -> None:
    order = len(walk.chain)
    walk.chain.append(commit)
    added: dict[str, str] = {}
    for mode, blob, path in changes:
        if not blob.strip("0"):
            continue
        if path not in walk.first:
            added[blob] = path
            walk.first[path] = Entry(path, blob, mode, commit, order)
    for _, blob, path in changes:
        was = walk.first.get(path)
        if was and not blob.strip("0") and was.blob in added and (to := added[was.blob]) != path:
            walk.renamed[path] = to
            walk.first.pop(to)
