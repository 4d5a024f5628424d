from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from policies.catalogue import RULES
from policies.evaluate import RULE_ERROR, evaluate, rule_set_digest
from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule

FACTS = Facts(Subject.GO_LIVE)


def twice(_facts: Facts) -> Iterator[Break]:
    yield Break("spec.b", "其二")
    yield Break("spec.a", "其一", cure_zh="改甲", level=Level.HOLD)


def broken(_facts: Facts) -> Iterator[Break]:
    yield Break("spec.a", "其一")
    raise ValueError("no such fact")


RULE = Rule(
    code="TWICE",
    article="C-2",
    basis=Basis.TEXT,
    source_zh="原文",
    title_zh="标题",
    title="title",
    cure_zh="改正",
    cure="mend it",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.GO_LIVE}),
    since=date(2018, 9, 27),
    check=twice,
)


def test_everything_that_breaks_is_found_at_once_and_in_a_fixed_order() -> None:
    other = replace(RULE, code="OTHER")
    found = evaluate([RULE, other], FACTS)
    assert [(f.code, f.field) for f in found] == [
        ("OTHER", "spec.a"),
        ("OTHER", "spec.b"),
        ("TWICE", "spec.a"),
        ("TWICE", "spec.b"),
    ]
    assert found == evaluate([other, RULE], FACTS)


def test_a_breaks_own_cure_and_level_go_before_the_rules() -> None:
    own, rules = evaluate([RULE], FACTS)
    assert (own.cure_zh, own.level) == ("改甲", Level.HOLD)
    assert (rules.cure_zh, rules.level) == ("改正", Level.REFUSE)


def test_a_rule_is_asked_only_of_its_own_steps() -> None:
    assert evaluate([RULE], Facts(Subject.ASSIGNMENT)) == ()


def test_a_rule_that_breaks_down_refuses_and_names_itself() -> None:
    (finding,) = evaluate([replace(RULE, check=broken)], FACTS)
    assert (finding.code, finding.article, finding.level) == (RULE_ERROR, "C-2", Level.REFUSE)
    assert "TWICE" in finding.fact_zh
    assert "ValueError: no such fact" in finding.fact_zh


@pytest.mark.parametrize("subject", list(Subject))
def test_facts_that_say_nothing_break_no_rule(subject: Subject) -> None:
    assert evaluate(RULES, Facts(subject)) == ()


def test_the_digest_names_the_set_whatever_its_order() -> None:
    digest = rule_set_digest(RULES, ["one", "two"])
    assert digest == rule_set_digest(reversed(RULES), ["two", "one"])
    assert digest.startswith("sha256:")
    assert len(digest) == len("sha256:") + 64


@pytest.mark.parametrize(
    "changed",
    [
        replace(RULE, code="OTHER"),
        replace(RULE, article="C-3"),
        replace(RULE, basis=Basis.DERIVED),
        replace(RULE, level=Level.HOLD),
        replace(RULE, waivable=True),
        replace(RULE, since=date(2026, 1, 1)),
        replace(RULE, subjects=frozenset({Subject.GO_LIVE, Subject.ASSIGNMENT})),
    ],
    ids=["code", "article", "basis", "level", "waivable", "since", "subjects"],
)
def test_another_rule_has_another_digest(changed: Rule) -> None:
    assert rule_set_digest([changed], ["one"]) != rule_set_digest([RULE], ["one"])


def test_another_threshold_in_a_rules_source_is_another_rule_set() -> None:
    assert rule_set_digest([RULE], ["grade > 3"]) != rule_set_digest([RULE], ["grade > 4"])


def test_a_rule_less_is_another_rule_set() -> None:
    assert rule_set_digest(RULES[:-1], ["one"]) != rule_set_digest(RULES, ["one"])
