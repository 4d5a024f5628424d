"""The bench of admission at a small size: each document is answered as it must be, nothing malformed goes through."""

from collections import Counter

from bench.admission import Answer, district, faults, judge, kind_of
from bench.requests import Paper, papers, request


def test_mixed_documents_are_answered_as_they_must_be_and_nothing_malformed_is_admitted() -> None:
    case, asked = district(), tuple(papers(400, seed=3))
    answers = [judge(kind_of(paper.text), paper.text, case) for paper in asked]
    assert faults(asked, answers) == []
    assert not [a for paper, a in zip(asked, answers, strict=True) if paper.malformed and a.admitted]
    counted = Counter((a.malformed, a.admitted) for a in answers)
    assert set(counted) == {(True, False), (False, True), (False, False)}
    assert {paper.code for paper in asked} <= {"", *(code for answer in answers for code in answer.codes)}


def test_an_answer_that_lets_through_what_is_malformed_or_misses_a_refusal_is_seen() -> None:
    asked = (Paper("{}", malformed=True), Paper("{}", code="STATE_SECRET"), Paper("{}"))
    right = [Answer(frozenset(), malformed=True), Answer(frozenset({"STATE_SECRET"})), Answer(frozenset())]
    assert faults(asked, right) == []
    wrong = [Answer(frozenset()), Answer(frozenset({"QUOTA_EXCEEDED"})), Answer(frozenset(), malformed=True)]
    assert len(faults(asked, wrong)) == 3


def test_the_same_seed_asks_the_same() -> None:
    assert tuple(papers(50)) == tuple(papers(50))
    assert request("a", "health", 10)["spec"]["zones"][0]["tiers"][0]["count"] == 10
