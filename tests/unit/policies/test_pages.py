from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest

from policies.catalogue import RULES
from policies.pages import refusals
from policies.rule import Basis, Level, Rule

PAGE = Path(__file__).parents[3] / "docs" / "refusals.md"


def test_the_published_page_says_what_the_rules_say() -> None:
    told = "docs/refusals.md is stale: write `policies.pages.refusals(RULES)` into it"
    assert PAGE.read_text(encoding="utf-8") == refusals(RULES), told


@pytest.mark.parametrize("name", sorted({f.name for f in fields(Rule)} - {"check", "subjects"}))
def test_no_part_of_a_rule_can_change_without_the_page(name: str) -> None:
    other: dict[str, object] = {
        "basis": Basis.DERIVED,
        "level": Level.HOLD,
        "waivable": True,
        "since": date(2030, 1, 1),
    }
    rule = RULES[0]
    changed = replace(rule, **{name: other.get(name, "OTHER")})  # type: ignore[arg-type]  # one field at a time
    assert refusals([changed]) != refusals([rule])


def test_every_step_that_a_rule_is_asked_of_is_named() -> None:
    for rule in RULES:
        text = refusals([rule])
        assert all(subject in text for subject in rule.subjects)


def test_a_rule_that_no_document_is_asked_for_is_the_registrys() -> None:
    assert "登记库" in refusals([replace(RULES[0], subjects=frozenset())])
