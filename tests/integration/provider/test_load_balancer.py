"""Load balancers on a real Octavia: made, changed, replaced, mended and taken away as the other resources are."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import grpc
import pytest

from broker.documents.platform import CloudSpec
from broker.survey.read import read
from stacks.program.build import build
from stacks.spec import Listener, Subnet
from tests.fixtures import demo_district
from tests.integration.provider.conftest import Case, Make, Sandbox
from tests.integration.provider.stack_spec import HTTPS, balanced, server

pytestmark = [
    pytest.mark.cloud,
    # the SDK calls its own deprecated methods
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]
DNS = Listener("udp", 53, ("10.0.0.0/8", "172.16.0.0/12"))
NAME = "balancer-front"


@pytest.fixture
def case(make: Make) -> Case:
    """One machine behind a load balancer that listens to https."""
    made = make(1, data_gib=0)
    made.spec = balanced(made.spec, HTTPS)
    return made


@dataclass(frozen=True, slots=True)
class Worker:
    """What stands for Octavia's worker, told to leave its work or to fail at some."""

    folder: Path

    def hold(self) -> None:
        """Leave all pending."""
        (self.folder / "hold").touch()

    def fail(self, *states: str) -> None:
        """End what is in these states in ERROR."""
        (self.folder / "fail").write_text(" ".join(states))

    def release(self) -> None:
        """Work as usual."""
        for file in self.folder.iterdir():
            file.unlink()


@pytest.fixture
def worker(sandbox: Sandbox) -> Iterator[Worker]:
    found = Worker(sandbox.layout.data / "octavia")
    yield found
    found.release()


