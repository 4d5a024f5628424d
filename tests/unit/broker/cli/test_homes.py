"""Commands that only look make nothing: no home folder, no keys, no ledger; they say what is not there and the cure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker import wiring
from broker.errors import SettingsError
from monitoring.cli import app
from tests.unit.broker.registry.office import founded

NO_HOME = "there is no such folder; name its folder (--home, BROKER_HOME)"
NO_LEDGER = "it has no ledger yet; the first `broker reconcile` makes it"
LOOKING = [
    ("balance", "RY-2026-011"),
    ("waivers",),
    ("secrets", "list"),
    ("plan",),
    ("reconcile", "--dry-run"),
    ("backup", "--dry-run"),
    ("preview", "HEAD"),
    ("platform", "check"),
    ("exporter", "--once"),
    ("audit", "verify", "--published"),
    ("audit", "prove", "0"),
    ("report", "confirm", "ops", "--month", "2026-10", "--registry", ".", "--as", "x"),
]
ASKING_THE_LEDGER = [("status",), ("events", "s.extranet.p"), ("drift",), ("notices",), ("audit", "verify"), ("wake",)]


def run(home: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*words, "--home", str(home)], env={"BROKER_AS_OF": None, "BROKER_REGISTRY": None})
    if isinstance(done.exception, SettingsError):  # `main` makes one line and exit 2 of it
        return 2, str(done.exception)
    return done.exit_code, done.output


@pytest.mark.parametrize("words", [*LOOKING, *ASKING_THE_LEDGER])
def test_a_home_that_is_not_there_is_told_and_not_made(words: tuple[str, ...], tmp_path: Path) -> None:
    code, told = run(tmp_path / "none", *words)
    assert (code, NO_HOME in told) == (2, True), told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", ASKING_THE_LEDGER)
def test_a_ledger_that_is_not_there_is_told_and_not_made(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    code, told = run(tmp_path / "home", *words)
    assert (code, NO_LEDGER in told) == (2, True), told
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize("words", [("balance", "RY-2026-011"), ("waivers",), ("secrets", "list"), ("plan",)])
def test_a_registry_that_is_not_there_is_told_with_its_cure(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    code, told = run(tmp_path / "home", *words)
    assert (code, "clone it there, or set registry or remote in broker.toml" in told) == (2, True), told


@pytest.mark.parametrize(
    "elsewhere", [{"BROKER_DSN": "host=127.0.0.1 port=1"}, {"BROKER_REMOTE": "https://git.example.invalid/registry"}]
)
def test_what_the_environment_names_elsewhere_needs_no_folder(
    elsewhere: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    assert wiring.deployed(tmp_path / "none").home == tmp_path / "none"
    if "BROKER_DSN" in elsewhere:
        assert wiring.with_ledger(tmp_path / "none").dsn == elsewhere["BROKER_DSN"]
    else:
        with pytest.raises(SettingsError, match=NO_LEDGER.split(";", maxsplit=1)[0]):
            wiring.with_ledger(tmp_path / "none")


def test_the_papers_are_read_without_leaving_a_key_in_the_home(tmp_path: Path) -> None:
    office = founded(tmp_path / "registry")
    home = tmp_path / "home"
    home.mkdir()
    (home / "broker.toml").write_text(f'registry = "{office.root}"\ntrust_root = "{office.trust_root}"\n')
    assert run(home, "waivers") == (0, "no rule is waived for any system\n")
    assert [path.name for path in home.iterdir()] == ["broker.toml"]


def test_the_doctor_says_what_to_do_where_nothing_is_there_and_makes_nothing(tmp_path: Path) -> None:
    code, told = run(tmp_path / "none", "doctor")
    assert (code, f"BAD  home: {tmp_path / 'none'} is not there; name its folder" in told) == (2, True), told
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "home").mkdir(mode=0o700)
    code, told = run(tmp_path / "home", "doctor")
    assert "ok   ledger: none yet: the first `broker reconcile` makes it" in told
    assert "BAD  registry: reading the registry" in told
    assert "clone it there, or set registry or remote" in told
    assert "not there; docs/settings.md says what it holds" in told
    assert "ok   limits: of each process to each cloud 48 calls at once, any number a second; put off, a call" in told
    assert code == 2
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize("words", [("schema", "Unit"), ("new", "Unit"), ("check", "registry"), ("quota", "show")])
def test_commands_on_papers_need_no_home_at_all(words: tuple[str, ...], tmp_path: Path) -> None:
    founded(tmp_path / "registry")
    more = ("--registry", "registry") if words[0] == "quota" else ()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BROKER_")}
    done = subprocess.run(
        [sys.executable, "-m", "broker", *words, *more],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[4]), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"registry", "cache"}
