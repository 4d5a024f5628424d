"""Proofs that somebody checks without the log: of one entry (c2sp.org/tlog-proof), and that a log only grew.

The second has the form in which a log asks its witness for a signature (c2sp.org/tlog-witness).
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from broker.audit.note import Checkpoint, LogKey, NoCheckpoint, opened
from broker.ledger import merkle
from broker.ledger.merkle import NotProven

_ENTRY: Final = re.compile(
    r"c2sp\.org/tlog-proof@v1\n(?:extra (?P<extra>[A-Za-z0-9+/=]*)\n)?index (?P<index>0|[1-9][0-9]*)\n"
    r"(?P<path>(?:[A-Za-z0-9+/]{43}=\n)*)\n(?P<note>.*)",
    re.DOTALL,
)
_GROWTH: Final = re.compile(r"old (?P<old>[1-9][0-9]*)\n(?P<path>(?:[A-Za-z0-9+/]{43}=\n)*)\n(?P<note>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof showed: the entry at its place, under the checkpoint."""

    index: int
    entry: bytes
    checkpoint: Checkpoint


def entry_proof(entry: bytes, index: int, leaves: Sequence[bytes], note: str) -> str:
    """That the entry stands at the index of the tree of `leaves`, whose checkpoint the note is. It holds the entry."""
    extra = base64.b64encode(entry).decode()
    return f"c2sp.org/tlog-proof@v1\nextra {extra}\nindex {index}\n{_written(merkle.inclusion(leaves, index))}\n{note}"


def growth_proof(old_size: int, leaves: Sequence[bytes], note: str) -> str:
    """That the tree of `leaves`, whose checkpoint the note is, begins with its first `old_size` entries."""
    return f"old {old_size}\n{_written(merkle.consistency(leaves, old_size))}\n{note}"


def entry_proven(proof: str, log: LogKey) -> Proven:
    """What the proof shows.

    Raises:
        NotProven: It shows nothing: another form, another log, a signature or a path that does not hold.
    """
    found = _ENTRY.fullmatch(proof)
    if found is None or found["extra"] is None:
        raise NotProven("it has not the form of a proof of an entry")
    checkpoint, entry = _opened(found["note"], log), _entry(found["extra"])
    index = int(found["index"])
    root = merkle.included(merkle.leaf_hash(entry), index, checkpoint.size, _read(found["path"]))
    if root != checkpoint.root:
        raise NotProven("the entry is not in the tree of the checkpoint")
    return Proven(index, entry, checkpoint)


def growth_proven(proof: str, old: str, log: LogKey) -> Checkpoint:
    """The newer checkpoint, which the proof shows to go on from the older one.

    Raises:
        NotProven: It shows nothing.
    """
    found = _GROWTH.fullmatch(proof)
    if found is None:
        raise NotProven("it has not the form of a proof of growth")
    new, before = _opened(found["note"], log), _opened(old, log)
    if before.size != int(found["old"]):
        raise NotProven(f"it is about {found['old']} entries, the older checkpoint about {before.size}")
    if merkle.grown(before.size, before.root, new.size, _read(found["path"])) != new.root:
        raise NotProven("the newer tree does not begin with the older one")
    return new


def _opened(note: str, log: LogKey) -> Checkpoint:
    try:
        return opened(note, log)
    except NoCheckpoint as error:
        raise NotProven(str(error)) from None


def _entry(extra: str) -> bytes:
    try:
        return base64.b64decode(extra, validate=True)
    except binascii.Error as error:
        raise NotProven(f"the entry cannot be read: {error}") from None


def _written(path: Sequence[bytes]) -> str:
    return "".join(f"{base64.b64encode(hash_).decode()}\n" for hash_ in path)


def _read(path: str) -> tuple[bytes, ...]:
    try:
        return tuple(base64.b64decode(line, validate=True) for line in path.splitlines())
    except binascii.Error as error:
        raise NotProven(f"a hash cannot be read: {error}") from None
