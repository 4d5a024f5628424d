"""Parsed documents and signatures of earlier runs, by blob and by parsing code. Safe to delete at any time."""

import hashlib
import os
import stat
import zlib
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Final

from broker.cache_folder import ours_alone

_CODE: Final = ("broker.documents", "broker.registry", "broker.signatures", "broker.canonical")
_PARTS: Final = 5


@dataclass(frozen=True, slots=True)
class Cached:
    """A well-formed document: its kind, digest and values as JSON. Of a signature: its signer instead of the kind."""

    kind: str
    digest: str
    json: bytes


@dataclass(slots=True)
class ParseCache:
    """One file of lines `blob kind digest checksum json`. A line that is damaged, torn or strange is as none.

    A line is looked into when its blob is asked for: the file is of all registries that this user ever read.
    """

    path: Path | None
    """None = nothing is kept."""
    lines: dict[bytes, bytes] = field(default_factory=dict)
    """By blob the newest line that begins with it."""
    read: dict[str, Cached | None] = field(default_factory=dict)
    """What the lines that were asked for say."""
    fresh: dict[str, Cached] = field(default_factory=dict)

    def __contains__(self, blob: object) -> bool:
        """Whether the blob was parsed before."""
        return isinstance(blob, str) and self.get(blob) is not None

    def get(self, blob: str) -> Cached | None:
        """The document that a blob holds, where it was parsed before."""
        if blob not in self.read:
            self.read[blob] = _entry(self.lines.get(blob.encode(), b""))
        return self.read[blob]

    def put(self, blob: str, kept: Cached) -> None:
        """Remembers a well-formed blob until `save`."""
        if self.get(blob) is None:
            self.fresh[blob] = kept

    def save(self) -> None:
        """Adds what is new to the file; a cache that cannot be written is no error."""
        if self.path is None or not self.fresh:
            return
        lines = {blob.encode(): _line(blob, kept) for blob, kept in self.fresh.items()}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(b"\n".join((b"", *lines.values(), b"")))
        except OSError:
            return
        self.lines.update(lines)
        self.read.update(self.fresh)
        self.fresh.clear()


def cache_in(folder: Path | None) -> ParseCache:
    """The cache in this folder; caches of other versions of the code there are removed."""
    if folder is None:
        return ParseCache(None)
    path = folder / f"parsed-{code_digest()}.txt"
    for other in folder.glob("parsed-*.txt"):
        if other != path:
            other.unlink(missing_ok=True)
    data = path.read_bytes() if ours_alone(path, stat.S_ISREG) else b""
    return ParseCache(path, {line.partition(b" ")[0]: line for line in data.split(b"\n")})


def _line(blob: str, kept: Cached) -> bytes:
    head = f"{blob} {kept.kind} {kept.digest}".encode()
    return b"%s %08x %s" % (head, zlib.crc32(head + kept.json), kept.json)


def _entry(line: bytes) -> Cached | None:
    parts = line.split(b" ", _PARTS - 1)
    if len(parts) != _PARTS:
        return None
    head, checksum, json = b" ".join(parts[:3]), parts[3], parts[4]
    if checksum != b"%08x" % zlib.crc32(head + json):
        return None
    _, kind, digest = head.decode().split(" ")
    return Cached(kind, digest, json)


@cache
def code_digest() -> str:
    """Names everything that decides what a text parses to: models, reader and pydantic."""
    seen = hashlib.sha256(metadata.version("pydantic").encode())
    for name in _CODE:
        package, _, module = name.rpartition(".")
        folder = files(package)
        sources = (
            [folder / f"{module}.py"] if (folder / f"{module}.py").is_file() else list((folder / module).iterdir())
        )
        for source in sorted(sources, key=lambda found: found.name):
            if source.name.endswith(".py"):
                seen.update(source.name.encode() + source.read_bytes())
    return seen.hexdigest()[:16]
