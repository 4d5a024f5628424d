"""The CLI as Pulumi publishes it: one archive per platform with a published list of digests."""

from __future__ import annotations

import hashlib
import platform
import tarfile
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from tools.pulumi_cli.found import VERSION, PulumiUnavailable
from tools.pulumi_cli.steps import step

if TYPE_CHECKING:
    from pathlib import Path

    from tools.pulumi_cli.steps import Tell

RELEASES = f"https://github.com/pulumi/pulumi/releases/download/v{VERSION}"
TIMEOUT_S = 10
CHUNK_BYTES = 1 << 20
ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}


def download(into: Path, releases: str = RELEASES) -> Path:
    """The `pulumi` program unpacked below `into`, its archive checked against the published list.

    Raises PulumiUnavailable in one line where the release cannot be reached or its digest differs.
    """
    archive = f"pulumi-v{VERSION}-linux-{ARCHITECTURES.get(platform.machine(), platform.machine())}.tar.gz"
    try:
        with step(f"download {releases}/{archive}") as tell:
            expected = published_digest(releases, archive)
            kept = fetch(f"{releases}/{archive}", into / archive, expected, tell)
            return unpack(kept, into / "pulumi")
    except (OSError, tarfile.TarError) as cause:
        raise PulumiUnavailable(f"downloading {releases}/{archive}: {reason(cause)}") from cause


def reason(cause: Exception) -> str:
    """The cause in a few words: urllib hides the one that matters in `.reason`."""
    return str(cause.reason) if isinstance(cause, urllib.error.URLError) else str(cause) or type(cause).__name__


def published_digest(releases: str, archive: str) -> str:
    """The SHA-256 that the release's own list gives for the archive."""
    url = f"{releases}/pulumi-{VERSION}-checksums.txt"
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - https of the publisher or of the office's mirror
        lines = answer.read().decode("utf-8").splitlines()
    for line in lines:
        match line.split():
            case [sha256, name] if name.lstrip("*") == archive:
                return str(sha256)
    raise PulumiUnavailable(f"downloading {archive}: {url} has no digest for it")


def fetch(url: str, target: Path, expected: str, tell: Tell) -> Path:
    """The file behind `url`, complete and with the expected SHA-256."""
    seen = hashlib.sha256()
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer, target.open("wb") as out:  # noqa: S310 - as above
        total_mib = int(answer.headers.get("Content-Length") or 0) >> 20
        while chunk := answer.read(CHUNK_BYTES):
            seen.update(chunk)
            out.write(chunk)
            tell(f"{out.tell() >> 20} of {total_mib} MiB")
    if seen.hexdigest() != expected:
        raise PulumiUnavailable(f"downloading {url}: SHA-256 is {seen.hexdigest()}, published is {expected}")
    return target


def unpack(archive: Path, target: Path) -> Path:
    """The one program that the broker needs, taken out of the archive."""
    with tarfile.open(archive) as files:
        member = files.extractfile("pulumi/pulumi")
        if member is None:
            raise tarfile.TarError("the archive has no pulumi/pulumi")
        with target.open("wb") as out:
            while chunk := member.read(CHUNK_BYTES):
                out.write(chunk)
    target.chmod(0o755)
    return target
