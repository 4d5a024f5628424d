"""`broker close-month` as a person runs it: a signed registry, the embedded ledger, a month nobody measured."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.documents.closings import MonthClosed
from broker.ledger import embedded
from broker.registry.records import read_records
from monitoring.cli import app
from monitoring.metering.facts import digest_of, facts_from
from tests.unit.broker.registry.office import REQUEST, Office, document, founded


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = founded(tmp_path / "registry")
    found.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk"))
    found.commit()
    home = tmp_path / "home"
    home.mkdir()
    (home / "broker.toml").write_text(f'registry = "{found.root}"\ntrust_root = "{found.trust_root}"\n')
    return found


def run(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["close-month", "--home", str(tmp_path / "home"), "--no-stores", *arguments])
    return done.exit_code, done.output


def test_a_month_is_closed_by_the_command_and_is_on_record(office: Office, tmp_path: Path) -> None:
    try:
        file, table = tmp_path / "facts.json", tmp_path / "focus.csv"
        code, told = run(tmp_path, "2026-01", "--facts", str(file), "--focus", str(table))
        assert code == 0, told
        facts = facts_from(file.read_bytes())
        assert f"2026-01 closed: {digest_of(facts)}" in told
        assert (facts.systems, facts.coverage) == ((), None)
        assert table.read_text(encoding="utf-8").startswith("BilledCost,")
        (record,) = (one for one in read_records(office.root) if isinstance(one, MonthClosed))
        assert record.facts == digest_of(facts)
        again = run(tmp_path, "2026-01")
        assert again[0] == 0
        assert "2026-01 was closed before" in again[1]
    finally:
        embedded.stop(tmp_path / "home" / "ledger")


def test_what_is_no_month_or_not_over_is_refused(office: Office, tmp_path: Path) -> None:
    assert office.trust_root
    try:
        assert run(tmp_path, "2026-13")[0] == 2
        code, told = run(tmp_path, "2099-01")
        assert (code, "it ends at 2099-02-01" in told) == (1, True)
        code, told = run(tmp_path, "2026-01", "--papers", str(tmp_path))
        assert (code, "--papers needs --as" in told) == (2, True)
    finally:
        embedded.stop(tmp_path / "home" / "ledger")
