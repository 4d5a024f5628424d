"""Finding a CLI that is already there: no build, no network, nothing written."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tools.pulumi_cli.found import VERSION, Found, NotFound, digest, read_provenance
from tools.pulumi_cli.places import Places, user_places

CURE = "python -m tools.pulumi_cli ensure"
VERSION_TIMEOUT_S = 30


def locate(places: Places | None = None) -> Found | NotFound:
    """The CLI to use, `PATH` first, then the user cache; else what was tried and the command that cures it."""
    on_path, in_cache = from_path(), from_cache(places or user_places())
    if isinstance(on_path, Found):
        return on_path
    if isinstance(in_cache, Found):
        return in_cache
    return NotFound((on_path, in_cache), CURE)


def from_path(path: str | None = None) -> Found | str:
    """The `pulumi` on `PATH` in exactly the pinned version, or one line that says what is there instead."""
    name = shutil.which("pulumi", path=path)
    if name is None:
        return "PATH has no pulumi"
    version = version_of(Path(name))
    if version != VERSION:
        return f"PATH has {name} in version {version or 'unknown'}, {VERSION} is needed"
    return Found(Path(name), "path", digest(Path(name)), VERSION, "on PATH in the pinned version")


def from_cache(places: Places) -> Found | str:
    """The CLI kept in the user cache when its digest is the recorded one, or one line that says what is wrong."""
    if not places.binary.is_file():
        return f"{places.binary} does not exist"
    known = read_provenance(places.provenance)
    if known is None or known.version != VERSION:
        return f"{places.provenance} does not describe version {VERSION}"
    if digest(places.binary) != known.sha256:
        return f"{places.binary} is damaged: its SHA-256 is not the recorded {known.sha256}"
    origin = "downloaded as published" if known.how == "download" else f"built from Go modules by {known.go_version}"
    return Found(places.binary, known.how, known.sha256, VERSION, f"in the user cache, {origin} on {known.built_at}")


def version_of(binary: Path) -> str | None:
    """What `pulumi version` prints, without the `v`; None where it does not run."""
    env = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        run = subprocess.run(
            [binary, "version"], capture_output=True, text=True, check=True, timeout=VERSION_TIMEOUT_S, env=env
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout.strip().removeprefix("v")
