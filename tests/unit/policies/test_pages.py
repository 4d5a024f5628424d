from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest

from monitoring.pages import NOT_OF_A_DOCUMENT, examples_of, refusals_page
from policies.catalogue import RULES
from policies.facts import Subject
from policies.pages import Example, Examples, refusals
from policies.rule import Basis, Level, Rule

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "refusals.md"
NONE = Examples(Example("refused"), Example("passed"))


def page(rule: Rule) -> str:
    return refusals([rule], {rule.code: NONE})


def test_the_published_page_says_what_the_rules_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == refusals_page(), "docs/refusals.md is stale: run `make docs`"


def test_the_rules_without_a_case_file_are_those_that_no_document_is_asked_for() -> None:
    assert {rule.code for rule in RULES if not rule.subjects - {Subject.STACK}} == set(NOT_OF_A_DOCUMENT)


@pytest.mark.parametrize("code", sorted(NOT_OF_A_DOCUMENT))
def test_the_test_that_stands_for_an_example_is_there(code: str) -> None:
    for test in NOT_OF_A_DOCUMENT[code]:
        path, name = test.split("::")
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_the_examples_of_a_rule_are_cases_that_it_alone_refuses_and_lets_pass() -> None:
    examples = examples_of("NO_CONSENT")
    assert examples.refused.test.startswith("tests/cases/decide/NO_CONSENT/")
    assert examples.passed.test.startswith("tests/cases/decide/NO_CONSENT/")
    assert examples.refused.document != examples.passed.document or examples.refused.before != examples.passed.before


@pytest.mark.parametrize("name", sorted({f.name for f in fields(Rule)} - {"check", "subjects"}))
def test_no_part_of_a_rule_can_change_without_the_page(name: str) -> None:
    other: dict[str, object] = {
        "basis": Basis.DERIVED,
        "level": Level.HOLD,
        "waivable": True,
        "decidable": True,
        "since": date(2030, 1, 1),
    }
    rule = next(r for r in RULES if not r.waivable and not r.decidable and r.basis is Basis.TEXT)
    changed = replace(rule, **{name: other.get(name, "OTHER")})  # type: ignore[arg-type]  # one field at a time
    assert page(changed) != page(rule)


def test_every_step_that_a_rule_is_asked_of_is_named() -> None:
    for rule in RULES:
        text = page(rule)
        assert all(subject in text for subject in rule.subjects)


def test_a_rule_that_no_document_is_asked_for_is_the_registrys() -> None:
    assert "登记库" in page(replace(RULES[0], subjects=frozenset()))
