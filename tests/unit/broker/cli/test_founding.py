import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.cli.app import app
from broker.errors import SettingsError
from broker.signatures.key import fingerprint, load, public_text
from tests.fixtures.chancery import DIRECTOR, OFFICE, Chancery


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=True)
    if isinstance(done.exception, SettingsError):
        raise done.exception
    return done.exit_code, done.output


def test_a_new_registry_checks_clean_and_its_printed_trust_root_holds(tmp_path: Path) -> None:
    registry, keys = tmp_path / "registry", tmp_path / "keys"
    code, told = run("init", registry, "--office", "区网信办", "--keys", keys)
    assert code == 0, told
    key = keys / "office-director"
    root = fingerprint(public_text(load(key)))
    assert root in told
    assert run("verify", registry, "--trust-root", root) == (0, "\n")
    assert run("check", registry)[0] == 0
    assert "REFUSED" not in run("check", registry, "--strict")[1]


def test_its_key_is_private_and_not_in_the_repository(tmp_path: Path) -> None:
    run("init", tmp_path / "registry", "--office", "区网信办", "--keys", tmp_path / "keys")
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "keys" / "office-director").stat().st_mode & 0o777 == 0o600
    git = ["git", "-C", str(tmp_path / "registry")]
    listed = subprocess.run([*git, "ls-files"], check=True, capture_output=True, text=True).stdout.split()
    assert sorted(listed) == [
        "organisations/cloud-office.office-director.sig",
        "organisations/cloud-office.yaml",
        "organisations/keys/office-director.yaml",
        "organisations/people/office-director.yaml",
        "platform/district.yaml",
    ]
    status = subprocess.run([*git, "status", "--porcelain"], check=True, capture_output=True, text=True).stdout
    assert status == ""


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "note").write_text("mine")
    with pytest.raises(SettingsError, match="something is there"):
        run("init", tmp_path / "registry", "--office", "区网信办", "--keys", tmp_path / "keys")
    assert not (tmp_path / "keys").exists()


def test_keys_in_the_registry_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="outside"):
        run("init", tmp_path / "registry", "--office", "区网信办", "--keys", tmp_path / "registry" / "keys")


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    run("init", tmp_path / "one", "--office", "区网信办", "--keys", tmp_path / "keys")
    before = (tmp_path / "keys" / "office-director").read_bytes()
    with pytest.raises(SettingsError, match="overwritten"):
        run("init", tmp_path / "two", "--office", "区网信办", "--keys", tmp_path / "keys")
    assert (tmp_path / "keys" / "office-director").read_bytes() == before


def test_a_grade_that_no_platform_has_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="mlps_grade"):
        run("init", tmp_path / "registry", "--office", "区网信办", "--keys", tmp_path / "keys", "--grade", 9)
    assert not (tmp_path / "registry").exists()
    assert not (tmp_path / "keys").exists()


def test_from_the_first_person_to_the_third_what_keys_writes_checks_clean_or_is_not_written(tmp_path: Path) -> None:
    office = Chancery(tmp_path)
    office.did("init", office.root, "--office", "区网信办", "--keys", tmp_path / "keys")
    member = ("--role", OFFICE, "--organisation", "cloud-office")

    def merged(*people: str, words: tuple[object, ...]) -> None:
        paper = office.keys(*words)
        office.sign(paper, *people)
        assert office.did("check", office.root).count("REFUSED") == 0
        office.merge()

    merged(DIRECTOR, words=("appoint", "second", *member, "--as", DIRECTOR))
    merged(DIRECTOR, words=("register", "second", office.made("second"), "--as", DIRECTOR))
    before = set(office.root.rglob("*.yaml"))
    code, told = office.broker("keys", "appoint", "third", *member, "--as", DIRECTOR, "--registry", office.root)
    assert code == 2
    assert "third could not be signed: 2 must sign" in told
    assert "who could: second. Let somebody file it" in told
    assert set(office.root.rglob("*.yaml")) == before
    merged(DIRECTOR, "second", words=("appoint", "third", *member, "--as", "third"))
    words = ("keys", "rotate", "second", office.made("newer"), "--registry", office.root)
    assert "could not be signed" in office.broker(*words, "--as", "second")[1]
    assert "let office-director, second sign:" in office.did(*words, "--as", "third")
    wrong = ("appoint", "guest", "--role", "unit", "--organisation", "cloud-office", "--as", "guest")
    code, told = office.broker("keys", *wrong, "--registry", office.root)
    assert (code, "guest would be refused: spec.roles[0].role: cloud-office is no unit" in told) == (2, True)


def test_papers_without_any_key_are_told_where_the_first_one_comes_from(tmp_path: Path) -> None:
    office = Chancery(tmp_path)
    office.root.mkdir()
    office.key("clerk").parent.mkdir()
    spec = {"organisation": "health", "roles": [{"role": "unit", "valid_from": "2026-01-01"}]}
    unit = {"name_zh": "区卫健委", "unit_kind": "administrative"}
    office.file("organisations/health.yaml", "Unit", "health", unit, by="clerk")
    office.file("organisations/people/clerk.yaml", "Person", "clerk", spec, by="clerk")
    words = ("keys", "register", "clerk", office.made("clerk"), "--as", "clerk", "--registry", office.root)
    code, told = office.broker(*words)
    assert (code, "this registry has no key" in told, "`broker init DIR`" in told) == (2, True, True), told
    assert not (office.root / "organisations" / "keys").exists()
