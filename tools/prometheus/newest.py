"""promtool of the newest Prometheus, built from Go modules: the committed go.mod and go.sum say exactly which.

Debian's is what most deployments have; this one says whether rules also hold in the next major version.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tools.locks import held
from tools.progress import Steps
from tools.pulumi_cli.build import environment
from tools.pulumi_cli.found import PulumiUnavailable
from tools.pulumi_cli.toolchain import toolchain

MODULE: Final = "github.com/prometheus/prometheus"
_HERE: Final = Path(__file__).parent
_TAGS: Final = "remove_all_sd,netgo"
"""Without the clients of forty clouds by which a server finds targets: rules need none of them."""


class PromtoolUnavailable(Exception):
    """The newest promtool cannot be had on this machine or from here."""


def version() -> str:
    """Such as `3.16.0`: as a module its release v3.16.0 is v0.316.0."""
    text = (_HERE / "go.mod").read_text(encoding="utf-8")
    found = re.search(rf"^\s*(?:require )?{MODULE} v0\.(\d)(\d\d)\.(\d+)\b", text, re.MULTILINE)
    if found is None:
        raise AssertionError(f"tools/prometheus/go.mod names no release of {MODULE}")
    major, minor, patch = map(int, found.groups())
    return f"{major}.{minor}.{patch}"


def ensure() -> Path:
    """The program; built when the cache has none, which takes some minutes once.

    Raises:
        PromtoolUnavailable: It cannot be built.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "govcloud-broker" / "promtool"
    kept = cache / version() / "promtool"
    with held(cache / "lock"):
        if not kept.exists():
            _build(cache, kept, Steps(2, print))
    return kept


def _build(cache: Path, kept: Path, steps: Steps) -> None:
    try:
        go = toolchain(cache / "go" / "toolchain")
    except PulumiUnavailable as error:
        raise PromtoolUnavailable(f"building promtool: {error}") from error
    with tempfile.TemporaryDirectory(prefix="work-", dir=cache) as folder:
        source = Path(folder)
        for name in ("go.mod", "go.sum"):
            shutil.copy(_HERE / name, source / name)
        env = environment(go, cache / "go")
        program = f"{MODULE}/cmd/promtool"
        with steps.step("download Go modules of Prometheus (about 1 min)"):
            _run([go.path, "list", "-deps", "-tags", _TAGS, program], source, env)
        with steps.step(f"build promtool {version()} with {go.version} (3-6 min on two cores)"):
            stamp = f"-s -w -X github.com/prometheus/common/version.Version={version()}"
            made = source / "promtool"
            _run([go.path, "build", "-trimpath", "-tags", _TAGS, "-ldflags", stamp, "-o", made, program], source, env)
        kept.parent.mkdir(parents=True, exist_ok=True)
        made.rename(kept)
    shutil.rmtree(cache / "go", ignore_errors=True)


def _run(command: list[str | Path], cwd: Path, env: dict[str, str]) -> None:
    run = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if run.returncode:
        raise PromtoolUnavailable(f"building promtool: go {command[1]} said: {run.stderr.strip()[-1500:]}")
