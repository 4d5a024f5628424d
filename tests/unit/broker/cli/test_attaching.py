"""`broker attach`: a restricted file goes its own way, and nothing of it into git."""

import secrets
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.canaries import Canary, findings, git_objects
from tests.fixtures.chancery import DIRECTOR, Chancery

RESTRICTED = ("--class", "restricted", "--title", "安全检查报告", "--for", "cloud-office")


def put(office: Chancery, file: Path, *options: str) -> Any:
    said = office.did("attach", "put", file, *(options or RESTRICTED), "--home", office.folder / "home")
    return yaml.safe_load(said)


def finding(office: Chancery, attachment: Any) -> None:
    spec = {"system": "booking", "risk": "low", "found_on": str(office.today), "report": attachment}
    office.sign(office.file("findings/f.yaml", "Finding", "f", spec, by=DIRECTOR), DIRECTOR)
    office.merge()


@pytest.fixture
def report(tmp_path: Path) -> tuple[Path, list[Canary]]:
    """A report with words that occur nowhere else."""
    words = [Canary(f"word {n}", f"弱口令-{secrets.token_hex(12)}") for n in range(5)]
    file = tmp_path / "report.txt"
    file.write_text("\n".join(word.value for word in words))
    return file, words


def test_words_of_a_restricted_attachment_are_nowhere_in_the_history(
    office: Chancery, report: tuple[Path, list[Canary]], tmp_path: Path
) -> None:
    file, words = report
    (attachment,) = put(office, file)
    finding(office, attachment)
    assert attachment["digest"] in office.did("check", office.root) + (office.root / "findings/f.yaml").read_text()
    assert findings(words, git_objects(office.root)) == []
    assert office.broker("attach", "missing", "--registry", office.root, "--home", office.folder / "home")[0] == 0
    office.did("attach", "get", attachment["digest"], tmp_path / "back", "--registry", office.root,
               "--home", office.folder / "home")  # fmt: skip
    assert (tmp_path / "back").read_bytes() == file.read_bytes()
    assert (tmp_path / "back").stat().st_mode & 0o777 == 0o600


def test_the_search_would_find_them(office: Chancery, report: tuple[Path, list[Canary]]) -> None:
    file, words = report
    (office.root / "notes").mkdir()
    (office.root / "notes" / "report.txt").write_bytes(file.read_bytes())
    office.merge()
    (office.root / "notes" / "report.txt").unlink()
    office.merge()
    assert len(findings(words, git_objects(office.root))) >= len(words)


def test_a_file_that_is_laid_among_the_documents_is_refused_at_the_door(
    office: Chancery, report: tuple[Path, list[Canary]]
) -> None:
    (office.root / "findings").mkdir()
    (office.root / "findings" / "report.txt").write_bytes(report[0].read_bytes())
    code, said = office.broker("check", office.root)
    assert (code, "FILE_UNKNOWN" in said, "attachment store" in said) == (1, True, True)


def test_what_the_store_lacks_is_listed(office: Chancery, report: tuple[Path, list[Canary]]) -> None:
    (attachment,) = put(office, report[0])
    finding(office, attachment)
    elsewhere = ("--registry", office.root, "--home", office.folder / "another")
    code, said = office.broker("attach", "missing", *elsewhere)
    assert (code, attachment["digest"] in said) == (1, True)
    code, said = office.broker("attach", "get", attachment["digest"], office.folder / "back", *elsewhere)
    assert (code, "broker attach" in said, (office.folder / "back").exists()) == (2, True, False)


def test_a_class_or_a_user_that_is_none_is_said(office: Chancery, report: tuple[Path, list[Canary]]) -> None:
    home = ("--home", office.folder / "home")
    code, said = office.broker("attach", "put", report[0], "--class", "secret", *RESTRICTED[2:], *home)
    assert (code, "no class secret" in said) == (2, True)
    assert office.broker("attach", "policy", "papers", "--role", "mayor=arn:x")[0] == 2
    assert office.broker("attach", "policy", "papers", "--role", "unit")[0] == 2
    said = office.did("attach", "policy", "papers", "--role", "cloud_office=arn:aws:iam:::user/office")
    assert "ReadRestricted" in said
