"""What each person's desk shows and lets him do, on a real clone."""

from pathlib import Path

import pytest

from broker.desk import filing, sending, view
from broker.desk.cabinet import Cabinet, opened
from broker.desk.effect import effect_of, faults_of
from broker.desk.serve import base_of
from broker.drafts.decision import Ruling, Verdict
from broker.errors import RegistryBroken, SettingsError
from broker.papers import now, rule_set
from broker.signing import KeySource
from tests.fixtures.chancery import CLERK, DIRECTOR, OFFICE, REVIEWER, Chancery
from tests.fixtures.open_desk import hosted

APPROVED = Ruling(Verdict.APPROVED, "津南网信批〔2026〕11号", ("上线前通过测评",))


def seen(office: Chancery, person: str) -> Cabinet:
    return opened(office.root, base_of(office.root, ""), person, rule_set(), None, now())


def ids(rows: tuple[view.Row, ...]) -> list[str]:
    return [row.id for row in rows]


def test_an_officer_sees_the_matters_that_wait_for_a_decision(office: Chancery) -> None:
    found = view.overview(seen(office, CLERK))
    assert ids(found.to_decide) == ["archive-request", "booking-request"]
    assert (found.to_decide[0].party, found.to_decide[0].kind) == ("区卫健委", "入云申请")
    assert (found.to_sign, found.own) == ((), ())


def test_a_matter_that_the_rules_object_to_says_so(office: Chancery) -> None:
    office.request("large", "large", zones=[{"zone": "extranet", "tiers": [], "bandwidth_mbps": 9000}])
    office.merge()
    row = next(row for row in view.overview(seen(office, CLERK)).to_decide if row.id == "large")
    assert (row.tone, "规则提出" in row.mark) == ("bad", True)
    cabinet = seen(office, CLERK)
    effect = effect_of(cabinet.if_approved(view.known(cabinet.dossier("large"))), cabinet)
    assert {fault.code for fault in effect.faults} == {"QUOTA_EXCEEDED"}


def test_approving_shows_what_it_takes_of_quota_and_costs(office: Chancery) -> None:
    cabinet = seen(office, DIRECTOR)
    effect = effect_of(cabinet.if_approved(view.known(cabinet.dossier("booking-request"))), cabinet)
    assert effect.faults == ()
    assert ("区卫健委 配额（电子政务外网区）", "带宽（Mbps）", "100", "100", "90") in effect.headroom
    assert [row[0] for row in effect.costs] == ["booking"]
    assert effect.costs[0][2:] in {("—", "500.00", "—"), ("0.00", "500.00", "+500.00"), ("无价格", "500.00", "—")}


def test_who_drafts_does_not_sign_and_another_of_the_office_may(office: Chancery) -> None:
    name = filing.draft(seen(office, CLERK), office.root, "booking-request", APPROVED)
    by_clerk, by_director, by_unit = (seen(office, who).draft(name) for who in (CLERK, DIRECTOR, "health-head"))
    assert (by_clerk.role, by_clerk.bar) == (None, "FILED_BY_SIGNER")
    assert (by_director.role, by_director.bar) == (OFFICE, "")
    assert (by_unit.role, by_unit.bar) == (None, "ROLE_MISSING")
    assert ids(view.overview(seen(office, DIRECTOR)).to_sign) == [name]
    assert ids(view.overview(seen(office, CLERK)).with_others) == [name]
    assert "booking-request" not in ids(view.overview(seen(office, DIRECTOR)).to_decide)


def signed(office: Chancery) -> str:
    name = filing.draft(seen(office, CLERK), office.root, "booking-request", APPROVED)
    put_name(office, name, KeySource(office.key(DIRECTOR)))
    return name


def put_name(office: Chancery, name: str, source: KeySource, digest: str = "") -> None:
    """The director signs what the page showed him."""
    cabinet = seen(office, DIRECTOR)
    draft = cabinet.draft(name)
    filing.put_name(cabinet, office.root, draft, digest or draft.filed.digest, source)


def test_what_is_signed_is_handed_in_and_the_host_has_it(office: Chancery) -> None:
    host = hosted(office)
    name = signed(office)
    cabinet = seen(office, DIRECTOR)
    assert ids(view.overview(cabinet).ready) == [name]
    done = sending.hand_in(office.root, cabinet.drafts, DIRECTOR)
    assert done.to == "origin/main"
    assert office.git("--git-dir", str(host), "log", "-1", "--format=%an %s") == f"{DIRECTOR} 送交 {name}"
    assert office.git("status", "--porcelain") == ""
    assert seen(office, DIRECTOR).drafts == ()
    assert office.verify()[0] == 0


