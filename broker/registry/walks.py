"""Histories that earlier runs walked, so that a run walks only the commits since. Safe to delete at any time.

A commit's name covers everything before it, so what was found on the way to it holds for ever and in every clone.
"""

import hashlib
import json
import stat
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from broker import private
from broker.cache_folder import ours_alone
from broker.registry.cache import code_digest
from broker.registry.walk import Entry, Walk, walked

WORTH_KEEPING: Final = 500
"""Commits walked without the cache from which on the new end is kept: fewer are walked faster than they are written."""


def walker_in(folder: Path, worth_keeping: int = WORTH_KEEPING) -> Callable[[Path, str], Walk]:
    """Walks from where an earlier run ended, and keeps the new end where that is worth it."""

    def walk(repository: Path, head: str) -> Walk:
        known = kept_walk(folder, repository)
        before = len(known.chain) if known else 0
        found = walked(repository, head, known)
        if len(found.chain) >= before + worth_keeping or len(found.chain) < before:
            keep_walk(folder, repository, found)
        return found

    return walk


def kept_walk(folder: Path, repository: Path) -> Walk | None:
    """The walk that was kept for this repository; nothing where there is none, or the file is damaged or not ours."""
    path = _path(folder, repository)
    data = path.read_bytes() if ours_alone(path, stat.S_ISREG) else b""
    head, _, body = data.partition(b"\n")
    if head != _head(body):
        return None
    raw = json.loads(body)
    entries = [Entry(path, blob, mode, raw["chain"][order], order) for path, blob, mode, order in raw["first"]]
    return Walk(raw["chain"], {entry.path: entry for entry in entries}, raw["renamed"])


def keep_walk(folder: Path, repository: Path, walk: Walk) -> None:
    """Keeps the walk for the next run; a cache that cannot be written is no error."""
    first = [(entry.path, entry.blob, entry.mode, entry.order) for entry in walk.first.values()]
    raw: dict[str, Any] = {"chain": walk.chain, "first": first, "renamed": walk.renamed}
    body = json.dumps(raw, separators=(",", ":")).encode()
    private.write(_path(folder, repository), _head(body) + b"\n" + body)


def _path(folder: Path, repository: Path) -> Path:
    name = hashlib.sha256(str(repository.resolve()).encode()).hexdigest()[:16]
    return folder / f"walked-{name}.json"


def _head(body: bytes) -> bytes:
    """The first line: by which code the walk was made, and a checksum."""
    return b"%s %08x" % (code_digest().encode(), zlib.crc32(body))
