"""Buckets of the demo district: how full they are, what is advised, and what the next month says of it."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from monitoring.metering.facts import MonthFacts, facts_from, written
from monitoring.metering.gather import Sources, gather
from monitoring.metering.period import Month
from monitoring.metering.policy import shipped
from monitoring.utilisation.source import Stored
from tests.fixtures.orders import paper
from tests.unit.monitoring.metering.month import OCTOBER, POLICY, buckets, facts, registry, usages, use

GIB = 1 << 30
HALL = "gov-service$online-hall-internet/online-hall-internet-objects"
PLACE = ("online-hall/internet", "online-hall-internet-objects")
QUOTA_GIB = 512
LONG_AGO = OCTOBER.start - timedelta(days=200)
GRADES = [(39.9, "low"), (40, "reasonable"), (85, "reasonable"), (85.1, "tight"), (0, "low"), (101, "tight")]


def month(used_gib: float | None, which: Month = OCTOBER, *, since: datetime = LONG_AGO, **changed: Any) -> MonthFacts:
    """The month's facts with a bucket of 512 GiB in which so much lies; None: no store tells."""
    stored = {} if used_gib is None else {PLACE: round(used_gib * GIB)}
    values = {"usages": (*usages(since=since), *buckets(since=since)), "use": use(stored=stored), **changed}
    return facts(month=which, **values)


def earlier(*used_gib: float | None, **changed: Any) -> tuple[MonthFacts, ...]:
    """Closed months before October, the newest first."""
    found, which = [], OCTOBER
    for used in used_gib:
        which = which.before
        found.append(month(used, which, **changed))
    return tuple(found)


@pytest.mark.parametrize(("per_cent", "verdict"), GRADES)
def test_a_bucket_is_judged_by_its_share_of_its_limit(per_cent: float, verdict: str) -> None:
    (one,) = (r for r in month(QUOTA_GIB * per_cent / 100).resources if r.external_id == HALL)
    assert (one.verdict, one.amount) == (verdict, {"object_gib": QUOTA_GIB})
    assert one.used_bytes == round(QUOTA_GIB * per_cent / 100 * GIB)
    assert one.used_ratio == pytest.approx(per_cent / 100, abs=1e-6)


def test_a_bucket_of_which_no_store_tells_is_insufficient_and_never_low() -> None:
    found = month(None, earlier=earlier(None, None, None))
    assert {(r.verdict, r.used_bytes) for r in found.resources if r.kind == "bucket"} == {("insufficient", None)}
    assert (found.advice, found.excluded) == ((), ())
    hall = found.of_system("online-hall", "internet")
    assert hall is not None
    assert hall.used_bucket_bytes is None


class Store:
    """A store that tells of these buckets."""

    def __init__(self, name: str, *told: Stored) -> None:
        self.name = name
        self._told = told

    def stored(self) -> tuple[Stored, ...]:
        return self._told


def test_what_the_stores_tell_is_kept_by_bucket_and_summed_by_project() -> None:
    gateway = Store("gateway", Stored(PLACE[0], PLACE[1], 300 * GIB, 7), Stored(PLACE[0], "by-hand", 2 * GIB, 1))
    swift = Store("swift", Stored("elderly-care/extranet", "elderly-care-extranet-objects", GIB, 1))
    # two profiles of one gateway tell of the same buckets
    sources = Sources(lambda _provider, _zone: None, None, (gateway, swift, gateway), lambda _provider, _zone: "")
    told = gather((), OCTOBER, sources, POLICY.idle_advice)
    assert told.sources == ("gateway", "ledger", "swift")
    found = month(None, use=replace(use(), stored=told.stored))
    known = {r.external_id: r.used_bytes for r in found.resources if r.used_bytes is not None}
    assert sorted(known.values()) == [GIB, 300 * GIB]
    hall, hall_inside = (found.of_system("online-hall", zone) for zone in ("internet", "extranet"))
    assert hall is not None
    assert hall_inside is not None
    assert (hall.used_bucket_bytes, hall_inside.used_bucket_bytes) == (302 * GIB, None)


def test_a_container_of_swift_is_known_by_its_name_alone() -> None:
    swift = tuple(
        replace(u, taking=replace(u.taking, external_id=u.taking.external_id.partition("/")[2])) for u in buckets()
    )
    found = month(300, usages=swift, accepted="-")
    assert [r.used_bytes for r in found.resources if r.external_id == PLACE[1]] == [300 * GIB]


