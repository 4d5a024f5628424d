import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.cli.app import app
from broker.documents.records import Admitted
from broker.errors import BrokerError
from broker.registry.records import append
from broker.signatures.key import generate
from tests.unit.broker.registry.office import NOW, REQUEST, Office, approval, document, founded

NUMBER = "津南网信批〔2026〕11号"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment whose registry has one approval, admitted."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    office = founded(tmp_path / "registry")
    office.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk"))
    office.write("cases/a.yaml", approval("r", number=NUMBER))
    office.sign("cases/a.yaml")
    office.commit()
    home = tmp_path / "home"
    (home / "secrets").mkdir(parents=True, mode=0o700)
    _admit(office, home)
    (home / "broker.toml").write_text(f'registry = "{office.root}"\ntrust_root = "{office.trust_root}"\n')
    return home


def _admit(office: Office, home: Path) -> None:
    judged = [filed for filed in office.registry().filed if filed.id in {"r", "ry-2026-011"}]
    records = [
        Admitted(
            document=filed.digest,
            id=filed.id,
            commit=filed.commit,
            sequence=filed.sequence,
            as_of=NOW,
            rule_set="sha256:" + "1" * 64,
            admitted=True,
        )
        for filed in judged
    ]
    append(office.root, records, generate(home / "secrets" / "broker-key"), NOW)


def told(home: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["balance", *arguments, "--home", str(home)])
    if isinstance(done.exception, BrokerError):
        return 2, str(done.exception)  # as `main` ends the process
    return done.exit_code, done.output


def test_the_balance_of_an_approval_is_told_by_its_number(home: Path) -> None:
    code, output = told(home, NUMBER)
    assert code == 0
    assert output.splitlines()[:3] == [
        f"{NUMBER} (ry-2026-011) approved on 2026-11-21",
        "  s/extranet  approved",
        "    granted   bandwidth_mbps=10",
    ]


def test_the_balance_is_told_to_machines(home: Path) -> None:
    code, output = told(home, NUMBER, "--json")
    assert (code, json.loads(output)["left"]) == (0, {"bandwidth_mbps": 10})


def test_an_unknown_number_is_no_balance(home: Path) -> None:
    code, output = told(home, "RY-2026-012")
    assert (code, f"there is no approval in force with the number RY-2026-012; there is {NUMBER}" in output) == (
        2,
        True,
    )
    assert told(home, "eleven")[0] == 2
