"""Whether the audit log holds together: database, branch and witness file each say the same, entry by entry. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from broker.audit.note import LogKey, NoCheckpoint, opened
from broker.audit.published import Publication
from broker.ledger.audit import Row
from broker.ledger.merkle import leaf_hash, roots

MOST = 20
"""Findings of one sort that are told one by one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was changed after it was written, or lost. `index` -1: it is about no single entry."""

    where: str
    """database, records or witness."""
    index: int
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {f'entry {self.index}: ' if self.index >= 0 else ''}{self.what}"


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at and what is wrong."""

    kept: int | None
    """Entries in the database; None where only the published ones were looked at."""
    published: int
    checkpoints: int
    witnessed: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.findings

    @property
    def waiting(self) -> int:
        """Entries that no checkpoint covers yet: up to the next batch only the database knows them."""
        return max(0, (self.kept or 0) - self.published)


def examine(rows: Sequence[Row] | None, there: Publication, witnessed: Sequence[str], log: LogKey) -> Examined:
    """Everything that does not hold. `rows`: the log as the database has it; None = it is not looked at."""
    published = [leaf_hash(entry) for entry in there.entries]
    kept = None if rows is None else [leaf_hash(row.entry) for row in rows]
    findings = (
        *_rows(rows or ()),
        *(_differing(kept, published) if kept is not None else ()),
        *_checkpoints("records", there.notes, published, log),
        *_uncovered(there, log),
        *_checkpoints("witness", witnessed, published, log),
    )
    return Examined(None if kept is None else len(kept), len(published), len(there.notes), len(witnessed), findings)


def _rows(rows: Sequence[Row]) -> Iterator[Finding]:
    """Each row by itself: its place, its time, and the hash that was kept with it."""
    for index, row in enumerate(rows):
        if row.seq != index:
            yield Finding("database", index, f"the row has the number {row.seq}: one before it is gone or was added")
            return
        if row.leaf != leaf_hash(row.entry):
            yield Finding("database", index, "its text does not fit the hash that was kept with it")
        elif (told := row.told_at) is None:
            yield Finding("database", index, "it is no entry in canonical JSON")
        elif told != row.at:
            yield Finding("database", index, f"the row says {_text(row.at)}, its text {_text(told)}")


def _differing(kept: Sequence[bytes], published: Sequence[bytes]) -> Iterator[Finding]:
    """The database beside what was published of it."""
    changed = [index for index, (ours, theirs) in enumerate(zip(kept, published, strict=False)) if ours != theirs]
    places = {leaf: index for index, leaf in enumerate(published)}
    for index in changed[:MOST]:
        there = places.get(kept[index])
        moved = there is not None and there != index
        yield Finding(
            "database", index, f"what was published as entry {there} stands here" if moved else "it was changed"
        )
    if len(changed) > MOST:
        yield Finding("database", -1, f"{len(changed) - MOST} more entries are not what was published")
    if len(kept) < len(published):
        yield Finding(
            "database", -1, f"it ends at {len(kept)} entries, {len(published)} are published: the rest is gone"
        )


def _checkpoints(where: str, notes: Sequence[str], leaves: Sequence[bytes], log: LogKey) -> Iterator[Finding]:
    """Every signed checkpoint must be that of the entries as they are published now."""
    read: list[tuple[int, bytes]] = []
    for number, note in enumerate(notes):
        try:
            checkpoint = opened(note, log)
        except NoCheckpoint as error:
            yield Finding(where, -1, f"checkpoint {number} does not hold: {error}")
            continue
        read.append((checkpoint.size, checkpoint.root))
    known = roots(leaves, (size for size, _ in read))
    for size, root in read:
        if size not in known:
            yield Finding(
                where, -1, f"a checkpoint covers {size} entries, {len(leaves)} are published: the rest is gone"
            )
        elif known[size] != root:
            yield Finding(where, -1, f"the checkpoint over {size} entries is not that of the entries as they are")


def _uncovered(there: Publication, log: LogKey) -> Iterator[Finding]:
    sizes = list(_sizes(there.notes, log))
    if len(there.entries) > max(sizes, default=0):
        yield Finding("records", max(sizes, default=0), "from here on no checkpoint covers what is published")


def _sizes(notes: Iterable[str], log: LogKey) -> Iterator[int]:
    for note in notes:
        try:
            yield opened(note, log).size
        except NoCheckpoint:
            continue


def _text(instant: datetime) -> str:
    return instant.isoformat()