def test_a_bucket_over_the_mark_is_advised_a_limit_that_it_would_fit_in() -> None:
    (one,) = month(500).advice
    assert (one.kind, one.external_id, one.quota_gib, one.proposed_quota_gib) == ("enlarge", HALL, 512, 715)
    assert one.evidence == {"used_bytes": 500 * GIB, "used_ratio": 0.976562}
    assert one.predicted == {"used_ratio": 0.699301}
    assert (one.saving, one.saving_yuan_per_month) == ({"object_gib": -203}, "-16.24")
    assert (one.flavor, one.proposed_flavor, one.state) == ("", "", "open")


def test_a_new_bucket_that_is_full_is_advised_on_at_once() -> None:
    (one,) = month(500, since=OCTOBER.start + timedelta(days=3)).advice
    assert one.kind == "enlarge"


def test_a_smaller_limit_is_advised_after_three_low_months_and_not_before() -> None:
    assert month(100).advice == month(100, earlier=earlier(90)).advice == ()
    (one,) = month(100, earlier=earlier(90, 140)).advice
    assert (one.kind, one.quota_gib, one.proposed_quota_gib) == ("shrink", 512, 200)
    assert one.evidence == {
        "used_bytes": 100 * GIB,
        "used_ratio": 0.195312,
        "months": 3,
        "most_used_bytes": 140 * GIB,
    }
    assert (one.saving, one.saving_yuan_per_month) == ({"object_gib": 312}, "24.96")


@pytest.mark.parametrize("before", [(300, 100), (100, 300), (None, 100), (100, None)])
def test_one_month_that_was_not_low_or_not_known_is_enough_for_no_advice(before: tuple[float | None, ...]) -> None:
    assert month(100, earlier=earlier(*before)).advice == ()


def test_a_month_in_which_the_limit_was_another_says_nothing_of_this_one() -> None:
    other = tuple(
        replace(u, taking=replace(u.taking, amount=replace(u.taking.amount, object_gib=1024)))
        if u.taking.external_id == HALL
        else u
        for u in buckets(since=LONG_AGO)
    )
    (september,) = earlier(100, usages=(*usages(since=LONG_AGO), *other))
    (_, august) = earlier(100, 100)
    assert month(100, earlier=(september, august)).advice == ()


def test_a_bucket_that_is_new_is_left_alone_and_said_so() -> None:
    since = Month(2026, 8).start + timedelta(days=1)
    found = month(100, since=since, earlier=earlier(100, 100, since=since))
    assert found.advice == ()
    assert [(one.external_id, one.kind, one.reason) for one in found.excluded] == [(HALL, "shrink", "grace")]


def test_a_limit_that_is_the_smallest_already_is_left_and_said_so() -> None:
    tiny = tuple(
        replace(u, taking=replace(u.taking, amount=replace(u.taking.amount, object_gib=1)))
        if u.taking.external_id == HALL
        else u
        for u in buckets(since=LONG_AGO)
    )
    known = (*usages(since=LONG_AGO), *tiny)
    found = month(0.1, usages=known, earlier=earlier(0.1, 0.1, usages=known))
    assert found.advice == ()
    assert [(one.external_id, one.reason) for one in found.excluded] == [(HALL, "smallest")]


def key_period() -> dict[str, Any]:
    """October's key period of the zone."""
    head = {"id": "kp-2026-10", "filed_on": "2026-09-01", "filed_by": "office-clerk"}
    spec = {
        "name_zh": "国庆重保",
        "first_day": "2026-10-01",
        "last_day": "2026-10-08",
        "zones": ["internet"],
        "measures": "值守",
    }
    return {"apiVersion": "govcloud/v1", "kind": "KeyPeriod", "metadata": head, "spec": spec}


def test_in_a_key_period_nothing_is_advised_to_shrink_and_what_is_full_still_to_grow() -> None:
    told = registry((key_period(),))
    found = month(100, registry=told, earlier=earlier(100, 100))
    assert [(one.kind, one.reason) for one in found.excluded] == [("shrink", "key_period")]
    assert [one.kind for one in month(500, registry=told).advice] == ["enlarge"]


