"""`broker check`: what it is asked for, and where there is nothing to check."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from broker.signatures.key import fingerprint
from tests.fixtures.chancery import DIRECTOR, Chancery

NO_ROOT = "SHA256:another"


def test_another_first_key_than_the_one_asked_for_is_refused_with_and_without_a_base(office: Chancery) -> None:
    root = ("--trust-root", fingerprint(office.key(DIRECTOR).with_suffix(".pub").read_text()))
    assert office.broker("check", office.root, *root)[0] == 0
    code, said = office.broker("check", office.root, "--trust-root", NO_ROOT)
    assert (code, "TRUST_ROOT" in said) == (1, True), said

    office.request("bus", "bus")
    office.git("switch", "-q", "-c", "change")
    office.merge()
    based = ("check", office.root, "--base", "main")
    assert office.broker(*based, *root)[0] == 0
    code, said = office.broker(*based, "--trust-root", NO_ROOT)
    assert (code, "TRUST_ROOT" in said) == (1, True), said


def test_a_head_without_a_base_is_not_passed_over(office: Chancery) -> None:
    code, said = office.broker("check", office.root, "--head", "HEAD")
    assert (code, "give both, or neither" in " ".join(said.replace("│", " ").split())) == (2, True), said


def test_a_revision_that_is_not_there_is_named(office: Chancery) -> None:
    code, said = office.broker("check", office.root, "--base", "nowhere")
    assert (code, "it has no revision nowhere" in said) == (2, True), said


def test_a_folder_without_any_document_is_no_clean_registry(tmp_path: Path) -> None:
    done = broker("check", tmp_path)
    assert (done.returncode, "it has no document" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    "words", [("init", "{new}", "--office", "x", "--keys", "{file}"), ("dashboards", "{file}"), ("rules", "{file}")]
)
def test_a_file_in_the_place_of_a_folder_is_said_in_one_line(words: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "paper.yaml"
    file.write_text("")
    done = broker(*(word.format(file=file, new=tmp_path / "new") for word in words))
    assert done.returncode == 2
    assert done.stderr.startswith("broker: ")
    assert (done.stderr.count("\n"), str(file) in done.stderr) == (1, True), done.stderr


def broker(*words: object) -> subprocess.CompletedProcess[str]:
    """The command as a process: its last line of defence is outside the commands."""
    command = [sys.executable, "-c", "from monitoring.start import main; main()", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_list_whose_members_have_faults_is_not_called_too_short(office: Chancery) -> None:
    zones = [{"zone": "nowhere", "tiers": [], "bandwidth_mbps": 1}]
    office.request("bus", "bus", zones=zones)
    code, said = office.broker("check", office.root)
    assert code == 1
    assert "spec.zones[0].zone" in said
    assert "spec.zones: OUT_OF_RANGE" not in said


def test_what_a_review_did_not_judge_is_said_beside_it_and_is_no_fault_of_the_change(office: Chancery) -> None:
    clean = office.did("check", office.root, "--base", "main")
    assert "Beside this change" not in clean
    office.file("cases/odd/request.yaml", "OnboardingRequest", "odd", {"system": "odd"}, by="health-clerk")
    said = office.did("check", office.root, "--base", "main")
    assert "Problems\nNo problem found." in said
    assert "not looked at, since it is not committed: 1 in the work tree, cases/odd/request.yaml" in said
    office.merge()
    said = office.did("check", office.root, "--base", "main")
    assert "Problems\nNo problem found." in said
    assert "refused already, in cases/odd/request.yaml; a check of the base lists them" in said
    markdown = office.did("check", office.root, "--base", "main", "--format", "markdown")
    assert "## Beside this change\n\n- the base has" in markdown
    found = json.loads(office.did("check", office.root, "--base", "main", "--format", "json"))
    assert (found["problems"], found["uncommitted"]) == ([], [])
    assert {problem["place"]["path"] for problem in found["before"]} == {"cases/odd/request.yaml"}


def test_a_review_of_a_bare_repository_has_no_work_tree_to_look_at(office: Chancery, tmp_path: Path) -> None:
    office.file("cases/odd/request.yaml", "OnboardingRequest", "odd", {"system": "odd"}, by="health-clerk")
    bare = tmp_path / "bare.git"
    office.git("clone", "-q", "--bare", str(office.root), str(bare))
    assert "Beside this change" not in office.did("check", bare, "--base", "main")
