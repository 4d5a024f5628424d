"""When each file of the registry entered, by the first-parent history of main; what happened to it afterwards.

The first content of a path is the document. A later edit, rename or removal changes nothing but makes a problem.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from broker.errors import RegistryBroken
from broker.problem import Place, Problem
from broker.registry.git import FILE_MODES, TreeFile, commit_of, git, tree
from broker.registry.walk import Entry, Walk, walked

Walker = Callable[[Path, str], Walk]
"""Walks to a head: `walk.walked`, or one that remembers (`walks`)."""

CURE = "put the merged text back; correct it by a new document that supersedes or withdraws it by id"


class HistoryReplaced(RegistryBroken):
    """A head does not follow the last one that was folded: the broker stops until it is put back or accepted."""


@dataclass(frozen=True, slots=True)
class History:
    """The files of a head with their entry, and the forbidden changes."""

    head: str
    chain: tuple[str, ...]
    """First-parent commits, oldest first."""
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()
    gone: frozenset[str] = frozenset()
    """Paths that the head no longer has: a broken file that was taken out again leaves no problem behind."""
    files: Mapping[str, TreeFile] = field(default_factory=dict, compare=False, repr=False)
    """What a merged head has, by path: who compares something with it need not list it again."""


def walked_anew(repository: Path, head: str) -> Walk:
    """The walk without any memory."""
    return walked(repository, head, None)


def history(repository: Path, head: str, walker: Walker = walked_anew) -> History:
    """The history that leads to a commit that `commit_of` has found.

    Raises:
        RegistryBroken: git cannot read it.
    """
    walk = walker(repository, head)
    now = {file.path: file for file in tree(repository, head)}
    entries = sorted(walk.first.values(), key=lambda entry: (entry.order, entry.path))
    gone = frozenset(walk.first.keys() - now.keys())
    return History(head, tuple(walk.chain), tuple(entries), tuple(_changed(entries, now, walk.renamed)), gone, now)


def require_descendant(repository: Path, last: str, head: str) -> None:
    """Nothing, where the last folded commit lies on the first-parent history of the head.

    Raises:
        HistoryReplaced: History was rewritten, or `last` came in as a side branch, which would change the order.
    """
    chain = git(repository, "rev-list", "--first-parent", commit_of(repository, head)).decode().split()
    if last not in chain:
        raise HistoryReplaced(
            f"reading the registry: {head} does not follow {last}, the last head that was folded; put that one back "
            "(whoever pushed a merge of his own pulls with --rebase next time), "
            f"or let two people of the office sign a HeadAcceptance after {head} (broker new HeadAcceptance)"
        )


def follows(repository: Path, last: str, head: str) -> bool:
    """Whether the head is the last folded commit or comes after it; False: it is an older one of the same history.

    Raises:
        HistoryReplaced: Neither comes after the other: history was rewritten.
    """
    if last == head:
        return True
    try:
        require_descendant(repository, last, head)
    except HistoryReplaced:
        if head in git(repository, "rev-list", "--first-parent", last).decode().split():
            return False
        raise
    return True


def change(repository: Path, merged: History, revision: str) -> History:
    """The base's history with what the revision adds to it as not merged (`commit` empty): a merge request.

    What the base got since the two parted is no change of the revision's.
    """
    head = commit_of(repository, revision)
    before = _files(repository, merged, _parted(repository, merged.head, head))
    after = {file.path: file for file in tree(repository, head)}
    return _overlaid(merged, head, before, after)


def work_tree(
    repository: Path, files: tuple[TreeFile, ...], walker: Walker = walked_anew, base: str = "HEAD"
) -> History:
    """The history of the base with the files of the work tree that are not merged into it."""
    merged = history(repository, commit_of(repository, base), walker)
    parted = merged.head if base == "HEAD" else _parted(repository, merged.head, "HEAD")
    before = _files(repository, merged, parted)
    return _overlaid(merged, merged.head, before, {file.path: file for file in files})


def _files(repository: Path, merged: History, commit: str) -> Mapping[str, TreeFile]:
    return merged.files if commit == merged.head else {file.path: file for file in tree(repository, commit)}


def _parted(repository: Path, one: str, other: str) -> str:
    """The commit at which two histories parted."""
    return git(repository, "merge-base", one, other).decode().strip()


def _overlaid(merged: History, head: str, before: Mapping[str, TreeFile], after: Mapping[str, TreeFile]) -> History:
    known = {entry.path: entry for entry in merged.entries}
    order = len(merged.chain)
    added = [Entry(f.path, f.blob, f.mode, "", order) for f in after.values() if f.path not in known]
    gone = {path for path, file in before.items() if path not in after or after[path].blob != file.blob}
    taken = {path for path in after if path in known and path not in before and after[path].blob != known[path].blob}
    entries = [known[path] for path in sorted((gone | taken) & known.keys())]
    by_blob = {entry.blob: entry.path for entry in added}
    renamed = {path: by_blob[known[path].blob] for path in gone if path in known and known[path].blob in by_blob}
    problems = (*merged.problems, *_changed(entries, after, renamed))
    kept = [entry for entry in added if entry.path not in set(renamed.values())]
    every = (*merged.entries, *sorted(kept, key=lambda entry: entry.path))
    absent = frozenset(merged.gone | {path for path in gone if path not in after})
    return History(head, merged.chain, every, tuple(dict.fromkeys(problems)), absent)


def _changed(entries: list[Entry], now: Mapping[str, TreeFile], renamed: dict[str, str]) -> Iterator[Problem]:
    for entry in entries:
        if entry.path.startswith(".") or "/" not in entry.path or entry.mode not in FILE_MODES:
            continue
        if not entry.path.endswith((".yaml", ".sig")):
            continue
        file = now.get(entry.path)
        if entry.path in renamed:
            fact = f"the merged file was renamed to {renamed[entry.path]}"
        elif file is None:
            fact = "the merged file was deleted"
        elif (file.blob, file.mode in FILE_MODES) != (entry.blob, True):
            fact = "the merged file was edited"
        else:
            continue
        yield Problem(Place(entry.path), "DOCUMENT_CHANGED", fact, CURE)
