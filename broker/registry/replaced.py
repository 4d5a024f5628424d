"""A head that does not follow the last one: whether two people of the office have accepted it."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from broker.documents.history import HeadAcceptanceSpec
from broker.registry.authority import authorised
from broker.registry.filed import Filed, Registry
from broker.registry.git import git
from broker.registry.read import read_commit

PEOPLE: Final = 2
"""How many different people of the office must sign, even where a foundation document needs fewer."""


def accepted(  # noqa: PLR0913 - who decides on what, each named at the call
    repository: Path, last: str, head: str, *, trust_root: str | None, record_key: str, at: datetime
) -> bool:
    """Whether a document of the new history says so, signed with keys that were in force in the old one.

    Raises:
        RegistryBroken: One of the two cannot be read; the old one may have been collected as garbage.
    """
    new = read_commit(repository, head, record_key=record_key)
    said = [f for f in new.of(HeadAcceptanceSpec) if f.spec.replaces == last]
    if not said:
        return False
    chain = git(repository, "rev-list", "--first-parent", head).decode().split()
    old = read_commit(repository, last, record_key=record_key)
    return any(f.spec.head in chain[1:] and _signed(f, old, trust_root, at) for f in said)


def _signed(paper: Filed[HeadAcceptanceSpec], old: Registry, trust_root: str | None, at: datetime) -> bool:
    """Whether the paper would hold as the next document of the old history, by two people at least."""
    places = (*(f.sequence for f in old.filed), *(s.sequence for s in old.signatures))
    after = max(places, default=0) + 1
    signatures = tuple(replace(s, commit=paper.commit, sequence=after) for s in paper.signatures)
    moved = replace(paper, sequence=after, signatures=signatures)
    judged = authorised(
        replace(old, filed=(*old.filed, moved), signatures=(*old.signatures, *signatures)), trust_root, at
    )
    bad = {problem.place.path for problem in judged.problems}
    people = {s.payload.person for s in signatures if s.path not in bad}
    return judged.get(paper.id) is not None and paper.path not in bad and len(people) >= PEOPLE