def test_of_a_system_that_stands_still_nothing_is_advised() -> None:
    said = {"system": "online-hall", "finding": "f", "effective_at": "2026-10-20T10:00:00+08:00", "reason": "高风险"}
    told = registry((paper("SuspensionOrder", "s", "2026-10-19", **said),))
    for used, kind in ((500, "enlarge"), (100, "shrink")):
        found = month(used, registry=told, earlier=earlier(100, 100))
        assert found.advice == ()
        assert [(one.kind, one.reason) for one in found.excluded if one.external_id == HALL] == [(kind, "halted")]
        assert [one.kind for one in month(used, earlier=earlier(100, 100)).advice] == [kind], "while it runs"


def test_a_bucket_stands_by_with_all_servers_of_its_stack_and_not_with_some() -> None:
    stack = "online-hall.internet.provider-a"
    servers = [u.taking.external_id for u in usages() if u.stack == stack and u.taking.type.endswith("Server")]

    def stopped(which: list[str]) -> MonthFacts:
        known = tuple(
            replace(u, taking=replace(u.taking, running=u.taking.external_id not in which))
            for u in usages(since=LONG_AGO)
        )
        return month(100, usages=(*known, *buckets(since=LONG_AGO)), earlier=earlier(100, 100))

    assert [one.reason for one in stopped(servers).excluded if one.external_id == HALL] == ["dr_standby"]
    assert [one.kind for one in stopped(servers[1:]).advice if one.external_id == HALL] == ["shrink"]


def test_while_its_zone_has_an_elastic_window_a_bucket_is_not_advised_to_shrink() -> None:
    june, place = Month(2026, 6), ("enrolment/internet", "enrolment-internet-objects")
    before: tuple[MonthFacts, ...] = ()
    for which in (june.before.before, june.before, june):
        before = (
            month(None, which, use=use(stored={place: GIB}), since=LONG_AGO - timedelta(days=99), earlier=before),
            *before,
        )
    assert [(one.system, one.reason) for one in before[0].excluded] == [("enrolment", "elastic_window")]


def test_what_was_given_back_within_the_month_is_not_advised_on() -> None:
    gone = tuple(replace(u, ended_at=OCTOBER.start + timedelta(days=20)) for u in buckets(since=LONG_AGO))
    found = month(500, usages=(*usages(since=LONG_AGO), *gone))
    assert [r.verdict for r in found.resources if r.external_id == HALL] == ["tight"]
    assert found.advice == ()


def test_the_same_advice_keeps_its_id_and_what_came_of_it_is_told() -> None:
    (september,) = earlier(500)
    october = month(501, earlier=(september,))
    (given,), (again,) = september.advice, october.advice
    assert (again.id, again.first_month, given.id) == (given.id, "2026-09", f"enlarge:{HALL}:2026-09")
    (told,) = october.realised
    assert (told.advice, told.state, told.saving) == (given.id, "open", {"object_gib": 0})
    larger = tuple(
        moved
        for u in buckets(since=LONG_AGO)
        for moved in (
            (
                replace(u, ended_at=OCTOBER.start + timedelta(days=9)),
                replace(
                    u,
                    started_at=OCTOBER.start + timedelta(days=9),
                    taking=replace(u.taking, amount=replace(u.taking.amount, object_gib=715)),
                ),
            )
            if u.taking.external_id == HALL
            else (u,)
        )
    )
    done = month(501, usages=(*usages(since=LONG_AGO), *larger), earlier=(september,))
    (told,) = done.realised
    assert (told.state, told.saving, told.saving_yuan_per_month) == ("carried_out", {"object_gib": -203}, "-16.24")
    assert done.advice == ()


def test_a_policy_without_marks_judges_no_bucket_but_keeps_what_was_used() -> None:
    found = month(500, policy=shipped()[0], earlier=earlier(500))
    (one,) = (r for r in found.resources if r.external_id == HALL)
    assert (one.verdict, one.used_bytes, found.advice) == ("reasonable", 500 * GIB, ())


def test_facts_say_of_servers_nothing_that_is_of_buckets_and_read_back_as_they_are() -> None:
    found = month(500)
    assert facts_from(written(found)) == found
    raw = json.loads(written(found))
    told = {(one["kind"], "used_bytes" in one, "used_ratio" in one) for one in raw["resources"]}
    assert {one for one in told if one[0] != "bucket"} == {("server", False, False), ("volume", False, False)}
    assert {one for one in told if one[0] == "bucket"} == {("bucket", True, True), ("bucket", False, False)}
    assert [{"quota_gib", "proposed_quota_gib"} <= one.keys() for one in raw["advice"]] == [True]
