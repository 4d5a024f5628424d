"""Decisions that are still missing, written as if they were made."""

from datetime import date
from typing import Any

import yaml

from broker.check.review import as_if_merged
from broker.check.suppose import Supposed, suppose
from broker.documents.cases import AssignmentSpec, IntentDecisionSpec
from broker.registry.filed import Registry
from broker.registry.free_subnets import free_subnet
from tests.fixtures.demo_district import at, registry

AS_OF = at("2026-05-31T12:00")
UNTIL = date(2026, 5, 30)
FORM = {
    "apiVersion": "govcloud/v1",
    "kind": "ServiceIntentForm",
    "metadata": {"id": "wider", "filed_on": "2026-05-31", "filed_by": "gov-service-clerk"},
    "spec": {
        "system": "hotline-feedback",
        "unit": "gov-service",
        "reason": "投诉量上升",
        "intent": {
            "purpose": "change",
            "changes": [{"action": "set_bandwidth", "zone": "internet", "bandwidth_mbps": 30}],
        },
    },
}


def decided(decision: str) -> dict[str, Any]:
    return {
        "apiVersion": "govcloud/v1",
        "kind": "IntentDecision",
        "metadata": {"id": "wider-decision", "filed_on": "2026-05-31", "filed_by": "office-clerk"},
        "spec": {"form": "wider", "decision": decision, "decided_on": "2026-05-31", "reason": "理由"},
    }


def supposed(*extra: dict[str, Any]) -> tuple[Registry, tuple[Supposed, ...]]:
    base, with_extra = registry(until=UNTIL), registry(extra, until=UNTIL)
    new = frozenset({filed.id for filed in with_extra.filed} - {filed.id for filed in base.filed})
    return suppose(as_if_merged(with_extra), new, AS_OF)


def test_where_nothing_is_new_nothing_is_supposed() -> None:
    assert supposed()[1] == ()


def test_a_form_alone_is_taken_as_approved_and_assigned_and_that_is_said() -> None:
    known, told = supposed(FORM)
    assert [one.what for one in told] == ["the office's approval", "the assignment to provider-a"]
    assert [f.spec.decision for f in known.of(IntentDecisionSpec) if f.spec.form == "wider"] == ["approved"]
    assert [f.spec.provider for f in known.of(AssignmentSpec) if f.spec.matter == "wider"] == ["provider-a"]
    assert (
        len({filed.id for filed in known.filed}) == len({filed.sequence for filed in known.filed}) == len(known.filed)
    )


def test_with_its_decision_only_the_assignment_is_missing() -> None:
    _, told = supposed(FORM, decided("approved"))
    assert told == (Supposed("wider", "the assignment to provider-a"),)


def test_a_refused_form_stays_refused() -> None:
    assert supposed(FORM, decided("refused"))[1] == ()


def test_a_request_gets_the_subnets_that_would_be_proposed() -> None:
    known = next(f for f in registry().filed if f.id == "hotline-feedback-request")
    raw = yaml.safe_load(known.text)
    raw["metadata"] = {"id": "booking-request", "filed_on": "2026-05-31", "filed_by": "gov-service-clerk"}
    raw["spec"]["system"] = "booking"
    lowest = free_subnet(registry(until=UNTIL), "internet")
    _, told = supposed(raw)
    assert told[1].what == f"the assignment to provider-a, internet {lowest}"
