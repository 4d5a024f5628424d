import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker import wiring
from broker.cli.app import app
from broker.clock import day_of
from broker.documents.records import Admitted
from broker.registry.records import append
from broker.signatures.key import generate
from tests.unit.broker.registry.office import NOW, REQUEST, Office, document, founded

WAIVER = """{rule: NOT_REASONABLE, system: s, document_kinds: [ServiceIntentForm], reason: 复核中,
  risk_owner: office-director, compensating_measure: 每周复核, valid_from: %s, valid_until: %s}"""
DAYS = {"live": (-20, 300), "expiring": (-20, 10), "expired": (-300, -20), "coming": (10, 40)}
"""First and last day, in days from today: the command asks the machine's clock."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment with one waiver of each state; by the live one a form was admitted."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    office = founded(tmp_path / "registry")
    office.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk"))
    for name, (first, last) in DAYS.items():
        dates = (str(day_from_today(first)), str(day_from_today(last)))
        office.write(f"waivers/{name}.yaml", document("Waiver", name, WAIVER % dates))
        for signer in ("office-director", "office-reviewer"):
            office.sign(f"waivers/{name}.yaml", who=signer)
    office.commit()
    home = tmp_path / "home"
    (home / "secrets").mkdir(parents=True, mode=0o700)
    _admit(office, home)
    (home / "broker.toml").write_text(f'registry = "{office.root}"\ntrust_root = "{office.trust_root}"\n')
    return home


def _admit(office: Office, home: Path) -> None:
    records = [
        Admitted(
            document=filed.digest,
            id=filed.id,
            commit=filed.commit,
            sequence=filed.sequence,
            as_of=NOW,
            rule_set="sha256:" + "1" * 64,
            admitted=True,
            lifted_by=("live",) if filed.id == "r" else (),
        )
        for filed in office.registry().filed
        if filed.id in {"r", *DAYS}
    ]
    append(office.root, records, generate(home / "secrets" / "broker-key"), NOW)


def day_from_today(days: int) -> date:
    return day_of(wiring.given_clock(None)()) + timedelta(days=days)


def told(home: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["waivers", *arguments, "--home", str(home)])
    assert done.exit_code == 0, done.output
    return done.output


def test_each_waiver_is_told_with_how_it_stands_what_ends_first_first(home: Path) -> None:
    lines = [json.loads(line) for line in told(home, "--json").splitlines()]
    assert [(line["id"], line["states"], line["used_by"]) for line in lines] == [
        ("expired", ["expired", "unused"], []),
        ("expiring", ["live", "expiring", "unused"], []),
        ("coming", ["coming"], []),
        ("live", ["live"], ["r"]),
    ]


def test_a_person_reads_who_answers_for_it_and_what_is_done_instead(home: Path) -> None:
    first, last = (day_from_today(days) for days in DAYS["live"])
    assert f"live  NOT_REASONABLE  s (ServiceIntentForm)  {first} to {last}  live" in told(home)
    assert "admitted by it: r; risk: office-director; instead: 每周复核" in told(home)
