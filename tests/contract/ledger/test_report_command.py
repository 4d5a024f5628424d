"""`broker report` as a person runs it: an open month, a closed one, the same bytes again, a file that was changed."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from broker.documents.issuing import FORMATS, ReportDelivered, ReportIssued
from broker.errors import BrokerError
from broker.ledger import embedded
from broker.ledger.connect import connect
from broker.registry.records import read_records
from monitoring.cli import app
from monitoring.reports.fonts import FILES
from tests.fixtures.report_fonts import report_fonts
from tests.unit.broker.registry.office import REQUEST, Office, document, founded

__all__ = ["report_fonts"]

MONTH = "2026-01"
NAME = f"ops-{MONTH}"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report_fonts: tuple[Path, ...]) -> Iterator[Office]:
    """A deployment whose registry is signed; nothing is closed."""
    fonts = tmp_path / "fonts"
    fonts.mkdir()
    for name in FILES:
        (fonts / name).symlink_to(next(folder / name for folder in report_fonts if (folder / name).exists()))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = founded(tmp_path / "registry")
    found.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "s", by="health-clerk"))
    found.commit()
    home = tmp_path / "home"
    home.mkdir()
    settings = f'registry = "{found.root}"\ntrust_root = "{found.trust_root}"\nreport_fonts = "{fonts}"\n'
    (home / "broker.toml").write_text(settings)
    yield found
    embedded.stop(home / "ledger")


def run(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*arguments, "--home", str(tmp_path / "home")])
    if isinstance(done.exception, BrokerError):  # `main` makes one line and exit 2 of it
        return 2, str(done.exception)
    return done.exit_code, done.output


def report(tmp_path: Path, kind: str, out: str, *more: str) -> tuple[int, str]:
    return run(tmp_path, "report", kind, "--month", MONTH, "--out", str(tmp_path / out), *more)


def test_a_report_is_issued_once_and_every_reprint_is_the_same_bytes(office: Office, tmp_path: Path) -> None:
    code, told = report(tmp_path, "ops", "early")
    assert (code, "it is not closed" in told, (tmp_path / "early").exists()) == (1, True, False)
    assert run(tmp_path, "close-month", MONTH, "--no-stores")[0] == 0

    code, told = report(tmp_path, "ops", "first")
    assert code == 0, told
    assert f"{NAME}  issued" in told
    (record,) = (one for one in read_records(office.root) if isinstance(one, ReportIssued))
    assert (record.name, record.party, record.recipient) == (NAME, "cloud-office", "cloud-office")
    assert record.paper.startswith("sha256:")

    (tmp_path / "fonts" / "FandolFang-Regular.otf").unlink()  # what was issued needs no fonts
    code, told = report(tmp_path, "ops", "again", "--format", "pdf", "--format", "html")
    assert (code, f"{NAME}  was issued before, the same bytes" in told) == (0, True)
    assert sorted(path.suffix for path in (tmp_path / "again").iterdir()) == [".html", ".pdf"]
    for path in (tmp_path / "again").iterdir():
        assert path.read_bytes() == (tmp_path / "first" / path.name).read_bytes()

    code, told = report(tmp_path, "supervision-data", "other")
    assert (code, "there is no FandolFang-Regular.otf" in told) == (2, True)


def test_a_file_is_verified_in_every_format_and_a_changed_or_unknown_one_is_refused(
    office: Office, tmp_path: Path
) -> None:
    assert office.trust_root
    assert run(tmp_path, "close-month", MONTH, "--no-stores")[0] == 0
    assert report(tmp_path, "ops", "out")[0] == 0
    for form in FORMATS:
        path = tmp_path / "out" / f"{NAME}.{form}"
        code, told = run(tmp_path, "report", "verify", str(path))
        assert (code, f"{NAME} ({form})" in told, "a draft: cloud-office has not confirmed it" in told) == (
            0,
            True,
            True,
        )
        changed = tmp_path / f"changed.{form}"
        changed.write_bytes(path.read_bytes())
        if form in {"docx", "xlsx"}:
            with zipfile.ZipFile(changed, "a") as archive:
                archive.writestr("more.xml", "<more/>")
        else:
            changed.write_bytes(changed.read_bytes() + b"\n")
        code, told = run(tmp_path, "report", "verify", str(changed))
        assert (code, f"it says that it is {NAME}" in told, "was changed since" in told) == (1, True, True)
    code, told = report(tmp_path, "provider", "out", "--unit", "education")
    assert (code, "nothing for --unit education; there is: provider-a" in told) == (1, True)
    assert report(tmp_path, "ops", "out", "--format", "odt")[0] == 2
    assert run(tmp_path, "report", "ops", "--month", "2026-1", "--out", str(tmp_path))[0] == 2
    stranger = tmp_path / "stranger.pdf"
    stranger.write_bytes(b"%PDF-1.7")
    code, told = run(tmp_path, "report", "verify", str(stranger))
    assert (code, "it has no verification code" in told) == (1, True)


def waiting_messages(tmp_path: Path) -> list[dict[str, Any]]:
    server = embedded.start(tmp_path / "home" / "ledger")
    with connect(server.dsn()) as conn:
        rows = conn.execute("select key, topic, body, done_at from ledger.message where topic = 'report'").fetchall()
    return [dict(row) for row in rows]


def test_a_report_is_confirmed_by_its_party_and_delivered_once_through_the_outbox(
    office: Office, tmp_path: Path
) -> None:
    assert run(tmp_path, "close-month", MONTH, "--no-stores")[0] == 0
    confirming = ("report", "confirm", "ops", "--month", MONTH, "--registry", str(office.root), "--as", "office-clerk")
    code, told = run(tmp_path, *confirming)
    assert (code, "nothing waits for anybody; issue it by `broker report ops" in told) == (1, True)
    assert report(tmp_path, "ops", "out")[0] == 0
    code, told = run(tmp_path, "report", "deliver")
    assert (code, f"{NAME}  waits for cloud-office: not confirmed" in told) == (0, True)
    assert waiting_messages(tmp_path) == []

    assert run(tmp_path, *confirming)[0] == 0
    path = f"notices/ops-report-{MONTH}-cloud-office.yaml"
    unsigned = (office.root / path).read_text().replace(f"id: ops-report-{MONTH}-cloud-office", "id: unsigned")
    (office.root / path).rename(tmp_path / "confirmation.yaml")
    office.write("notices/unsigned.yaml", unsigned)
    office.commit("confirm without a signature")
    assert "not confirmed" in run(tmp_path, "report", "deliver")[1]
    (tmp_path / "confirmation.yaml").rename(office.root / path)
    office.sign(path)
    office.commit("confirm")
    code, told = run(tmp_path, "report", "deliver")
    assert (code, f"{NAME}  delivered to cloud-office, confirmed by ops-report-{MONTH}" in told) == (0, True), told
    (message,) = waiting_messages(tmp_path)
    assert (message["body"]["to"], message["body"]["report"], message["done_at"]) == (["cloud-office"], NAME, None)
    (record,) = (one for one in read_records(office.root) if isinstance(one, ReportDelivered))
    assert (record.name, record.recipient) == (NAME, "cloud-office")

    code, told = run(tmp_path, "report", "deliver")
    assert (code, told) == (0, "")
    assert len(waiting_messages(tmp_path)) == 1
    told = run(tmp_path, "report", "verify", str(tmp_path / "out" / f"{NAME}.pdf"))[1]
    assert f"confirmed by cloud-office (ops-report-{MONTH}" in told
    assert "delivered" in told.splitlines()[-1]
