"""Gitea built from Go modules: the committed go.mod and go.sum say exactly which; kept in the user cache."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tools.locks import held
from tools.progress import Steps
from tools.pulumi_cli.build import environment
from tools.pulumi_cli.found import PulumiUnavailable
from tools.pulumi_cli.toolchain import Go, toolchain

MODULE = "code.gitea.io/gitea"
VERSION = "1.26.0"
_HERE = Path(__file__).parent
_PARTS = ("templates", "options", "public")
"""What Gitea reads from disk beside its program: pages, licences, pictures. Its pages' scripts are not among them."""


class GiteaUnavailable(Exception):
    """Gitea cannot be had on this machine or from here."""


@dataclass(frozen=True, slots=True)
class Program:
    """The program, and the folder of its pages."""

    binary: Path
    pages: Path


def ensure() -> Program:
    """The program; built when the cache has none, which takes some minutes once.

    Raises:
        GiteaUnavailable: It cannot be built.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "govcloud-broker" / "gitea"
    kept = cache / VERSION
    with held(cache / "lock"):
        if not (kept / "gitea").exists():
            _build(cache, kept, Steps(3, print))
    return Program(kept / "gitea", kept)


def _build(cache: Path, kept: Path, steps: Steps) -> None:
    go = _go(cache)
    with tempfile.TemporaryDirectory(prefix="work-", dir=cache) as folder:
        source, made = Path(folder) / "source", Path(folder) / "made"
        source.mkdir()
        made.mkdir()
        for name in ("go.mod", "go.sum"):
            shutil.copy(_HERE / name, source / name)
        env = environment(go, cache / "go")
        with steps.step("download Go modules of Gitea (about 1 min)"):
            _run([go.path, "mod", "download", MODULE], source, env)
            _run([go.path, "list", "-deps", MODULE], source, env)
        with steps.step(f"build Gitea {VERSION} with {go.version} (5-8 min on two cores)"):
            stamp = f"-s -w -X main.Version={VERSION}"
            _run([go.path, "build", "-trimpath", "-ldflags", stamp, "-o", made / "gitea", MODULE], source, env)
        pages = Path(_run([go.path, "list", "-m", "-f", "{{.Dir}}", MODULE], source, env).strip())
        with steps.step("keep it"):
            for part in _PARTS:
                shutil.copytree(pages / part, made / part, copy_function=shutil.copyfile)
            _writable(made)
            made.rename(kept)
    shutil.rmtree(cache / "go", ignore_errors=True)


def _go(cache: Path) -> Go:
    try:
        return toolchain(cache / "go" / "toolchain")
    except PulumiUnavailable as error:
        raise GiteaUnavailable(f"building Gitea: {error}") from error


def _writable(folder: Path) -> None:
    """The module cache is read-only; what is kept here must be removable."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)


def _run(command: list[str | Path], cwd: Path, env: dict[str, str]) -> str:
    run = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if run.returncode:
        raise GiteaUnavailable(f"building Gitea: go {command[1]} said: {run.stderr.strip()[-1500:]}")
    return run.stdout
