"""The life of a stack on a real OpenStack: made, unchanged, changed in place, replaced, taken away."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import grpc
import pytest

from stacks.program.build import build
from stacks.provider import compare
from stacks.provider.ceph import Gateway
from stacks.provider.cloud import Cloud
from stacks.provider.index import PORT, Index, Kind
from stacks.provider.operation import Fenced
from stacks.provider.session import Item
from stacks.resource import Resource
from stacks.spec import Direction, Power, Rule, Volume
from tests.fixtures.waiting import until
from tests.integration.provider.conftest import Case, Make, Sandbox
from tests.integration.provider.stack_spec import DATABASE, with_server

WITHIN_S = 60.0

pytestmark = [
    pytest.mark.cloud,
    # the SDK calls its own deprecated methods
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]


def resources(case: Case, **changes: Mapping[str, Any]) -> tuple[Resource, ...]:
    """The stack's resources, with other properties for some (`-` is written `_`)."""
    wanted = {name.replace("_", "-"): properties for name, properties in changes.items()}
    return tuple(
        replace(each, properties={**each.properties, **wanted.get(each.name, {})}) for each in build(case.spec)
    )


async def drift(case: Case, since_s: float | None = None) -> tuple[compare.Drift, int]:
    kept = [compare.Recorded(each.urn, each.id, each.inputs) for each in case.stack.state.values()]
    operation = case.stack._made()
    cloud, gateway = Cloud(operation), Gateway(operation)
    try:
        return await compare.drift(cloud, gateway, kept, since_s), cloud.session.calls
    finally:
        cloud.session.close()
        gateway.close()


async def test_a_stack_is_made_once_seen_unchanged_adopted_when_its_state_is_lost_and_taken_away(
    make: Make, sandbox: Sandbox
) -> None:
    case = make()
    wanted = build(case.spec)
    made = await case.stack.up(wanted)
    assert not made.errors
    assert set(made.created) == {each.name for each in wanted if not each.component}
    server = sandbox.admin.compute.get(f"/servers/{case.stack.ids['server-app-1']}").json()["server"]
    assert (server["status"], server["metadata"]["request_number"]) == ("ACTIVE", "云批〔2026〕12号")
    assert case.stack.state["address-www"].outputs["address"].startswith("192.0.2.")

    again = await case.stack.up(wanted)
    assert again.changed_nothing
    assert await case.stack.refresh() == {}
    found, calls = await drift(case)
    assert found == compare.Drift((), (), ())
    assert calls <= 20

    before = case.stack.ids
    case.stack.state.clear()
    adopted = await case.stack.up(wanted, unclean=True)
    assert not adopted.errors
    assert case.stack.ids == before
    assert adopted.provider is not None
    assert set(adopted.provider.adopted) >= {before["server-app-1"], before["volume-app-1-data"], before["port-app-1"]}
    assert adopted.provider.leftovers == ()

    case.permit_all()
    project = case.project_id
    gone = await case.stack.destroy()
    assert not gone.errors
    assert case.stack.state == {}
    assert sandbox.admin.identity.get(f"/projects/{project}").status_code == 404
    for service, path in (("compute", "/servers"), ("block_storage", "/volumes"), ("network", "/ports")):
        assert sandbox.count(path, project, service) == 0


