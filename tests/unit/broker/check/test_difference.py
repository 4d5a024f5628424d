from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from broker.check.difference import Difference, Verb, differences
from broker.clock import SHANGHAI
from broker.documents.cases import MlpsFiling
from broker.documents.layout import BucketLayout, DataDisk, PublicAddressLayout, TierLayout, ZoneLayout
from broker.estate.system import Estate, KeptVolume, Lifecycle, System, deployment_of
from tests.fixtures.orders import leaving
from tests.unit.broker.check.test_base import reviewed

TIER = TierLayout(
    name="web",
    flavor="g.2c4g",
    count=2,
    image="debian",
    system_disk_gib=40,
    data_disks=(DataDisk(name="d", size_gib=9),),
)


def estate(tier: TierLayout = TIER, lifecycle: Lifecycle = Lifecycle.PRODUCTION, bucket_gib: int = 10) -> Estate:
    buckets = (BucketLayout(name="files", quota_gib=bucket_gib),)
    deployment = deployment_of(ZoneLayout(zone="extranet", tiers=(tier,), buckets=buckets, bandwidth_mbps=10))
    system = System(
        id="booking",
        unit="health",
        name_zh="预约",
        provider="provider-a",
        mlps=MlpsFiling(grade=2),
        dr_class="none",
        lifecycle=lifecycle,
        request="r",
        approval_number=None,
        deployments=(deployment,),
        flows=(),
    )
    return Estate(datetime(2026, 11, 23, tzinfo=SHANGHAI), (system,), None)


def verbs(before: Estate, after: Estate) -> dict[str, Verb]:
    return {f"{d.kind} {d.name}": d.verb for d in differences(before, after)}


def test_the_same_estate_differs_in_nothing() -> None:
    assert differences(estate(), estate()) == ()


@pytest.mark.parametrize(
    ("change", "verb"),
    [
        ({"flavor": "g.4c8g"}, Verb.CHANGED),
        ({"system_disk_gib": 80}, Verb.CHANGED),
        ({"system_disk_gib": 20}, Verb.REPLACED),
        ({"system_disk_gib": 0}, Verb.REPLACED),
        ({"image": "other"}, Verb.REPLACED),
        ({"user_data": "#cloud-config\n"}, Verb.REPLACED),
        ({"system_disk_tier": "high_performance"}, Verb.REPLACED),
    ],
)
def test_a_server_is_changed_or_made_anew(change: dict[str, object], verb: Verb) -> None:
    found = verbs(estate(), estate(TIER.model_copy(update=change)))
    assert found == {"server web-1": verb, "server web-2": verb}


def test_first_boot_configuration_that_comes_or_goes_is_told_by_its_digest() -> None:
    configured = estate(TIER.model_copy(update={"user_data": "#!/bin/sh\n"}))
    comes, goes = differences(estate(), configured)[0], differences(configured, estate())[0]
    assert (comes.told, comes.verb) == ("user_data=- -> sha256:a8076d3d28d2", Verb.REPLACED)
    assert (goes.told, goes.verb) == ("user_data=sha256:a8076d3d28d2 -> -", Verb.REPLACED)


def test_one_server_fewer_is_deleted_with_its_volume() -> None:
    found = verbs(estate(), estate(TIER.model_copy(update={"count": 1})))
    assert found == {"server web-2": Verb.DELETED, "volume web-2-d": Verb.DELETED}


def test_a_volume_that_stays_without_its_server_is_changed_not_deleted() -> None:
    fewer = estate(TIER.model_copy(update={"count": 1}))
    system = fewer.systems[0]
    kept = (KeptVolume("web-2-d", TIER.data_disks[0], "form"),)
    system = replace(system, deployments=(replace(system.deployments[0], kept=kept),))
    assert verbs(estate(), replace(fewer, systems=(system,)))["volume web-2-d"] is Verb.CHANGED


def test_a_larger_bucket_says_from_what_to_what() -> None:
    (found,) = differences(estate(), estate(bucket_gib=20))
    assert (found.name, found.told) == ("files", "quota_gib=10 -> 20")


