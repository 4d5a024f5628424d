"""Where the CLI is kept, and where what is needed only while building goes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tools.pulumi_cli.found import VERSION


@dataclass(frozen=True, slots=True)
class Places:
    """The folders below one user cache; nothing outside of it is written."""

    cache: Path

    @property
    def home(self) -> Path:
        """The folder of this version: `bin/`, the lock, the folders of unfinished work."""
        return self.cache / "pulumi" / VERSION

    @property
    def binary(self) -> Path:
        """The kept CLI."""
        return self.home / "bin" / "pulumi"

    @property
    def provenance(self) -> Path:
        """What is known of the kept CLI."""
        return self.home / "bin" / "provenance.json"

    @property
    def go(self) -> Path:
        """Go modules, build cache and, where PATH has none, the Go toolchain."""
        return self.cache / "go"


def user_places() -> Places:
    """The places below `XDG_CACHE_HOME`, by default `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Places(Path(base) / "govcloud-broker")
