from dataclasses import replace
from datetime import date, datetime, time

from broker.admit import Outcome
from broker.clock import SHANGHAI
from broker.decide.decide import Decision, problems_of
from broker.decide.facts import facts_of
from broker.documents.envelope import Nature
from broker.documents.records import Admitted, Received
from broker.problem import Severity
from policies.rule import Level
from tests.fixtures import demo_district as demo
from tests.unit.broker.decide.rounds import after, case_at, filed_at, judged, round_of

OPENED = date(2026, 1, 5)
"""The day from which the platform's documents are in the registry; what was filed before is judged then."""
EARLIER = {f.document.metadata.filed_on for f in demo.documents() if f.document.metadata.filed_on < OPENED}
GRADE_OF_D09 = "系统等级保护为4级，政务云平台按3级管理"


def on_its_day(document: str) -> Outcome:
    """What admission says of a document of the demo district at 09:00 of the day on its paper."""
    found = next(f for f in demo.documents() if f.id == document)
    as_of = demo.received(found)
    registry = filed_at(as_of)
    known = tuple(r for r in registry.records if not isinstance(r, Received | Admitted) or r.document != found.digest)
    (outcome,) = round_of(replace(registry, records=known), as_of).outcomes
    return outcome


def facts(outcome: Outcome) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in outcome.decision.findings:
        found.setdefault(finding.code, []).append(finding.fact_zh)
    return found


def test_the_fourth_grade_system_of_d_09_is_refused_with_both_grades() -> None:
    outcome = on_its_day("gas-command-request")
    assert facts(outcome)["MLPS_GRADE_TOO_HIGH"] == [GRADE_OF_D09]
    assert set(facts(outcome)) == {"MLPS_GRADE_TOO_HIGH", "QUOTA_EXCEEDED"}
    assert outcome.admitted.admitted is False
    assert {reason.code: reason.article for reason in outcome.admitted.reasons}["MLPS_GRADE_TOO_HIGH"] == "C-2"


def test_the_spare_machines_of_d_11_are_refused_with_the_figures_of_the_quota() -> None:
    outcome = on_its_day("chronic-followup-growth-2026")
    assert facts(outcome) == {
        "QUOTA_EXCEEDED": [
            "区卫生健康委员会在电子政务外网区的vCPU合计将达120核，超过限额64核",
            "区卫生健康委员会在电子政务外网区的内存合计将达448GiB，超过限额256GiB",
        ],
        "NOT_REASONABLE": [
            "chronic-followup 在2026-05、2026-06、2026-07的CPU 95百分位至多14%、内存95百分位至多36%，均低于30%和40%"
        ],
    }
    assert all("弹性调整" in reason.cure for reason in outcome.admitted.reasons)
    assert outcome.admitted.claims == ()


def test_filed_day_by_day_every_other_document_of_the_district_is_admitted() -> None:
    answers: dict[str, tuple[str, ...]] = {}
    registry = demo.registry(until=OPENED)
    for day in sorted({OPENED, *(f.document.metadata.filed_on for f in demo.documents())} - EARLIER):
        registry = replace(demo.registry(until=day), records=registry.records)
        round_ = round_of(registry, datetime.combine(day, time(9), SHANGHAI))
        answers |= {o.decision.filed.id: tuple(f.code for f in o.decision.findings) for o in round_.outcomes}
        registry = after(registry, round_)
    assert {id_ for id_, codes in answers.items() if codes} == demo.REFUSED
    judged_ids = {f.id for f in demo.documents() if f.spec.nature is not Nature.FOUNDATION}
    assert answers.keys() == judged_ids


def test_a_filing_that_is_refused_enters_and_a_decision_does_not() -> None:
    filing = on_its_day("gas-command-request").decision
    approval = {
        "apiVersion": "govcloud/v1",
        "kind": "OnboardingApproval",
        "metadata": {"id": "ry-2026-099", "filed_on": "2026-03-18", "filed_by": "office-clerk"},
        "spec": {
            "number": "RY-2026-099",
            "requests": ["nobodys-request"],
            "decision": "approved",
            "decided_on": "2026-03-18",
        },
    }
    decision = judged(demo.at("2026-03-18T09:00"), approval).outcomes[-1].decision
    assert (filing.admitted, filing.at_the_door) == (False, False)
    assert (decision.admitted, decision.at_the_door) == (False, True)
    assert {p.severity for p in problems_of(filing)} == {Severity.INADMISSIBLE}
    assert {p.severity for p in problems_of(decision)} == {Severity.REFUSED}


def test_a_finding_that_holds_is_a_problem_that_waits() -> None:
    decision = on_its_day("gas-command-request").decision
    held = Decision(decision.filed, tuple(replace(f, level=Level.HOLD) for f in decision.findings))
    assert {p.severity for p in problems_of(held)} == {Severity.HELD}
    assert not held.admitted


def test_a_problem_points_at_the_line_of_its_field() -> None:
    decision = on_its_day("gas-command-request").decision
    problem = next(p for p in problems_of(decision) if p.code == "MLPS_GRADE_TOO_HIGH")
    line = decision.filed.text.decode().splitlines()[problem.place.line - 1]
    assert line.strip() == "grade: 4"
    assert (problem.article, problem.fact) == ("C-2", GRADE_OF_D09)


def test_what_no_rule_judges_has_no_facts() -> None:
    as_of = demo.at("2026-11-23T12:00")
    case = case_at(as_of)
    judged_kinds = {f.kind for f in demo.documents() if facts_of(f, case, {}) is not None}
    assert judged_kinds == {
        "OnboardingRequest",
        "OnboardingApproval",
        "ServiceIntentForm",
        "IntentDecision",
        "Assignment",
        "GoLive",
        "SuspensionOrder",
    }
