"""Each change of an intent form on one small system: what it makes of it, and what does not fit."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from broker.documents.cases import MlpsFiling
from broker.documents.changes import Change
from broker.documents.layout import Flow, ZoneLayout
from broker.estate.change import apply_change
from broker.estate.conflict import ChangeConflict
from broker.estate.system import Deployment, Lifecycle, System, deployment_of

ZONE = "internet"
FLOW = {"id": "public-web", "source": {"kind": "public"}, "target": {"kind": "tier", "zone": ZONE, "tier": "web"}}
LAYOUT = {
    "zone": ZONE,
    "bandwidth_mbps": 20,
    "tiers": [
        {
            "name": "web",
            "flavor": "gp.2c4g",
            "count": 3,
            "image": "debian-12",
            "system_disk_gib": 50,
            "data_disks": [{"name": "data", "size_gib": 100}],
        }
    ],
    "buckets": [{"name": "files", "quota_gib": 10}],
    "public_addresses": [{"name": "front", "tier": "web"}],
    "api_access": [{"name": "upload", "purpose": "材料上传"}],
}
LAYOUT_SPEC = ZoneLayout.model_validate(LAYOUT, strict=False)
CHANGE: TypeAdapter[Change] = TypeAdapter(Change)


DISK = {"name": "data", "size_gib": 20}


def changed(action: str, *, zone: str | None = ZONE, **fields: Any) -> System | ChangeConflict:
    flow = Flow.model_validate({**FLOW, "port": 443, "purpose": "办事大厅"}, strict=False)
    deployment = deployment_of(LAYOUT_SPEC)
    system = System(
        id="hall",
        unit="gov-service",
        name_zh="办事大厅",
        provider="provider-a",
        mlps=MlpsFiling(grade=2),
        dr_class="none",
        lifecycle=Lifecycle.PRODUCTION,
        request="hall-request",
        approval_number=None,
        deployments=(deployment,),
        flows=(flow,),
    )
    return then(system, action, zone=zone, **fields)


def then(
    system: System | ChangeConflict, action: str, *, zone: str | None = ZONE, **fields: Any
) -> System | ChangeConflict:
    assert isinstance(system, System), system
    told = {"action": action, **({"zone": zone} if zone else {}), **fields}
    return apply_change(system, CHANGE.validate_python(told, strict=False), "the-form")


def in_zone(action: str, **fields: Any) -> Deployment:
    system = changed(action, **fields)
    assert isinstance(system, System), system
    (deployment,) = system.deployments
    return deployment


def refused(action: str, **fields: Any) -> ChangeConflict:
    found = changed(action, **fields)
    assert isinstance(found, ChangeConflict), found
    assert found.cure
    return found


def leaver(ordinal: int, data: str, **more: str) -> dict[str, Any]:
    return {"ordinal": ordinal, "data": data, **more}


def test_a_tier_grows_by_the_lowest_free_ordinals_with_the_tiers_disks() -> None:
    (web,) = in_zone("set_count", tier="web", count=5).tiers
    assert [server.ordinal for server in web.servers] == [1, 2, 3, 4, 5]
    assert {tuple(disk.name for disk in server.disks) for server in web.servers} == {("data",)}
    assert web.layout.count == 5


def test_a_tier_shrinks_by_the_servers_that_are_named_and_says_what_becomes_of_their_data() -> None:
    leaving = [leaver(1, "discard"), leaver(3, "hand_over")]
    deployment = in_zone("set_count", tier="web", count=1, leaving=leaving)
    assert [server.ordinal for server in deployment.tiers[0].servers] == [2]
    assert deployment.released == ("boot-web-1", "boot-web-3", "volume-web-1-data")
    assert [(kept.name, kept.document) for kept in deployment.kept] == [("web-3-data", "the-form")]


@pytest.mark.parametrize("leaving", [(), (leaver(3, "discard"),), (leaver(3, "discard"), leaver(9, "discard"))])
def test_a_tier_does_not_shrink_without_the_names_of_all_that_go(leaving: tuple[dict[str, Any], ...]) -> None:
    found = refused("set_count", tier="web", count=1, leaving=list(leaving))
    assert found.field == "leaving"
    assert "[2, 3]" in found.cure


def test_a_flavor_and_a_bandwidth_are_those_of_the_form() -> None:
    assert in_zone("set_flavor", tier="web", flavor="gp.4c8g").tiers[0].layout.flavor == "gp.4c8g"
    assert in_zone("set_bandwidth", bandwidth_mbps=80).bandwidth_mbps == 80


def test_a_rebuild_takes_another_image_and_lets_the_system_disks_go_and_nothing_else() -> None:
    deployment = in_zone("set_image", tier="web", image="ubuntu-22.04", system_disk="discard")
    (web,) = deployment.tiers
    assert (web.layout.image, [server.ordinal for server in web.servers]) == ("ubuntu-22.04", [1, 2, 3])
    assert deployment.released == ("boot-web-1", "boot-web-2", "boot-web-3")
    assert (deployment.kept, web.layout.data_disks) == ((), deployment_of(LAYOUT_SPEC).tiers[0].layout.data_disks)
    assert refused("set_image", tier="web", image="debian-12", system_disk="discard").field == "image"


CONFIGURED = "#cloud-config\npackages: [nginx]\n"


def test_user_data_take_the_way_of_a_rebuild_and_may_be_taken_away_again() -> None:
    rebuilt = {"tier": "web", "system_disk": "discard"}
    system = changed("set_user_data", user_data=CONFIGURED, **rebuilt)
    assert isinstance(system, System)
    (deployment,) = system.deployments
    (web,) = deployment.tiers
    assert (web.layout.user_data, [server.ordinal for server in web.servers]) == (CONFIGURED, [1, 2, 3])
    assert (deployment.released, deployment.kept) == (("boot-web-1", "boot-web-2", "boot-web-3"), ())
    again = then(system, "set_user_data", user_data=CONFIGURED, **rebuilt)
    assert isinstance(again, ChangeConflict)
    assert again.field == "user_data"
    without = then(system, "set_user_data", user_data=None, **rebuilt)
    assert isinstance(without, System)
    assert without.deployments[0].tiers[0].layout.user_data is None
    assert refused("set_user_data", user_data=None, **rebuilt).field == "user_data"
    with pytest.raises(ValidationError):
        changed("set_user_data", user_data=CONFIGURED, tier="web")


def test_a_disk_grows_on_every_server_and_never_shrinks() -> None:
    (web,) = in_zone("extend_disk", tier="web", disk="data", size_gib=150).tiers
    assert [[disk.size_gib for disk in server.disks] for server in web.servers] == [[150]] * 3
    assert web.layout.data_disks[0].size_gib == 150
    assert refused("extend_disk", tier="web", disk="data", size_gib=99).field == "size_gib"
    assert "data" in refused("extend_disk", tier="web", disk="logs", size_gib=150).cure


def test_every_server_gets_a_disk_that_has_a_name_of_its_own() -> None:
    (web,) = in_zone("add_disk", tier="web", disk={"name": "logs", "size_gib": 20}).tiers
    assert [[disk.name for disk in server.disks] for server in web.servers] == [["data", "logs"]] * 3
    assert refused("add_disk", tier="web", disk={"name": "data", "size_gib": 20}).field == "disk.name"


def test_a_disk_that_is_given_back_goes_or_waits_for_its_hand_over_as_the_form_says() -> None:
    gone = in_zone("remove_disk", tier="web", disk="data", data="discard")
    assert gone.tiers[0].layout.data_disks == ()
    assert {server.disks for server in gone.tiers[0].servers} == {()}
    assert gone.released == ("volume-web-1-data", "volume-web-2-data", "volume-web-3-data")
    waiting = in_zone("remove_disk", tier="web", disk="data", data="hand_over")
    assert waiting.released == ()
    assert [(kept.name, kept.disk.size_gib) for kept in waiting.kept] == [(f"web-{n}-data", 100) for n in (1, 2, 3)]
    assert "data" in refused("remove_disk", tier="web", disk="logs", data="discard").cure


@pytest.mark.parametrize("data", ["hand_over", "discard"])
def test_no_new_volume_takes_the_name_of_one_that_was_given_back(data: str) -> None:
    after = then(changed("remove_disk", tier="web", disk="data", data=data), "add_disk", tier="web", disk=DISK)
    assert isinstance(after, ChangeConflict)
    assert "web-1-data" in after.fact


def test_a_server_that_comes_later_takes_no_ordinal_whose_volume_waits_and_has_a_system_disk_of_its_own() -> None:
    discarded = changed("set_count", tier="web", count=2, leaving=[leaver(3, "discard")])
    again = then(discarded, "set_count", tier="web", count=3)
    assert isinstance(again, System)
    assert again.deployments[0].released == ("volume-web-3-data",)
    smaller = changed("set_count", tier="web", count=2, leaving=[leaver(3, "hand_over")])
    grown = then(smaller, "set_count", tier="web", count=3)
    assert isinstance(grown, System)
    assert [server.ordinal for server in grown.deployments[0].tiers[0].servers] == [1, 2, 4]


def test_a_tier_is_given_back_with_every_server_named_and_nothing_standing_on_it() -> None:
    leaving = [leaver(1, "discard"), leaver(2, "discard"), leaver(3, "keep_until", keep_until="2026-12-16")]
    standing = refused("remove_tier", tier="web", leaving=leaving)
    assert standing.fact == "层 web 仍被使用：公网地址 front、访问关系 public-web"
    alone = then(changed("remove_public_address", public_address="front"), "close_flow", zone=None, flow="public-web")
    assert isinstance(alone, System)
    few = then(alone, "remove_tier", tier="web", leaving=leaving[:1])
    assert isinstance(few, ChangeConflict)
    assert "[1, 2, 3]" in few.fact
    gone = then(alone, "remove_tier", tier="web", leaving=leaving)
    assert isinstance(gone, System)
    (deployment,) = gone.deployments
    assert (deployment.tiers, deployment.slots_used) == ((), 1)
    assert deployment.released == ("boot-web-1", "boot-web-2", "boot-web-3", "volume-web-1-data", "volume-web-2-data")
    assert [(kept.name, str(kept.until)) for kept in deployment.kept] == [("web-3-data", "2026-12-16")]
    assert refused("remove_tier", tier="app", leaving=leaving).field == "tier"


@pytest.mark.parametrize(("data", "day"), [("keep_until", None), ("discard", "2026-12-16")])
def test_a_day_stands_where_data_are_kept_until_it_and_nowhere_else(data: str, day: str | None) -> None:
    told = {"action": "remove_disk", "zone": ZONE, "tier": "web", "disk": "data", "data": data, "keep_until": day}
    with pytest.raises(ValidationError, match="keep_until with its day"):
        CHANGE.validate_python(told, strict=False)


def test_a_bucket_is_given_back_with_what_is_in_it_and_its_name_is_not_used_again() -> None:
    gone = changed("remove_bucket", bucket="files", data="discard")
    assert isinstance(gone, System)
    assert (gone.deployments[0].buckets, gone.deployments[0].discarded_buckets) == ((), ("files",))
    again = then(gone, "add_bucket", bucket={"name": "files", "quota_gib": 5})
    assert isinstance(again, ChangeConflict)
    assert "files" in refused("remove_bucket", bucket="logs", data="discard").cure


def test_a_new_tier_takes_the_next_addresses() -> None:
    app = {"name": "app", "flavor": "gp.2c4g", "count": 1, "image": "debian-12", "system_disk_gib": 50}
    deployment = in_zone("add_tier", tier=app)
    assert [(tier.name, tier.slot) for tier in deployment.tiers] == [("web", 0), ("app", 1)]
    assert deployment.slots_used == 2
    assert refused("add_tier", tier={**app, "name": "web"}).field == "tier.name"


def test_a_bucket_is_added_under_a_name_of_its_own_and_gets_another_limit() -> None:
    added = in_zone("add_bucket", bucket={"name": "logs", "quota_gib": 5})
    assert [bucket.name for bucket in added.buckets] == ["files", "logs"]
    resized = in_zone("set_bucket_quota", bucket="files", quota_gib=40)
    assert [bucket.quota_gib for bucket in resized.buckets] == [40]
    assert refused("add_bucket", bucket={"name": "files", "quota_gib": 5}).field == "bucket.name"
    assert "files" in refused("set_bucket_quota", bucket="logs", quota_gib=5).cure


def test_encryption_of_a_bucket_is_set_and_ended_in_place() -> None:
    encrypted = changed("set_bucket_encryption", bucket="files", encrypted=True)
    assert isinstance(encrypted, System)
    (bucket,) = encrypted.deployments[0].buckets
    assert (bucket.name, bucket.encrypted) == ("files", True)
    ended = then(encrypted, "set_bucket_encryption", bucket="files", encrypted=False)
    assert isinstance(ended, System)
    assert ended.deployments[0].buckets == in_zone("set_bucket_encryption", bucket="files", encrypted=False).buckets
    assert "files" in refused("set_bucket_encryption", bucket="logs", encrypted=True).cure


def test_readers_of_a_bucket_take_the_place_of_those_that_it_had() -> None:
    read = changed("set_bucket_readers", bucket="files", readers=["hall", "school"])
    assert isinstance(read, System)
    assert read.deployments[0].buckets[0].readers == ("hall", "school")
    fewer = then(read, "set_bucket_readers", bucket="files", readers=["school"])
    assert isinstance(fewer, System)
    assert fewer.deployments[0].buckets[0].readers == ("school",)
    none = then(fewer, "set_bucket_readers", bucket="files", readers=[])
    assert isinstance(none, System)
    assert none.deployments[0].buckets == in_zone("set_bucket_readers", bucket="files", readers=[]).buckets
    assert "files" in refused("set_bucket_readers", bucket="logs", readers=[]).cure


def test_a_new_key_to_the_buckets_has_the_next_number() -> None:
    assert in_zone("renew_bucket_key").bucket_key_serial == 2
    assert refused("renew_bucket_key", zone="extranet").field == "zone"


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMezF/swG6xwBFJB1Hp0ZuKl8182CjP4/Hly11idyVio"


def test_a_login_key_is_that_of_the_document_until_another_takes_its_place() -> None:
    asked = ZoneLayout.model_validate(LAYOUT | {"login_key": KEY}, strict=False)
    assert (deployment_of(asked).login_key, deployment_of(LAYOUT_SPEC).login_key) == (KEY, None)
    assert in_zone("set_login_key", login_key=KEY).login_key == KEY


@pytest.mark.parametrize("wrong", ["ssh-ed25519 AAAA", "ssh-rsa " + KEY.split()[1], KEY + " me@host", KEY.split()[1]])
def test_a_login_key_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        ZoneLayout.model_validate(LAYOUT | {"login_key": wrong}, strict=False)


def test_a_public_address_comes_and_goes_by_its_name() -> None:
    added = in_zone("add_public_address", public_address={"name": "second", "tier": "web", "ordinal": 2})
    assert [address.name for address in added.public_addresses] == ["front", "second"]
    assert in_zone("remove_public_address", public_address="front").public_addresses == ()
    assert refused("remove_public_address", public_address="back").field == "public_address"


def test_an_access_comes_is_renewed_and_ends_by_its_name() -> None:
    added = in_zone("add_api_access", api_access={"name": "watch", "purpose": "运行监测"})
    assert [access.name for access in added.api_access] == ["upload", "watch"]
    (renewed,) = in_zone("renew_api_access", api_access="upload").api_access
    assert (renewed.serial, renewed.layout.valid_until) == (2, None)
    (dated,) = in_zone("renew_api_access", api_access="upload", valid_until="2027-01-31").api_access
    assert str(dated.layout.valid_until) == "2027-01-31"
    assert in_zone("remove_api_access", api_access="upload").api_access == ()
    assert refused("add_api_access", api_access={"name": "upload", "purpose": "x"}).field == "api_access.name"
    assert "upload" in refused("renew_api_access", api_access="watch").cure


def test_a_flow_opens_under_a_name_of_its_own_and_closes_by_it() -> None:
    more = {**FLOW, "id": "public-ssh", "port": 22, "purpose": "运维"}
    opened = changed("open_flow", zone=None, flow=more)
    assert isinstance(opened, System)
    assert [flow.id for flow in opened.flows] == ["public-web", "public-ssh"]
    closed = changed("close_flow", zone=None, flow="public-web")
    assert isinstance(closed, System)
    assert closed.flows == ()
    assert refused("open_flow", zone=None, flow={**more, "id": "public-web"}).field == "flow.id"
    assert refused("close_flow", zone=None, flow="public-ssh").field == "flow"


def test_a_zone_or_a_tier_that_the_system_does_not_have_is_named_with_those_that_it_has() -> None:
    assert refused("set_bandwidth", zone="extranet", bandwidth_mbps=1).field == "zone"
    assert "web" in refused("set_flavor", tier="db", flavor="gp.2c4g").cure


def test_a_load_balancer_comes_with_its_grant_and_goes_with_it() -> None:
    front = {"name": "entry", "tier": "web", "public_address": "front"}
    deployment = in_zone("add_load_balancer", load_balancer=front)
    assert [(balancer.name, balancer.number) for balancer in deployment.balancers] == [("entry", 1)]
    assert deployment.load_balancers == 1
    assert "web" in refused("add_load_balancer", load_balancer={"name": "entry", "tier": "app"}).cure
    assert "front" in refused("add_load_balancer", load_balancer={**front, "public_address": "back"}).cure
    assert refused("remove_load_balancer", load_balancer="entry").field == "load_balancer"
