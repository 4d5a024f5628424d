"""Looks for secrets where none may be: in git, in the ledger, in files, in what commands say, in processes."""

import base64
import binascii
import contextlib
import gzip
import json
import os
import subprocess
import threading
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

_PAUSE_S = 0.004
_SHORTEST = 8
"""A shorter value would be found by chance."""


@dataclass(frozen=True, slots=True)
class Canary:
    """A secret, and what it is called in a finding."""

    name: str
    value: str = field(repr=False)

    def forms(self) -> Iterator[tuple[str, bytes]]:
        """The value as it may stand in a text, encoded or not."""
        assert len(self.value) >= _SHORTEST, self.name
        raw = self.value.encode()
        yield "as it is", raw
        yield "in a URL", quote(self.value, safe="").encode()
        yield "in JSON", json.dumps(self.value)[1:-1].encode()
        yield "in hex", binascii.hexlify(raw)
        for shift in range(3):
            # what the characters before it do not change, wherever it stands in a longer text
            coded = base64.b64encode(b"\0" * shift + raw)
            yield "in base64", coded[(shift * 8 + 5) // 6 : len(coded) - 4]


@dataclass(frozen=True, slots=True)
class Place:
    """Something to look through."""

    name: str
    content: bytes = field(repr=False)


def findings(canaries: Iterable[Canary], places: Iterable[Place]) -> list[str]:
    """Every canary found, with its form and place; nothing of its value."""
    forms = [(canary.name, tuple(canary.forms())) for canary in canaries]
    found: set[str] = set()
    for place in places:
        for content in _opened(place.content):
            for name, known in forms:
                how = next((how for how, form in known if form in content), None)
                found.update([f"{place.name}: {name} {how}"] if how else [])
    return sorted(found)


def _opened(content: bytes) -> Iterator[bytes]:
    yield content
    with contextlib.suppress(OSError, EOFError, zlib.error):
        yield gzip.decompress(content)
    with contextlib.suppress(zlib.error):
        yield zlib.decompress(content)


def git_objects(repository: Path) -> Iterator[Place]:
    """Every object of the repository, reachable or not, and its configuration and logs."""
    batch = ["git", "-C", str(repository), "cat-file", "--batch-all-objects", "--batch"]
    done = subprocess.run(batch, check=True, capture_output=True)
    yield Place(f"git objects of {repository.name}", done.stdout)
    yield from files(repository, "git files")


def ledger_rows(dsn: str) -> Iterator[Place]:
    """Every value of every table of the database, the queue's too."""
    tables = "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' and \
        table_schema not in ('pg_catalog', 'information_schema')"
    with psycopg.connect(dsn) as conn:
        for schema, table in conn.execute(tables).fetchall():
            query = sql.SQL("select * from {}").format(sql.Identifier(schema, table))
            for row in conn.execute(query):
                for value in row:
                    content = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    yield Place(f"ledger table {schema}.{table}", content)


def files(folder: Path, name: str, *, where_secrets_belong: Iterable[Path] = ()) -> Iterator[Place]:
    """Every file below a folder, and the names of files, but for those that may hold secrets."""
    allowed = tuple(where_secrets_belong)
    for path in sorted(folder.rglob("*")):
        if any(path.is_relative_to(known) for known in allowed):
            continue
        place = f"{name} {path.relative_to(folder)}"
        yield Place(f"name of {place}", str(path.relative_to(folder)).encode())
        if path.is_file() and not path.is_symlink():
            yield Place(place, path.read_bytes())


class ProcessWatch:
    """Command lines and environments of every process that starts meanwhile below this one or in the deployment."""

    def __init__(self, deployment: Path) -> None:
        self._deployment = str(deployment).encode()
        self._seen: dict[tuple[str, bytes], None] = {}
        self._before = set(_pids())
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watching.join()

    @property
    def programs(self) -> set[str]:
        """Which programs were seen."""
        return {name.rpartition(" of ")[2] for name, _ in self._seen}

    def places(self) -> Iterator[Place]:
        """What was seen."""
        for name, content in self._seen:
            yield Place(name, content)

    def _watch(self) -> None:
        while not self._ended.is_set():
            for pid in set(_pids()) - self._before:
                with contextlib.suppress(OSError):
                    self._look(pid)
            time.sleep(_PAUSE_S)

    def _look(self, pid: int) -> None:
        folder = Path("/proc", str(pid))
        arguments = (folder / "cmdline").read_bytes()
        if not (self._deployment in arguments or _descends(pid, os.getpid())):
            return
        name = (folder / "comm").read_text(encoding="utf-8").strip()
        self._seen[f"arguments of {name}", arguments] = None
        self._seen[f"environment of {name}", (folder / "environ").read_bytes()] = None


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _descends(pid: int, ancestor: int) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        pid = int(Path("/proc", str(pid), "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    return False
