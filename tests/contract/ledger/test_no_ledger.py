"""Commands that only look at a deployment without a ledger answer, and make neither a ledger nor keys."""

import pytest
from typer.testing import CliRunner

from monitoring.cli import app
from tests.fixtures.chancery import DIRECTOR, Chancery, founded
from tools import pulumi_cli


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Chancery:
    """An office whose branch `change` approves a request; beside it a home that nobody has written to."""
    pulumi_cli.ensure()
    found = founded(tmp_path_factory.mktemp("office"))
    found.git("switch", "-q", "-c", "change")
    paper = found.decided("booking-request", "--approve", "--number", "RY-2026-011")
    found.sign(paper, DIRECTOR)
    found.merge()
    found.git("switch", "-q", "main")
    home = found.folder / "home"
    home.mkdir(mode=0o700)
    (home / "broker.toml").write_text(f'registry = "{found.root}"\n')
    return found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan",), "plan: 0 stacks to change"),
        (("plan", "--json"), '"changed": []'),
        (("reconcile", "--dry-run"), "plan: 0 stacks to change"),
        (("preview", "change"), "## Stack booking.extranet.provider-a (apply)"),
        (("backup", "--dry-run"), "backup: nothing is due"),
    ],
)
def test_who_only_looks_leaves_the_home_as_it_was(office: Chancery, words: tuple[str, ...], said: str) -> None:
    home = office.folder / "home"
    done = CliRunner().invoke(app, [*words, "--home", str(home)])
    assert isinstance(done.exception, SystemExit | None), done.exception
    assert said in done.output
    assert [path.name for path in home.rglob("*")] == ["broker.toml"]
