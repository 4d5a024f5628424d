"""The CLI built from Go modules: the committed go.mod and go.sum say exactly which."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import deque
from typing import TYPE_CHECKING

from tools.pulumi_cli.found import VERSION, PulumiUnavailable
from tools.pulumi_cli.steps import step
from tools.pulumi_cli.toolchain import GO_MOD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tools.pulumi_cli.toolchain import Go

MAIN = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
STAMP = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{VERSION}"
LAST_LINES = 15


def build(go: Go, into: Path, caches: Path) -> Path:
    """The program built below `into`; a second try goes on with what `caches` already holds.

    Raises PulumiUnavailable with the last lines of the log.
    """
    source = into / "source"
    source.mkdir()
    for name in ("go.mod", "go.sum"):
        shutil.copy(GO_MOD.with_name(name), source / name)
    env = environment(go, caches)
    packages = _packages(go, source, env)
    target = into / "pulumi"
    command = [
        go.path,
        "build",
        "-v",
        "-tags",
        "osusergo,grpcnotrace",
        "-trimpath",
        "-ldflags",
        STAMP,
        "-o",
        target,
        MAIN,
    ]
    with step(f"build pulumi {VERSION} with {go.version}, {packages} packages (3-6 min on two cores)") as tell:
        run([str(part) for part in command], source, env, lambda done: tell(f"{done} of {packages} packages"))
    return target


def _packages(go: Go, source: Path, env: dict[str, str]) -> int:
    """How many packages the build compiles; listing them downloads every module that is needed."""
    modules = (source / "go.sum").read_text(encoding="utf-8").count(" h1:") // 2
    with step("download Go modules (about 30 s)") as tell:
        listed = source / "packages.txt"
        with listed.open("w", encoding="utf-8") as out:
            command = [str(go.path), "list", "-deps", "-tags", "osusergo,grpcnotrace", MAIN]
            run(command, source, env, lambda done: tell(f"{done} of about {modules} modules"), stdout=out.fileno())
    return len(listed.read_text(encoding="utf-8").splitlines())


def environment(go: Go, caches: Path) -> dict[str, str]:
    """The environment of a build that depends on nothing but go.mod, and writes only below `caches`.

    GOMODCACHE and GOCACHE that the person has set are kept: they hold what is downloaded already.
    """
    own = {
        "GOPATH": str(caches / "path"),
        "GOMODCACHE": os.environ.get("GOMODCACHE", str(caches / "mod")),
        "GOCACHE": os.environ.get("GOCACHE", str(caches / "build")),
        "CGO_ENABLED": "0",
        "GOFLAGS": "-buildvcs=false -mod=readonly -modcacherw",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "PATH": f"{go.path.parent}{os.pathsep}{os.environ['PATH']}",
    }
    return {**os.environ, **own}


def run(
    command: list[str], cwd: Path, env: dict[str, str], tell: Callable[[int], None], stdout: int = subprocess.DEVNULL
) -> None:
    """Runs a go command, telling how many lines it has reported; its log is `<cwd>/build.log`."""
    last: deque[str] = deque(maxlen=LAST_LINES)
    with (
        (cwd / "build.log").open("a", encoding="utf-8") as log,
        subprocess.Popen(command, cwd=cwd, env=env, stdout=stdout, stderr=subprocess.PIPE, text=True) as process,
    ):
        try:
            for count, line in enumerate(process.stderr or (), start=1):
                log.write(line)
                last.append(line.rstrip())
                tell(count)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        log_tail = "\n  ".join(last)
        raise PulumiUnavailable(
            f"building pulumi {VERSION}: {' '.join(command[1:3])} ended with {process.returncode}:\n  {log_tail}"
        )
