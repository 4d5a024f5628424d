"""A request without room is told what is free, what it wants, and who holds the rest until when."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from broker.admit import Admissions, admit
from broker.check.lack import Lack, Taken, lacks
from broker.check.review import Review
from broker.cli.problems import Format
from broker.cli.review import written
from broker.decide.decide import Decision
from broker.estate.platform import platform_of
from broker.registry.filed import Registry
from policies.facts import ShortfallFact
from tests.fixtures.demo_district import at, filed
from tests.unit.broker.decide.rounds import ALL_RULES, filed_at

AS_OF = at("2026-06-02T12:00")
CLOUD = "cloud:provider-b/internet"


def form(mbps: int) -> dict[str, Any]:
    changes = [{"action": "set_bandwidth", "zone": "internet", "bandwidth_mbps": mbps}]
    return {
        "apiVersion": "govcloud/v1",
        "kind": "ServiceIntentForm",
        "metadata": {"id": "wider", "filed_on": "2026-06-02", "filed_by": "education-clerk"},
        "spec": {
            "system": "edu-portal",
            "unit": "education",
            "reason": "访问量上升",
            "intent": {"purpose": "change", "changes": changes},
        },
    }


def judged(mbps: int) -> tuple[Registry, Admissions, dict[str, Lack]]:
    before = filed_at(AS_OF)
    held = replace(before, filed=(*before.filed, filed(form(mbps), "cases/wider.yaml", len(before.filed))))
    done = admit(held, platform_of(held), ALL_RULES, AS_OF, simulated=False)
    decisions = [outcome.decision for outcome in done.outcomes if outcome.decision.filed.id == "wider"]
    return (
        held,
        done,
        {lack.account: lack for lack in lacks(decisions, done.standing, platform_of(held).flavors, AS_OF)},
    )


def test_what_has_room_lacks_none() -> None:
    assert judged(21)[2] == {}


def test_everybody_who_holds_of_what_lacks_is_named_and_together_they_hold_all_of_it() -> None:
    _, done, found = judged(90_000)
    assert set(found) == {CLOUD, "unit:education/internet"}
    for account, lack in found.items():
        assert lack.resource == "bandwidth_mbps"
        assert lack.held == done.standing.total(account).bandwidth_mbps
        assert sum(holder.amount for holder in lack.holders) == lack.held
        assert (lack.free, lack.free < lack.wanted) == (lack.limit - lack.held, True)


def test_who_holds_less_from_a_day_on_stands_first_with_that_day() -> None:
    first, *others = judged(90_000)[2][CLOUD].holders
    assert (first.system, first.until) == ("enrolment", date(2026, 7, 16))
    assert [holder.until for holder in others] == [None] * len(others)
    assert [holder.amount for holder in others] == sorted((holder.amount for holder in others), reverse=True)


def holder(name: str, account: str, resource: str, as_of: datetime) -> Taken:
    """What a system of the district holds where a request would find no room."""
    known = filed_at(as_of)
    fact = ShortfallFact("spec", "", "", 2, 1, "", account, resource, 1)
    refused = Decision(known.filed[-1], (), shortfalls=(fact,))
    platform = platform_of(known)
    standing = admit(known, platform, ALL_RULES, as_of, simulated=False).standing
    (lack,) = lacks([refused], standing, platform.flavors, as_of)
    (found,) = (one for one in lack.holders if one.system == name)
    return found


@pytest.mark.parametrize(
    ("resource", "until"),
    [("vcpu", date(2026, 7, 16)), ("block_gib", date(2026, 7, 16)), ("object_gib", None), ("public_addresses", None)],
)
def test_the_end_of_a_grant_is_told_of_what_the_grant_lends_and_of_nothing_else(
    resource: str, until: date | None
) -> None:
    assert holder("enrolment", CLOUD, resource, AS_OF).until == until


def test_a_system_that_leaves_holds_all_until_its_data_are_handed_over_and_no_day_is_told() -> None:
    assert holder("urban-v1", "cloud:provider-b/extranet", "object_gib", at("2027-03-02T12:00")).until is None


def test_a_review_shows_the_room_that_lacks_and_why_there_is_no_head_room() -> None:
    review = Review((), (), (), (), (), lacks=tuple(judged(90_000)[2].values()))
    told = written(review, Format.TEXT)
    assert "Room that lacks\n  account  resource  limit  held  free  wanted  held by" in told
    assert "enrolment" in told
    assert "(less from 2026-07-16)" in told
    assert "Head-room\n  none: what is refused takes nothing, see the room that lacks" in told
    assert "None: what is refused takes nothing" in written(review, Format.MARKDOWN)
