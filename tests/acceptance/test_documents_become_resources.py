"""The main job through the command line: papers become servers and buckets; one more paper changes exactly itself."""

from typing import Any

import pytest

from tests.acceptance.conftest import SYSTEM, Office

pytestmark = [  # openstacksdk warns of its own calls
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

FORM = "hotline-feedback-bandwidth-2026"


def paper(kind: str, id_: str, filed_by: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"id": id_, "filed_on": "2026-06-08", "filed_by": filed_by}
    return {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}


def test_a_district_grows_from_its_papers_and_changes_by_one_more(office: Office) -> None:
    # Nothing is there, the papers are filed: the plan says what would be made, and makes nothing.
    office.merge("2026-05-31T12:00")
    planned = office.broker("plan", "--as-of", "2026-05-31T12:00")
    assert planned.returncode == 0, planned.stderr
    assert f"apply   {SYSTEM}.internet.provider-a" in planned.stdout
    assert office.servers() == {}

    # Reconciled, two real servers run, with the limits that were approved, and the bucket is there.
    office.reconcile("2026-05-31T12:00")
    made = office.servers()
    assert sorted(made.values()) == [(f"{SYSTEM}-internet-web-{n}", "ACTIVE") for n in (1, 2)]
    assert office.limits() == {f"{SYSTEM}-internet-web-{n}": 20_000 for n in (1, 2)}
    assert office.containers() == {f"{SYSTEM}-internet-objects"}

    # Again: nothing is judged, nothing is run.
    again = office.reconcile("2026-06-01T12:00")
    assert "0 stacks to change, 1 as they should be" in again
    assert "admission" not in again

    # A form alone changes nothing; it is admitted and waits for its decision.
    change = {"action": "set_bandwidth", "zone": "internet", "bandwidth_mbps": 30}
    form = {
        "system": SYSTEM,
        "unit": "gov-service",
        "reason": "投诉量上升",
        "intent": {"purpose": "change", "changes": [change]},
    }
    office.file("cases/2026/a-form/form.yaml", paper("ServiceIntentForm", FORM, "gov-service-clerk", form))
    office.merge("2026-06-08T10:00")
    assert "0 stacks to change" in office.reconcile("2026-06-08T10:00")

    # With the office's decision and both assignments, exactly the limit changes: the same servers go on.
    decision = {"form": FORM, "decision": "approved", "decided_on": "2026-06-08"}
    office.file(
        "cases/2026/b-decision/decision.yaml", paper("IntentDecision", f"{FORM}-decision", "office-clerk", decision)
    )
    to_provider = {
        "matter": FORM,
        "assignee": "provider",
        "provider": "provider-a",
        "assigned_at": "2026-06-08T11:00:00+08:00",
    }
    office.file(
        "cases/2026/c-assignment/provider.yaml", paper("Assignment", f"{FORM}-assigned", "ops-dispatcher", to_provider)
    )
    office.merge("2026-06-08T12:00")
    assert "1 stacks to change" in office.reconcile("2026-06-08T12:00")
    assert office.servers() == made
    assert office.limits() == {f"{SYSTEM}-internet-web-{n}": 30_000 for n in (1, 2)}


def test_a_filing_beyond_the_quota_is_answered_with_code_article_fact_and_cure(office: Office) -> None:
    change = {"action": "set_count", "zone": "internet", "tier": "web", "count": 60}
    form = {
        "system": SYSTEM,
        "unit": "gov-service",
        "reason": "留足余量",
        "intent": {"purpose": "change", "changes": [change]},
    }
    office.file(
        "cases/2026/d-too-much/form.yaml", paper("ServiceIntentForm", "too-much-2026", "gov-service-clerk", form)
    )
    office.merge("2026-06-09T10:00")
    told = office.reconcile("2026-06-09T10:00")
    assert "not admitted  too-much-2026: QUOTA_EXCEEDED(C-6(四))" in told
    assert "区政务服务办公室在互联网区的vCPU合计将达" in told
    assert "0 stacks to change" in told


def test_the_doctor_says_which_tools_are_used_and_why(office: Office) -> None:
    told = office.broker("doctor")
    assert told.returncode == 0, told.stdout
    assert "ok   pulumi: 3.259.0" in told.stdout
    assert "ok   ledger: embedded: PostgreSQL" in told.stdout
