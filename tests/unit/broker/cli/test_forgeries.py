"""What somebody may try in a registry, tried by the command line and refused by it."""

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.canonical import canonical
from broker.clock import SHANGHAI
from broker.documents.records import Admitted
from broker.papers import now, read
from broker.registry.authority import receipts
from broker.registry.records import append
from broker.signatures.file import written
from broker.signatures.key import load
from broker.signatures.sshsig import sign as sshsig
from tests.fixtures.chancery import CLERK, DIRECTOR, OFFICE, REVIEWER, Chancery

NUMBER = ("--number", "津南网信批〔2026〕11号")
TWELVE = ("--number", "津南网信批〔2026〕12号")
APPROVED = ("--approve", *NUMBER)


def signed(office: Chancery, *arguments: str) -> Path:
    """The approval of the booking request, drafted by the clerk and signed by the director."""
    paper = office.decided("booking-request", *(arguments or APPROVED))
    office.sign(paper, DIRECTOR)
    return paper


def signature_of(paper: Path, who: str = DIRECTOR) -> Path:
    return paper.with_name(f"{paper.stem}.{who}.sig")


def refused(office: Chancery, code: str) -> str:
    """What `broker verify` and `broker check` say; both must refuse with the code."""
    told = ""
    for command in ("verify", "check"):
        exit_code, said = office.broker(command, office.root)
        assert exit_code == 1, said
        assert code in said
        told += said
    return told


def resigned(
    office: Chancery, paper: Path, who: str = DIRECTOR, space: str = "decision@govcloud", **changes: str
) -> None:
    """The signature made again by the same key over a payload that says something else."""
    file = signature_of(paper, who)
    payload = json.loads(file.read_text())["payload"] | changes
    file.write_bytes(written(payload, sshsig(canonical(payload), load(office.key(DIRECTOR)), space)))


def test_a_decision_that_clerk_and_director_made_holds(office: Chancery) -> None:
    paper = signed(office)
    office.merge()
    code, said = office.verify()
    assert code == 0, said
    assert "booking-approval" in office.did("verify", office.root, "--document", "booking-approval")
    assert paper.is_file()


def test_an_edited_document_is_not_the_one_that_was_signed(office: Chancery) -> None:
    paper = signed(office)
    paper.write_text(paper.read_text().replace("booking-request", "archive-request"))
    told = refused(office, "SIGNATURE_MISSING")
    assert "SIGNATURE_INVALID" in told


def test_a_merged_document_that_is_edited_stays_as_it_was_and_is_told(office: Chancery) -> None:
    paper = signed(office)
    office.merge()
    paper.write_text(paper.read_text().replace("decision: approved", "decision: refused"))
    assert "edited" in refused(office, "DOCUMENT_CHANGED")


def test_another_role_than_the_decision_needs_is_refused(office: Chancery) -> None:
    paper = office.decided("booking-request", *APPROVED)
    head = office.keys("register", "health-head", office.made("health-head"), "--as", CLERK)
    office.sign(head, DIRECTOR, REVIEWER)
    office.git("add", head.parent.as_posix())
    office.git("commit", "-q", "-m", "key")
    code, said = office.broker(
        "sign", paper, "--as", "health-head", "--role", "unit", "--key", office.key("health-head")
    )
    assert (code, "ROLE_MISSING" in said) == (1, True), said
    refused(office, "ROLE_MISSING")


def test_a_role_that_somebody_does_not_hold_is_refused(office: Chancery) -> None:
    signed(office)
    paper = office.decided(
        "archive-request", "--refuse", "--reason", "不符合规划", "--number", "津南网信批〔2026〕12号"
    )
    code, said = office.broker(
        "sign", paper, "--as", DIRECTOR, "--role", "finance_department", "--key", office.key(DIRECTOR)
    )
    assert (code, "ROLE_MISSING" in said) == (1, True), said