async def test_ports_that_a_killed_runs_request_made_after_the_first_list_are_adopted_as_they_are_wanted_now(
    make: Make, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make(3)
    wanted = build(case.spec)
    made = await case.stack.up(wanted)
    assert not made.errors
    before, project = case.stack.ids, case.project_id
    ports = {name: id_ for name, id_ in before.items() if name.startswith("port-app")}
    assert len(ports) == 3
    counted, renamed = sandbox.count("/ports", project, "network"), ports["port-app-2"]
    sandbox.admin.network.put(f"/ports/{renamed}", json={"port": {"name": "as-it-was-wanted-then"}})
    listed = Index.first

    async def before_they_were_there(self: Index, kind: Kind, project_id: str) -> Sequence[Item]:
        return () if kind is PORT else await listed(self, kind, project_id)

    monkeypatch.setattr(Index, "first", before_they_were_there)
    case.stack.state.clear()
    adopted = await case.stack.up(wanted)
    assert not adopted.errors
    assert case.stack.ids == before
    assert adopted.provider is not None
    assert set(adopted.provider.adopted) >= set(ports.values())
    assert sandbox.admin.network.get(f"/ports/{renamed}").json()["port"]["name"] != "as-it-was-wanted-then"
    assert sandbox.count("/ports", project, "network") == counted


async def test_what_can_change_changes_in_place(make: Make, sandbox: Sandbox) -> None:
    case = make()
    await case.stack.up(build(case.spec))
    before = case.stack.ids
    case.spec = with_server(case.spec, 1, flavor="g.2c4g", volumes=(Volume("app-1-data", 3, "high_performance"),))
    tier = replace(case.spec.tiers[0], rules=(DATABASE, Rule("F-003", Direction.INGRESS, "icmp", 0, 0, "10.0.0.0/8")))
    case.spec = replace(case.spec, tiers=(tier,), power=Power.STOPPED, request_number="云批〔2026〕13号")
    changed = await case.stack.up(
        resources(
            case,
            limit_90m={"egress_kbps": 70_000},
            network={"name": "renamed"},
            quota={"vcpu": 9, "memory_gib": 9, "block_gib_by_type": {"standard": 30, "high_performance": 9}},
            project={"labels": {"system": "other", "unit": "u", "zone": "z", "request_number": "1"}},
        )
    )
    assert {name: (error.code(), error.details()) for name, error in changed.errors.items()} == {}
    assert not changed.replaced
    assert case.stack.ids == before
    server = sandbox.admin.compute.get(f"/servers/{before['server-app-1']}", microversion="2.90").json()["server"]
    assert (server["status"], server["flavor"]["original_name"]) == ("SHUTOFF", "g.2c4g")
    volume = sandbox.inside(case.project_id).block_storage.get(f"/volumes/{before['volume-app-1-data']}").json()
    assert (volume["volume"]["size"], volume["volume"]["volume_type"]) == (3, "high_performance")
    assert await case.stack.refresh() == {}
    assert (await drift(case))[0] == compare.Drift((), (), ())


async def test_what_was_changed_by_hand_is_told_and_what_is_gone_already_is_passed_over_by_deletes(
    make: Make, sandbox: Sandbox
) -> None:
    case = make()
    await case.stack.up(build(case.spec))
    ids, admin = case.stack.ids, sandbox.admin
    admin.compute.put(f"/servers/{ids['server-app-1']}", json={"server": {"name": "by-hand"}})
    admin.network.delete(f"/floatingips/{ids['address-www']}")
    rule = {"security_group_id": ids["group-app"], "direction": "ingress", "remote_ip_prefix": "0.0.0.0/0"}
    admin.network.post("/security-group-rules", json={"security_group_rule": rule})
    admin.network.put(f"/ports/{ids['port-app-1']}", json={"port": {"qos_policy_id": None}})
    admin.compute.put(f"/os-quota-sets/{ids['project']}", json={"quota_set": {"cores": 99}})

    seen = await case.stack.refresh()
    assert seen["address-www"] is None
    assert seen["server-app-1"] == {"name": "by-hand"}
    assert seen["port-app-1"] == {"qos_policy_id": None}
    assert seen["quota"] == {"vcpu": 99}
    assert {rule["flow"] for rule in (seen["group-app"] or {})["rules"]} == {"F-001", "F-002", ""}
    assert set(seen) == {"address-www", "server-app-1", "port-app-1", "quota", "group-app"}
    found, _ = await drift(case)
    assert {difference.urn.rpartition("::")[2]: difference.gone for difference in found.differences} == {
        name: name == "address-www" for name in seen
    }
    assert (found.unanswered, found.unexplained) == ((), ())

    admin.compute.delete(f"/servers/{ids['server-app-1']}")
    sandbox.inside(case.project_id).object_store.delete(f"/{ids[f'bucket-{case.spec.system}-files']}")
    case.permit_all()
    gone = await case.stack.destroy()
    assert {name: error.details() for name, error in gone.errors.items()} == {}


async def test_what_nova_tells_as_a_change_is_seen_without_all_details_and_labels_that_were_taken_away_with_them(
    make: Make, sandbox: Sandbox
) -> None:
    case = make(3)
    await case.stack.up(build(case.spec))
    ids, compute = case.stack.ids, sandbox.admin.compute
    found, whole_calls = await drift(case)
    assert found == compare.Drift((), (), ())
    # Nova's instants have whole seconds, and the machine's clock is the cloud's
    await asyncio.sleep(2)
    since_s = time.time()
    await asyncio.sleep(1)
    quiet, calls = await drift(case, since_s)
    servers = frozenset(ids[f"server-app-{n}"] for n in (1, 2, 3))
    assert (quiet, calls) == (compare.Drift((), (), (), unchanged=servers), whole_calls + 1)
    assert quiet.servers_at_s
    assert since_s - 3 < quiet.servers_at_s < time.time()

    one, two, three = (f"/servers/{ids[f'server-app-{n}']}" for n in (1, 2, 3))
    compute.post(f"{one}/metadata", json={"metadata": {"unit": "by-hand"}})
    compute.post(f"{two}/action", json={"os-stop": None})
    taken = compute.delete(f"{three}/metadata/unit")
    assert taken.status_code == 204
    until(lambda: compute.get(two).json()["server"]["status"] == "SHUTOFF", WITHIN_S)
    seen, _ = await drift(case, since_s)
    assert {each.urn.rpartition("::")[2]: set(each.inputs) for each in seen.differences} == {
        "server-app-1": {"labels"},
        "server-app-2": {"power"},
    }
    assert seen.unchanged == {ids["server-app-3"]}
    whole, _ = await drift(case)
    assert {each.urn.rpartition("::")[2] for each in whole.differences} == {f"server-app-{n}" for n in (1, 2, 3)}

    compute.delete(one)
    until(lambda: compute.get(one).status_code == 404, WITHIN_S)
    found, _ = await drift(case, since_s)
    gone = {each.urn.rpartition("::")[2] for each in found.differences if each.gone}
    assert gone == {"server-app-1", "attachment-app-1-data"}


async def test_what_holds_data_goes_only_with_a_permit(make: Make, sandbox: Sandbox) -> None:
    case = make(0)
    case.spec = replace(case.spec, kept_volumes=(Volume("kept", 2, "standard"),))
    await case.stack.up(build(case.spec))
    shrunk = build(replace(case.spec, kept_volumes=(Volume("kept", 1, "standard"),)))
    refused = await case.stack.up(shrunk)
    error = refused.errors["volume-kept"]
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "no document covers" in (error.details() or "")
    assert sandbox.count("/volumes", case.project_id, "block_storage") == 1

    bucket = f"bucket-{case.spec.system}-files"
    gone = await case.stack.destroy()
    assert {gone.errors[name].code() for name in (bucket, "volume-kept")} == {grpc.StatusCode.FAILED_PRECONDITION}

    case.permit_all()
    old = case.stack.ids["volume-kept"]
    replaced = await case.stack.up(shrunk)
    assert not replaced.errors
    assert replaced.replaced == ["volume-kept"]
    assert case.stack.ids["volume-kept"] != old


async def test_a_run_without_the_lease_writes_nothing(make: Make, sandbox: Sandbox) -> None:
    case = make()

    def closed() -> None:
        raise Fenced("the lease is another run's now")

    case.fence = closed
    refused = await case.stack.up(build(case.spec))
    assert refused.errors["project"].code() is grpc.StatusCode.ABORTED
    assert sandbox.admin.identity.get(f"/projects?name={case.spec.project_name}").json()["projects"] == []


async def test_a_quota_shrinks_once_the_runs_deletes_are_done(make: Make, sandbox: Sandbox) -> None:
    case = make(0)
    case.spec = replace(case.spec, kept_volumes=(Volume("kept", 1, "standard"),))
    await case.stack.up(build(case.spec))
    case.permit_all()
    case.spec = replace(case.spec, kept_volumes=())
    smaller = await case.stack.up(resources(case, quota={"volumes": 0}))
    assert (smaller.errors, smaller.deleted) == ({}, ["volume-kept"])
    shown = sandbox.admin.block_storage.get(f"/os-quota-sets/{case.project_id}").json()["quota_set"]
    assert shown["volumes"] == 0


async def test_a_quota_below_what_stays_in_use_is_told_with_what_must_go(make: Make, sandbox: Sandbox) -> None:
    case = make(0)
    await case.stack.up(build(case.spec))
    told = await case.stack.up(resources(case, quota={"networks": 0}))
    assert told.provider is not None
    (sentence,) = told.provider.leftovers
    assert sentence.startswith("not finished: setting the network quota: ")
    assert sentence.endswith("must go first")
    shown = sandbox.admin.network.get(f"/quotas/{case.project_id}").json()["quota"]
    assert shown["network"] == 1
    assert (await case.stack.refresh())["quota"] == {"networks": 1}


async def test_what_the_quota_has_no_room_for_is_refused_as_exhausted_and_names_the_resource(make: Make) -> None:
    case = make(boot_gib=2, data_gib=0)
    refused = await case.stack.up(resources(case, quota={"volumes": 0}))
    error = refused.errors["boot-app-1"]
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (error.details() or "").startswith("boot-app-1: ")


async def test_a_bucket_that_holds_objects_is_not_deleted(make: Make, sandbox: Sandbox) -> None:
    case = make(0)
    await case.stack.up(build(case.spec))
    store = sandbox.inside(case.project_id).object_store
    name = f"{case.spec.system}-files"
    store.put(f"/{name}/a", data=b"1")
    case.permit_all()
    refused = await case.stack.destroy()
    assert "still holds objects" in (refused.errors[f"bucket-{name}"].details() or "")
    remove_all = partial(store.delete, f"/{name}/a")
    assert remove_all().status_code == 204
    store.post(f"/{name}", headers={"X-Versions-Enabled": "false"})
    for row in store.get(f"/{name}?versions=&format=json").json():
        store.delete(f"/{name}/{row['name']}?version-id={row['version_id']}")
