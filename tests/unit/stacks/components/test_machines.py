from dataclasses import replace

from stacks.program.build import build
from stacks.resource import Ref, Resource
from stacks.spec import ObjectStoreKind, Power, Reader, StackSpec
from tests.fixtures.stack_specs import sample, server, target


def by_name(spec: StackSpec) -> dict[str, Resource]:
    return {resource.name: resource for resource in build(spec)}


def of_one(spec: StackSpec, boot_gib: int) -> StackSpec:
    (tier,) = spec.tiers
    return replace(spec, tiers=(replace(tier, servers=(server("web", 1, boot_gib=boot_gib),)),))


def test_a_server_stands_on_its_planned_port_and_its_own_boot_volume() -> None:
    found = by_name(of_one(sample(), boot_gib=40))
    properties = found["server-web-1"].properties
    assert properties["port_id"] == Ref("port-web-1")
    assert properties["boot_volume_id"] == Ref("boot-web-1")
    assert "image" not in properties
    boot = found["boot-web-1"]
    assert (boot.properties["size_gib"], boot.properties["image"], boot.holds_data) == (40, "cirros", True)


def test_a_server_without_boot_volume_boots_from_its_image() -> None:
    found = by_name(of_one(sample(), boot_gib=0))
    assert found["server-web-1"].properties["image"] == "cirros"
    assert "boot_volume_id" not in found["server-web-1"].properties
    assert "boot-web-1" not in found


def test_first_boot_configuration_reaches_each_server_of_its_tier_and_another_one_starts_from_a_new_disk() -> None:
    spec = sample(servers=2)
    (web,) = spec.tiers
    plain, one, other = (
        by_name(replace(spec, tiers=(replace(web, user_data=text),))) for text in (None, "#!/bin/sh\n", "#!/bin/bash\n")
    )
    assert [one[f"server-web-{n}"].properties["user_data"] for n in (1, 2)] == ["#!/bin/sh\n"] * 2
    boots = [found["boot-web-1"].properties.get("first_boot") for found in (plain, one, other)]
    assert (boots[0], len(set(boots))) == (None, 3)
    touched = {name for name in one if one[name] != other[name]}
    assert touched == {"server-web-1", "server-web-2", "boot-web-1", "boot-web-2"}
    assert "user_data" not in plain["server-web-1"].properties


def test_a_stopped_stack_keeps_every_resource() -> None:
    spec = sample(servers=2)
    running, stopped = by_name(spec), by_name(replace(spec, power=Power.STOPPED))
    changed = {name for name in running if running[name] != stopped[name]}
    assert running.keys() == stopped.keys()
    assert changed == {"server-web-1", "server-web-2"}


def test_an_attachment_goes_with_its_server_and_its_volume_stays() -> None:
    found = by_name(sample())
    assert found["attachment-web-1-data"].deleted_with == "server-web-1"
    assert found["volume-web-1-data"].deleted_with is None
    assert found["volume-web-1-data"].holds_data


def test_buckets_on_ceph_belong_to_the_stacks_own_user() -> None:
    found = by_name(replace(sample(), cloud=target(ObjectStoreKind.CEPH)))
    bucket = found["bucket-hall-internet-files"]
    assert bucket.type == "govcloud:ceph:Bucket"
    assert bucket.properties["owner_uid"] == Ref("object-user")
    assert "object_gib" not in found["quota"].properties


def test_a_bucket_without_expiry_says_nothing_of_it() -> None:
    properties = by_name(sample())["bucket-hall-internet-files"].properties
    assert "expire_days" not in properties
    assert properties["versioning"] is True


def test_a_bucket_says_of_encryption_only_that_it_is_wanted_and_only_on_ceph() -> None:
    plain = sample()
    encrypted = replace(plain, buckets=tuple(replace(bucket, encrypted=True) for bucket in plain.buckets))
    told = [
        by_name(replace(spec, cloud=target(kind)))["bucket-hall-internet-files"].properties.get("encryption")
        for spec in (plain, encrypted)
        for kind in (ObjectStoreKind.CEPH, ObjectStoreKind.SWIFT)
    ]
    assert told == [None, None, "AES256", None]


def test_a_bucket_names_the_users_of_its_readers_sorted_and_only_on_ceph() -> None:
    readers = (Reader("health", "b"), Reader("edu", "a"))
    shared = replace(sample(), buckets=tuple(replace(bucket, readers=readers) for bucket in sample().buckets))
    told = [
        by_name(replace(shared, cloud=target(kind)))["bucket-hall-internet-files"].properties.get("readers")
        for kind in (ObjectStoreKind.CEPH, ObjectStoreKind.SWIFT)
    ]
    assert told == [["edu$a-internet", "health$b-internet"], None]
