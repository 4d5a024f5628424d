"""C-19, C-6(五), C-17: a month counts of an order what the fold carried out of it, and nothing else."""

from collections.abc import Mapping
from typing import Any

import pytest

from monitoring.metering.availability import availability, recorded
from monitoring.metering.period import Month, instant
from tests.fixtures.demo_district import registry
from tests.fixtures.orders import (
    SYSTEM,
    changing,
    day,
    following,
    interruption,
    judged,
    leaving,
    measure,
    restoration,
    resumption,
    suspension,
    withdrawal,
)

NOVEMBER = Month(2026, 11).span
LATER = day(20, "12:00")
END = instant(NOVEMBER.end_s)


def held(
    *papers: dict[str, Any],
    zone: str = "internet",
    refused: frozenset[str] = frozenset(),
    came: Mapping[str, str] | None = None,
) -> dict[str, tuple[str, str]]:
    """From and until when November counts each order for the system in a zone."""
    told = recorded(judged(registry(papers), refused=refused, came=came), NOVEMBER).get(SYSTEM)
    downs = told.in_zone(zone).downs if told else ()
    return {one.document: (instant(one.span.start_s), instant(one.span.end_s)) for one in downs}


@pytest.mark.parametrize("action", ["stop", "close_public_access"])
def test_a_compulsory_measure_counts_once_with_its_document_until_its_end(action: str) -> None:
    found = recorded(judged(registry([measure(action=action), resumption("m", LATER)])), NOVEMBER)[SYSTEM]
    assert [(one.document, one.cause, one.span.seconds) for one in found.downs] == [("m", "measure", 7200)]
    month = availability([NOVEMBER], found.in_zone("internet"), None, 0.9)
    assert [(one.document, one.cause, one.minutes) for one in month.outages] == [("m", "measure", 120)]
    assert (month.outage_minutes, month.excluded_minutes) == (120, 0)


def test_an_order_whose_place_another_took_ends_where_that_one_begins() -> None:
    over = resumption("m", LATER)
    assert held(suspension(), measure(), over) == {"s": (day(19), day(20)), "m": (day(20), LATER)}
    assert held(interruption(), measure(), over) == {"h": (day(19), day(20)), "m": (day(20), LATER)}
    assert held(interruption(), suspension(at_=day(20))) == {"h": (day(19), day(20)), "s": (day(20), END)}


def test_an_order_that_finds_the_system_stopped_counts_nothing_as_it_does_nothing() -> None:
    stop, over = measure(at_=day(17)), resumption("m", day(20))
    for late in (suspension(at_=day(18)), interruption(at_=day(18))):
        assert held(stop, late, over) == {"m": (day(17), day(20))}
    found = held(suspension(at_=day(17)), interruption(at_=day(18)), resumption("s", day(20)))
    assert found == {"s": (day(17), day(20))}


def test_an_order_that_was_called_off_before_it_began_takes_the_place_of_nothing() -> None:
    whole = {"h": (day(17), day(28))}
    start, end = interruption(at_=day(17)), restoration("h", day(28))
    for order in (suspension(at_=day(18)), measure(at_=day(18))):
        off = resumption(order["metadata"]["id"], day(16))
        assert held(start, end, order, off) == whole
    assert held(suspension(), measure(at_=day(21)), resumption("m", day(20))) == {"s": (day(19), END)}


def test_an_end_that_is_dated_back_ends_the_order_when_it_is_received() -> None:
    come = {"m-over": day(21), "s-over": day(21), "h-over": day(21)}
    for order, end in (
        (measure(), resumption("m", day(19))),
        (suspension(at_=day(20)), resumption("s", day(19))),
        (interruption(at_=day(20)), restoration("h", day(19))),
    ):
        assert held(order, end, came=come) == {order["metadata"]["id"]: (day(20), day(21))}
    both = held(suspension(), measure(), resumption("m", day(19)), came=come)
    assert both == {"s": (day(19), day(20)), "m": (day(20), day(21))}


def test_an_order_that_is_dated_back_counts_from_its_receipt() -> None:
    for order in (measure(), suspension(at_=day(20)), interruption(at_=day(20))):
        name = order["metadata"]["id"]
        assert held(order, came={name: day(22)}) == {name: (day(22), END)}


def test_closed_public_access_counts_only_in_a_zone_in_which_the_public_has_an_address() -> None:
    close, over = measure(action="close_public_access"), resumption("m", LATER)
    assert held(close, over) == {"m": (day(20), LATER)}
    assert held(close, over, zone="extranet") == {}
    assert held(measure(), over, zone="extranet") == {"m": (day(20), LATER)}


def test_closed_public_access_counts_while_there_is_an_address() -> None:
    close = measure(at_=day(17), action="close_public_access")
    gone = changing("gone", day(19), action="remove_public_address", public_address="front")
    back = changing("back", day(22), action="add_public_address", public_address={"name": "front", "tier": "web"})
    assert held(close, *gone) == {"m": (day(17), day(19))}
    found = recorded(judged(registry([close, *gone, *back])), NOVEMBER)[SYSTEM].in_zone("internet").downs
    assert [(instant(one.span.start_s), instant(one.span.end_s)) for one in found] == [
        (day(17), day(19)),
        (day(22), END),
    ]


def test_closed_public_access_takes_the_place_of_nothing() -> None:
    close = measure(action="close_public_access")
    found = held(suspension(), close, resumption("m", LATER), resumption("s", day(21)))
    assert found == {"s": (day(19), day(21)), "m": (day(20), LATER)}


@pytest.mark.parametrize("action", ["stop", "close_public_access"])
def test_a_system_that_leaves_is_held_by_no_order_any_more(action: str) -> None:
    for order in (suspension(at_=day(20)), interruption(at_=day(20)), measure(action=action)):
        assert held(order, *leaving("2026-11-25")) == {order["metadata"]["id"]: (day(20), day(26, "00:00"))}


def test_an_order_that_gave_way_to_another_version_or_was_taken_back_counts_until_then() -> None:
    for order in (suspension(at_=day(20)), measure(), interruption(at_=day(20))):
        name, new = order["metadata"]["id"], following(order, "new")
        assert held(order, new, came={"new": day(22)}) == {name: (day(20), day(22)), "new": (day(22), END)}
        assert held(order, withdrawal(order), came={"w": day(22)}) == {name: (day(20), day(22))}


def test_an_order_that_holds_over_a_change_of_another_is_one_time() -> None:
    other = measure("m", day(17), action="close_public_access")
    found = held(suspension(), other, withdrawal(other), came={"w": day(22)})
    assert found == {"s": (day(19), END), "m": (day(17), day(22))}


def test_an_order_of_an_earlier_month_goes_on_in_this_one() -> None:
    before = recorded(judged(registry([suspension()])), Month(2026, 12).span)[SYSTEM]
    assert [(one.document, one.span) for one in before.downs] == [("s", Month(2026, 12).span)]


@pytest.mark.parametrize(
    ("action", "refused"), [("stop", {"m"}), ("other", set[str]())], ids=["refused", "carried out by people"]
)
def test_a_measure_that_stops_nothing_counts_nothing(action: str, refused: set[str]) -> None:
    assert held(measure(action=action), refused=frozenset(refused)) == {}


def test_a_suspension_that_was_refused_counts_nothing_and_a_resumption_that_was_refused_ends_nothing() -> None:
    order, over = suspension(at_=day(20)), resumption("s", LATER)
    assert held(order, over) == {"s": (day(20), LATER)}
    assert held(order, over, refused=frozenset({"s-over"})) == {"s": (day(20), END)}
    assert held(order, over, refused=frozenset({"s"})) == {}
