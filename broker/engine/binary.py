"""Finding the Pulumi CLI. It is never built or fetched here: that is the work of the one who installs."""

import asyncio
import contextlib
import hashlib
import json
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from broker import private
from broker.errors import ToolMissing

VERSION = "3.259.0"
CURE = "install pulumi 3.259.0 on PATH, or run `make tools`"
_TIMEOUT_S = 30


class How(StrEnum):
    """Where a binary was found."""

    PATH = "path"
    CACHE = "cache"


@dataclass(frozen=True, slots=True)
class Binary:
    """A Pulumi CLI in exactly the pinned version."""

    path: Path
    version: str
    how: How


async def find(search_path: str, cache: Path) -> Binary:
    """The CLI to use: the one on `search_path` in the pinned version, else the one kept below `cache`.

    `cache` is the user's cache folder (`${XDG_CACHE_HOME:-~/.cache}`). Reads 115 MB for the digest, once for each file.

    Raises:
        ToolMissing: Neither place has it; the message says what each has instead.
    """
    found = await _on_path(search_path)
    if isinstance(found, Binary):
        return found
    kept = await asyncio.to_thread(_in_cache, cache / "govcloud-broker" / "pulumi" / VERSION / "bin")
    if isinstance(kept, Binary):
        return kept
    raise ToolMissing(f"looking for the pulumi cli {VERSION}: {found}; {kept}; {CURE}")


async def _on_path(search_path: str) -> Binary | str:
    name = shutil.which("pulumi", path=search_path)
    if name is None:
        return "PATH has no pulumi"
    version = await _version_of(Path(name))
    if version != VERSION:
        return f"PATH has {name} in version {version or 'unknown'}"
    return Binary(Path(name), VERSION, How.PATH)


async def _version_of(path: Path) -> str | None:
    try:
        process = await asyncio.create_subprocess_exec(
            path,
            "version",
            env={"PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        out, _ = await asyncio.wait_for(process.communicate(), _TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    return out.decode(errors="replace").strip().removeprefix("v")


def _in_cache(folder: Path) -> Binary | str:
    path = folder / "pulumi"
    try:
        provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
        digest = _digest(path)
    except (OSError, ValueError):
        return f"{path} and its provenance.json are not there"
    if not isinstance(provenance, dict) or provenance.get("version") != VERSION:
        return f"{path} is not described as version {VERSION}"
    if provenance.get("sha256") != digest:
        return f"{path} is damaged: its SHA-256 is not the recorded one"
    return Binary(path, VERSION, How.CACHE)


def _digest(path: Path) -> str:
    """The SHA-256 of the file, from `digest.json` beside it where that is of this very file: it takes 0.1 to 0.2 s.

    Whoever writes a file anew moves its ctime, which nobody sets.
    """
    state, kept = path.stat(), path.with_name("digest.json")
    file = [state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns]
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        known = json.loads(kept.read_text(encoding="utf-8"))
        if known["file"] == file:
            return str(known["sha256"])
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    private.write(kept, json.dumps({"file": file, "sha256": digest}).encode())
    return digest
