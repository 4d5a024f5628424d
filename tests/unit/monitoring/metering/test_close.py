"""October of the demo district, closed: what the facts say, and what they never say."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import yaml

from broker.documents.kinds import DOCUMENTS
from monitoring.metering.close import CoverageLow
from monitoring.metering.facts import digest_of, facts_from, written
from monitoring.metering.papers import papers
from tests.fixtures.orders import measure
from tests.unit.monitoring.metering.month import OCTOBER, STEPS, books, facts, reading, registry, usages, use

SERVERS = [u for u in usages() if u.taking.type.endswith("Server")]
FIRST = SERVERS[0].taking.external_id
IDLE = {"cpu": reading(0.01, 0.02), "memory": reading(0.1, 0.12)}
LOW = {"cpu": reading(0.08, 0.15), "memory": reading(0.2, 0.25)}
FULL = {"cpu": reading(0.7, 0.95), "memory": reading(0.6, 0.7)}


def test_the_same_values_give_the_same_bytes_and_the_bytes_the_same_facts() -> None:
    first, again = facts(), facts()
    assert written(first) == written(again)
    assert facts_from(written(first)) == first
    assert digest_of(first) == digest_of(again)


def test_every_server_is_there_with_its_seconds_and_its_figures() -> None:
    found = [one for one in facts().resources if one.kind == "server"]
    assert len(found) == len(SERVERS) > 30
    assert {one.existed_s for one in found} == {OCTOBER.span.seconds}
    assert all(one.amount_s["vcpu"] == one.amount["vcpu"] * OCTOBER.span.seconds for one in found)
    assert {(one.statistics["cpu"].coverage, one.statistics["cpu"].sufficient) for one in found} == {(1.0, True)}


def test_a_system_says_what_it_is_approved_and_what_is_allocated_side_by_side() -> None:
    hall = facts().of_system("online-hall", "internet")
    assert hall is not None
    assert hall.allocated["vcpu"] == hall.approved["vcpu"] == 16
    assert (hall.unit_name, hall.system_name) == ("区政务服务办公室", "在线办事大厅")
    assert hall.cost_yuan is not None


def test_too_few_samples_are_no_figure_and_never_idle() -> None:
    few = {"cpu": reading(0.001, 0.002, samples=300), "memory": reading(0.01, 0.01, samples=300)}
    found = facts(use=use({FIRST: few}))
    (one,) = (one for one in found.resources if one.external_id == FIRST)
    assert (one.verdict, one.statistics["cpu"].sufficient) == ("insufficient", False)
    assert not [a for a in found.advice if a.external_id == FIRST]


def test_a_server_that_nobody_knows_the_use_of_has_no_figure_at_all() -> None:
    found = facts(use=use({FIRST: {}}))
    (one,) = (one for one in found.resources if one.external_id == FIRST)
    assert (one.verdict, one.statistics["cpu"].mean, one.statistics["cpu"].coverage) == ("insufficient", None, 0.0)


def test_a_month_of_which_too_little_is_known_is_not_closed_without_a_reason() -> None:
    half = {u.taking.external_id: {"cpu": reading(0.3, 0.4, STEPS // 2)} for u in SERVERS}
    with pytest.raises(CoverageLow, match=r"50\.0% of the servers' running time, below 90%"):
        facts(use=use(half))
    found = facts(use=use(half), accepted="采集系统迁移")
    assert (found.accepted_coverage, found.coverage) == ("采集系统迁移", 0.5)


def test_a_stopped_server_owes_no_samples() -> None:
    stopped = tuple(
        replace(u, taking=replace(u.taking, running=False)) if u.taking.external_id == FIRST else u for u in usages()
    )
    found = facts(usages=stopped, use=use({FIRST: {}}))
    assert found.coverage == 1.0


def test_an_idle_server_is_advised_to_be_given_back() -> None:
    found = facts(use=use({FIRST: IDLE}, idle_days={FIRST: 12}))
    (one,) = found.advice
    assert (one.kind, one.proposed_flavor, one.state) == ("idle", "", "open")
    assert one.evidence["idle_days"] == 12
    assert one.saving["vcpu"] > 0
    assert one.saving_yuan_per_month is not None


def test_a_server_whose_traffic_is_not_known_is_not_idle() -> None:
    found = facts(use=use({FIRST: IDLE}))
    assert not [a for a in found.advice if a.kind == "idle"]


def test_a_full_server_is_advised_a_flavor_that_its_load_would_fit() -> None:
    found = facts(use=use({FIRST: FULL}))
    (one,) = found.advice
    assert one.kind == "upsize"
    assert one.predicted["cpu_p95"] <= 0.6
    assert one.saving["vcpu"] < 0


def test_a_server_that_was_given_back_within_the_month_is_not_advised_on() -> None:
    gone = tuple(
        replace(u, ended_at=OCTOBER.start + timedelta(days=20)) if u.taking.external_id == FIRST else u
        for u in usages()
    )
    assert facts(usages=gone, use=use({FIRST: FULL})).advice == ()


def test_a_smaller_flavor_is_advised_after_three_low_months_and_not_before() -> None:
    since = OCTOBER.start - timedelta(days=200)
    old = usages(since=since)
    one = facts(usages=old, use=use({FIRST: LOW}))
    assert one.advice == ()
    august, september = replace(one, month="2026-08"), replace(one, month="2026-09")
    found = facts(usages=old, use=use({FIRST: LOW}), earlier=(september, august))
    (advice,) = (a for a in found.advice if a.kind == "downsize")
    assert advice.predicted["cpu_p95"] <= 0.6
    assert advice.predicted["memory_p95"] <= 0.7
    assert advice.first_month == "2026-10"


def test_a_server_that_is_new_is_left_in_peace_and_said_so() -> None:
    fresh = usages(since=OCTOBER.start + timedelta(days=1))
    found = facts(usages=fresh, use=use({FIRST: IDLE}, idle_days={FIRST: 13}))
    assert found.advice == ()
    assert [(one.external_id, one.reason) for one in found.excluded] == [(FIRST, "grace")]


def test_what_became_of_advice_is_told_in_the_next_month() -> None:
    october = facts(use=use({FIRST: IDLE}, idle_days={FIRST: 12}))
    (advice,) = october.advice
    november = OCTOBER.next
    gone = tuple(
        replace(u, ended_at=november.start + timedelta(days=3)) if u.taking.external_id == FIRST else u
        for u in usages()
    )
    found = facts(month=november, usages=gone, earlier=(october,), use=use(), accepted="-")
    (told,) = found.realised
    assert (told.advice, told.state, told.saving) == (advice.id, "carried_out", dict(advice.saving))
    assert told.saving_yuan_per_month == advice.saving_yuan_per_month


def test_advice_goes_on_over_no_month_that_was_not_closed() -> None:
    since = OCTOBER.start - timedelta(days=200)
    old, low = usages(since=since), use({FIRST: LOW})
    one = facts(usages=old, use=low)
    july, august, september = (replace(one, month=f"2026-0{n}") for n in (7, 8, 9))
    assert [a.kind for a in facts(usages=old, use=low, earlier=(september, august)).advice] == ["downsize"]
    assert facts(usages=old, use=low, earlier=(september, july)).advice == (), "August is missing"
    advised = facts(use=use({FIRST: IDLE}, idle_days={FIRST: 12}))
    december = facts(month=OCTOBER.next.next, earlier=(advised,), use=use(), accepted="-")
    assert december.realised == (), "November is missing"
    assert advised.advice, "there was some"


def test_late_data_are_a_line_of_the_next_month_and_only_once() -> None:
    october = facts()
    late = tuple(
        replace(u, started_at=OCTOBER.start + timedelta(days=10)) if u.taking.external_id == FIRST else u
        for u in usages()
    )
    november = facts(month=OCTOBER.next, usages=late, earlier=(october,), accepted="-")
    by_head = {one.head: one for one in november.corrections}
    vcpus = SERVERS[0].taking.amount.vcpu
    assert by_head["vcpu"].amount_s == -vcpus * 10 * 86_400
    assert (by_head["vcpu"].cost_yuan or "").startswith("-")
    december = facts(month=OCTOBER.next.next, usages=late, earlier=(november, october), accepted="-")
    assert [one for one in december.corrections if one.month == "2026-10"] == []


def test_without_a_record_or_a_probe_availability_is_not_known() -> None:
    hall = facts().of_system("online-hall", "internet")
    assert hall is not None
    assert (hall.availability.sufficient, hall.availability.actual_ratio) == (False, None)


@pytest.mark.parametrize(
    ("action", "shut"), [("close_public_access", {"internet"}), ("stop", {"internet", "extranet"})]
)
def test_closed_public_access_is_an_outage_of_the_zone_with_the_address_and_a_stop_of_all(
    action: str, shut: set[str]
) -> None:
    order = measure("m", "2026-10-20T10:00:00+08:00", action=action)
    dated = order | {"metadata": order["metadata"] | {"filed_on": "2026-10-19"}}
    found = facts(registry=registry([dated]))
    told = {zone: found.of_system("online-hall", zone) for zone in ("internet", "extranet")}
    down = {zone: one.availability.outages for zone, one in told.items() if one is not None}
    assert {zone for zone, outages in down.items() if [one.document for one in outages] == ["m"]} == shut
    assert {zone for zone, outages in down.items() if not outages} == down.keys() - shut


def test_the_month_makes_papers_of_what_is_known_and_they_are_documents() -> None:
    cloud = books().cloud_of["provider-a", "internet"]
    signals = {"cpu": reading(0.31, 0.62), "memory": reading(0.5, 0.7)}
    found = facts(use=use(systems={("online-hall", cloud): signals}))
    (paper,) = papers(found, "provider-a-clerk", date(2026, 11, 2))
    raw = yaml.safe_load(paper.text)
    assert raw["spec"]["cpu_p95_percent"] == 62
    assert raw["spec"]["samples"] == STEPS
    model = DOCUMENTS["UtilisationFacts"].model_validate(raw, strict=False)
    assert model.id == "uf-2026-10-online-hall-internet"