def shown(sandbox: Sandbox, path: str, **filters: str) -> list[dict[str, Any]]:
    """What a list of Octavia has."""
    words = "&".join(f"{name}={value}" for name, value in filters.items())
    answer = sandbox.admin.load_balancer.get(f"/lbaas/{path}?{words}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()[path.rpartition("/")[2]])


async def up(case: Case, **changes: Any) -> Any:
    """The run that brings the case's spec about, without errors."""
    run = await case.stack.up(build(case.spec), **changes)
    assert {name: error.details() for name, error in run.errors.items()} == {}
    return run


async def test_it_is_made_whole_with_the_public_address_behind_it_and_a_second_run_changes_nothing(
    case: Case, sandbox: Sandbox
) -> None:
    await up(case)
    (made,) = shown(sandbox, "loadbalancers", project_id=case.project_id)
    assert (made["vip_address"], made["provisioning_status"]) == ("10.20.0.2", "ACTIVE")
    assert made["vip_qos_policy_id"] == case.stack.ids["limit-100m"]
    (pool,) = shown(sandbox, "pools", project_id=case.project_id)
    (member,) = shown(sandbox, f"pools/{pool['id']}/members")
    assert (member["address"], member["protocol_port"]) == ("10.20.0.11", 443)
    address = sandbox.admin.network.get(f"/floatingips/{case.stack.ids['address-www']}").json()["floatingip"]
    assert (address["port_id"], address["fixed_ip_address"]) == (made["vip_port_id"], "10.20.0.2")
    assert (await up(case)).changed_nothing
    assert await case.stack.refresh() == {}


async def test_octavia_finds_it_by_its_key_and_nothing_by_another(case: Case, sandbox: Sandbox) -> None:
    await up(case)
    (made,) = shown(sandbox, "loadbalancers", project_id=case.project_id)
    (key,) = made["tags"]
    assert made["description"].startswith(f"{key} ")
    found = shown(sandbox, "loadbalancers", project_id=case.project_id, tags=key)
    assert [item["id"] for item in found] == [made["id"]]
    assert shown(sandbox, "loadbalancers", project_id=case.project_id, tags="gc-other") == []


async def test_listeners_members_and_state_change_in_place(case: Case, sandbox: Sandbox) -> None:
    await up(case)
    (before,) = shown(sandbox, "loadbalancers", project_id=case.project_id)
    tier = replace(case.spec.tiers[0], servers=(server(1, data_gib=0), server(2, data_gib=0)))
    narrower = replace(HTTPS, sources=("10.0.0.0/8",))
    case.spec = balanced(replace(case.spec, tiers=(tier,)), narrower, DNS, enabled=False)
    run = await up(case)
    assert NAME in run.updated
    (after,) = shown(sandbox, "loadbalancers", project_id=case.project_id)
    assert (after["id"], after["admin_state_up"]) == (before["id"], False)
    listeners = {each["name"]: each for each in shown(sandbox, "listeners", project_id=case.project_id)}
    assert {name: sorted(each["allowed_cidrs"]) for name, each in listeners.items()} == {
        "tcp-443": ["10.0.0.0/8"],
        "udp-53": ["10.0.0.0/8", "172.16.0.0/12"],
    }
    members = shown(sandbox, f"pools/{listeners['udp-53']['default_pool_id']}/members")
    assert sorted(member["address"] for member in members) == ["10.20.0.11", "10.20.0.12"]
    assert await case.stack.refresh() == {}

    case.spec = balanced(case.spec, DNS)
    await up(case)
    assert [each["name"] for each in shown(sandbox, "listeners", project_id=case.project_id)] == ["udp-53"]
    assert [each["name"] for each in shown(sandbox, "pools", project_id=case.project_id)] == ["udp-53"]
    assert await case.stack.refresh() == {}


async def test_another_address_replaces_it(case: Case, sandbox: Sandbox) -> None:
    await up(case)
    before = case.stack.ids[NAME]
    case.spec = balanced(case.spec, HTTPS, address="10.20.0.3")
    assert (await up(case)).replaced == [NAME]
    (made,) = shown(sandbox, "loadbalancers", project_id=case.project_id)
    assert made["id"] != before
    assert made["vip_address"] == "10.20.0.3"


async def test_what_is_changed_by_hand_is_shown_and_put_right(case: Case, sandbox: Sandbox) -> None:
    await up(case)
    calls = sandbox.admin.load_balancer
    (listener,) = shown(sandbox, "listeners", project_id=case.project_id)
    (pool,) = shown(sandbox, "pools", project_id=case.project_id)
    (member,) = shown(sandbox, f"pools/{pool['id']}/members")
    for path, kind, change in (
        (f"listeners/{listener['id']}", "listener", {"allowed_cidrs": ["10.1.0.0/16"]}),
        (f"pools/{pool['id']}", "pool", {"lb_algorithm": "SOURCE_IP"}),
        (f"pools/{pool['id']}/members/{member['id']}", "member", {"weight": 0}),
        (f"loadbalancers/{case.stack.ids[NAME]}", "loadbalancer", {"name": "by-hand"}),
    ):
        await at_rest(case, sandbox)
        answer = calls.put(f"/lbaas/{path}", json={kind: change})
        assert answer.status_code == 200, answer.text
    await at_rest(case, sandbox)
    monitor = pool["healthmonitor_id"]
    assert calls.delete(f"/lbaas/healthmonitors/{monitor}").status_code == 204

    seen = (await case.stack.refresh())[NAME]
    assert seen == {
        "name": "by-hand",
        "listeners": [
            {
                "protocol": "tcp",
                "port": 443,
                "sources": ["10.1.0.0/16"],
                "members": [{"name": "app-1", "address": "10.20.0.11", "weight": 0}],
                "pool_lb_algorithm": "SOURCE_IP",
                "monitor": "none",
            }
        ],
    }
    kept = case.stack.state[NAME]
    case.stack.state[NAME] = replace(kept, inputs={**kept.inputs, **seen})
    assert (await up(case)).updated == [NAME]
    assert await case.stack.refresh() == {}


async def at_rest(case: Case, sandbox: Sandbox) -> None:
    """Wait until Octavia works on nothing of the case."""
    for _ in range(200):
        (item,) = shown(sandbox, "loadbalancers", project_id=case.project_id)
        if item["provisioning_status"] == "ACTIVE":
            return
    raise AssertionError(item)


async def test_what_a_killed_run_left_is_taken_over_and_completed(case: Case, sandbox: Sandbox) -> None:
    await up(case)
    left = case.stack.state.pop(NAME)
    (listener,) = shown(sandbox, "listeners", project_id=case.project_id)
    assert sandbox.admin.load_balancer.delete(f"/lbaas/listeners/{listener['id']}").status_code == 204
    run = await up(case, unclean=True)
    assert run.created == [NAME]
    assert case.stack.ids[NAME] == left.id
    assert len(shown(sandbox, "loadbalancers", project_id=case.project_id)) == 1
    assert await case.stack.refresh() == {}


async def test_a_change_that_somebody_else_makes_meanwhile_is_waited_for(
    case: Case, sandbox: Sandbox, worker: Worker
) -> None:
    await up(case)
    calls, path = sandbox.admin.load_balancer, f"/lbaas/loadbalancers/{case.stack.ids[NAME]}"
    conflicts: list[Any] = []

    def disturb(step: str) -> None:
        """At the broker's first request: another change gets in before it, and lasts until its answer is there."""
        if step == "update:LoadBalancer:before-call" and not conflicts:
            worker.hold()
            assert calls.put(path, json={"loadbalancer": {"description": "by-hand"}}).status_code == 200
            conflicts.append(calls.put(path, json={"loadbalancer": {"name": "again"}}))
        if step == "update:LoadBalancer:after-answer":
            worker.release()

    case.spec = balanced(case.spec, HTTPS, DNS)
    await up(case, reached=disturb)
    assert [answer.status_code for answer in conflicts] == [409]
    assert "PENDING_UPDATE" in conflicts[0].json()["faultstring"]
    (made,) = shown(sandbox, "loadbalancers", project_id=case.project_id)
    assert made["provisioning_status"] == "ACTIVE"
    assert len(shown(sandbox, "listeners", project_id=case.project_id)) == 2


async def test_one_that_ends_in_error_is_taken_away_and_told(case: Case, sandbox: Sandbox, worker: Worker) -> None:
    worker.fail("PENDING_CREATE")
    run = await case.stack.up(build(case.spec))
    error = run.errors[NAME]
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "in ERROR" in (error.details() or "")
    assert NAME not in case.stack.state
    assert shown(sandbox, "loadbalancers", project_id=case.project_id) == []
    worker.release()
    await up(case)
    (made,) = shown(sandbox, "loadbalancers", project_id=case.project_id)
    assert made["provisioning_status"] == "ACTIVE"


async def test_one_that_fell_into_error_later_is_failed_over_and_changed(
    case: Case, sandbox: Sandbox, worker: Worker
) -> None:
    await up(case)
    worker.fail("PENDING_UPDATE")
    case.spec = balanced(case.spec, HTTPS, DNS)
    run = await case.stack.up(build(case.spec))
    assert "in ERROR" in (run.errors[NAME].details() or "")
    worker.release()
    await up(case)
    (made,) = shown(sandbox, "loadbalancers", project_id=case.project_id)
    assert made["provisioning_status"] == "ACTIVE"
    assert len(shown(sandbox, "listeners", project_id=case.project_id)) == 2
    assert await case.stack.refresh() == {}


async def test_it_goes_with_all_below_it_and_its_port(case: Case, sandbox: Sandbox) -> None:
    await up(case)
    project = case.project_id
    case.permit_all()
    run = await case.stack.destroy()
    assert run.errors == {}
    assert shown(sandbox, "loadbalancers", project_id=project) == []
    assert shown(sandbox, "pools", project_id=project) == []
    assert sandbox.count("/ports", project, "network") == 0


async def test_one_that_is_gone_already_is_deleted_without_a_word(case: Case, sandbox: Sandbox) -> None:
    await up(case)
    answer = sandbox.admin.load_balancer.delete(f"/lbaas/loadbalancers/{case.stack.ids[NAME]}?cascade=true")
    assert answer.status_code == 204
    case.permit_all()
    assert (await case.stack.destroy()).errors == {}


async def test_octavia_lets_nobody_make_more_than_are_granted(case: Case, sandbox: Sandbox) -> None:
    await up(case)
    figures = sandbox.admin.load_balancer.get(f"/lbaas/quotas/{case.project_id}").json()["quota"]
    assert figures["load_balancer"] == 1
    body = {"project_id": case.project_id, "vip_subnet_id": case.stack.ids["subnet"], "name": "one-more"}
    refused = sandbox.admin.load_balancer.post("/lbaas/loadbalancers", json={"loadbalancer": body})
    assert refused.status_code == 403
    assert "Quota has been met" in refused.json()["faultstring"]


async def test_the_cloud_takes_no_planned_address_for_itself(case: Case, sandbox: Sandbox) -> None:
    await up(case)
    assert case.spec.subnet == Subnet("10.20.0.0/24", "10.20.0.1", ("10.20.0.5", "10.20.0.9"))
    subnet = sandbox.admin.network.get(f"/subnets/{case.stack.ids['subnet']}").json()["subnet"]
    assert subnet["allocation_pools"] == [{"start": "10.20.0.5", "end": "10.20.0.9"}]


async def test_one_that_cannot_be_taken_away_is_told_and_goes_with_the_next_run(case: Case, worker: Worker) -> None:
    await up(case)
    worker.fail("PENDING_DELETE")
    case.permit_all()
    refused = await case.stack.destroy()
    assert "in ERROR" in (refused.errors[NAME].details() or "")
    worker.release()
    assert (await case.stack.destroy()).errors == {}


def test_a_survey_finds_the_service_that_the_clouds_document_may_then_offer(sandbox: Sandbox) -> None:
    (cloud, *_) = demo_district.registry().in_force(CloudSpec)
    assert read(sandbox.admin, cloud.spec).capabilities["load_balancer"] is True
