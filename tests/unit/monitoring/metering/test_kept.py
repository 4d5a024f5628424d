"""Volumes of the demo district that no server has: how long they are kept, and when it is advised to end that."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from monitoring.metering.facts import MonthFacts
from monitoring.metering.kept import Kept, kept_volumes
from monitoring.metering.period import Month
from monitoring.metering.policy import shipped
from tests.unit.monitoring.metering.month import OCTOBER, data_disks, disk_given_back, facts, registry, usages

JULY, AUGUST, SEPTEMBER = (date(2026, month, 10) for month in (7, 8, 9))
DISKS = {("assistance-check", "extranet", f"volume-db-{n}-data") for n in (1, 2)}


def month(day: date | None, which: Month = OCTOBER, **changed: Any) -> MonthFacts:
    """The month's facts where both disks were given back on a day, or never."""
    papers = disk_given_back(day) if day else ()
    values = {"registry": registry(papers), "usages": (*usages(), *data_disks()), **changed}
    return facts(month=which, **values)


def test_a_volume_that_lost_its_server_is_kept_from_that_months_end_on() -> None:
    known = registry(disk_given_back(SEPTEMBER))
    assert kept_volumes(known, Month(2026, 8), 3) == {}
    assert kept_volumes(known, Month(2026, 9), 3) == dict.fromkeys(DISKS, Kept(1, None))
    assert kept_volumes(known, OCTOBER, 3) == dict.fromkeys(DISKS, Kept(2, None))
    assert kept_volumes(known, OCTOBER, 1) == dict.fromkeys(DISKS, Kept(1, None))
    assert kept_volumes(registry(disk_given_back(JULY)), OCTOBER, 3) == dict.fromkeys(DISKS, Kept(3, None))


def test_its_hand_over_is_advised_at_the_third_month_end_and_not_before() -> None:
    assert [month(day).advice for day in (None, SEPTEMBER)] == [(), ()]
    first, second = month(AUGUST).advice
    assert {(one.system, one.zone, one.resource) for one in (first, second)} == DISKS
    assert (first.kind, first.state, first.evidence, first.predicted) == ("release", "open", {"kept_months": 3}, {})
    assert first.saving == {"block_gib": 500, "block_high_performance_gib": 500}
    assert first.id == "release:v/db-1-data:2026-10"
    assert (first.quota_gib, first.proposed_flavor) == (None, "")


def test_it_saves_what_the_contract_asks_for_its_tier_and_once() -> None:
    found = month(AUGUST)
    price = next(one.price_yuan_per_month for one in found.costs if one.item == "block-high-performance")
    assert price is not None
    assert [one.saving_yuan_per_month for one in found.advice] == [f"{500 * float(price):.2f}"] * 2


@pytest.mark.parametrize(
    ("until", "days_over"), [("2026-10-30", 1), ("2026-10-31", 0), ("2026-11-01", None), ("2027-06-30", None)]
)
def test_a_day_that_the_form_names_is_waited_for_and_no_longer(until: str, days_over: int | None) -> None:
    told = [
        month(None, registry=registry(disk_given_back(day, "keep_until", until))).advice for day in (JULY, SEPTEMBER)
    ]
    found = [[one.evidence["days_over"] for one in advice] for advice in told]
    assert found == [[] if days_over is None else [days_over] * 2] * 2


def test_a_volume_that_is_gone_from_the_ledger_is_not_advised_on() -> None:
    gone = tuple(replace(u, ended_at=OCTOBER.start + timedelta(days=20)) for u in data_disks())
    assert month(AUGUST, usages=(*usages(), *gone)).advice == ()


def test_the_same_advice_stands_until_the_volume_is_gone_and_then_it_was_carried_out() -> None:
    october, november = month(AUGUST), OCTOBER.next
    again = month(AUGUST, november, earlier=(october,), accepted="-")
    assert [(one.id, one.first_month) for one in again.advice] == [(one.id, "2026-10") for one in october.advice]
    assert {one.state for one in again.realised} == {"open"}
    gone = tuple(replace(u, ended_at=november.start + timedelta(days=3)) for u in data_disks())
    done = month(AUGUST, november, usages=(*usages(), *gone), earlier=(october,), accepted="-")
    assert done.advice == ()
    assert [(one.state, one.saving, one.saving_yuan_per_month) for one in done.realised] == [
        ("carried_out", dict(one.saving), one.saving_yuan_per_month) for one in october.advice
    ]


def test_a_policy_that_says_nothing_of_them_leaves_them_alone() -> None:
    assert month(AUGUST, policy=shipped()[0]).advice == ()
