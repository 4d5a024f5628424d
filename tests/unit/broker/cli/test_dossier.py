"""`broker case`: a case from its first filing to the decision, all by the command line."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from broker import papers
from broker.documents.records import Admitted, Reason
from broker.dossier import State, dossier
from broker.drafts.decision import decisions_on
from broker.registry.filed import Registry
from tests.fixtures.chancery import CLERK, DIRECTOR, Chancery

AT = datetime(2026, 11, 23, tzinfo=UTC)
NUMBER = ("--number", "RY-2026-011")
TIER = {"name": "web", "flavor": "g-2c4g", "count": 2, "image": "debian-12", "system_disk_gib": 40}


def case(office: Chancery, name: str) -> Any:
    return json.loads(office.did("case", name, "--registry", office.root, "--json"))


def zones(mbps: int, count: int) -> list[dict[str, Any]]:
    return [{"zone": "extranet", "tiers": [TIER | {"count": count}], "bandwidth_mbps": mbps}]


def test_first_asked_now_asked_and_approved_amounts_stand_apart(office: Chancery) -> None:
    first = office.request("clinic", "clinic", zones=zones(20, 4))
    office.merge()
    office.sign(office.decided("clinic", "--return", "--reason", "数量偏大", *NUMBER), DIRECTOR)
    office.merge()
    assert case(office, "clinic")["state"] == "returned"
    second = office.request("clinic-2", "clinic", zones=zones(10, 2))
    second.write_text(second.read_text().replace("  id: clinic-2", "  id: clinic-2\n  supersedes: clinic"))
    office.merge()
    pending = case(office, "clinic-2")
    assert (pending["state"], pending["decided"]) == ("pending", None)
    office.sign(office.decided("clinic-2", "--approve", "--number", "RY-2026-012"), DIRECTOR)
    office.merge()
    found = case(office, "clinic")
    assert [(v["id"], v["state"]) for v in found["versions"]] == [("clinic", "corrected"), ("clinic-2", "approved")]
    assert (found["original"]["extranet"]["vcpu"], found["original"]["extranet"]["bandwidth_mbps"]) == (8, 20)
    assert (found["requested"]["extranet"]["vcpu"], found["decided"]["extranet"]["bandwidth_mbps"]) == (4, 10)
    assert first.is_file()
    assert "approved     extranet  vcpu 4" in office.did("case", "clinic", "--registry", office.root)


def test_a_question_and_its_answer_stand_with_the_case_and_change_nothing(office: Chancery) -> None:
    question = {"matter": "booking-request", "asked_by": "cloud-office", "question": "峰值如何测算"}
    office.file("cases/booking-request/question.yaml", "CaseQuestion", "booking-question", question)
    office.merge()
    assert "no answer yet" in office.did("case", "booking-request", "--registry", office.root)
    answer = {"question": "booking-question", "unit": "health", "answer": "按去年同期"}
    office.file("cases/booking-request/answer.yaml", "CaseAnswer", "booking-answer", answer, by="health-clerk")
    office.merge()
    found = case(office, "booking-request")
    assert found["state"] == "pending"
    assert found["questions"][0]["answers"] == [{"id": "booking-answer", "answer": "按去年同期"}]


def test_only_its_own_people_answer_for_a_unit_and_ask_for_the_office(office: Chancery) -> None:
    question = {"matter": "booking-request", "asked_by": "cloud-office", "question": "峰值如何测算"}
    office.file("cases/q.yaml", "CaseQuestion", "q", question, by="health-clerk")
    code, said = office.broker("check", office.root)
    assert (code, "FILER_NOT_ENTITLED" in said) == (1, True), said


def test_a_withdrawn_request_is_no_longer_decided_and_its_system_may_be_asked_for_anew(office: Chancery) -> None:
    spec = {"unit": "health", "reason": "改由上级统建"}
    office.file("cases/w.yaml", "FilingWithdrawal", "w", spec, by="health-clerk", withdraws="booking-request")
    office.merge()
    assert case(office, "booking-request")["state"] == "withdrawn"
    code, said = office.broker("decide", "booking-request", "--as", CLERK, "--approve", *NUMBER,
                               "--registry", office.root)  # fmt: skip
    assert (code, "corrected or withdrawn" in said) == (2, True)
    office.request("booking-again", "booking")
    assert office.broker("check", office.root)[0] == 0


def test_a_unit_takes_back_only_what_it_filed_itself(office: Chancery) -> None:
    unit = {"name_zh": "区教育局", "unit_kind": "administrative"}
    office.sign(office.file("organisations/education.yaml", "Unit", "education", unit), DIRECTOR)
    clerk = office.keys("appoint", "education-clerk", "--role", "unit", "--as", CLERK, "--organisation", "education")
    office.sign(clerk, DIRECTOR, "office-reviewer")
    office.merge()
    spec = {"unit": "education", "reason": "不需要"}
    office.file("cases/w.yaml", "FilingWithdrawal", "w", spec, by="education-clerk", withdraws="booking-request")
    code, said = office.broker("check", office.root)
    assert (code, "WITHDRAWAL_NOT_ALLOWED" in said) == (1, True), said


def test_a_case_that_is_not_there_is_said(office: Chancery) -> None:
    code, said = office.broker("case", "nothing", "--registry", office.root)
    assert (code, "no request, form or plan nothing" in said) == (2, True)


def refused(known: Registry, document: str) -> Registry:
    """The registry once the broker has judged the document and not admitted it."""
    filed = known.get(document)
    assert filed is not None
    reason = Reason(code="QUOTA_EXCEEDED", article="C-6(四)", fact="超出配额", cure="减少申请")
    outcome = Admitted(
        document=filed.digest,
        id=filed.id,
        commit=filed.commit,
        sequence=filed.sequence,
        as_of=AT,
        rule_set=f"sha256:{'0' * 64}",
        admitted=False,
        reasons=(reason,),
    )
    return replace(known, records=(*known.records, outcome))


def test_what_was_not_admitted_is_not_pending_and_its_reasons_are_told(office: Chancery) -> None:
    known = refused(papers.read(office.root), "booking-request")
    found = dossier(known, "booking-request", {}, AT)
    assert found.state is State.NOT_ADMITTED
    assert [reason.told for reason in found.versions[0].reasons] == ["QUOTA_EXCEEDED(C-6(四))超出配额；减少申请"]


def test_a_decision_that_was_not_admitted_decides_nothing(office: Chancery) -> None:
    office.sign(office.decided("booking-request", "--approve", *NUMBER), DIRECTOR)
    office.merge()
    known = papers.read(office.root)
    approval = decisions_on(known)["booking-request"]
    assert dossier(known, "booking-request", {}, AT).state is State.APPROVED
    known = refused(known, approval.id)
    assert decisions_on(known) == {}
    assert dossier(known, "booking-request", {}, AT).state is State.PENDING