def another_clone(office: Chancery, host: Path) -> Path:
    """Somebody else's clone, who pushed a paper meanwhile."""
    other = office.folder / "other"
    office.git("clone", "-q", str(host), str(other))
    (other / "notes").write_text("x")
    office.git("-C", str(other), "add", "notes")
    office.git("-C", str(other), "commit", "-q", "-m", "meanwhile")
    office.git("-C", str(other), "push", "-q")
    return other


def test_who_was_overtaken_hands_in_after_the_other(office: Chancery) -> None:
    host = hosted(office)
    name = signed(office)
    another_clone(office, host)
    sending.hand_in(office.root, seen(office, DIRECTOR).drafts, DIRECTOR)
    assert office.git("--git-dir", str(host), "log", "-2", "--format=%s").split("\n") == [f"送交 {name}", "meanwhile"]


def test_what_others_handed_in_is_fetched(office: Chancery) -> None:
    another_clone(office, hosted(office))
    assert sending.fetch(office.root, DIRECTOR) == "origin/main"
    assert (office.root / "notes").exists()


def test_what_does_not_fit_leaves_the_clone_as_it_was(office: Chancery) -> None:
    another_clone(office, hosted(office))
    (office.root / "notes").write_text("y")
    office.merge()
    before = office.git("rev-parse", "HEAD")
    with pytest.raises(RegistryBroken):
        sending.fetch(office.root, DIRECTOR)
    assert (office.git("rev-parse", "HEAD"), office.git("status", "--porcelain")) == (before, "")
    assert office.git("rev-parse", "--abbrev-ref", "HEAD") == "main"


def test_while_the_host_is_away_the_commit_waits_here(office: Chancery) -> None:
    host = hosted(office)
    name = signed(office)
    host.rename(host.with_name("away"))
    with pytest.raises(RegistryBroken):
        sending.hand_in(office.root, seen(office, DIRECTOR).drafts, DIRECTOR)
    assert [draft.filed.id for draft in seen(office, DIRECTOR).drafts] == [name], "it is not handed in yet"
    host.with_name("away").rename(host)
    sending.hand_in(office.root, seen(office, DIRECTOR).drafts, DIRECTOR)
    assert seen(office, DIRECTOR).drafts == ()


def test_without_a_host_nothing_is_fetched(office: Chancery) -> None:
    with pytest.raises(filing.NotDone, match="没有上游"):
        sending.fetch(office.root, DIRECTOR)


def test_without_a_host_it_is_committed_here(office: Chancery) -> None:
    signed(office)
    assert sending.hand_in(office.root, seen(office, DIRECTOR).drafts, DIRECTOR).to == ""
    with pytest.raises(filing.NotDone, match="没有签名齐全"):
        sending.hand_in(office.root, seen(office, DIRECTOR).drafts, DIRECTOR)


def test_on_a_branch_what_was_handed_in_waits_for_its_merge(office: Chancery) -> None:
    hosted(office)
    office.git("switch", "-q", "-c", "desk-clerk")
    name = signed(office)
    sending.hand_in(office.root, seen(office, DIRECTOR).drafts, DIRECTOR)
    assert [draft.filed.id for draft in seen(office, DIRECTOR).drafts] == [name]


def test_a_signature_that_the_broker_would_refuse_is_taken_back(office: Chancery) -> None:
    name = filing.draft(seen(office, CLERK), office.root, "booking-request", APPROVED)
    with pytest.raises(filing.NotDone, match="签名密钥未登记"):
        put_name(office, name, KeySource(office.key(REVIEWER)))
    assert not list(office.root.glob("cases/booking-request/*.sig"))
    with pytest.raises(SettingsError):
        put_name(office, name, KeySource())


def test_a_text_that_changed_since_it_was_shown_is_not_signed(office: Chancery) -> None:
    name = filing.draft(seen(office, CLERK), office.root, "booking-request", APPROVED)
    shown = seen(office, DIRECTOR).draft(name).filed
    paper = office.root / shown.path
    paper.write_text(paper.read_text().replace("测评", "评测"))
    with pytest.raises(filing.NotDone, match="显示之后有改动"):
        put_name(office, name, KeySource(office.key(DIRECTOR)), shown.digest)
    assert not list(office.root.glob("cases/booking-request/*.sig"))