@pytest.mark.parametrize(
    ("period", "told"),
    [
        (lambda at: ("--valid-until", (at - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")), "ended at"),
        (lambda at: ("--valid-from", (at + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")), "valid only from"),
    ],
)
def test_a_key_that_is_expired_or_not_yet_valid_does_not_sign(
    office: Chancery, period: Callable[..., tuple[str, ...]], told: str
) -> None:
    at = now().astimezone(SHANGHAI)
    times = period(at)
    if times[0] == "--valid-until":
        times = (*times, "--valid-from", (at - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"))
    appointed = office.keys("register", CLERK, office.made(CLERK), "--as", "health-head", *times)
    office.sign(appointed, DIRECTOR, REVIEWER)
    office.merge()
    paper = office.decided("booking-request", *APPROVED, by="health-clerk")
    code, said = office.broker("sign", paper, "--as", CLERK, "--role", OFFICE, "--key", office.key(CLERK))
    assert (code, told in said) == (1, True), said
    refused(office, "SIGNER_NOT_IN_FORCE")


def test_a_revoked_key_no_longer_signs_and_what_it_signed_before_stays(office: Chancery) -> None:
    signed(office)
    office.merge()
    append(office.root, receipts(read(office.root), now()), Ed25519PrivateKey.generate(), now())
    ended = office.keys("revoke", REVIEWER, "--as", CLERK, "--reason", "私钥遗失")
    office.sign(ended, DIRECTOR, REVIEWER)
    office.merge()
    code, said = office.verify()
    assert code == 0, said
    paper = office.decided("archive-request", "--approve", *TWELVE)
    code, said = office.broker("sign", paper, "--as", REVIEWER, "--role", OFFICE, "--key", office.key(REVIEWER))
    assert (code, "SIGNER_NOT_IN_FORCE" in said) == (1, True), said
    refused(office, "SIGNER_NOT_IN_FORCE")


def test_a_rotated_key_no_longer_signs_and_the_new_one_does(office: Chancery) -> None:
    old = office.folder / "old"
    shutil.copyfile(office.key(REVIEWER), old)
    office.key(REVIEWER).unlink()
    office.key(REVIEWER).with_suffix(".pub").unlink()
    turned = office.keys("rotate", REVIEWER, office.made(REVIEWER), "--as", CLERK)
    office.sign(turned, DIRECTOR)
    office.did("sign", turned, "--as", REVIEWER, "--role", OFFICE, "--key", old)
    office.merge()
    paper = office.decided("booking-request", *APPROVED)
    code, said = office.broker("sign", paper, "--as", REVIEWER, "--role", OFFICE, "--key", old)
    assert (code, "SIGNER_NOT_IN_FORCE" in said) == (1, True), said
    office.sign(paper, REVIEWER)
    assert office.verify()[0] == 0


def test_another_persons_key_is_refused(office: Chancery) -> None:
    paper = office.decided("booking-request", *APPROVED)
    code, said = office.broker("sign", paper, "--as", REVIEWER, "--role", OFFICE, "--key", office.key(DIRECTOR))
    assert (code, f"that of {DIRECTOR}" in said) == (1, True), said
    refused(office, "SIGNER_NOT_IN_FORCE")


def test_a_signature_of_one_case_is_a_replay_on_another(office: Chancery) -> None:
    first = signed(office)
    office.merge()
    second = office.decided("archive-request", "--approve", *TWELVE)
    shutil.copyfile(signature_of(first), signature_of(second))
    told = refused(office, "SIGNATURE_REPLAYED")
    assert "SIGNATURE_MISSING" in told


def test_a_signature_that_names_another_case_is_refused(office: Chancery) -> None:
    paper = signed(office)
    resigned(office, paper, case="cases/archive-request")
    assert "cases/archive-request" in refused(office, "SIGNATURE_INVALID")


def test_nobody_decides_what_he_filed(office: Chancery) -> None:
    paper = office.decided("booking-request", *APPROVED, by=REVIEWER)
    code, said = office.broker("sign", paper, "--as", REVIEWER, "--role", OFFICE, "--key", office.key(REVIEWER))
    assert (code, "FILED_BY_SIGNER" in said) == (1, True), said
    refused(office, "FILED_BY_SIGNER")
    code, said = office.broker(
        "decide", "archive-request", "--as", DIRECTOR, *APPROVED, "--sign-as", DIRECTOR, "--registry", office.root,
        "--key", office.key(DIRECTOR),
    )  # fmt: skip
    assert (code, "another person" in said) == (2, True)


@pytest.mark.parametrize("role", ["unit", "ops_department"])
def test_one_person_in_two_roles_is_still_one_person(office: Chancery, role: str) -> None:
    paper = office.keys("register", CLERK, office.made(CLERK), "--as", "health-head")
    office.sign(paper, DIRECTOR)
    again = signature_of(paper).with_name(f"{paper.stem}.again.sig")
    payload = json.loads(signature_of(paper).read_text())["payload"] | {"role": role, "nonce": "0" * 32}
    again.write_bytes(written(payload, sshsig(canonical(payload), load(office.key(DIRECTOR)), "decision@govcloud")))
    told = refused(office, "SIGNATURE_MISSING")
    assert "1 of 2 signatures hold" in told


def test_one_person_who_signs_twice_is_still_one_person(office: Chancery) -> None:
    paper = office.keys("register", CLERK, office.made(CLERK), "--as", "health-head")
    office.sign(paper, DIRECTOR)
    shutil.move(signature_of(paper), signature_of(paper).with_name(f"{paper.stem}.again.sig"))
    office.sign(paper, DIRECTOR)
    assert "1 of 2 signatures hold" in refused(office, "SIGNATURE_MISSING")


def dated(office: Chancery, days: int) -> Path:
    """The approval, dated so many days from now and signed with that date."""
    paper = office.decided("booking-request", *APPROVED)
    document = yaml.safe_load(paper.read_text())
    document["spec"]["decided_on"] = str(office.today + timedelta(days=days))
    paper.write_text(yaml.safe_dump(document, allow_unicode=True))
    office.broker("sign", paper, "--as", DIRECTOR, "--role", OFFICE, "--key", office.key(DIRECTOR))
    return paper


@pytest.mark.parametrize(("days", "told"), [(-1, "before booking-request was filed"), (1, "it is dated")])
def test_a_decision_dated_back_or_ahead_is_refused(office: Chancery, days: int, told: str) -> None:
    dated(office, days)
    assert told in refused(office, "DECISION_DATE")


def test_a_decision_dated_before_its_matter_came_is_refused_whatever_date_the_matter_bears(office: Chancery) -> None:
    form = office.root / "cases/late/request.yaml"
    office.request("late", "late-system")
    form.write_text(form.read_text().replace(str(office.today), str(office.today - timedelta(days=3))))
    office.merge()
    append(office.root, receipts(read(office.root), now()), Ed25519PrivateKey.generate(), now())
    paper = office.decided("late", *APPROVED)
    paper.write_text(paper.read_text().replace(str(office.today), str(office.today - timedelta(days=1))))
    office.broker("sign", paper, "--as", DIRECTOR, "--role", OFFICE, "--key", office.key(DIRECTOR))
    assert "before late came on" in refused(office, "DECISION_DATE")


def test_a_decision_that_comes_a_month_after_its_date_is_refused_once_the_broker_keeps_time(office: Chancery) -> None:
    form = office.root / "cases/old/request.yaml"
    office.request("old", "old-system")
    form.write_text(form.read_text().replace(str(office.today), str(office.today - timedelta(days=60))))
    office.merge()
    kept = receipts(read(office.root), now() - timedelta(days=50))
    append(office.root, kept, Ed25519PrivateKey.generate(), now() - timedelta(days=50))
    paper = office.decided("old", *APPROVED)
    paper.write_text(paper.read_text().replace(str(office.today), str(office.today - timedelta(days=40))))
    office.broker("sign", paper, "--as", DIRECTOR, "--role", OFFICE, "--key", office.key(DIRECTOR))
    assert "more than 30 days later" in refused(office, "DECISION_DATE")


def test_an_expired_decision_is_refused(office: Chancery) -> None:
    paper = signed(office)
    resigned(office, paper, expires=(now() - timedelta(seconds=1)).isoformat())
    refused(office, "SIGNATURE_EXPIRED")


@pytest.mark.parametrize("space", ["git", "file", "decision@elsewhere", ""])
def test_a_signature_made_for_another_purpose_is_refused(office: Chancery, space: str) -> None:
    paper = signed(office)
    resigned(office, paper, space=space)
    refused(office, "SIGNATURE_INVALID")


def test_a_stripped_signature_is_missed_before_the_merge_and_told_after_it(office: Chancery) -> None:
    paper = signed(office)
    signature_of(paper).unlink()
    refused(office, "SIGNATURE_MISSING")
    office.sign(paper, DIRECTOR)
    office.merge()
    signature_of(paper).unlink()
    assert "deleted" in refused(office, "DOCUMENT_CHANGED")


def test_a_number_is_given_once(office: Chancery) -> None:
    signed(office)
    office.merge()
    code, said = office.broker(
        "decide", "archive-request", "--as", CLERK, "--approve", *NUMBER, "--registry", office.root
    )
    assert (code, "is that of booking-approval" in said) == (2, True), said
    paper = office.decided("archive-request", "--approve", *TWELVE)
    paper.write_text(paper.read_text().replace("12号", "11号"))
    office.broker("sign", paper, "--as", DIRECTOR, "--role", OFFICE, "--key", office.key(DIRECTOR))
    code, said = office.broker("check", office.root)
    assert (code, "THING_TWICE" in said) == (1, True), said


@pytest.mark.parametrize("signers", [(), (CLERK,), (DIRECTOR,), (CLERK, DIRECTOR)])
def test_a_key_that_its_owner_added_himself_signs_nothing(office: Chancery, signers: tuple[str, ...]) -> None:
    paper = office.keys("register", CLERK, office.made(CLERK), "--as", "health-head")
    for who in signers:
        office.broker("sign", paper, "--as", who, "--role", OFFICE, "--key", office.key(who))
    refused(office, "SIGNATURE_MISSING")
    office.merge()
    decision = office.decided("booking-request", *APPROVED, by="health-clerk")
    code, said = office.broker("sign", decision, "--as", CLERK, "--role", OFFICE, "--key", office.key(CLERK))
    assert (code, "SIGNER_NOT_IN_FORCE" in said) == (1, True), said


@pytest.mark.parametrize("signers", [(), (DIRECTOR,), (REVIEWER,)])
def test_a_role_document_changes_nothing_without_two_signatures_of_the_office(
    office: Chancery, signers: tuple[str, ...]
) -> None:
    paper = office.keys("dismiss", REVIEWER, "--role", OFFICE, "--as", CLERK)
    office.sign(paper, *signers)
    assert f"{len(signers)} of 2 signatures" in refused(office, "SIGNATURE_MISSING")
    assert "open  in force" in office.did("keys", "list", office.root, "--person", REVIEWER).splitlines()[1]


def test_a_signature_says_which_algorithm_made_it(office: Chancery) -> None:
    paper = signed(office)
    resigned(office, paper, algorithm="sk-ssh-ed25519@openssh.com")
    refused(office, "SIGNATURE_INVALID")


@pytest.mark.parametrize("change", [{"number": "津南网信批〔2026〕99号"}, {"decision": "refused"}])
def test_a_signature_that_says_another_decision_than_the_document_is_refused(
    office: Chancery, change: dict[str, str]
) -> None:
    paper = signed(office)
    resigned(office, paper, **change)
    refused(office, "SIGNATURE_INVALID")


def test_a_revoked_key_gains_no_time_by_naming_a_document_that_was_admitted_before(office: Chancery) -> None:
    old = signed(office)
    office.merge()
    earlier = now() - timedelta(minutes=5)
    known = read(office.root)
    admitted = [
        Admitted(
            document=filed.digest, id=filed.id, commit=filed.commit, sequence=filed.sequence, as_of=earlier,
            rule_set=f"sha256:{0:064}", admitted=True,
        )
        for filed in known.filed
    ]  # fmt: skip
    append(office.root, [*receipts(known, earlier), *admitted], Ed25519PrivateKey.generate(), now())
    ended = office.keys("revoke", REVIEWER, "--as", CLERK, "--reason", "私钥遗失")
    office.sign(ended, DIRECTOR, REVIEWER)
    office.merge()
    paper = office.decided("archive-request", "--approve", *TWELVE)
    office.broker("sign", paper, "--as", REVIEWER, "--role", OFFICE, "--key", office.key(REVIEWER))
    payload = json.loads(signature_of(paper, REVIEWER).read_text())["payload"]
    payload["documents"] += json.loads(signature_of(old).read_text())["payload"]["documents"]
    forged = written(payload, sshsig(canonical(payload), load(office.key(REVIEWER)), "decision@govcloud"))
    signature_of(paper, REVIEWER).write_bytes(forged)
    refused(office, "SIGNER_NOT_IN_FORCE")


def test_a_signature_names_each_document_once(office: Chancery) -> None:
    paper = signed(office)
    payload = json.loads(signature_of(paper).read_text())["payload"]
    payload["documents"] *= 2
    twice = written(payload, sshsig(canonical(payload), load(office.key(DIRECTOR)), "decision@govcloud"))
    signature_of(paper).write_bytes(twice)
    assert "a document is named twice" in refused(office, "SIGNATURE_MISSING")


def test_nobody_uses_up_the_nonce_of_anothers_signature(office: Chancery) -> None:
    paper = signed(office)
    payload = json.loads(signature_of(paper).read_text())["payload"] | {"person": CLERK}
    office.made(CLERK)
    first = written(payload, sshsig(canonical(payload), load(office.key(CLERK)), "decision@govcloud"))
    signature_of(paper, "a-stranger").write_bytes(first)
    code, said = office.broker("verify", office.root, "--document", "booking-approval")
    assert "SIGNATURE_REPLAYED" not in said
    assert "SIGNATURE_MISSING" not in said
    assert (code, "SIGNER_NOT_IN_FORCE" in said) == (1, True), said
