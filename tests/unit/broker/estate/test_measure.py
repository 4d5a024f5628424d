"""C-6(五): what a compulsory measure does to a system, and what ends it."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.check.difference import differences
from broker.check.manual import measures
from broker.check.meanings import MEANINGS
from broker.documents.security import CompulsoryMeasureOrderSpec
from broker.estate import lifecycle
from broker.estate.fold import fold
from broker.estate.manual import OpenMeasure, open_measures
from broker.estate.measure import ended, imposed, under
from broker.estate.platform import platform_of
from broker.estate.step import Change, go_on, halt
from broker.estate.system import RUNNING, Lifecycle, System
from broker.plan.stack import stack_specs
from broker.problem import Severity
from stacks.spec import Power, StackSpec
from tests.fixtures.demo_district import admissions, at, registry

ORDERED, ENDED = "2026-11-20T10:00", "2026-11-22T10:00"
HALL, HALL_INSIDE = "online-hall.internet.provider-a", "online-hall.extranet.provider-a"


def paper(kind: str, id_: str, **spec: Any) -> dict[str, Any]:
    metadata = {"id": id_, "filed_on": "2026-11-20", "filed_by": "office-clerk"}
    return {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}


def measure(id_: str = "m", **spec: Any) -> dict[str, Any]:
    said = {"rectification": "n", "measure": "停止运行", "effective_at": f"{ORDERED}:00+08:00", "reason": "逾期未整改"}
    return paper("CompulsoryMeasureOrder", id_, **(said | spec))


def resumption(of: str = "m") -> dict[str, Any]:
    at_ = f"{ENDED}:00+08:00"
    return paper("ResumptionOrder", f"{of}-over", suspension=of, effective_at=at_, reason="整改验收通过")


def replaced(before: dict[str, Any], id_: str) -> dict[str, Any]:
    return before | {"metadata": before["metadata"] | {"id": id_, "supersedes": before["metadata"]["id"]}}


def system_at(as_of: str, *papers: dict[str, Any], name: str = "online-hall") -> System:
    whole = registry(papers)
    found = fold(whole.filed, admissions(whole, at("2026-11-23T12:00")), at(as_of)).system(name)
    assert found is not None
    return found


def specs_at(as_of: str, *papers: dict[str, Any]) -> dict[str, StackSpec]:
    whole = registry(papers)
    estate = fold(whole.filed, admissions(whole, at("2026-11-23T12:00")), at(as_of))
    return {spec.name: spec for spec in stack_specs(estate, platform_of(whole))}


def attached(spec: StackSpec) -> set[bool]:
    return {address.attached for address in spec.public_addresses}


STOP = measure(action="stop", systems=["online-hall", "urban-v2"])
CLOSE = measure(action="close_public_access", systems=["online-hall"])


@pytest.mark.parametrize(
    ("as_of", "papers", "power"),
    [
        ("2026-11-20T09:59", (STOP,), Power.RUNNING),
        (ORDERED, (STOP,), Power.STOPPED),
        ("2026-11-22T09:59", (STOP, resumption()), Power.STOPPED),
        (ENDED, (STOP, resumption()), Power.RUNNING),
        ("2027-11-23T12:00", (STOP,), Power.STOPPED),
    ],
)
def test_a_stop_holds_for_each_named_system_from_its_order_to_its_resumption(
    as_of: str, papers: tuple[dict[str, Any], ...], power: Power
) -> None:
    found = specs_at(as_of, *papers)
    told = {found[name].power for name in (HALL, HALL_INSIDE, "urban-v2.extranet.provider-b")}
    assert told == {power}
    assert attached(found[HALL]) == {power is Power.RUNNING}


def test_a_stop_is_what_a_suspension_is_to_the_stacks() -> None:
    suspension = paper(
        "SuspensionOrder",
        "s",
        system="online-hall",
        finding="f",
        effective_at=f"{ORDERED}:00+08:00",
        reason="高风险",
    )
    assert specs_at(ORDERED, measure(action="stop", systems=["online-hall"])) == specs_at(ORDERED, suspension)


def test_a_stop_keeps_data_addresses_and_quota() -> None:
    before, after = specs_at("2026-11-20T09:59", STOP)[HALL], specs_at(ORDERED, STOP)[HALL]
    assert (after.tiers, after.buckets, after.kept_volumes, after.quota) == (
        before.tiers,
        before.buckets,
        before.kept_volumes,
        before.quota,
    )
    assert [address.name for address in after.public_addresses] == [a.name for a in before.public_addresses]


def test_closed_public_access_detaches_the_addresses_and_changes_nothing_else() -> None:
    before, after = specs_at("2026-11-20T09:59", CLOSE), specs_at(ORDERED, CLOSE)
    addresses = tuple(replace(address, attached=False) for address in before[HALL].public_addresses)
    assert after[HALL] == replace(before[HALL], public_addresses=addresses)
    assert addresses
    assert {name: spec for name, spec in after.items() if name != HALL} == {
        name: spec for name, spec in before.items() if name != HALL
    }
    assert specs_at(ENDED, CLOSE, resumption())[HALL] == before[HALL]


@pytest.mark.parametrize("action", ["stop", "close_public_access"])
def test_what_is_ended_before_it_begins_never_begins(action: str) -> None:
    to_come = measure(action=action, systems=["online-hall"], effective_at="2026-11-22T12:00:00+08:00")
    after = "2026-11-22T12:00"
    assert attached(specs_at(after, to_come)[HALL]) == {False}
    assert specs_at(after, to_come, resumption()) == specs_at(after)


def test_a_suspension_that_is_ended_before_it_begins_never_begins() -> None:
    said = {"system": "online-hall", "finding": "f", "effective_at": "2026-11-22T12:00:00+08:00", "reason": "高风险"}
    suspension = paper("SuspensionOrder", "s", **said)
    assert attached(specs_at("2026-11-22T12:00", suspension)[HALL]) == {False}
    assert specs_at("2026-11-22T12:00", suspension, resumption("s")) == specs_at("2026-11-22T12:00")


def test_access_that_two_measures_close_opens_when_both_have_ended() -> None:
    second = measure("m-2", action="close_public_access", systems=["online-hall"])
    assert attached(specs_at(ENDED, CLOSE, second, resumption())[HALL]) == {False}
    assert attached(specs_at(ENDED, CLOSE, second, resumption(), resumption("m-2"))[HALL]) == {True}


def test_a_suspension_that_ends_leaves_closed_access_closed() -> None:
    suspension = paper(
        "SuspensionOrder", "s", system="online-hall", finding="f", effective_at=f"{ORDERED}:00+08:00", reason="高风险"
    )
    spec = specs_at(ENDED, suspension, CLOSE, resumption("s"))[HALL]
    assert (spec.power, attached(spec)) == (Power.RUNNING, {False})


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (STOP, {("online-hall", "system", "lifecycle=production -> compelled")}),
        (CLOSE, {("online-hall", "public address", "closed=- -> yes")}),
    ],
)
def test_a_review_tells_what_a_measure_does(order: dict[str, Any], told: set[tuple[str, str, str]]) -> None:
    whole, as_of = registry([order]), at(ORDERED)
    known = admissions(whole, at("2026-11-23T12:00"))
    before, after = fold(registry().filed, known, as_of), fold(whole.filed, known, as_of)
    found = {(one.system, one.kind, one.told) for one in differences(before, after)}
    assert told == {one for one in found if one[0] == "online-hall"}


def test_an_order_in_words_alone_changes_no_stack() -> None:
    assert specs_at(ORDERED, measure()) == specs_at(ORDERED)
    assert specs_at(ORDERED, measure(action="other", systems=["online-hall"])) == specs_at(ORDERED)


def test_what_stands_behind_a_stopped_system_is_its_order() -> None:
    system = system_at(ORDERED, STOP)
    assert (system.lifecycle, system.suspended_by, system.halted_in) == (
        Lifecycle.COMPELLED,
        "m",
        Lifecycle.PRODUCTION,
    )
    assert system.matters[-1] == "m"
    assert under(system, "m")
    assert not under(system, "another")


def test_a_stop_takes_the_place_of_a_suspension_and_its_end_ends_both() -> None:
    stop = measure(action="stop", systems=["haitang-site"])
    held = system_at(ORDERED, stop, name="haitang-site")
    assert (held.lifecycle, held.suspended_by) == (Lifecycle.COMPELLED, "m")
    over = resumption("haitang-site-suspension-2026")
    assert system_at(ENDED, stop, over, name="haitang-site").lifecycle is Lifecycle.COMPELLED
    assert system_at(ENDED, stop, resumption(), name="haitang-site").lifecycle is Lifecycle.PRODUCTION


def test_a_system_that_left_is_not_brought_back_by_a_measure() -> None:
    for action in ("stop", "close_public_access"):
        found = system_at(ORDERED, measure(action=action, systems=["urban-v1"]), name="urban-v1")
        assert (found.lifecycle, found.closed_by) == (Lifecycle.EXITING, ())


def order(action: str) -> CompulsoryMeasureOrderSpec:
    said = {"rectification": "n", "action": action, "measure": "m", "effective_at": at(ORDERED), "reason": "r"}
    return CompulsoryMeasureOrderSpec.model_validate(said)


@cache
def the_system() -> System:
    return system_at(ORDERED)


def pair(kind: str, name: str) -> tuple[Change, Change]:
    """What an order does to a system, and what its end does."""
    if kind == "suspend":
        return halt(lifecycle.SUSPENSION, name), go_on(lifecycle.RESUMPTION, f"{name}-over", name)
    if kind == "interrupt":
        return halt(lifecycle.INTERRUPTION, name), go_on(lifecycle.RESTORATION, f"{name}-over", name)
    begins, ends = imposed(order(kind), name), ended(order(kind), name, f"{name}-over")
    assert begins is not None
    assert ends is not None
    return begins, ends


@given(
    stage=st.sampled_from(sorted(RUNNING)),
    kinds=st.lists(st.sampled_from(["stop", "close_public_access", "suspend", "interrupt"]), max_size=5),
    data=st.data(),
)
def test_whatever_orders_come_when_all_have_ended_the_system_is_as_it_was(
    stage: Lifecycle, kinds: list[str], data: st.DataObject
) -> None:
    orders = {f"order-{n}": pair(kind, f"order-{n}") for n, kind in enumerate(kinds)}
    before = replace(the_system(), lifecycle=stage)
    system: System | None = before
    for begins, _ in orders.values():
        system = begins(system)
    for name in data.draw(st.permutations(list(orders))):
        system = orders[name][1](system)
        assert system is not None
        assert not under(system, name)
        assert system.deployments == before.deployments
    assert system is not None
    assert replace(system, matters=()) == replace(before, matters=())


def open_at(as_of: str, *papers: dict[str, Any]) -> tuple[OpenMeasure, ...]:
    whole = registry(papers)
    return open_measures(whole, admissions(whole, at("2026-11-23T12:00")), at(as_of))


BY_PEOPLE = measure(measure="约谈主要负责人", systems=["urban-v2"])
DONE = paper("Completion", "done", matter="m", completed_at="2026-11-21T10:00:00+08:00")
ACCEPTED = paper("RectificationAcceptance", "ok", rectification="n", finder_agrees=True, accepted_on="2026-11-21")


def test_what_people_carry_out_is_open_until_they_say_that_it_is_done() -> None:
    (found,) = open_at(ORDERED, BY_PEOPLE)
    assert found == OpenMeasure("m", ("urban-v2",), "约谈主要负责人", at(ORDERED))
    assert open_at(ORDERED, BY_PEOPLE, DONE) == ()
    assert open_at(ORDERED, BY_PEOPLE, ACCEPTED) == ()


def test_what_people_carry_out_is_done_whichever_version_a_paper_names() -> None:
    notice = paper("RectificationNotice", "n", addressee="urban-mgmt", limit="2026-11-19", demand="关闭弱口令账户")
    extended, anew = replaced(notice, "n-2"), replaced(BY_PEOPLE, "m-2")
    assert [one.order for one in open_at(ORDERED, notice, extended, BY_PEOPLE, anew)] == ["m-2"]
    assert open_at(ORDERED, notice, extended, BY_PEOPLE, anew, DONE) == ()
    by_new = replaced(ACCEPTED, "ok-2") | {"spec": ACCEPTED["spec"] | {"rectification": "n-2"}}
    assert open_at(ORDERED, notice, extended, BY_PEOPLE, ACCEPTED, by_new) == ()


def test_the_door_says_of_an_order_in_words_alone_that_the_broker_does_nothing() -> None:
    (told,) = measures(registry([BY_PEOPLE]))
    assert (told.code, told.severity, told.place.field) == ("MEASURE_BY_PEOPLE", Severity.NOTICE, "spec.measure")
    assert "people carry it out on urban-v2" in told.fact
    assert told.cure == MEANINGS[told.code].cure
    for papers in ([STOP], [CLOSE], [BY_PEOPLE, DONE], [BY_PEOPLE, ACCEPTED]):
        assert list(measures(registry(papers))) == []


def test_what_the_broker_carries_out_waits_for_nobody() -> None:
    assert open_at(ORDERED, STOP, measure("m-2", action="close_public_access", systems=["online-hall"])) == ()


def test_a_measure_that_was_refused_or_is_to_come_is_not_open() -> None:
    whole = registry([BY_PEOPLE])
    refused = admissions(whole, at("2026-11-23T12:00"), admit=lambda id_: id_ != "m")
    assert open_measures(whole, refused, at("2026-11-23T12:00")) == ()
    assert open_at("2026-11-20T09:59", BY_PEOPLE) == ()
