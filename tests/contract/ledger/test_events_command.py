"""`broker events` of a stack that the ledger knows, of one without events, and of none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker import wiring
from broker.errors import NameUnknown
from broker.ledger import embedded, events
from broker.ledger.events import Happened
from monitoring.cli import app
from tests.unit.broker.registry.office import founded

STACK, QUIET = "booking.extranet.provider-a", "clinic.extranet.provider-a"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    office = founded(tmp_path / "registry")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "broker.toml").write_text(f'registry = "{office.root}"\ntrust_root = "{office.trust_root}"\n')
    settings = wiring.settings(home)
    with wiring.ledger(settings) as pool, pool.connection() as conn:
        for stack in (STACK, QUIET):
            conn.execute("insert into ledger.lease (stack, epoch, until) values (%s, 1, now())", (stack,))
            conn.execute("insert into ledger.stack (stack, epoch, clean) values (%s, 1, true)", (stack,))
        events.append(conn, Happened(STACK, 1, wiring.given_clock(None)(), "done", {"op": "create"}))
    yield home
    embedded.stop(home / "ledger")


def test_a_stack_tells_its_events_or_that_there_are_none_and_an_unknown_one_is_no_stack(home: Path) -> None:
    def run(stack: str) -> tuple[int, str, BaseException | None]:
        done = CliRunner().invoke(app, ["events", stack, "--home", str(home)])
        return done.exit_code, done.output, done.exception

    assert run(STACK)[1].split()[2:] == ["run", "1", "done", "create"]
    assert run(QUIET)[:2] == (0, f"{QUIET}: nothing has happened to it yet\n")
    error = run("bookin.extranet.provider-a")[2]
    assert isinstance(error, NameUnknown)
    assert str(error) == f"there is no stack bookin.extranet.provider-a; there are {STACK}, {QUIET}"
