"""Orders that change nothing: what stands in their way is told wherever somebody looks for what they do."""

from typing import Any

import pytest

from broker.check import moot
from broker.cli.dossier import case_lines
from broker.cli.problems import Format
from broker.cli.review import written
from broker.dossier import dossier, with_orders
from broker.estate.moot import Moot, moot_orders
from broker.estate.platform import platform_of
from broker.estate.system import Lifecycle
from broker.problem import Severity
from tests.fixtures.demo_district import admissions, at, registry
from tests.fixtures.orders import (
    SYSTEM,
    day,
    following,
    interruption,
    judged,
    leaving,
    measure,
    resumption,
    suspension,
    withdrawal,
)
from tests.unit.broker.check.test_base import reviewed

CLOSE = "close_public_access"
DAY = "2026-11-23T12:00"


def found(*papers: dict[str, Any]) -> dict[str, Moot]:
    whole = registry(papers)
    told = moot_orders(whole.filed, admissions(whole, at("2026-12-31T00:00")))
    assert len({one.order for one in told}) == len(told)
    return {one.order: one for one in told}


@pytest.mark.parametrize(
    ("papers", "stage", "by"),
    [
        ((measure("m", day(18)), suspension("late", day(19))), Lifecycle.COMPELLED, "m"),
        ((measure("m", day(18)), measure("late", day(19))), Lifecycle.COMPELLED, "m"),
        ((suspension("s", day(18)), suspension("late", day(19))), Lifecycle.SUSPENDED, "s"),
        ((suspension("s", day(18)), interruption("late", day(19))), Lifecycle.SUSPENDED, "s"),
        ((*leaving("2026-11-18"), suspension("late", day(19))), Lifecycle.EXITING, "x"),
        ((*leaving("2026-11-18"), measure("late", day(19), CLOSE)), Lifecycle.EXITING, "x"),
    ],
)
def test_an_order_that_finds_its_system_stopped_or_leaving_is_moot(
    papers: tuple[dict[str, Any], ...], stage: Lifecycle, by: str
) -> None:
    (one,) = found(*papers).values()
    assert (one.order, one.system, one.at, one.stage, one.by) == ("late", SYSTEM, at("2026-11-19T10:00"), stage, by)
    assert one.fact == f"it changes nothing: when it takes effect {SYSTEM} is {stage} by {by} already"
    assert ("has ended" in one.cure) == (stage is not Lifecycle.EXITING)


@pytest.mark.parametrize(
    "papers",
    [
        (suspension("s", day(19)),),
        (suspension("s", day(18)), measure("takes-its-place", day(19))),
        (interruption("h", day(18)), suspension("takes-its-place", day(19))),
        (suspension("s", day(18)), measure("closes-besides", day(19), CLOSE)),
        (measure("m", day(18), CLOSE), measure("closes-too", day(19), CLOSE)),
        (suspension("s", day(16)), resumption("s", day(18)), suspension("anew", day(19))),
        (suspension("s", day(18)), suspension("to-come", day(21)), resumption("to-come", day(20))),
        (suspension("s", day(16)), *leaving("2026-11-18")),
    ],
)
def test_an_order_that_holds_or_was_called_off_is_not_moot(papers: tuple[dict[str, Any], ...]) -> None:
    assert found(*papers) == {}


def test_what_people_carry_out_is_not_moot_whatever_its_system_is_doing() -> None:
    assert found(measure("m", day(18)), measure("by-people", day(19), "other")) == {}


def test_an_order_is_moot_until_it_is_taken_back_or_has_a_version_that_holds() -> None:
    first, late = suspension("s", day(18)), suspension("late", day(19))
    over, anew = resumption("s", day(20)), following(suspension("late", day(21)), "late-2")
    assert set(found(first, late, over)) == {"late"}
    assert found(first, late, over, anew) == {}
    assert found(first, late, withdrawal(late)) == {}


def test_an_order_for_a_system_that_never_was_is_moot() -> None:
    (one,) = found(measure() | {"spec": measure()["spec"] | {"systems": ["nobody"]}}).values()
    assert (one.stage, one.by, one.cure) == (None, None, "withdraw it")
    assert one.fact == "it changes nothing: there is no nobody when it takes effect"


def test_an_order_that_was_not_admitted_is_none() -> None:
    whole = registry([suspension("s", day(18)), suspension("late", day(19))])
    refused = admissions(whole, at("2026-12-31T00:00"), admit=lambda id_: id_ != "late")
    assert moot_orders(whole.filed, refused) == ()


def test_the_case_of_a_system_tells_of_orders_that_do_nothing_to_it() -> None:
    whole = judged(registry([suspension("s", day(18)), suspension("late", day(19))]))
    shapes, as_of = platform_of(whole).flavors, at("2026-11-23T12:00")
    case = with_orders(whole, dossier(whole, "online-hall-request", shapes, as_of))
    (told,) = case.moot
    assert (told.order, told.by) == ("late", "s")
    assert f"  order late of 2026-11-19 10:00: {told.fact}; {told.cure}" in case_lines(case)
    assert with_orders(whole, dossier(whole, "grid-governance-request", shapes, as_of)).moot == ()


def test_the_door_tells_where_an_order_that_does_nothing_names_its_system() -> None:
    whole = judged(registry([suspension("s", day(18)), interruption("late", day(19))]))
    (told,) = moot.orders(whole, ())
    assert (told.code, told.severity, told.place.field) == ("ORDER_MOOT", Severity.NOTICE, "spec.systems[0]")
    assert told.place.path == "extra/1.yaml"


def test_a_review_tells_of_the_orders_that_the_change_makes_moot_and_of_no_other() -> None:
    first, late = suspension("s", day(25)), suspension("late", day(27))
    review = reviewed(DAY, (first,), late)
    (told,) = (problem for problem in review.problems if problem.code == "ORDER_MOOT")
    assert told.fact == f"it changes nothing: when it takes effect {SYSTEM} is suspended by s already"
    assert f"ORDER_MOOT: {told.fact}" in written(review, Format.TEXT)
    assert "ORDER_MOOT" in written(review, Format.MARKDOWN)
    # one of the base that the change makes moot, and one that is moot without it
    (told,) = (p for p in reviewed(DAY, (late,), first).problems if p.code == "ORDER_MOOT")
    assert "suspended by s" in told.fact
    assert "ORDER_MOOT" not in {
        problem.code for problem in reviewed(DAY, (first, late), measure("w", day(26), "other")).problems
    }
