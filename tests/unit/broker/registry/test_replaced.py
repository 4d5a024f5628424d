"""A history that took another's place: it goes on only by two people whom the old one knew."""

from pathlib import Path

import pytest

from broker.registry.history import HistoryReplaced
from broker.registry.host import FOLDED, REPLACED, Host
from broker.registry.order import kept_apart
from broker.registry.replaced import accepted
from tests.unit.broker.registry.office import NOW, REQUEST, Office, document, founded, person

PAPER = "platform/accept.yaml"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return founded(tmp_path / "registry")


def rewritten(office: Office) -> tuple[str, str]:
    """The head that was, and the one that a force push put in its place."""
    base = office.git("rev-parse", "HEAD")
    office.write("cases/r.yaml", document("OnboardingRequest", "r", REQUEST % "booking", by="health-clerk"))
    last = office.commit()
    office.git("reset", "-q", "--hard", base)
    office.write("cases/q.yaml", document("OnboardingRequest", "q", REQUEST % "queue", by="health-clerk"))
    return last, office.commit()


def accept(office: Office, last: str, head: str, *signers: str) -> str:
    office.write(PAPER, document("HeadAcceptance", "accept", f"{{replaces: {last}, head: {head}, reason: 恢复备份}}"))
    for who in signers:
        office.sign(PAPER, who=who)
    return office.commit()


def asks(office: Office, last: str, head: str) -> bool:
    return accepted(office.root, last, head, trust_root=office.trust_root, record_key="", at=NOW)


def test_two_people_of_the_office_let_the_broker_go_on(office: Office) -> None:
    last, head = rewritten(office)
    assert not asks(office, last, head)
    assert asks(office, last, accept(office, last, head, "office-director", "office-reviewer"))


@pytest.mark.parametrize("signers", [(), ("office-director",), ("office-reviewer",)])
def test_fewer_do_not(office: Office, signers: tuple[str, ...]) -> None:
    last, head = rewritten(office)
    assert not asks(office, last, accept(office, last, head, *signers))


def test_one_person_is_not_enough_even_where_the_office_has_only_one(tmp_path: Path) -> None:
    office = founded(tmp_path / "alone", signing=("office-director",))
    last, head = rewritten(office)
    assert not asks(office, last, accept(office, last, head, "office-director"))


def test_an_acceptance_of_another_head_or_for_another_one_counts_for_nothing(office: Office) -> None:
    last, head = rewritten(office)
    root = office.git("rev-list", "--max-parents=0", "HEAD")
    both = ("office-director", "office-reviewer")
    assert not asks(office, last, accept(office, head, root, *both))
    office.git("reset", "-q", "--hard", head)
    assert not asks(office, last, accept(office, last, last, *both))


def test_a_new_history_cannot_bring_a_key_that_the_old_one_had_ended(office: Office) -> None:
    root = office.git("rev-parse", "HEAD")
    gone = person("office-reviewer", until="2026-11-01", more=", supersedes: office-reviewer")
    office.write("organisations/people/gone.yaml", gone.replace("id: office-reviewer", "id: office-reviewer-2"))
    office.sign("organisations/people/gone.yaml")
    office.sign("organisations/people/gone.yaml", who="office-reviewer")
    last = office.commit()
    assert not office.judged().problems
    office.git("reset", "-q", "--hard", root)
    head = office.commit("as if the reviewer had never left")
    assert not asks(office, last, accept(office, last, head, "office-director", "office-reviewer"))


def test_a_round_goes_on_from_an_accepted_head_and_nothing_is_thrown_away(office: Office) -> None:
    host = Host(office.root, "", "main", office.root / "none", lambda last, head: asks(office, last, head))
    last, head = rewritten(office)
    with pytest.raises(HistoryReplaced, match=f"{head} does not follow {last}.*HeadAcceptance"):
        host.goes_on(last, head)
    new = accept(office, last, head, "office-director", "office-reviewer")
    assert host.goes_on(last, new)
    assert office.git("rev-parse", f"{REPLACED}{last}") == last
    assert office.git("rev-parse", FOLDED) == new
    assert not host.goes_on(new, head)


def test_in_one_history_every_place_stays() -> None:
    plain = {"a": 0, "b": 1, "c": 2}
    assert kept_apart(plain, {}, ()) == plain
    assert kept_apart(plain, {"a": 0, "b": 1}, {0, 1}) == plain
    assert kept_apart(plain | {"a-again": 3}, {"a": 0, "a-again": 0}, {0}) == plain | {"a-again": 3}


def test_what_was_judged_keeps_its_place_and_what_is_new_comes_after_it() -> None:
    # b was judged and is gone, c stands where it stood
    assert kept_apart({"a": 0, "c": 1, "d": 2}, {"a": 0}, {0, 1}) == {"a": 0, "c": 4, "d": 5}
    # c came in before b, which was judged
    assert kept_apart({"a": 0, "c": 1, "b": 2}, {"a": 0, "b": 1}, {0, 1}) == {"a": 0, "c": 4, "b": 1}
