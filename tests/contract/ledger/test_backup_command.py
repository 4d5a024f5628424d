"""`broker backup` where nothing is due: that is told, and is no error; a stack that never was is one."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.documents.records import Provisioned
from broker.errors import NameUnknown
from broker.registry.records import append
from broker.signatures.key import generate
from monitoring.cli import app
from tests.unit.broker.registry.office import NOW, founded

STACK = "booking.extranet.provider-a"


@pytest.mark.parametrize("more", [(), ("--dry-run",), ("--stack", STACK), ("--stack", STACK, "--dry-run")])
def test_a_round_without_anything_due_says_so_and_is_well(
    more: tuple[str, ...], tmp_path: Path, ledger_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = deployed(tmp_path)
    monkeypatch.setenv("BROKER_DSN", ledger_database)
    done = CliRunner().invoke(app, ["backup", *more, "--home", str(home)])
    assert (done.exit_code, done.output) == (0, "backup: nothing is due\n"), done.exception


def test_a_stack_that_never_was_is_named_with_those_that_were(
    tmp_path: Path, ledger_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = deployed(tmp_path)
    monkeypatch.setenv("BROKER_DSN", ledger_database)
    done = CliRunner().invoke(app, ["backup", "--stack", "bookin", "--home", str(home)])
    assert isinstance(done.exception, NameUnknown)
    assert str(done.exception) == f"there is no stack bookin; there is {STACK}"


def deployed(folder: Path) -> Path:
    """A deployment of which no document names the one stack that it once brought about."""
    office = founded(folder / "registry")
    home = folder / "home"
    (home / "secrets").mkdir(parents=True, mode=0o700)
    key = generate(home / "secrets" / "broker-key")
    append(office.root, [Provisioned(stack=STACK, spec_digest="d", documents=(), at=NOW, resources=1)], key, NOW)
    (home / "broker.toml").write_text(f'registry = "{office.root}"\ntrust_root = "{office.trust_root}"\n')
    return home
