import re
from collections import Counter
from typing import get_args

from broker.documents.fields import Article
from policies.catalogue import RULES
from policies.rule import Level

ARTICLE = re.compile(get_args(Article)[1].pattern)


def test_every_code_is_there_once() -> None:
    assert [code for code, times in Counter(rule.code for rule in RULES).items() if times > 1] == []


def test_every_article_can_stand_in_a_record() -> None:
    assert [rule.code for rule in RULES if not ARTICLE.match(rule.article)] == []


def test_every_rule_has_its_words_and_its_cure_in_both_languages() -> None:
    for rule in RULES:
        assert all((rule.source_zh, rule.title_zh, rule.title, rule.cure_zh, rule.cure)), rule.code


def test_only_what_the_source_leaves_open_is_held_as_a_whole() -> None:
    held = {rule.code for rule in RULES if rule.level is Level.HOLD}
    assert held == {"EXEMPT_NEEDS_DECISION", "HIGH_RISK_OPEN", "KEY_PERIOD"}


def test_the_office_decides_where_the_source_says_so_and_in_key_periods() -> None:
    decidable = {rule.code for rule in RULES if rule.decidable}
    assert decidable == {"UNIT_NOT_ELIGIBLE", "EXEMPT_NEEDS_DECISION", "ZONE_MISMATCH", "KEY_PERIOD"}


def test_secrets_grade_and_the_return_of_data_can_never_be_waived() -> None:
    never = {"STATE_SECRET", "MLPS_GRADE_TOO_HIGH", "ZONE_MISMATCH", "DATA_NOT_RETURNED", "DOCUMENT_CHANGED"}
    assert {rule.code for rule in RULES if rule.waivable}.isdisjoint(never)


def test_document_changed_is_asked_of_no_document() -> None:
    assert [rule.code for rule in RULES if not rule.subjects] == ["DOCUMENT_CHANGED"]
