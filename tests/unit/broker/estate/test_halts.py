"""When an order held a system: what the folds of all instants say, told at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.documents.envelope import Spec
from broker.estate.cases import Admission
from broker.estate.fold import fold
from broker.estate.halts import halts
from broker.estate.measure import CLOSABLE
from broker.estate.moot import moot_orders
from broker.estate.system import HALTED
from broker.registry.filed import Filed
from tests.fixtures.demo_district import at, documents, filed, received
from tests.fixtures.orders import (
    SYSTEM,
    following,
    interruption,
    leaving,
    measure,
    restoration,
    resumption,
    suspension,
    withdrawal,
)

START, END = at("2026-11-01T00:00"), at("2026-12-01T00:00")
QUARTER_DAYS = 120
Came = tuple[int, dict[str, Any]]
"""A paper with the quarter of a day, counted from the month's beginning, in which it is received."""


def quarter(number: int) -> datetime:
    return START + timedelta(hours=6 * number)


def order(kind: str, id_: str, at_: int) -> dict[str, Any]:
    effective_at = quarter(at_).isoformat()
    match kind:
        case "suspension":
            return suspension(id_, effective_at)
        case "interruption":
            return interruption(id_, effective_at)
        case _:
            return measure(id_, effective_at, action=kind)


def end(kind: str, of: str, at_: int) -> dict[str, Any]:
    ended = restoration if kind == "interruption" else resumption
    return ended(of, quarter(at_).isoformat())


KINDS = st.sampled_from(["suspension", "interruption", "stop", "close_public_access"])
INSTANTS = st.integers(-8, QUARTER_DAYS + 8)


@st.composite
def papers(draw: st.DrawFn) -> list[Came]:
    """Orders that begin, end, give way to versions and are taken back in any order; and a system that may leave."""
    found: list[Came] = []
    for number, kind in enumerate(draw(st.lists(KINDS, min_size=1, max_size=4))):
        name, came = f"order-{number}", draw(INSTANTS)
        first = order(kind, name, draw(INSTANTS))
        found.append((came, first))
        if draw(st.booleans()):
            found.append((draw(INSTANTS), end(kind, name, draw(INSTANTS))))
        match draw(st.sampled_from(["stays", "stays", "following", "withdrawn"])):
            case "following":
                found.append((draw(st.integers(came, came + 60)), following(first, f"{name}-anew")))
            case "withdrawn":
                back = withdrawal(first)
                back = back | {"metadata": back["metadata"] | {"id": f"{name}-back"}}
                found.append((draw(st.integers(came, came + 60)), back))
    if draw(st.booleans()):
        day = quarter(draw(st.integers(0, QUARTER_DAYS))).date()
        found += [(-8, one) for one in leaving(str(day))]
    return sorted(found, key=lambda one: one[0])


@cache
def around() -> tuple[Filed[Spec], ...]:
    """What the system is made of without any of these papers."""
    return tuple(f for f in documents() if received(f) < START and _of_the_system(f))


def _of_the_system(document: Filed[Spec]) -> bool:
    spec = document.spec
    return SYSTEM in str(spec) or "online-hall-request" in str(spec)


def registry(found: Sequence[Came]) -> tuple[tuple[Filed[Spec], ...], dict[str, Admission]]:
    number = len(around())
    new = [filed(raw, f"extra/{n}.yaml", number + n) for n, (_, raw) in enumerate(found)]
    known = {f.digest: Admission(received(f), admitted=True) for f in around()}
    known |= {f.digest: Admission(quarter(came), admitted=True) for f, (came, _) in zip(new, found, strict=True)}
    return (*around(), *new), known


def by_the_fold(documents: Sequence[Filed[Spec]], known: dict[str, Admission], instant: datetime) -> set[str]:
    """The orders that hold then, by what had come by then."""
    came = [f for f in documents if known[f.digest].received_at <= instant]
    system = fold(came, known, instant).system(SYSTEM)
    assert system is not None
    still = {system.suspended_by} if system.lifecycle in HALTED else set[str | None]()
    closed = system.closed_by if system.lifecycle in CLOSABLE else ()
    return {one for one in (*still, *closed) if one is not None}


@settings(max_examples=40)
@given(papers())
def test_at_each_instant_an_order_holds_exactly_if_the_fold_of_that_instant_says_so(found: list[Came]) -> None:
    documents, known = registry(found)
    told = halts(documents, known, START, END)
    for instant in map(quarter, range(QUARTER_DAYS)):
        held = {one.hold.order for one in told if one.hold.system == SYSTEM if one.start <= instant < one.end}
        assert held == by_the_fold(documents, known, instant), instant


@settings(max_examples=20)
@given(papers())
def test_an_order_that_changes_nothing_holds_at_no_instant(found: list[Came]) -> None:
    documents, known = registry(found)
    moot = {one.order for one in moot_orders(documents, known)}
    for instant in map(quarter, range(0, QUARTER_DAYS, 2) if moot else ()):
        system = fold(documents, known, instant).system(SYSTEM)
        assert system is None or moot.isdisjoint({system.suspended_by, *system.closed_by}), instant
