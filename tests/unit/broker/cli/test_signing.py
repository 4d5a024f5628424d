from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker import signing
from broker.cli.app import app
from broker.papers import now
from broker.signatures.key import fingerprint, generate, public_text

PLATFORM = """apiVersion: govcloud/v1
kind: Zone
metadata: {id: zone-extranet, filed_on: "2026-01-05", filed_by: director}
spec: {zone: extranet, name_zh: 外网区, public_addresses: false}
"""
PEOPLE = """apiVersion: govcloud/v1
kind: Person
metadata: {id: director, filed_on: "2026-01-05", filed_by: director}
spec: {organisation: cloud-office, roles: [{role: cloud_office, valid_from: "2026-01-01"}]}
"""
OFFICE = """apiVersion: govcloud/v1
kind: Organisation
metadata: {id: cloud-office, filed_on: "2026-01-05", filed_by: director}
spec: {name_zh: 区网信办, role: cloud_office}
"""
KEY = """apiVersion: govcloud/v1
kind: Key
metadata: {id: director-key, filed_on: "2026-01-05", filed_by: director}
spec: {person: director, purpose: sign, public_key: %s, valid_from: "2026-01-01T00:00:00+08:00"}
"""
SIGN = ["--as", "director", "--role", "cloud_office", "--key"]


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.output


@pytest.fixture
def papers(tmp_path: Path) -> tuple[list[Path], Path, str]:
    key = generate(tmp_path / "key")
    texts = {
        "platform/zone.yaml": PLATFORM,
        "organisations/director.yaml": PEOPLE,
        "organisations/office.yaml": OFFICE,
        "organisations/key.yaml": KEY % public_text(key),
    }
    files = [tmp_path / "registry" / path for path in texts]
    for file, text in zip(files, texts.values(), strict=True):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return files, tmp_path / "key", fingerprint(public_text(key))


def test_signed_documents_verify(papers: tuple[list[Path], Path, str]) -> None:
    files, key, root = papers
    registry = files[0].parents[1]
    assert run("verify", registry, "--trust-root", root)[0] == 1
    code, told = run("sign", *files, *SIGN, key)
    assert code == 0, told
    assert all(file.with_suffix(".director.sig").exists() for file in files)
    assert run("verify", registry, "--trust-root", root) == (0, "\n")


def test_a_document_edited_after_signing_does_not_verify(papers: tuple[list[Path], Path, str]) -> None:
    files, key, root = papers
    run("sign", *files, *SIGN, key)
    files[0].write_text(PLATFORM.replace("外网区", "另一区"))
    code, told = run("verify", files[0].parents[1], "--trust-root", root)
    assert code == 1
    assert "SIGNATURE_MISSING" in told
    assert "SIGNATURE_INVALID" in told


def test_another_trust_root_holds_nothing(papers: tuple[list[Path], Path, str]) -> None:
    files, key, _ = papers
    run("sign", *files, *SIGN, key)
    code, told = run("verify", files[0].parents[1], "--trust-root", "SHA256:other")
    assert code == 1
    assert "TRUST_ROOT" in told


def test_without_a_trust_root_the_registry_names_its_own_and_says_so(papers: tuple[list[Path], Path, str]) -> None:
    files, key, _ = papers
    run("sign", *files, *SIGN, key)
    code, told = run("verify", files[0].parents[1])
    assert code == 0
    assert "NOTICE" in told


@pytest.mark.parametrize("text", ["kind: [", "apiVersion: govcloud/v1\nkind: Zone\n", ""])
def test_what_is_no_document_is_not_signed_and_nothing_else_either(
    papers: tuple[list[Path], Path, str], text: str
) -> None:
    files, key, _ = papers
    files[1].write_text(text)
    code, told = run("sign", *files, *SIGN, key)
    assert code == 1
    assert "organisations/director.yaml" in told
    assert not list(files[0].parents[1].rglob("*.sig"))


def test_a_file_outside_a_registry_is_not_signed(tmp_path: Path, papers: tuple[list[Path], Path, str]) -> None:
    stray = tmp_path / "zone.yaml"
    stray.write_text(PLATFORM)
    code, told = run("sign", stray, *SIGN, papers[1])
    assert (code, "NO_DOCUMENT" in told) == (1, True)


def test_an_unknown_role_is_refused(papers: tuple[list[Path], Path, str]) -> None:
    files, key, _ = papers
    code, told = run("sign", files[0], "--as", "director", "--role", "mayor", "--key", key)
    assert code == 2
    assert "mayor" in told


def test_a_signature_that_holds_is_not_written_over_by_one_that_would_be_refused(
    papers: tuple[list[Path], Path, str], tmp_path: Path
) -> None:
    files, key, root = papers
    assert run("sign", *files, *SIGN, key)[0] == 0
    good = [file.with_suffix(".director.sig").read_bytes() for file in files]
    generate(tmp_path / "another")
    code, told = run("sign", *files, *SIGN, tmp_path / "another")
    assert code == 1
    assert "the signature that is there stays" in told
    assert not any(line.startswith("signed") for line in told.splitlines())
    assert [file.with_suffix(".director.sig").read_bytes() for file in files] == good
    assert run("verify", files[0].parents[1], "--trust-root", root) == (0, "\n")


class Killed(BaseException):
    """The process ends here."""


def test_who_is_killed_while_he_signs_leaves_the_signatures_that_were_there(
    papers: tuple[list[Path], Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, key, root = papers
    assert run("sign", *files, *SIGN, key)[0] == 0
    generate(tmp_path / "another")
    for killed in count():

        def clock(step: Iterator[int], killed: int = killed) -> datetime:
            if next(step) == killed:
                raise Killed
            return now()

        monkeypatch.setattr(signing, "now", partial(clock, count()))
        try:
            code, _ = run("sign", *files, *SIGN, tmp_path / "another")
        except Killed:
            assert run("verify", files[0].parents[1], "--trust-root", root) == (0, "\n")
            continue
        assert code == 1
        break
    assert killed > len(files)  # once for each signature, and once for judging them
    left = [path for path in files[0].parents[1].rglob(".*") if path.is_file()]
    assert left == []
