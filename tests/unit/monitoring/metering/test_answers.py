"""To which advice a unit's form is an answer (C-12)."""

from typing import Any

import pytest

from broker.ledger.intervals import Deployment
from monitoring.metering.allocation import Taken
from monitoring.metering.answers import answer_to, answers
from monitoring.metering.facts import Kind
from monitoring.metering.period import Month
from quotas.amount import Amount
from tests.fixtures.demo_district import registry
from tests.fixtures.orders import judged, paper

NOVEMBER = Month(2026, 11)
SET_FLAVOR = {"action": "set_flavor", "zone": "internet", "tier": "web", "flavor": "g.large"}
SET_COUNT = {"action": "set_count", "zone": "internet", "tier": "web", "count": 3}
SET_QUOTA = {"action": "set_bucket_quota", "zone": "internet", "bucket": "materials", "quota_gib": 200}


def form(intent: dict[str, Any], id_: str = "form") -> dict[str, Any]:
    return paper(
        "ServiceIntentForm", id_, "2026-11-16", system="online-hall", unit="gov-service", reason="答复", intent=intent
    )


def change(*changes: dict[str, Any]) -> dict[str, Any]:
    return form({"purpose": "change", "changes": list(changes)})


EXIT = form({"purpose": "exit", "last_day": "2026-12-20", "data_wanted": "全部"})
ELASTIC = form(
    {"purpose": "elastic", "zone": "internet", "tier": "web", "count_ceiling": 9, "bandwidth_mbps_ceiling": 90}
    | {"first_day": "2026-12-01", "last_day": "2026-12-20"}
)


def decision(word: str) -> dict[str, Any]:
    return paper("IntentDecision", "word", "2026-11-16", form="form", decision=word, decided_on="2026-11-16")


def part(kind: Kind, resource: str, zone: str = "internet") -> Taken:
    deployment = Deployment("gov-service", "online-hall", zone, "provider-a")
    return Taken("s", deployment, resource, kind, "id", Amount(), (NOVEMBER.span,), (NOVEMBER.span,), {})


WEB, APP = part("server", "server-web-1"), part("server", "server-app-1")
MATERIALS, LOGS = (part("bucket", f"bucket-online-hall-internet-{name}") for name in ("materials", "logs"))
VOLUME = part("volume", "volume-web-1-data")
INSIDE = part("server", "server-web-1", "extranet")
EVERY = (WEB, APP, INSIDE, MATERIALS, LOGS, VOLUME)


@pytest.mark.parametrize(
    ("filed", "about"),
    [
        (change(SET_FLAVOR), {WEB.resource}),
        (change(SET_COUNT), {WEB.resource}),
        (change(SET_QUOTA), {MATERIALS.resource}),
        (change(SET_QUOTA, SET_FLAVOR), {WEB.resource, MATERIALS.resource}),
        (change({"action": "set_bandwidth", "zone": "internet", "bandwidth_mbps": 20}), set()),
        (ELASTIC, {WEB.resource}),
    ],
)
@pytest.mark.parametrize(("word", "state"), [("approved", "adopted"), ("refused", "declined"), ("returned", "open")])
def test_a_form_answers_what_it_is_about_and_nothing_else(
    filed: dict[str, Any], about: set[str], word: str, state: str
) -> None:
    told = answers(judged(registry([filed, decision(word)])), NOVEMBER)
    for one in EVERY:
        here = one.resource in about and one.deployment.zone == "internet"
        assert answer_to(one, told) == (state if here else "open"), one.resource


def test_an_exit_answers_everything_but_what_waits_for_the_hand_over() -> None:
    told = answers(judged(registry([EXIT, decision("approved")])), NOVEMBER)
    assert {one.resource for one in EVERY if answer_to(one, told) == "adopted"} == {
        one.resource for one in EVERY if one is not VOLUME
    }


@pytest.mark.parametrize("word", ["refused", "returned"])
def test_an_exit_that_was_not_approved_answers_nothing(word: str) -> None:
    told = answers(judged(registry([EXIT, decision(word)])), NOVEMBER)
    assert {answer_to(one, told) for one in EVERY} == {"open"}


def test_a_form_of_another_month_answers_nothing() -> None:
    told = answers(judged(registry([change(SET_FLAVOR), decision("approved")])), NOVEMBER.before)
    assert {answer_to(one, told) for one in EVERY} == {"open"}