def test_readers_of_a_bucket_say_who_read_and_who_will() -> None:
    before = estate()
    (system,) = before.systems
    (deployment,) = system.deployments
    bucket = deployment.buckets[0].model_copy(update={"readers": ("school", "hall")})
    after = replace(before, systems=(system.with_deployment(replace(deployment, buckets=(bucket,))),))
    (found,) = differences(before, after)
    assert (found.name, found.told) == ("files", "readers=none -> hall, school read_by=- -> nobody")


def one(**change: Any) -> System:
    """A running system with its subnet in 政务外网区 and a bucket there."""
    (system,) = estate().systems
    deployments = (replace(system.deployments[0], subnet="10.0.0.0/24"),)
    return replace(system, deployments=deployments, **change)


OWNER = one()
SCHOOL = one(id="school", unit="education")
"""It reads the owner's files."""


def beside(*others: System) -> Estate:
    """The owner, the very same value each time, and the others."""
    return replace(estate(), systems=(SHARING, *others))


def sharing() -> System:
    (deployment,) = OWNER.deployments
    bucket = deployment.buckets[0].model_copy(update={"readers": ("school", "nobody")})
    return OWNER.with_deployment(replace(deployment, buckets=(bucket,)))


SHARING = sharing()


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ((replace(SCHOOL, lifecycle=Lifecycle.SUSPENDED, suspended_by="s"),), "nobody"),
        ((replace(SCHOOL, lifecycle=Lifecycle.EXITING, exit_form="x"),), "nobody"),
        ((replace(SCHOOL, lifecycle=Lifecycle.RETIRED, exit_form="x"),), "nobody"),
        ((replace(SCHOOL, provider="provider-b"),), "nobody"),
        ((replace(SCHOOL, deployments=(replace(SCHOOL.deployments[0], buckets=()),)),), "nobody"),
        ((replace(SCHOOL, id="campus"),), "nobody"),
        ((), "nobody"),
        ((replace(SCHOOL, unit="culture"),), "culture/school"),
    ],
)
def test_the_owners_bucket_is_touched_by_what_becomes_of_a_reader(after: tuple[System, ...], told: str) -> None:
    found = [d for d in differences(beside(SCHOOL), beside(*after)) if d.system == "booking"]
    change = f"read_by=education/school -> {told}"
    assert found == [Difference("booking", "extranet", "bucket", "files", Verb.CHANGED, change)]


def test_a_review_of_an_exit_shows_that_the_system_leaves_and_whose_bucket_it_reads_no_more() -> None:
    leaves = leaving("2026-11-20", ("urban-v2", "urban-mgmt", "provider-b"))
    assert [d.told for d in reviewed("2026-11-23T12:00", (), *leaves).differences] == [
        "read_by=urban-mgmt/urban-v2 -> nobody",
        "lifecycle=production -> exiting",
    ]


def test_what_changes_at_a_reader_and_not_that_it_reads_leaves_the_owners_bucket_alone() -> None:
    after = replace(SCHOOL, lifecycle=Lifecycle.TRIAL, name_zh="学校")
    assert {d.system for d in differences(beside(SCHOOL), beside(after))} == {"school"}
    assert differences(beside(SCHOOL), beside(SCHOOL)) == ()


def test_closed_public_access_is_told_of_each_address() -> None:
    address = PublicAddressLayout(name="front", tier="web", ordinal=1)
    (system,) = estate().systems
    open_ = replace(system, deployments=(replace(system.deployments[0], public_addresses=(address,)),))
    before = replace(estate(), systems=(open_,))
    after = replace(before, systems=(replace(open_, closed_by=("m",)),))
    assert [(d.kind, d.name, d.verb, d.told) for d in differences(before, after)] == [
        ("public address", "front", Verb.CHANGED, "closed=- -> yes")
    ]


def test_a_retired_system_holds_nothing_any_more() -> None:
    found = verbs(estate(), estate(lifecycle=Lifecycle.RETIRED))
    assert set(found.values()) == {Verb.DELETED}
    assert "server web-1" in found
