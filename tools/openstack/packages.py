"""The virtual environment in which the services run: pinned wheels, installed without resolving anything."""

import os
import subprocess
import sys
from pathlib import Path

from tools import bootstrap
from tools.openstack.errors import SandboxError
from tools.openstack.layout import CHECKOUT, HERE, LOCK_FILE, Cache
from tools.progress import Tell

MIN_PYTHON = (3, 11)
EVERY_S = 5.0
_LAST_LINES = 12


def install(cache: Cache, tell: Tell) -> None:
    """Make the environment if it is not complete; what was installed stays."""
    if cache.installed.exists():
        tell("kept from an earlier run")
        return
    uv = find_uv()
    _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(cache.packages)], cache, tell)
    # --no-deps: the lock is complete, less what only unused drivers need (200 MB)
    # --compile-bytecode: without it every start compiles 20 s worth of modules where writing bytecode is off
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--compile-bytecode", "--python", str(cache.python)]
    _run([*command, "--requirement", str(LOCK_FILE)], cache, tell)
    cache.installed.touch()
    tell(f"{count(cache)} packages in {cache.packages}")


def find_uv() -> str:
    """The path of `uv`, the one that made the project's own environment; got where it is not there.

    Raises:
        SandboxError: It cannot be had, or the interpreter is too old.
    """
    if sys.version_info < MIN_PYTHON:
        raise SandboxError(
            f"installing the services: Python {sys.version.split()[0]} is too old, run with 3.11 or newer"
        )
    try:
        return str(bootstrap.find_uv() or bootstrap.get_uv())
    except bootstrap.Missing as missing:
        raise SandboxError(f"installing the services: {missing}; {bootstrap.CURE}") from missing


def count(cache: Cache) -> int:
    """How many packages are installed so far."""
    return sum(1 for _ in cache.packages.glob("lib/python*/site-packages/*.dist-info"))


def pinned() -> int:
    """How many packages the lock names."""
    return sum(1 for line in LOCK_FILE.read_text().splitlines() if "==" in line)


def environment() -> dict[str, str]:
    """The environment of the services: ours without what would redirect Python or override their configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OS_"))}
    paths = (str(CHECKOUT), str(HERE / "services" / "entry_points"))
    own = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1"}
    return {**kept, **own, "no_proxy": "127.0.0.1,localhost", "NO_PROXY": "127.0.0.1,localhost"}


def _run(command: list[str], cache: Cache, tell: Tell) -> None:
    log = cache.folder / "install.log"
    with log.open("w") as output:
        # the same index, certificates and proxy as the project's own environment was made with
        env = bootstrap.environment()
        running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=env)
        try:
            _watch(running, cache, tell)
        finally:
            running.kill()
            running.wait()
    if running.returncode != 0:
        raise SandboxError(_explanation(log))


def _watch(running: subprocess.Popen[bytes], cache: Cache, tell: Tell) -> None:
    while True:
        try:
            running.wait(EVERY_S)
        except subprocess.TimeoutExpired:
            tell(f"{count(cache)} of {pinned()} packages in place")
        else:
            return


def _explanation(log: Path) -> str:
    lines = "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
    cure = "they come from a Python package index: connect to one, or name yours in UV_DEFAULT_INDEX, and run again"
    return (
        f"installing the {pinned()} pinned packages of the services: uv ended with an error; {cure}. It said:\n{lines}"
    )
