from typing import Any

import pytest

from stacks.provider.ceph import Gateway, ceph_types
from stacks.provider.operation import Operation, Permit
from stacks.provider.resource_type import Refused, ResourceType
from stacks.provider.values import UNKNOWN
from stacks.spec import CloudTarget, ObjectStoreKind

TARGET = CloudTarget("extranet-a", "a", "d", "r", "ext", ObjectStoreKind.CEPH, "gateway-a", sandbox=True)
USER: dict[str, Any] = {"uid": "unit-a$bus-extranet", "display_name": "bus", "quota_gib": 1, "max_buckets": 1}
BUCKET: dict[str, Any] = {
    "owner_uid": UNKNOWN,
    "name": "photos-2026",
    "quota_gib": 1,
    "versioning": False,
    "labels": {"system": "bus"},
}


def types() -> tuple[ResourceType, ...]:
    """Of an operation that reaches nothing: `check` makes no call."""

    def unreachable() -> Any:
        raise AssertionError("check makes no network call")

    return ceph_types(
        Gateway(
            Operation(
                target=TARGET,
                project_name="bus/extranet",
                known_ids=frozenset(),
                unclean=False,
                permit=Permit(),
                fence=unreachable,
                hand_over=lambda _what, _fields: None,
                connect=unreachable,
            )
        )
    )


def wrong(token: str, inputs: dict[str, Any]) -> list[str]:
    [type_] = [each for each in types() if each.token == token]
    return [problem.property for problem in type_.check(inputs)]


def test_inputs_of_a_component_are_accepted() -> None:
    assert wrong("govcloud:ceph:User", USER) == []
    assert wrong("govcloud:ceph:Bucket", BUCKET) == []
    more = {"expire_days": 30, "encryption": "AES256", "readers": ["unit-a$car-extranet", "unit-b$bus-extranet"]}
    assert wrong("govcloud:ceph:Bucket", {**BUCKET, **more}) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"uid": "no-tenant"}, ["uid"]), ({"quota_gib": -1}, ["quota_gib"]), ({"max_buckets": -1}, ["max_buckets"])],
)
def test_a_user_out_of_range_is_a_problem(change: dict[str, Any], expected: list[str]) -> None:
    assert wrong("govcloud:ceph:User", {**USER, **change}) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": "Photos"}, ["name"]),
        ({"name": "a/b"}, ["name"]),
        ({"name": "ab"}, ["name"]),
        ({"name": "x" * 64}, ["name"]),
        ({"quota_gib": -1}, ["quota_gib"]),
        ({"expire_days": 0}, ["expire_days"]),
        ({"encryption": "aws:kms"}, ["encryption"]),
        ({"readers": []}, ["readers"]),
        ({"readers": ["b$b-extranet", "a$a-extranet"]}, ["readers"]),
        ({"readers": ["a$a-extranet", "a$a-extranet"]}, ["readers"]),
        ({"readers": ["no-tenant"]}, ["readers"]),
        ({"owner_uid": "unit_a$bus-extranet", "readers": ["unit-a$bus-extranet"]}, ["readers"]),
        ({"readers": UNKNOWN}, []),
        ({"other_policy": "0123"}, ["other_policy"]),
        ({"public_access": "open"}, ["public_access"]),
        ({"other_lifecycle_rules": []}, ["other_lifecycle_rules"]),
    ],
)
def test_a_bucket_out_of_range_is_a_problem(change: dict[str, Any], expected: list[str]) -> None:
    assert wrong("govcloud:ceph:Bucket", {**BUCKET, **change}) == expected


def test_a_bucket_holds_data_and_a_user_none() -> None:
    assert {each.token: each.holds_data for each in types()} == {
        "govcloud:ceph:User": False,
        "govcloud:ceph:Bucket": True,
    }


async def test_a_cloud_without_a_gateway_is_refused_with_the_entry_that_is_missing() -> None:
    user, _ = types()
    with pytest.raises(Refused, match="gateway-a"):
        await user.read("unit_a$bus-extranet", "gc-0", USER)
