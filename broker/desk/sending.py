"""Between the clone and its git host: what is signed is handed in, what others handed in is fetched."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from broker.desk.cabinet import Draft
from broker.desk.filing import NotDone, paths_of
from broker.errors import RegistryBroken
from broker.registry.git import git

_HOST_S: Final = 60.0
"""How long the git host may take."""
_NOBODY_TO_ASK: Final = {"GIT_TERMINAL_PROMPT": "0"}
"""The officer sits at a page: a question at the terminal would never be answered."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What was handed in: the commit, and where it was pushed; empty = the clone has no host to push to."""

    commit: str
    to: str


def hand_in(folder: Path, papers: Iterable[Draft], person: str) -> HandedIn:
    """The commit of the complete papers on the branch of the clone, pushed where the branch has an upstream.

    Raises:
        NotDone: Nothing is complete.
        RegistryBroken: git could not commit, or the host did not take the branch: then the commit stays here, and
            handing in again pushes it.
    """
    complete = [paper for paper in papers if paper.complete and not paper.faults]
    if not complete:
        raise NotDone("没有签名齐全的文件可以送交。")
    paths = [path for paper in complete for path in paths_of(paper)]
    git(folder, "add", "--", *paths)
    if git(folder, "status", "--porcelain", "--", *paths).strip():
        message = "、".join(paper.filed.id for paper in complete)
        git(folder, *_author(person), "commit", "--quiet", "-m", f"送交 {message}", "--only", "--", *paths)
    to = upstream_of(folder)
    if to:
        _push(folder, person)
    return HandedIn(git(folder, "rev-parse", "--short", "HEAD").decode().strip(), to)


def fetch(folder: Path, person: str) -> str:
    """Where from; the clone has what others handed in, with what was committed here after it.

    Raises:
        NotDone: The clone has no upstream.
        RegistryBroken: The host does not answer, or what was committed here does not fit: the clone is as it was.
    """
    upstream = upstream_of(folder)
    if not upstream:
        raise NotDone("此副本没有上游，无处取回。")
    _fetch(folder, person)
    return upstream


def upstream_of(folder: Path) -> str:
    """What the clone's branch follows, such as `origin/main`; empty = nothing."""
    try:
        return git(folder, "rev-parse", "--abbrev-ref", "@{upstream}").decode().strip()
    except RegistryBroken:
        return ""


def _push(folder: Path, person: str) -> None:
    try:
        git(folder, "push", "--quiet", timeout_s=_HOST_S, environment=_NOBODY_TO_ASK)
    except RegistryBroken:
        # somebody else was first, mostly: the commit goes after his, as the order of main asks
        _fetch(folder, person)
        git(folder, "push", "--quiet", timeout_s=_HOST_S, environment=_NOBODY_TO_ASK)


def _fetch(folder: Path, person: str) -> None:
    git(folder, "fetch", "--quiet", timeout_s=_HOST_S, environment=_NOBODY_TO_ASK)
    try:
        git(folder, *_author(person), "rebase", "--quiet", "@{upstream}")
    except RegistryBroken:
        if _rebasing(folder):
            git(folder, "rebase", "--abort")
        raise


def _rebasing(folder: Path) -> bool:
    there = git(folder, "rev-parse", "--git-path", "rebase-merge", "--git-path", "rebase-apply").decode().split("\n")
    return any((folder / path).exists() for path in there if path)


def _author(person: str) -> tuple[str, ...]:
    return ("-c", f"user.name={person}", "-c", f"user.email={person}@registry.invalid", "-c", "commit.gpgsign=false")
