"""What somebody may try in a registry that people merge: none of it decides anything."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from broker.signatures.sign import signature_file
from tests.unit.broker.registry.office import NOW, REQUEST, VALIDITY, Office, approval, codes, document, founded, person


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with two signing people and two requests."""
    office = founded(tmp_path / "registry")
    office.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "booking", by="health-clerk"))
    office.write("cases/s.yaml", document("OnboardingRequest", "s", REQUEST % "archive", by="health-clerk"))
    office.commit()
    return office


def second_key(office: Office, who: str, name: str) -> str:
    """Another key of a person who has one, signed by both of the office."""
    first = office.keys.pop(who)
    path = office.write(f"organisations/keys/{name}.yaml", office.key_document(who, name=name))
    office.keys[f"{who}/2"], office.keys[who] = office.keys[who], first
    for signer in ("office-director", "office-reviewer"):
        office.sign(path, who=signer)
    return path


def test_a_document_that_is_edited_after_it_was_signed_is_not_the_one_that_was_signed(office: Office) -> None:
    office.write("cases/a.yaml", approval("r"))
    office.sign("cases/a.yaml")
    office.write("cases/a.yaml", approval("s"))
    office.commit()
    registry = office.judged()
    assert "SIGNATURE_MISSING" in codes(registry)
    assert registry.get("ry-2026-011") is None


def test_a_signature_of_one_case_says_nothing_in_another(office: Office) -> None:
    office.write("cases/one/a.yaml", approval("r"))
    office.sign("cases/one/a.yaml")
    office.commit()
    office.write("cases/two/a.yaml", approval("s", name="ry-2026-012", number="RY-2026-012"))
    copied = (office.root / "cases/one/a.office-director.sig").read_bytes()
    office.write("cases/two/a.office-director.sig", copied)
    office.commit()
    registry = office.judged()
    assert {"SIGNATURE_MISSING", "SIGNATURE_REPLAYED"} <= set(codes(registry))
    assert registry.get("ry-2026-012") is None
    assert registry.get("ry-2026-011") is not None


def test_a_withdrawn_key_no_longer_signs(office: Office) -> None:
    gone = office.key_document("office-director", name="director-receives", more=", withdraws: office-director-key")
    path = office.write("organisations/keys/withdrawal.yaml", gone.replace("purpose: sign", "purpose: receive"))
    for who in ("office-director", "office-reviewer"):
        office.sign(path, who=who)
    office.commit()
    assert office.judged().problems == ()
    office.write("cases/a.yaml", approval("r"))
    office.sign("cases/a.yaml")
    office.commit()
    registry = office.judged()
    assert set(codes(registry)) == {"SIGNATURE_MISSING", "SIGNER_NOT_IN_FORCE"}
    assert registry.get("ry-2026-011") is None


def test_a_decision_that_is_dated_back_before_its_key_ended_is_judged_by_when_it_came(office: Office) -> None:
    ended = office.key_document(
        "office-director", name="director-key-end", until="2026-11-01", more=", supersedes: office-director-key"
    )
    path = office.write("organisations/keys/director-end.yaml", ended)
    for who in ("office-director", "office-reviewer"):
        office.sign(path, who=who)
    office.commit()
    office.write("cases/a.yaml", approval("r").replace("2026-11-21", "2026-10-20"))
    payload = office.payload("cases/a.yaml").model_copy(update={"decided_on": date(2026, 10, 20)})
    office.write("cases/a.office-director.sig", signature_file(payload, office.key("office-director")))
    office.commit()
    registry = office.judged()
    assert {"SIGNATURE_MISSING", "SIGNER_NOT_IN_FORCE"} <= set(codes(registry))
    assert registry.get("ry-2026-011") is None


def test_a_decision_that_came_after_it_expired_is_none(office: Office) -> None:
    office.write("cases/a.yaml", approval("r"))
    office.sign("cases/a.yaml")
    office.commit()
    registry = office.judged(NOW + VALIDITY + timedelta(days=1))
    assert {"SIGNATURE_MISSING", "SIGNATURE_EXPIRED"} <= set(codes(registry))
    assert registry.get("ry-2026-011") is None


def test_one_person_with_two_keys_is_still_one_person(office: Office) -> None:
    second_key(office, "office-director", "director-key-2")
    office.commit()
    assert office.judged().problems == ()
    office.write("organisations/keys/clerk.yaml", office.key_document("office-clerk"))
    office.sign("organisations/keys/clerk.yaml", who="office-director")
    payload = office.payload("organisations/keys/clerk.yaml")
    office.write("organisations/keys/clerk.again.sig", signature_file(payload, office.keys["office-director/2"]))
    office.commit()
    registry = office.judged()
    assert "SIGNATURE_MISSING" in codes(registry)
    assert registry.get("office-clerk-key") is None


def test_a_merged_signature_that_is_stripped_leaves_the_decision_as_it_was_merged_and_is_told(office: Office) -> None:
    office.write("cases/a.yaml", approval("r"))
    office.sign("cases/a.yaml")
    office.commit()
    office.git("rm", "-q", "cases/a.office-director.sig")
    office.commit()
    registry = office.judged()
    assert codes(registry) == ["DOCUMENT_CHANGED"]
    assert registry.get("ry-2026-011") is not None


@pytest.mark.parametrize("signers", [(), ("office-clerk",), ("office-director",), ("office-clerk", "office-director")])
def test_a_key_that_its_owner_added_himself_signs_nothing(office: Office, signers: tuple[str, ...]) -> None:
    path = office.write("organisations/keys/clerk.yaml", office.key_document("office-clerk", by="health-clerk"))
    for who in signers:
        office.sign(path, who=who)
    office.commit()
    office.write("cases/a.yaml", approval("r", by="health-clerk"))
    office.sign("cases/a.yaml", who="office-clerk")
    office.commit()
    registry = office.judged()
    assert "SIGNER_NOT_IN_FORCE" in codes(registry)
    assert registry.get("office-clerk-key") is None
    assert registry.get("ry-2026-011") is None


def moved() -> str:
    """The unit's clerk as one of the office's people."""
    text = person("health-clerk", more=", supersedes: health-clerk").replace("role: unit", "role: cloud_office")
    text = text.replace("organisation: health", "organisation: cloud-office")
    return text.replace("id: health-clerk", "id: health-clerk-2")


@pytest.mark.parametrize("signers", [(), ("office-director",), ("health-clerk", "health-head")])
def test_a_role_changes_only_by_two_of_the_office(office: Office, signers: tuple[str, ...]) -> None:
    path = office.write("organisations/people/new.yaml", moved())
    for who in signers:
        office.sign(path, who=who)
    office.commit()
    registry = office.judged()
    assert "SIGNATURE_MISSING" in codes(registry)
    assert registry.get("health-clerk-2") is None


def test_a_role_that_two_of_the_office_change_is_changed(office: Office) -> None:
    path = office.write("organisations/people/new.yaml", moved())
    for who in ("office-director", "office-reviewer"):
        office.sign(path, who=who)
    office.commit()
    registry = office.judged()
    assert registry.problems == ()
    assert registry.get("health-clerk-2") is not None
