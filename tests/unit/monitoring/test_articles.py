"""Each article item is carried by something, and whatever is switched off is missed by its own test."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from broker import announcement
from broker.clocks import raised
from broker.clocks.clock import State
from broker.clocks.table import CLOCKS
from broker.documents.kinds import SPECS
from broker.registry import history
from monitoring.articles import CLOCK_TESTS, ITEMS, NOTICE_TESTS, Carrier, Way
from monitoring.pages import NOT_OF_A_DOCUMENT, ROOT, articles_page, examples_of, proof_of
from policies.catalogue import RULES
from stacks import guard
from tests.fixtures import clock_desk
from tests.fixtures.switches import fails, runs
from tests.unit.broker.decide import rounds
from tests.unit.broker.decide import test_cases as cases
from tests.unit.broker.registry import test_read
from tests.unit.broker.registry.office import founded

EXPECTED = ROOT / "tests" / "cases" / "articles.yaml"
CARRIERS = [carrier for item in ITEMS for carrier in item.carriers]
OF_DOCUMENTS = sorted(rule.code for rule in RULES if rule.code not in NOT_OF_A_DOCUMENT)
OF_STACKS = sorted(set(NOT_OF_A_DOCUMENT) - {"DOCUMENT_CHANGED"})
CALLED = {"reminder": State.DUE_SOON, "escalation": State.OVERDUE}


def names(way: Way) -> set[str]:
    return {carrier.name for carrier in CARRIERS if carrier.way is way}


def test_the_published_page_says_what_the_table_says() -> None:
    page = ROOT / "docs" / "articles.md"
    assert page.read_text(encoding="utf-8") == articles_page(), "docs/articles.md is stale: run `make docs`"


def test_every_item_of_every_article_stands_there_once_and_in_order() -> None:
    assert [item.article for item in ITEMS] == yaml.safe_load(EXPECTED.read_text(encoding="utf-8"))


def test_every_item_is_carried_or_says_why_not() -> None:
    assert all(item.carriers and item.duty_zh for item in ITEMS)


def test_every_rule_clock_and_kind_of_the_cloud_measures_carries_some_item() -> None:
    assert names(Way.GATE) == {rule.code for rule in RULES}
    assert names(Way.CLOCK) == {clock.id for clock in CLOCKS} == set(CLOCK_TESTS)
    assert names(Way.PAPER) == {spec.kind for spec in SPECS}
    assert names(Way.NOTICE) == set(NOTICE_TESTS)


@pytest.mark.parametrize("carrier", sorted(set(CARRIERS), key=str), ids=lambda c: f"{c.way} {c.name}"[:60])
def test_the_test_of_a_carrier_is_there(carrier: Carrier) -> None:
    if carrier.way in {Way.OPEN, Way.NONE}:
        assert not proof_of(carrier)
        return
    path, _, name = proof_of(carrier).partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    assert not name or f"def {name}(" in text


@pytest.mark.parametrize("code", OF_DOCUMENTS)
def test_a_rule_that_is_switched_off_is_missed_by_its_case(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ROOT / examples_of(code).refused.test
    cases.test_the_document_gets_the_answer_that_its_case_gives(path)
    left = tuple(rule for rule in RULES if rule.code != code)
    monkeypatch.setattr(rounds, "ALL_RULES", replace(rounds.ALL_RULES, rules=left))
    with pytest.raises(AssertionError):
        cases.test_the_document_gets_the_answer_that_its_case_gives(path)


@pytest.mark.parametrize("code", OF_STACKS)
def test_a_rule_of_stacks_that_is_switched_off_is_missed_by_its_test(
    code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, _ = NOT_OF_A_DOCUMENT[code]
    for run in runs(refused):
        run()
    monkeypatch.setattr(guard, "RULES", tuple(rule for rule in RULES if rule.code != code))
    assert fails(refused)


def test_the_watch_over_merged_documents_that_is_switched_off_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test_read.test_a_merged_document_that_was_changed_is_a_problem_and_stays_as_merged(
        founded(tmp_path / "a"), "edited"
    )
    monkeypatch.setattr(history, "_changed", lambda *_: iter(()))
    with pytest.raises(AssertionError):
        test_read.test_a_merged_document_that_was_changed_is_a_problem_and_stays_as_merged(
            founded(tmp_path / "b"), "edited"
        )


@pytest.mark.parametrize("clock", [clock.id for clock in CLOCKS])
def test_a_clock_that_is_switched_off_is_missed_by_its_test(clock: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for run in runs(CLOCK_TESTS[clock]):
        run()
    monkeypatch.setattr(clock_desk, "CLOCKS", tuple(each for each in CLOCKS if each.id != clock))
    assert fails(CLOCK_TESTS[clock])


@pytest.mark.parametrize("topic", sorted({told.topic for told in announcement.TOLD.values()}))
def test_an_announcement_that_is_switched_off_is_missed_by_its_test(
    topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = {kind: told for kind, told in announcement.TOLD.items() if told.topic != topic}
    monkeypatch.setattr(announcement, "TOLD", left)
    assert fails(NOTICE_TESTS[topic])


def test_a_refusal_that_is_told_to_nobody_is_missed_by_its_test(monkeypatch: pytest.MonkeyPatch) -> None:
    for run in runs(NOTICE_TESTS["refused"]):
        run()
    monkeypatch.setattr(announcement, "_refusal", lambda *_: iter(()))
    assert fails(NOTICE_TESTS["refused"])


@pytest.mark.parametrize("notice", sorted(CALLED))
def test_a_notice_that_is_switched_off_is_missed_by_its_test(notice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for run in runs(NOTICE_TESTS[notice]):
        run()
    monkeypatch.delitem(raised._CALLS, CALLED[notice])
    assert fails(NOTICE_TESTS[notice])


def test_every_test_function_of_a_clock_is_found_with_all_its_parameters() -> None:
    assert len(list(runs(CLOCK_TESTS["yearly-plan"]))) > 1
    assert Path(CLOCK_TESTS["yearly-plan"].split("::")[0]).name == "test_periods.py"
