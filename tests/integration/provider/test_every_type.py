"""Every resource type of OpenStack: a change by hand is shown, and what cannot change is replaced in order."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from stacks.program.build import build
from stacks.provider.assembly import openstack_types
from stacks.provider.cloud import Cloud
from stacks.spec import Bucket
from tests.integration.provider.conftest import Case, Make, Sandbox

pytestmark = [
    pytest.mark.cloud,
    # the SDK calls its own deprecated methods
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]
UNTOUCHED = frozenset({"Server", "ApplicationCredential", "RoleGrant", "NetworkAccess", "LoadBalancer"})
"""Changed by other tests of this folder; an access to a network stays while a router uses it, says the cloud."""


def change_by_hand(case: Case, sandbox: Sandbox) -> None:
    """One change to one resource of each type, made past the broker."""
    ids, admin, inside = case.stack.ids, sandbox.admin, sandbox.inside(case.project_id)
    project, router = ids["project"], ids["router"]
    named = {"name": "by-hand"}
    policy = ids["limit-50m"]
    (rule, _) = admin.network.get(f"/qos/policies/{policy}").json()["policy"]["rules"]
    server, volume = ids["attachment-app-1-data"].split("/")
    bucket = ids[f"bucket-{case.spec.system}-files"]
    answers = (
        admin.identity.patch(f"/projects/{project}", json={"project": {"description": "by hand"}}),
        admin.network.put(f"/networks/{ids['network']}", json={"network": named}),
        admin.network.put(f"/subnets/{ids['subnet']}", json={"subnet": named}),
        admin.network.delete(f"/floatingips/{ids['address-www']}"),
        admin.network.put(f"/routers/{router}/remove_router_interface", json={"subnet_id": ids["subnet"]}),
        admin.network.put(f"/routers/{router}", json={"router": named}),
        admin.network.put(f"/security-groups/{ids['group-app']}", json={"security_group": named}),
        admin.network.put(
            f"/qos/policies/{policy}/bandwidth_limit_rules/{rule['id']}",
            json={"bandwidth_limit_rule": {"max_kbps": 77}},
        ),
        admin.network.put(f"/ports/{ids['port-app-1']}", json={"port": named}),
        inside.block_storage.put(f"/volumes/{ids['boot-app-1']}", json={"volume": named}),
        inside.compute.delete(f"/servers/{server}/os-volume_attachments/{volume}"),
        inside.object_store.post(f"/{bucket}", headers={"X-Container-Meta-Quota-Bytes": str(1 << 30)}),
        admin.network.put(f"/quotas/{project}", json={"quota": {"router": 3}}),
    )
    for answer in answers:
        assert answer.ok, answer.text


SHOWN: Mapping[str, frozenset[str] | None] = {
    "project": frozenset({"labels"}),
    "network": frozenset({"name"}),
    "subnet": frozenset({"name"}),
    "address-www": None,
    "router-interface": None,
    "router": frozenset({"name"}),
    "group-app": frozenset({"name"}),
    "limit-50m": frozenset({"egress_kbps"}),
    "port-app-1": frozenset({"name"}),
    "boot-app-1": frozenset({"name"}),
    "attachment-app-1-data": None,
    "quota": frozenset({"routers"}),
}
"""What a refresh shows of each: the inputs that differ; None for what is gone."""


async def test_a_change_by_hand_of_every_type_is_shown_and_nothing_else(make: Make, sandbox: Sandbox) -> None:
    case = make()
    await case.stack.up(build(case.spec))
    bucket = f"bucket-{case.spec.system}-files"
    change_by_hand(case, sandbox)
    seen = await case.stack.refresh()
    told = {name: None if shown is None else frozenset(shown) for name, shown in seen.items()}
    assert told == {**SHOWN, bucket: frozenset({"quota_gib"})}
    assert (seen["limit-50m"] or {})["egress_kbps"] == 77
    types = {type(each).__name__ for each in openstack_types(Cloud(case.stack._made()))}
    changed = {case.stack.state[name].resource.type.rpartition(":")[2] for name in told}
    assert types - changed == UNTOUCHED


async def test_a_grant_that_was_taken_away_is_shown(make: Make, sandbox: Sandbox) -> None:
    case = make(0)
    await case.stack.up(build(case.spec))
    project, user, role = case.stack.ids["broker-access"].split("/")
    path, whole = f"/projects/{project}/users/{user}/roles/{role}", dict(case.stack.state)
    sandbox.admin.identity.delete(path)
    # without the grant nobody can look into the project: only the grant itself is asked about
    case.stack.state = {"broker-access": whole["broker-access"]}
    assert await case.stack.refresh() == {"broker-access": None}
    sandbox.admin.identity.put(path)
    assert await case.stack.refresh() == {}
    case.stack.state = whole


async def test_another_bucket_is_there_before_the_old_one_goes_and_needs_a_permit(make: Make, sandbox: Sandbox) -> None:
    case = make(0)
    await case.stack.up(build(case.spec))
    (old,) = case.spec.buckets
    name, renamed = f"bucket-{old.name}", Bucket(f"{old.name}-2", 5, versioning=True, expire_days=None)
    wanted = [
        replace(each, properties={**each.properties, "name": renamed.name}) if each.name == name else each
        for each in build(case.spec)
    ]
    refused = await case.stack.up(wanted)
    assert "no document covers" in (refused.errors[name].details() or "")
    case.permit_all()
    done = await case.stack.up(wanted)
    assert (done.errors, done.replaced) == ({}, [name])
    store = sandbox.inside(case.project_id).object_store
    assert (store.head(f"/{renamed.name}").status_code, store.head(f"/{old.name}").status_code) == (204, 404)
