"""`broker decide`: what it writes, and what it does not."""

from typing import Any

import pytest
import yaml

from tests.fixtures.chancery import CLERK, DIRECTOR, REVIEWER, Chancery

NUMBER = ("--number", "津南网信批〔2026〕11号")


def said(office: Chancery, case: str, *arguments: str) -> Any:
    return yaml.safe_load(office.decided(case, *arguments).read_text())["spec"]


def test_an_approval_has_number_conditions_and_the_day(office: Chancery) -> None:
    conditions = ("--condition", "上线前通过测评", "--condition", "三十日内完成备案")
    spec = said(office, "booking-request", "--approve", *NUMBER, *conditions)
    assert spec == {
        "number": NUMBER[1],
        "requests": ["booking-request"],
        "decision": "approved",
        "conditions": ["上线前通过测评", "三十日内完成备案"],
        "decided_on": str(office.today),
    }


def test_a_case_may_be_named_by_its_folder(office: Chancery) -> None:
    assert said(office, "cases/booking-request", "--approve", *NUMBER)["requests"] == ["booking-request"]


def test_signed_at_once_it_only_waits_for_its_merge(office: Chancery) -> None:
    paper = office.decided(
        "booking-request", "--approve", *NUMBER, "--sign-as", DIRECTOR, "--key", office.key(DIRECTOR)
    )
    assert paper.with_name(f"{paper.stem}.{DIRECTOR}.sig").is_file()
    assert office.verify()[0] == 0
    code, told = office.broker("check", office.root)
    assert (code, "REFUSED" in told) == (0, False), told


def test_a_plan_is_decided_item_by_item_and_a_consent_without_number(office: Chancery) -> None:
    def item(name: str) -> dict[str, Any]:
        needs = [{"zone": "extranet", "amount": {"vcpu": 8}}]
        said = {"item": name, "name_zh": "预约", "wish": "new", "mlps_grade": 2}
        return said | {"needs": needs, "reason": "便民"}

    plan = {"unit": "health", "year": 2027, "items": [item("plan-1"), item("plan-2")]}
    office.file("cases/plan/plan.yaml", "YearlyPlan", "plan-2027", plan, by="health-clerk")
    spec = said(office, "plan-2027", "--refuse", "--reason", "与已有系统重复")
    assert [(i["item"], i["result"], i["reason"]) for i in spec["items"]] == [
        ("plan-1", "refused", "与已有系统重复"),
        ("plan-2", "refused", "与已有系统重复"),
    ]
    late = {"unit": "health", "year": 2026, "items": [item("plan-0")]}
    office.file("cases/late/plan.yaml", "YearlyPlan", "plan-2026", late, by="health-clerk")
    assert said(office, "plan-2026", "--approve")["accepted_late"] is True


@pytest.mark.parametrize(
    ("case", "words", "told"),
    [
        ("nothing", ("--approve", *NUMBER), "there is no request, form or plan nothing"),
        ("booking-request", (), "one of --approve, --refuse, --return"),
        ("booking-request", ("--approve", "--refuse", *NUMBER), "one of --approve"),
        ("booking-request", ("--approve",), "--number"),
        ("booking-request", ("--approve", "--number", "十一号"), "no number of a paper"),
        ("booking-request", ("--refuse", *NUMBER), "--reason"),
        ("booking-request", ("--return", *NUMBER), "--reason"),
        ("booking-request", ("--refuse", *NUMBER, "--reason", "x", "--condition", "y"), "only an approval"),
        ("booking-request", ("--approve", *NUMBER, "--key", "k"), "--sign-as"),
        ("booking-request", ("--approve", *NUMBER, "--sign-as", CLERK), "another person"),
        ("booking-request", ("--approve", *NUMBER, "--sign-as", DIRECTOR, "--key", "/none"), "/none"),
    ],
)
def test_what_cannot_be_decided_so_is_said_and_nothing_is_written(
    office: Chancery, case: str, words: tuple[str, ...], told: str
) -> None:
    code, spoken = office.broker("decide", case, "--as", CLERK, "--registry", office.root, *words)
    assert code == 2
    assert told in spoken.replace("\n", " ").replace("│", "").replace("  ", " ")
    assert office.git("status", "--porcelain") == ""


def test_what_is_decided_is_not_decided_again(office: Chancery) -> None:
    office.sign(office.decided("booking-request", "--approve", *NUMBER), DIRECTOR)
    office.merge()
    words = ("--as", CLERK, "--registry", office.root, "--approve", "--number", "津南网信批〔2026〕12号")
    code, told = office.broker("decide", "booking-request", *words)
    assert (code, "decided by booking-approval already" in told) == (2, True)


def test_a_returned_request_is_corrected_and_then_decided(office: Chancery) -> None:
    back = office.decided("booking-request", "--return", "--reason", "带宽未说明依据", *NUMBER)
    office.sign(back, REVIEWER)
    office.merge()
    code, told = office.broker("check", office.root)
    assert "booking-approval" not in told, (code, told)
    corrected = office.request("booking-corrected", "booking", purpose="网上预约，带宽按去年峰值估算")
    document = yaml.safe_load(corrected.read_text())
    document["metadata"]["supersedes"] = "booking-request"
    corrected.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    office.merge()
    code, told = office.broker("decide", "booking-request", "--as", CLERK, "--approve", "--registry", office.root,
                               "--number", "RY-2026-012")  # fmt: skip
    assert (code, "corrected or withdrawn" in told) == (2, True)
    spec = said(office, "booking-corrected", "--approve", "--number", "RY-2026-012")
    assert spec["requests"] == ["booking-corrected"]


def test_a_decision_that_would_be_refused_is_told_and_not_written(office: Chancery) -> None:
    before = set(office.root.rglob("*"))
    code, told = office.broker(
        "decide", "booking-request", "--as", CLERK, "--approve", *NUMBER, "--condition", "", "--registry", office.root,
        "--sign-as", DIRECTOR, "--key", office.key(DIRECTOR),
    )  # fmt: skip
    assert (code, "wrote" in told, "spec.conditions[0]" in told) == (2, False, True), told
    assert set(office.root.rglob("*")) == before
