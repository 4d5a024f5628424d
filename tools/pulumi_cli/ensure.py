"""The pinned CLI, whatever it takes: PATH, user cache, download, build."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tools.pulumi_cli.build import build
from tools.pulumi_cli.found import VERSION, Found, How, Provenance, PulumiUnavailable, digest
from tools.pulumi_cli.locate import from_cache, from_path, version_of
from tools.pulumi_cli.places import Places, user_places
from tools.pulumi_cli.release import RELEASES, download
from tools.pulumi_cli.steps import say
from tools.pulumi_cli.toolchain import toolchain

if TYPE_CHECKING:
    from collections.abc import Iterator


def ensure(places: Places | None = None, releases: str | None = None) -> Found:
    """The CLI in the pinned version; a second call only checks it.

    `releases` (by default GOVCLOUD_PULUMI_RELEASES, else Pulumi's own) is a URL that holds archive and checksum list.
    Raises PulumiUnavailable where neither download nor build is possible.
    """
    on_path = from_path()
    if isinstance(on_path, Found):
        return on_path
    places = places or user_places()
    places.home.mkdir(parents=True, exist_ok=True)
    with _alone(places.home / "lock"):
        in_cache = from_cache(places)
        if isinstance(in_cache, Found):
            return in_cache
        say(f"{on_path}; {in_cache}")
        return _make(places, releases or os.environ.get("GOVCLOUD_PULUMI_RELEASES") or RELEASES)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One maker at a time; the kernel lets go of the lock when its holder dies."""
    with lock.open("w", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that holds {lock}")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _make(places: Places, releases: str) -> Found:
    """Downloads or builds the CLI and puts it into the cache."""
    for left in places.home.glob("work-*"):
        shutil.rmtree(left)
    work = Path(tempfile.mkdtemp(prefix="work-", dir=places.home))
    try:
        return _keep(places, *_fresh(places, work, releases))
    finally:
        shutil.rmtree(work)


def _fresh(places: Places, work: Path, releases: str) -> tuple[Path, How, str | None]:
    """A program not yet kept, how it came to be, and the Go version that built it."""
    try:
        return download(work, releases), "download", None
    except PulumiUnavailable as cause:
        say(f"{cause}; building it instead")
    go = toolchain(places.go / "toolchain")
    return build(go, work, places.go), "build", go.version


def _keep(places: Places, program: Path, how: How, go_version: str | None) -> Found:
    """Moves program and provenance into the cache in one rename, then drops what only the build needed."""
    version = version_of(program)
    if version != VERSION:
        raise PulumiUnavailable(f"{how} of pulumi {VERSION}: the program says it is version {version}")
    kept = program.parent / "bin"
    kept.mkdir()
    program.rename(kept / "pulumi")
    built_at = datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251 - a tool beside the broker, its clock is the machine's
    Provenance(VERSION, how, digest(kept / "pulumi"), built_at, go_version).write(kept / "provenance.json")
    shutil.rmtree(places.binary.parent, ignore_errors=True)
    kept.rename(places.binary.parent)
    shutil.rmtree(places.go, ignore_errors=True)
    found = from_cache(places)
    if isinstance(found, str):
        raise PulumiUnavailable(f"keeping pulumi {VERSION}: {found}")
    return found
