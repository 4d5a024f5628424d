"""Every case of `tests/cases/decide/<CODE>/<case>.yaml`: a document filed after the demo district, and its answer."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from broker.admit import Outcome
from policies.catalogue import RULES
from policies.facts import Subject
from tests.fixtures import demo_district as demo
from tests.unit.broker.decide.rounds import judged

CASES = Path(__file__).parents[3] / "cases" / "decide"
FILES = sorted(CASES.glob("*/*.yaml"))
CODES = sorted(rule.code for rule in RULES if rule.subjects - {Subject.STACK})
"""DOCUMENT_CHANGED is asked of no document: the registry's history check finds it; some are asked of stacks alone."""


def case_of(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return case


def outcome_of(case: dict[str, Any]) -> Outcome:
    """What admission says of the case's file; the documents before it must themselves be admitted."""
    outcomes = judged(demo.at(case["as_of"]), *case.get("before", ()), case["file"]).outcomes
    for before in outcomes[:-1]:
        assert before.decision.admitted, f"{before.decision.filed.id} before it: {before.decision.findings}"
    assert outcomes[-1].decision.filed.id == case["file"]["metadata"]["id"]
    return outcomes[-1]


@pytest.mark.parametrize("path", FILES, ids=[f"{p.parent.name}/{p.stem}" for p in FILES])
def test_the_document_gets_the_answer_that_its_case_gives(path: Path) -> None:
    case = case_of(path)
    outcome, expected = outcome_of(case), case["expect"]
    findings = outcome.decision.findings
    assert sorted({finding.code for finding in findings}) == sorted(expected["codes"]), findings
    assert outcome.admitted.admitted is expected["admitted"]
    texts = [finding.fact_zh for finding in findings]
    for fact in expected.get("facts", ()):
        assert any(fact in text for text in texts), texts


@pytest.mark.parametrize("path", FILES, ids=[f"{p.parent.name}/{p.stem}" for p in FILES])
def test_a_case_says_why_it_is_there_and_is_about_its_folders_rule(path: Path) -> None:
    case = case_of(path)
    assert case["reason"]
    assert set(case) <= {"reason", "as_of", "before", "file", "expect"}
    assert case["expect"]["admitted"] is (not case["expect"]["codes"])
    assert case["expect"]["admitted"] or path.parent.name in case["expect"]["codes"]


@pytest.mark.parametrize("code", CODES)
def test_every_rule_has_a_case_that_it_refuses_and_one_that_it_lets_pass(code: str) -> None:
    answers = {case_of(path)["expect"]["admitted"] for path in FILES if path.parent.name == code}
    assert answers == {True, False}


def test_no_folder_of_cases_is_about_a_rule_that_there_is_not() -> None:
    assert sorted({path.parent.name for path in FILES}) == CODES
