"""The real `broker`, begun by `broker preload` and by itself: the same answers."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitoring.preload import loading
from monitoring.preload.client import OFF

ROOT = Path(__file__).parents[3]
BROKER = str(Path(sys.executable).with_name("broker"))


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where commands are typed: with a cache folder of its own, so that nobody else's process is asked."""

    cache: Path
    process: int

    def type(self, *words: str, alone: bool = False) -> subprocess.CompletedProcess[str]:
        variables = {**os.environ, "XDG_CACHE_HOME": str(self.cache), OFF: "no" if alone else ""}
        return subprocess.run([BROKER, *words], capture_output=True, text=True, check=False, env=variables, cwd=ROOT)


@pytest.fixture(scope="module")
def terminal() -> Iterator[Terminal]:
    with tempfile.TemporaryDirectory(prefix="pl-") as cache:  # the address of a socket is short
        variables = {**os.environ, "XDG_CACHE_HOME": cache}
        with subprocess.Popen([BROKER, "preload"], text=True, stderr=subprocess.PIPE, env=variables) as preload:
            assert preload.stderr is not None
            assert "ready" in preload.stderr.readline()
            yield Terminal(Path(cache), preload.pid)
            preload.terminate()
            preload.communicate(timeout=20)
        assert preload.returncode == 0


def test_everything_is_loaded_by_one_thread_that_has_nothing_open_of_others(terminal: Terminal) -> None:
    """Else a copy of it would begin with locks that nobody gives back, or with somebody's connection."""
    assert len(list(Path(f"/proc/{terminal.process}/task").iterdir())) == 1
    open_files = [str(file.readlink()) for file in Path(f"/proc/{terminal.process}/fd").iterdir() if int(file.name) > 2]
    kinds = [told for told in open_files if not told.endswith((".lock", "/dev/null"))]
    assert all(told.startswith("socket:") for told in kinds), kinds
    assert len(kinds) == 3, "where it listens, and the two ends by which it hears signals"


@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("schema", "Unit"),
        ("new", "ServiceIntentForm"),
        ("check", "examples/registry", "--json"),
        ("check", "examples/story/refused"),
        ("check", "no-such-folder"),
        ("no-such-command",),
        ("plan", "--home", "no-such-home"),
    ],
)
def test_a_command_answers_as_it_does_by_itself(terminal: Terminal, words: tuple[str, ...]) -> None:
    copied, alone = terminal.type(*words), terminal.type(*words, alone=True)
    assert (copied.returncode, copied.stdout, copied.stderr) == (alone.returncode, alone.stdout, alone.stderr)


def test_doctor_says_in_which_process_commands_begin(terminal: Terminal, tmp_path: Path) -> None:
    home = str(tmp_path)
    made = terminal.type("init", f"{home}/registry", "--office", "区网信办", "--keys", f"{home}/keys")
    assert made.returncode == 0, made.stderr
    told = terminal.type("doctor", "--home", home).stdout
    assert f"commands: begin at once, in copies of process {terminal.process}" in told


def test_nothing_of_the_product_is_left_to_be_loaded() -> None:
    script = (
        "import sys; from monitoring.preload import loading; loading.load(); had = set(sys.modules);"
        "import monitoring.cli, broker.wiring, broker.reconcile, stacks.provider.assembly, monitoring.reports.desk;"
        "print(*sorted(set(sys.modules) - had))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.strip() == ""


def test_the_digest_of_the_code_is_the_same_until_a_file_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "a_small_package"
    (package / "inside").mkdir(parents=True)
    for name in ("__init__.py", "inside/__init__.py", "inside/words.txt"):
        (package / name).write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(loading, "_PACKAGES", (package.name,))
    before = loading.code()
    assert loading.code() == before
    (package / "inside" / "words.txt").write_text("others", encoding="utf-8")
    (package / "inside" / ".#words.txt").symlink_to("of an editor, who is at work on it")
    changed = loading.code()
    assert changed != before
    (package / "inside" / "more.py").write_text("", encoding="utf-8")
    assert loading.code() not in {before, changed}
