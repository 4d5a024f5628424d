import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from broker.canonical import canonical
from broker.documents.records import Received
from broker.registry.authority import authorised, receipts
from broker.registry.filed import Registry
from broker.registry.records import append
from broker.signatures.file import written
from broker.signatures.payload import NAMESPACE, Payload
from broker.signatures.sign import signature_file
from broker.signatures.sshsig import sign
from tests.unit.broker.registry.office import NOW, REQUEST, Office, approval, codes, document, founded, person


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with two signing people and one request."""
    office = founded(tmp_path / "registry")
    office.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "booking", by="health-clerk"))
    office.commit()
    return office


def decided(office: Office, **signing: str) -> Registry:
    """The registry after an approval with one signature."""
    office.write("cases/a.yaml", approval("r"))
    office.sign("cases/a.yaml", **signing)  # type: ignore[arg-type]  # the role is a plain word here
    office.commit()
    return office.judged()


def test_a_founded_registry_verifies_from_its_first_commit(office: Office) -> None:
    registry = office.judged()
    assert registry.problems == ()
    assert len(registry.filed) == len(office.registry().filed)


def test_an_approval_with_a_good_signature_stands(office: Office) -> None:
    registry = decided(office)
    assert registry.problems == ()
    assert registry.filed[-1].signatures[0].payload.person == "office-director"


def test_an_approval_without_a_signature_is_refused_with_all_that_refer_to_it(office: Office) -> None:
    office.write("cases/a.yaml", approval("r"))
    office.commit()
    registry = office.judged()
    assert codes(registry) == ["SIGNATURE_MISSING"]
    assert "cloud_office" in registry.problems[0].cure
    assert registry.get("ry-2026-011") is None


def test_a_filing_needs_no_signature(office: Office) -> None:
    assert office.judged().get("r") is not None


Forge = Callable[[Office, Payload], bytes]


def with_key(office: Office, payload: Payload, **changed: object) -> bytes:
    return signature_file(payload.model_copy(update=changed), office.key("office-director"))


def edited_after_signing(office: Office, payload: Payload) -> bytes:
    file = json.loads(with_key(office, payload))
    file["payload"]["conditions"] = ["none"]
    return json.dumps(file).encode()


def in_another_namespace(office: Office, payload: Payload) -> bytes:
    raw = payload.model_dump(mode="json", exclude_none=True)
    return written(raw, sign(canonical(raw), office.key("office-director"), NAMESPACE.replace("decision", "git")))


FORGERIES: list[tuple[str, Forge]] = [
    ("SIGNATURE_INVALID", edited_after_signing),
    ("SIGNATURE_INVALID", in_another_namespace),
    ("SIGNATURE_INVALID", lambda o, p: with_key(o, p, decision="refused")),
    ("SIGNATURE_INVALID", lambda o, p: with_key(o, p, number="RY-2026-099")),
    ("SIGNATURE_MISSING", lambda o, p: with_key(o, p, documents=o.payload("cases/r.yaml").documents)),
    (
        "SIGNATURE_INVALID",
        lambda o, p: with_key(o, p, documents=(p.documents[0].model_copy(update={"digest": "sha256:" + "0" * 64}),)),
    ),
    ("SIGNATURE_INVALID", lambda o, p: with_key(o, p).replace(b'"v": 1', b'"v": 1, "more": 2')),
    ("SIGNATURE_INVALID", lambda o, p: with_key(o, p).replace(b'"v": 1', b'"v": 1, "v": 1')),
    ("SIGNATURE_EXPIRED", lambda o, p: with_key(o, p, expires=NOW - timedelta(seconds=1))),
    ("SIGNER_NOT_IN_FORCE", lambda o, p: signature_file(p, o.key("office-clerk"))),
    ("SIGNER_NOT_IN_FORCE", lambda o, p: with_key(o, p, person="office-reviewer")),
    ("ROLE_MISSING", lambda o, p: with_key(o, p, role="ops_department")),
    ("SIGNATURE_INVALID", lambda o, p: with_key(o, p, nonce="0")),
]


@pytest.mark.parametrize(("code", "forge"), FORGERIES)
def test_a_forged_signature_counts_for_nothing(office: Office, code: str, forge: Forge) -> None:
    office.write("cases/a.yaml", approval("r"))
    office.write("cases/a.office-director.sig", forge(office, office.payload("cases/a.yaml")))
    office.commit()
    registry = office.judged()
    assert {"SIGNATURE_MISSING", code} <= set(codes(registry))
    assert registry.get("ry-2026-011") is None
    assert all(problem.cure for problem in registry.problems)


def test_a_bad_signature_beside_a_good_one_does_not_put_the_document_out_of_force(office: Office) -> None:
    decided(office)
    payload = office.payload("cases/a.yaml", who="office-clerk")
    office.write("cases/a.office-clerk.sig", signature_file(payload, office.key("office-clerk")))
    office.commit()
    registry = office.judged()
    assert codes(registry) == ["SIGNER_NOT_IN_FORCE"]
    assert registry.get("ry-2026-011") is not None


def test_a_signature_used_again_is_a_replay(office: Office) -> None:
    decided(office)
    office.write("cases/copy.office-director.sig", (office.root / "cases/a.office-director.sig").read_bytes())
    office.commit()
    registry = office.judged()
    assert codes(registry) == ["SIGNATURE_REPLAYED"]
    assert registry.get("ry-2026-011") is not None


def test_a_signature_that_comes_after_the_merge_does_not_count(office: Office) -> None:
    office.write("cases/a.yaml", approval("r"))
    office.commit()
    office.sign("cases/a.yaml")
    office.commit()
    assert set(codes(office.judged())) == {"SIGNATURE_MISSING", "SIGNATURE_LATE"}


def test_who_filed_the_decision_does_not_sign_it(office: Office) -> None:
    office.write("cases/a.yaml", approval("r", by="office-director"))
    office.sign("cases/a.yaml")
    office.commit()
    assert set(codes(office.judged())) == {"SIGNATURE_MISSING", "FILED_BY_SIGNER"}


def test_who_filed_a_request_does_not_decide_on_it_after_a_move_to_the_office(office: Office) -> None:
    request = (REQUEST % "enrol").replace("health", "education")
    office.write("cases/e.yaml", document("OnboardingRequest", "e", request, by="education-clerk"))
    office.commit()
    held = "{organisation: cloud-office, roles: [{role: cloud_office, valid_from: 2026-01-01}]}"
    moved = document("Person", "education-clerk-2", held, more=", supersedes: education-clerk")
    for path, text in (
        ("organisations/people/moved.yaml", moved),
        ("organisations/keys/moved.yaml", office.key_document("education-clerk")),
    ):
        office.write(path, text)
        for who in ("office-director", "office-reviewer"):
            office.sign(path, who=who)
    office.commit()
    office.write("cases/a.yaml", approval("e"))
    office.sign("cases/a.yaml", who="education-clerk")
    office.commit()
    assert set(codes(office.judged())) == {"SIGNATURE_MISSING", "FILED_BY_SIGNER"}
    office.write("cases/b.yaml", approval("r", name="ry-2", number="RY-2026-012"))
    office.sign("cases/b.yaml", who="education-clerk")
    office.commit()
    assert office.judged().get("ry-2") is not None


def test_one_signature_may_cover_several_documents(office: Office) -> None:
    office.write("cases/r2.yaml", document("OnboardingRequest", "r2", REQUEST % "archive", by="health-clerk"))
    live = document("GoLive", "g", "{system: booking, live_from: 2026-11-22}")
    paths = (office.write("cases/a.yaml", approval("r")), office.write("cases/g.yaml", live))
    office.sign(*paths)
    office.commit()
    registry = office.judged()
    assert registry.problems == ()
    assert {"ry-2026-011", "g"} <= {filed.id for filed in registry.filed}


def newcomer(office: Office, *signing: str, by: str = "office-clerk") -> Registry:
    """The registry after a new key for the clerk, signed by these people."""
    office.write("organisations/keys/clerk.yaml", office.key_document("office-clerk", by=by))
    for who in signing:
        office.sign("organisations/keys/clerk.yaml", who=who)
    office.commit()
    return office.judged()


def test_from_the_second_person_on_a_key_needs_two_people(office: Office) -> None:
    registry = newcomer(office, "office-director")
    assert codes(registry) == ["SIGNATURE_MISSING"]
    assert "1 of 2 signatures hold (office-director)" in registry.problems[0].fact


def test_a_key_that_two_people_signed_signs_from_the_next_commit_on(office: Office) -> None:
    assert newcomer(office, "office-director", "office-reviewer").problems == ()
    office.write("cases/a.yaml", approval("r", by="health-clerk"))
    office.sign("cases/a.yaml", who="office-clerk")
    office.commit()
    assert office.judged().problems == ()


def test_a_key_does_not_sign_in_the_commit_that_brings_it(office: Office) -> None:
    office.write("organisations/keys/clerk.yaml", office.key_document("office-clerk"))
    for who in ("office-director", "office-reviewer"):
        office.sign("organisations/keys/clerk.yaml", who=who)
    office.write("cases/a.yaml", approval("r", by="health-clerk"))
    office.sign("cases/a.yaml", who="office-clerk")
    office.commit()
    assert set(codes(office.judged())) == {"SIGNATURE_MISSING", "SIGNER_NOT_IN_FORCE"}


def test_nobody_signs_for_his_own_key_once_there_are_two(office: Office) -> None:
    registry = newcomer(office, "office-director", "office-reviewer", by="office-director")
    assert set(codes(registry)) == {"SIGNATURE_MISSING", "FILED_BY_SIGNER"}


def test_the_first_person_alone_may_bring_the_second(tmp_path: Path) -> None:
    office = founded(tmp_path / "registry", signing=("office-director",))
    path = office.write("organisations/people/reviewer.yaml", person("office-reviewer", by="office-director"))
    office.sign(path)
    office.commit()
    path = office.write(
        "organisations/keys/reviewer.yaml", office.key_document("office-reviewer", by="office-director")
    )
    office.sign(path)
    office.commit()
    assert office.judged().problems == ()
    assert set(codes(newcomer(office, "office-director"))) == {"SIGNATURE_MISSING"}


def test_two_people_stay_needed_when_one_of_them_leaves(office: Office) -> None:
    leaving = office.key_document(
        "office-reviewer", name="reviewer-key-end", until="2026-11-01", more=", supersedes: office-reviewer-key"
    )
    path = office.write("organisations/keys/reviewer-end.yaml", leaving)
    office.sign(path, who="office-director")
    office.sign(path, who="office-reviewer")
    office.commit()
    assert office.judged().problems == ()
    assert codes(newcomer(office, "office-director")) == ["SIGNATURE_MISSING"]


def test_a_superseded_key_no_longer_signs(office: Office) -> None:
    ended = office.key_document(
        "office-director", name="director-key-end", until="2026-11-01", more=", supersedes: office-director-key"
    )
    path = office.write("organisations/keys/director-end.yaml", ended)
    office.sign(path, who="office-director")
    office.sign(path, who="office-reviewer")
    office.commit()
    assert set(codes(decided(office))) == {"SIGNATURE_MISSING", "SIGNER_NOT_IN_FORCE"}


def test_a_key_in_force_at_receipt_stays_good_for_ever(office: Office) -> None:
    decided(office)
    append(office.root, receipts(office.registry(), NOW), office.key("broker"), NOW)
    later = NOW + timedelta(days=365 * 5)
    assert office.judged(later).problems == ()


def test_without_a_receipt_an_old_signature_has_to_prove_itself_today(office: Office) -> None:
    decided(office)
    assert "SIGNATURE_EXPIRED" in codes(office.judged(NOW + timedelta(days=365 * 5)))


def test_a_receipt_is_due_once_for_every_document_and_signature(office: Office) -> None:
    registry = decided(office)
    due = receipts(registry, NOW)
    assert len(due) == len(registry.filed) + len(registry.signatures)
    append(office.root, due[1:], office.key("broker"), NOW)
    assert receipts(office.registry(), NOW) == due[:1]
    assert isinstance(due[0], Received)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime.fromisoformat("2025-12-31T23:59:59+08:00"), "SIGNER_NOT_IN_FORCE"),
        (datetime.fromisoformat("2029-01-01T00:00:00+08:00"), "SIGNATURE_EXPIRED"),
    ],
)
def test_a_key_signs_neither_before_nor_after_its_time(office: Office, at: datetime, code: str) -> None:
    decided(office)
    assert code in codes(office.judged(at))


def test_a_role_that_has_ended_no_longer_signs(office: Office) -> None:
    ended = person("office-director", more=", supersedes: office-director", until="2026-11-22").replace(
        "id: office-director", "id: office-director-end"
    )
    path = office.write("organisations/people/director-end.yaml", ended)
    office.sign(path, who="office-director")
    office.sign(path, who="office-reviewer")
    office.commit()
    assert set(codes(decided(office))) == {"SIGNATURE_MISSING", "ROLE_MISSING"}


@pytest.mark.parametrize("trust_root", ["", "SHA256:another"])
def test_another_trust_root_refuses_everything_that_must_be_signed(office: Office, trust_root: str) -> None:
    registry = authorised(office.registry(), trust_root, NOW)
    assert "TRUST_ROOT" in codes(registry)
    assert registry.filed == ()


def test_without_settings_the_chain_hangs_on_what_the_registry_names_and_says_so(office: Office) -> None:
    registry = authorised(office.registry(), None, NOW)
    assert codes(registry) == ["TRUST_ROOT"]
    assert registry.refused == ()
    assert office.trust_root in registry.problems[0].fact


def test_a_foundation_that_another_key_signed_is_refused(tmp_path: Path) -> None:
    office = founded(tmp_path / "registry")
    for signature in office.root.rglob("*.sig"):
        signature.unlink()
    paths = [str(path.relative_to(office.root)) for path in sorted(office.root.rglob("*.yaml"))]
    office.sign(*paths, who="office-reviewer")
    office.git("add", "-A")
    office.git("commit", "-q", "--amend", "-m", "forged")
    registry = office.judged()
    assert {"SIGNER_NOT_IN_FORCE", "SIGNATURE_MISSING"} <= set(codes(registry))
    assert registry.filed == ()


def test_a_receipt_is_signed_by_the_unit_it_concerns(office: Office) -> None:
    for who in ("health-head", "education-clerk"):
        path = office.write(f"organisations/keys/{who}.yaml", office.key_document(who))
        office.sign(path, who="office-director")
        office.sign(path, who="office-reviewer")
    office.commit()
    intent = "{purpose: exit, last_day: 2026-12-01, data_wanted: 全部}"
    form = f"{{system: booking, unit: health, reason: 下线, intent: {intent}}}"
    office.write("cases/f.yaml", document("ServiceIntentForm", "f", form, by="health-clerk"))
    item = f"{{zone: extranet, kind: volume, name: v, content_digest: 'sha256:{'0' * 64}', size_bytes: 1}}"
    receipt = f"{{form: f, system: booking, items: [{item}], wipe: true}}"
    path = office.write("cases/h.yaml", document("HandOver", "h", receipt, by="health-head"))
    office.sign(path, who="education-clerk", role="unit")
    office.commit()
    assert set(codes(office.judged())) == {"ROLE_MISSING", "SIGNATURE_MISSING"}
    office.git("rm", "-q", "cases/h.education-clerk.sig")
    office.sign(path, who="health-head", role="unit")
    office.git("add", "-A")
    office.git("commit", "-q", "--amend", "-m", "signed by the unit")
    assert office.judged().problems == ()


def test_where_the_office_decides_on_its_own_system_two_people_sign(office: Office) -> None:
    unit = office.write(
        "organisations/own.yaml", document("Unit", "own", "{name_zh: 区网信办, unit_kind: administrative}")
    )
    clerk = document("Person", "own-clerk", "{organisation: own, roles: [{role: unit, valid_from: 2026-01-01}]}")
    people = office.write("organisations/people/own.yaml", clerk)
    office.sign(unit, people)
    office.sign(people, who="office-reviewer")
    office.commit()
    request = document("OnboardingRequest", "own-r", (REQUEST % "portal").replace("health", "own"), by="own-clerk")
    office.write("cases/own.yaml", request)
    office.write("cases/a.yaml", approval("own-r"))
    office.sign("cases/a.yaml")
    office.commit()
    registry = office.judged()
    assert codes(registry) == ["SIGNATURE_MISSING"]
    assert "1 of 2" in registry.problems[0].fact


def test_the_operations_department_does_not_assign_to_itself(office: Office) -> None:
    spec = '{matter: r, assignee: ops_department, assigned_at: "2026-11-22T10:00:00+08:00"}'
    office.write("cases/a.yaml", approval("r"))
    office.sign("cases/a.yaml")
    path = office.write("cases/o.yaml", document("Assignment", "o", spec))
    payload = office.payload(path).model_copy(update={"role": "ops_department"})
    office.write("cases/o.x.sig", signature_file(payload, office.key("office-director")))
    office.commit()
    assert set(codes(office.judged())) == {"ROLE_MISSING", "SIGNATURE_MISSING"}


def test_a_record_is_signed_by_the_party_whose_fact_it_is(office: Office) -> None:
    for who in ("health-head", "education-clerk"):
        path = office.write(f"organisations/keys/{who}.yaml", office.key_document(who))
        office.sign(path, who="office-director")
        office.sign(path, who="office-reviewer")
    office.commit()
    spec = "{topic: unit_rules, article: C-16, party: health, dated: 2026-11-20, summary: 运维制度}"
    path = office.write("notices/rules.yaml", document("PlainRecord", "rules", spec))
    office.sign(path, who="education-clerk", role="unit")
    office.commit()
    assert set(codes(office.judged())) == {"ROLE_MISSING", "SIGNATURE_MISSING"}
    office.git("rm", "-q", "notices/rules.education-clerk.sig")
    office.sign(path, who="health-head", role="unit")
    office.git("add", "-A")
    office.git("commit", "-q", "--amend", "-m", "signed by the party")
    assert office.judged().problems == ()


def test_a_providers_notice_is_filed_by_its_own_people(office: Office) -> None:
    times = 'starts_at: "2026-12-01T01:00:00+08:00", ends_at: "2026-12-01T03:00:00+08:00"'
    spec = f"{{provider: provider-a, systems: [booking], {times}, work: 更换交换机}}"
    office.write("notices/m.yaml", document("MaintenanceNotice", "m", spec, by="health-clerk"))
    office.commit()
    assert codes(office.judged()) == ["FILER_NOT_ENTITLED"]