def test_who_may_not_sign_is_told_why(office: Chancery) -> None:
    name = filing.draft(seen(office, CLERK), office.root, "booking-request", APPROVED)
    cabinet = seen(office, CLERK)
    draft = cabinet.draft(name)
    with pytest.raises(filing.NotDone, match="须由他人签署"):
        filing.put_name(cabinet, office.root, draft, draft.filed.digest, KeySource(office.key(DIRECTOR)))


@pytest.mark.parametrize(
    ("ruling", "said"),
    [
        (Ruling(Verdict.REFUSED, "RY-2026-011"), "写明理由"),
        (Ruling(Verdict.APPROVED), "填写文号"),
        (Ruling(Verdict.APPROVED, "第11号"), "格式不对"),
        (Ruling(Verdict.RETURNED, "RY-2026-011", ("x",), "补正"), "附条件"),
    ],
)
def test_what_a_form_lacks_is_said_in_chinese_and_nothing_is_written(
    office: Chancery, ruling: Ruling, said: str
) -> None:
    with pytest.raises(filing.NotDone, match=said):
        filing.draft(seen(office, CLERK), office.root, "booking-request", ruling)
    assert office.git("status", "--porcelain") == ""


def test_a_draft_is_thrown_away_by_who_filed_it_alone(office: Chancery) -> None:
    name = filing.draft(seen(office, CLERK), office.root, "booking-request", APPROVED)
    with pytest.raises(filing.NotDone, match="由其本人作废"):
        filing.throw_away(seen(office, DIRECTOR), office.root, seen(office, DIRECTOR).draft(name))
    filing.throw_away(seen(office, CLERK), office.root, seen(office, CLERK).draft(name))
    assert office.git("status", "--porcelain") == ""


def test_what_is_committed_is_not_thrown_away(office: Chancery) -> None:
    hosted(office)
    name = signed(office)
    office.git("switch", "-q", "-c", "branch")
    office.merge()
    with pytest.raises(filing.NotDone, match="已经送交"):
        filing.throw_away(seen(office, CLERK), office.root, seen(office, CLERK).draft(name))


@pytest.mark.parametrize("person", ["health-clerk", "nobody"])
def test_who_does_not_act_for_the_office_decides_nothing(office: Chancery, person: str) -> None:
    with pytest.raises(filing.NotDone, match="没有区网信办的职责"):
        filing.draft(seen(office, person), office.root, "booking-request", APPROVED)


def test_a_unit_sees_its_own_cases_open_ones_first(office: Chancery) -> None:
    question = {"matter": "archive-request", "asked_by": "cloud-office", "question": "存储量如何测算"}
    office.file("cases/archive-request/question.yaml", "CaseQuestion", "q", question)
    office.sign(
        office.decided("booking-request", "--refuse", "--reason", "带宽依据不足", "--number", "RY-2026-011"), DIRECTOR
    )
    office.merge()
    found = view.overview(seen(office, "health-clerk"))
    assert [(row.id, row.mark) for row in found.own] == [
        ("archive-request", "有询问待答复"),
        ("booking-request", "不予批准"),
    ]
    assert found.to_decide == ()


def test_a_document_with_two_signatures_waits_for_the_second(office: Chancery) -> None:
    paper = office.keys("register", CLERK, office.made(CLERK), "--as", "health-head")
    office.sign(paper, DIRECTOR)
    draft = seen(office, REVIEWER).draft("key-office-clerk")
    assert (draft.signers, draft.wanted, draft.complete, draft.role) == ((DIRECTOR,), 2, False, OFFICE)
    assert seen(office, DIRECTOR).draft("key-office-clerk").bar == "SIGNED"


def test_a_draft_with_a_fault_is_not_handed_in(office: Chancery) -> None:
    name = signed(office)
    paper = next(office.root.glob(f"cases/*/{name}.yaml"))
    paper.write_text(paper.read_text().replace("11号", "12号"))
    draft = seen(office, DIRECTOR).draft(name)
    assert (draft.complete, [fault.code for fault in draft.faults]) == (False, ["SIGNATURE_INVALID"])
    assert faults_of(draft.faults)[0].fact == "签名与文件不符，须重新签署"
