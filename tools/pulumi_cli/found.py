"""What is known of a Pulumi CLI: where it is, how it came there, and its digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

VERSION = "3.259.0"

How: TypeAlias = Literal["path", "download", "build"]


class PulumiUnavailable(Exception):
    """No Pulumi CLI in the pinned version can be had; the message says what cures it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A CLI in exactly the pinned version; `why` says in one sentence why this one is used."""

    path: Path
    how: How
    sha256: str
    version: str
    why: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """No CLI in the pinned version; `tried` has one line per place, `cure` the command to run."""

    tried: tuple[str, ...]
    cure: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """What stands in `provenance.json` beside a kept CLI.

    `built_at` is ISO 8601 with offset; `go_version` is null for a downloaded one.
    """

    version: str
    how: How
    sha256: str
    built_at: str
    go_version: str | None

    def write(self, path: Path) -> None:
        """Write it as one JSON object."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def read_provenance(path: Path) -> Provenance | None:
    """The recorded provenance, or None where there is none or it cannot be read."""
    try:
        return Provenance(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
