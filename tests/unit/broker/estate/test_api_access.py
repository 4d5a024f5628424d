"""An access is asked for, renewed, removed and ended by documents and dates; nothing else gives one."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from broker.documents.changes import AddApiAccess, Change, RemoveApiAccess, RenewApiAccess
from broker.documents.layout import ApiAccessLayout
from broker.estate.change import apply_change
from broker.estate.conflict import ChangeConflict
from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.estate.system import Estate, Lifecycle, System
from broker.plan.stack import stack_specs
from stacks.program.build import build
from stacks.spec import Access
from tests.fixtures import demo_district as demo

NOW = demo.at("2026-06-08T12:00")
MONITORING = ApiAccessLayout(name="monitoring", purpose="监控采集", valid_until=date(2026, 12, 31))
ADD = AddApiAccess(action="add_api_access", zone="internet", api_access=MONITORING)
RENEW = RenewApiAccess(action="renew_api_access", zone="internet", api_access="monitoring")
REMOVE = RemoveApiAccess(action="remove_api_access", zone="internet", api_access="monitoring")


def estate() -> Estate:
    registry = demo.registry()
    return fold(registry.filed, demo.admissions(registry, NOW), NOW)


def after(*changes: Change) -> System:
    system = estate().system("edu-portal")
    assert system is not None
    for change in changes:
        changed = apply_change(system, change, "form")
        assert isinstance(changed, System)
        system = changed
    return system


def accesses(system: System, as_of: str = "2026-06-08T12:00") -> tuple[Access, ...]:
    known = Estate(demo.at(as_of), (system,), None)
    return next(s.accesses for s in stack_specs(known, platform_of(demo.registry())) if s.zone == "internet")


def test_a_system_has_no_access_unless_a_document_asks_for_one() -> None:
    for spec in stack_specs(estate(), platform_of(demo.registry())):
        assert spec.accesses == ()
        assert not [r for r in build(spec) if r.type.endswith("ApplicationCredential")]


def test_an_added_access_looks_only_and_ends_with_its_last_day_in_shanghai() -> None:
    assert accesses(after(ADD)) == (Access("monitoring", "reader", 1, "2026-12-31T16:00:00Z"),)
    assert accesses(after(ADD), "2026-12-31T23:59") != ()
    assert accesses(after(ADD), "2027-01-01T00:00") == ()


def test_the_end_of_an_access_is_an_instant_at_which_the_estate_changes() -> None:
    form = {
        "system": "edu-portal",
        "unit": "education",
        "reason": "监控",
        "intent": {"purpose": "change", "changes": [ADD.model_dump(mode="json")]},
    }
    papers = [
        ("ServiceIntentForm", "access-form", form),
        ("IntentDecision", "access-ok", {"form": "access-form", "decision": "approved", "decided_on": "2026-11-24"}),
        (
            "Assignment",
            "access-go",
            {
                "matter": "access-form",
                "assignee": "provider",
                "provider": "provider-b",
                "assigned_at": "2026-11-24T10:00:00+08:00",
            },
        ),
    ]
    raws = [
        {
            "apiVersion": "govcloud/v1",
            "kind": kind,
            "metadata": {"id": id_, "filed_on": "2026-11-24", "filed_by": "clerk"},
            "spec": spec,
        }
        for kind, id_, spec in papers
    ]
    registry, as_of = demo.registry(raws), demo.at("2026-11-25T12:00")
    found = fold(registry.filed, demo.admissions(registry, as_of), as_of)
    assert found.next_change_at == demo.at("2027-01-01T00:00")
    system = found.system("edu-portal")
    assert system is not None
    assert [access.name for access in accesses(system)] == ["monitoring"]


def test_a_renewal_asks_for_the_next_secret_of_the_same_access() -> None:
    renewed = RENEW.model_copy(update={"valid_until": date(2027, 6, 30)})
    assert [(a.serial, a.expires_at) for a in accesses(after(ADD, RENEW))] == [(2, "2026-12-31T16:00:00Z")]
    assert [(a.serial, a.expires_at) for a in accesses(after(ADD, RENEW, renewed))] == [(3, "2027-06-30T16:00:00Z")]


def test_a_removed_access_is_gone() -> None:
    assert accesses(after(ADD, REMOVE)) == ()


@pytest.mark.parametrize("change", [RENEW, REMOVE])
def test_what_is_not_there_is_neither_renewed_nor_removed(change: Change) -> None:
    found = apply_change(after(), change, "form")
    assert isinstance(found, ChangeConflict)
    assert found.fact == "没有接口访问 monitoring"


def test_two_accesses_never_have_one_name() -> None:
    assert isinstance(apply_change(after(ADD), ADD, "form"), ChangeConflict)


def test_a_suspension_shuts_the_access_and_an_exit_keeps_it_open_to_fetch_the_data() -> None:
    system = after(ADD)
    assert [a.enabled for a in accesses(replace(system, lifecycle=Lifecycle.SUSPENDED))] == [False]
    assert [a.enabled for a in accesses(replace(system, lifecycle=Lifecycle.EXITING))] == [True]


def test_each_access_is_one_credential_in_its_own_project() -> None:
    system = after(ADD)
    known = Estate(NOW + timedelta(0), (system,), None)
    spec = next(s for s in stack_specs(known, platform_of(demo.registry())) if s.zone == "internet")
    (credential,) = (r for r in build(spec) if r.type.endswith("ApplicationCredential"))
    assert credential.properties["name"] == "edu-portal/internet/monitoring"
    assert credential.properties["role"] == "reader"
    assert not credential.holds_data
