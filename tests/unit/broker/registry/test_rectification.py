"""Notices and their acceptances go by the first version of the notice, whichever one a paper names."""

from typing import Any

from broker.documents.security import RectificationAcceptanceSpec, RectificationNoticeSpec
from broker.registry.rectification import acceptances, notices
from tests.fixtures.demo_district import registry
from tests.fixtures.orders import following, paper


def notice(id_: str) -> dict[str, Any]:
    return paper("RectificationNotice", id_, "2026-11-16", addressee="urban-mgmt", limit="2026-11-19", demand="整改")


def accepted(id_: str, of: str) -> dict[str, Any]:
    said = {"rectification": of, "finder_agrees": True, "accepted_on": "2026-11-18"}
    return paper("RectificationAcceptance", id_, "2026-11-18", **said)


FIRST, OTHER = notice("n"), notice("o")
SECOND = following(FIRST, "n-2")
LINE = (FIRST, OTHER, SECOND, following(SECOND, "n-3"))


def test_a_notice_is_known_by_its_first_version_and_holds_as_its_last() -> None:
    known = registry(LINE)
    added = [f for f in known.of(RectificationNoticeSpec) if f.path.startswith("extra/")]
    assert {first: one.id for first, one in notices(known, added).items()} == {"n": "n-3", "o": "o"}
    assert {first: one.id for first, one in notices(known, added[:3]).items()} == {"n": "n-2", "o": "o"}


def test_an_acceptance_is_of_its_notice_whichever_version_it_names_and_of_several_the_last_counts() -> None:
    for named in ("n", "n-2", "n-3"):
        known = registry((*LINE, accepted("early", "n-2"), accepted("late", named)))
        found = acceptances(known, known.of(RectificationAcceptanceSpec))
        assert (found["n"].id, "o" in found) == ("late", False)
