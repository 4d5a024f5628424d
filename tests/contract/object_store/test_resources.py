import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from stacks.provider.ceph import Bucket, Gateway, User, ceph_types
from stacks.provider.ceph.admin import Admin
from stacks.provider.ceph.buckets import KEY_TAG
from stacks.provider.ceph.limits import Limit, limit_of_gib
from stacks.provider.ceph.naming import bucket_id, gateway_uid
from stacks.provider.operation import Fenced
from stacks.provider.resource_type import Found, Incomplete, Refused
from tests.contract.object_store.conftest import Endpoint
from tests.contract.object_store.operations import Killed, Run

pytestmark = pytest.mark.cloud

KEY = "gc-0123456789abcdef01234567"
OTHER_KEY = "gc-fedcba98765432100123abcd"
LABELS = {"system": "school-bus", "unit": "区教育局", "zone": "extranet", "request_number": "RYPF-2026-0007"}
STEPS_OF_A_FIRST_RUN = [
    f"create:{call}:{moment}"
    for call in (
        "User",
        "User:limit",
        "User:handed-over",
        "Bucket",
        "Bucket:tags",
        "Bucket:limit",
        "Bucket:public-access",
        "Bucket:versioning",
        "Bucket:expiry",
    )
    for moment in ("before-call", "after-answer")
]
HANDED_OVER = STEPS_OF_A_FIRST_RUN.index("create:User:handed-over:before-call")
STEPS_OF_A_FIRST_RUN[HANDED_OVER : HANDED_OVER + 2] = ["create:User:handed-over"]

Inputs = dict[str, Any]


@pytest.fixture
def user_inputs(uid: str) -> Inputs:
    return {"uid": uid, "display_name": "school-bus-extranet-objects", "quota_gib": 10, "max_buckets": 2}


@pytest.fixture
def bucket_inputs(uid: str, name: str) -> Inputs:
    return {
        "owner_uid": gateway_uid(uid),
        "name": name,
        "quota_gib": 4,
        "versioning": True,
        "expire_days": 30,
        "labels": LABELS,
    }


@asynccontextmanager
async def types_of(run: Run) -> AsyncIterator[tuple[User, Bucket, Gateway]]:
    """The resource types of one operation."""
    gateway = Gateway(run.operation())
    user, bucket = ceph_types(gateway)
    assert isinstance(user, User)
    assert isinstance(bucket, Bucket)
    try:
        yield user, bucket, gateway
    finally:
        gateway.close()


async def create_both(run: Run, user_inputs: Inputs, bucket_inputs: Inputs) -> None:
    async with types_of(run) as (user, bucket, _):
        await user.create(KEY, user_inputs)
        await bucket.create(KEY, bucket_inputs)


async def read_bucket(run: Run, inputs: Inputs) -> Found | None:
    async with types_of(run) as (_, bucket, _gateway):
        return await bucket.read(bucket_id(inputs["owner_uid"], inputs["name"]), KEY, inputs)


async def test_what_was_made_is_read_back_without_any_difference(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    async with types_of(Run(ceph.store)) as (user, bucket, _):
        made_user = await user.create(KEY, user_inputs)
        made_bucket = await bucket.create(KEY, bucket_inputs)
        assert await user.read(made_user.id, KEY, user_inputs) == Found(made_user.id, user_inputs, made_user.outputs)
        assert await bucket.read(made_bucket.id, KEY, bucket_inputs) == Found(
            made_bucket.id, bucket_inputs, made_bucket.outputs
        )


async def test_a_bucket_without_versions_and_expiry_is_read_back_without_any_difference(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    plain = {**bucket_inputs, "versioning": False}
    del plain["expire_days"]
    await create_both(Run(ceph.store), user_inputs, plain)
    found = await read_bucket(Run(ceph.store), plain)
    assert found is not None
    assert found.inputs == plain


async def test_encryption_that_the_gateway_does_not_keep_is_told_and_the_bucket_is_kept(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    async with types_of(Run(ceph.store)) as (user, bucket, _):
        await user.create(KEY, user_inputs)
        with pytest.raises(Incomplete, match="encryption") as told:
            await bucket.create(KEY, {**bucket_inputs, "encryption": "AES256"})
        await bucket.update(told.value.id, KEY, bucket_inputs, bucket_inputs)
        found = await bucket.read(told.value.id, KEY, bucket_inputs)
    assert found is not None
    assert found.inputs == bucket_inputs


async def test_limits_stand_at_the_gateway(
    ceph: Endpoint, admin: Admin, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    await create_both(Run(ceph.store), user_inputs, bucket_inputs)
    user = admin.user(gateway_uid(user_inputs["uid"]))
    bucket = admin.bucket(bucket_inputs["owner_uid"], bucket_inputs["name"])
    assert user is not None
    assert bucket is not None
    assert (user.limit, user.max_buckets, bucket.limit) == (limit_of_gib(10), 2, limit_of_gib(4))


async def test_keys_are_handed_over_and_stand_nowhere_else(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    run = Run(ceph.store)
    async with types_of(run) as (user, bucket, _):
        made = await user.create(KEY, user_inputs)
        shown = [made, await bucket.create(KEY, bucket_inputs), await user.read(made.id, KEY, user_inputs)]
    [(what, fields)] = run.handed_over
    assert what == f"object store user {made.id}"
    assert fields["endpoint"] == ceph.url
    assert fields["secret_key"] not in f"{shown} {caplog.text}"
    assert ceph.keys.secret_key not in caplog.text


async def test_a_higher_number_makes_a_new_key_that_is_handed_over_before_the_old_one_ends(
    ceph: Endpoint, admin: Admin, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    first, second = Run(ceph.store), Run(ceph.store)
    inputs = {**user_inputs, "key_serial": 1}
    await create_both(first, inputs, bucket_inputs)
    wanted = {**inputs, "key_serial": 2}
    async with types_of(second) as (user, bucket, _):
        made = await user.read(gateway_uid(inputs["uid"]), KEY, inputs)
        assert made is not None
        assert made.inputs == inputs
        # a client of the old key is there already
        assert await bucket.read(bucket_id(bucket_inputs["owner_uid"], bucket_inputs["name"]), KEY, bucket_inputs)
        await user.update(made.id, KEY, inputs, wanted)
        assert await bucket.read(bucket_id(bucket_inputs["owner_uid"], bucket_inputs["name"]), KEY, bucket_inputs)
    (old,), (new,) = ([fields["access_key"] for _, fields in run.handed_over] for run in (first, second))
    assert old != new
    held = admin.user(gateway_uid(inputs["uid"]))
    assert held is not None
    assert [keys.access_key for keys in held.keys] == [new]
    assert second.steps.index("create:User:handed-over") < second.steps.index("update:User:old-key:before-call")


async def test_a_renewal_that_was_killed_leaves_one_key_the_one_that_was_handed_over_last(
    ceph: Endpoint, admin: Admin, user_inputs: Inputs
) -> None:
    uid = gateway_uid(user_inputs["uid"])
    async with types_of(Run(ceph.store)) as (user, _, _gateway):
        await user.create(KEY, user_inputs)
    wanted = {**user_inputs, "key_serial": 2}
    for step in ("create:User:keys:after-answer", "create:User:handed-over", "update:User:old-key:after-answer"):
        async with types_of(Run(ceph.store, killed_at=step)) as (user, _, _gateway):
            with pytest.raises(Killed):
                await user.update(uid, KEY, user_inputs, wanted)
    last = Run(ceph.store)
    async with types_of(last) as (user, _, _gateway):
        await user.update(uid, KEY, user_inputs, wanted)
    held = admin.user(uid)
    assert held is not None
    assert [keys.access_key for keys in held.keys] == [fields["access_key"] for _, fields in last.handed_over]


async def test_a_run_reaches_its_steps_in_order_and_fences_each_write(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    run = Run(ceph.store)
    await create_both(run, user_inputs, bucket_inputs)
    assert run.steps == STEPS_OF_A_FIRST_RUN
    # one write per step, and the hand-over
    assert run.fenced_count == sum(step.endswith("before-call") for step in run.steps) + 1


@pytest.mark.parametrize("step", STEPS_OF_A_FIRST_RUN)
async def test_a_killed_run_is_taken_up(
    ceph: Endpoint, admin: Admin, user_inputs: Inputs, bucket_inputs: Inputs, step: str
) -> None:
    with pytest.raises(Killed):
        await create_both(Run(ceph.store, killed_at=step), user_inputs, bucket_inputs)
    run = Run(ceph.store)
    await create_both(run, user_inputs, bucket_inputs)
    found = await read_bucket(run, bucket_inputs)
    assert found is not None
    assert found.inputs == bucket_inputs
    held = admin.user(gateway_uid(user_inputs["uid"]))
    assert held is not None
    assert [fields["access_key"] for _, fields in run.handed_over] == [keys.access_key for keys in held.keys]
    assert len(admin.buckets(held.uid)) == 1


async def test_a_bucket_that_was_made_and_not_finished_keeps_its_id(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    too_long = {**bucket_inputs, "labels": {**LABELS, "unit": "x" * 300}}
    async with types_of(Run(ceph.store)) as (user, bucket, _):
        await user.create(KEY, user_inputs)
        with pytest.raises(Incomplete, match="setting tags") as caught:
            await bucket.create(KEY, too_long)
        assert caught.value.id == bucket_id(bucket_inputs["owner_uid"], bucket_inputs["name"])
        await bucket.update(caught.value.id, KEY, too_long, bucket_inputs)
        found = await bucket.read(caught.value.id, KEY, bucket_inputs)
    assert found is not None
    assert found.inputs == bucket_inputs


async def test_a_run_whose_lease_is_old_sends_no_write(
    ceph: Endpoint, admin: Admin, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    with pytest.raises(Fenced):
        await create_both(Run(ceph.store, lease_is_old=True), user_inputs, bucket_inputs)
    assert admin.user(gateway_uid(user_inputs["uid"])) is None
    await create_both(Run(ceph.store), user_inputs, bucket_inputs)
    async with types_of(Run(ceph.store, lease_is_old=True)) as (_, bucket, _gateway):
        id_ = bucket_id(bucket_inputs["owner_uid"], bucket_inputs["name"])
        with pytest.raises(Fenced):
            await bucket.update(id_, KEY, bucket_inputs, {**bucket_inputs, "versioning": False})
        with pytest.raises(Fenced):
            await bucket.delete(id_, bucket_inputs)
    assert await read_bucket(Run(ceph.store), bucket_inputs) is not None


async def test_a_user_of_somebody_else_is_not_taken_over(ceph: Endpoint, admin: Admin, user_inputs: Inputs) -> None:
    admin.create_user(gateway_uid(user_inputs["uid"]), "made by hand", 1)
    async with types_of(Run(ceph.store)) as (user, _, _gateway):
        with pytest.raises(Refused, match="not this stack's"):
            await user.create(KEY, user_inputs)


async def test_what_the_state_knows_is_never_adopted_again(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    await create_both(Run(ceph.store), user_inputs, bucket_inputs)
    known = frozenset({bucket_inputs["owner_uid"], bucket_id(bucket_inputs["owner_uid"], bucket_inputs["name"])})
    async with types_of(Run(ceph.store, known_ids=known)) as (user, bucket, _):
        with pytest.raises(Refused, match="already has it"):
            await user.create(KEY, user_inputs)
        with pytest.raises(Refused, match="already has it"):
            await bucket.create(KEY, bucket_inputs)


async def test_a_bucket_of_another_resource_is_not_taken_over(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    await create_both(Run(ceph.store), user_inputs, bucket_inputs)
    async with types_of(Run(ceph.store)) as (_, bucket, _gateway):
        with pytest.raises(Refused, match=KEY):
            await bucket.create(OTHER_KEY, bucket_inputs)


async def test_a_bucket_of_another_system_of_the_unit_is_not_taken_over(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    await create_both(Run(ceph.store), user_inputs, bucket_inputs)
    other_uid = f"{user_inputs['uid']}-2"
    async with types_of(Run(ceph.store)) as (user, bucket, _):
        made = await user.create(OTHER_KEY, {**user_inputs, "uid": other_uid})
        with pytest.raises(Refused, match="file another name"):
            await bucket.create(OTHER_KEY, {**bucket_inputs, "owner_uid": made.id})


async def test_a_bucket_without_a_key_is_taken_over_only_while_it_is_empty(
    ceph: Endpoint, admin: Admin, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    run = Run(ceph.store)
    async with types_of(run) as (user, bucket, gateway):
        made = await user.create(KEY, user_inputs)
        client = await gateway.client(made.id)
        client.create_bucket(Bucket=bucket_inputs["name"])
        client.put_object(Bucket=bucket_inputs["name"], Key="letter", Body=b"1")
        with pytest.raises(Refused, match=f"tag it {KEY_TAG}={KEY}"):
            await bucket.create(KEY, bucket_inputs)
        client.delete_object(Bucket=bucket_inputs["name"], Key="letter")
        assert (await bucket.create(KEY, bucket_inputs)).id == gateway.adopted[-1]
    assert admin.bucket(made.id, bucket_inputs["name"]) is not None


async def test_what_the_state_does_not_know_is_told_as_left_over(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    await create_both(Run(ceph.store), user_inputs, bucket_inputs)
    id_ = bucket_id(bucket_inputs["owner_uid"], bucket_inputs["name"])
    async with types_of(Run(ceph.store)) as (_, _bucket, gateway):
        assert await gateway.unknown_buckets(bucket_inputs["owner_uid"]) == (id_,)
    async with types_of(Run(ceph.store, known_ids=frozenset({id_}))) as (_, _bucket, gateway):
        assert await gateway.unknown_buckets(bucket_inputs["owner_uid"]) == ()


def rename_label(client: Any, name: str) -> None:
    tags = [{"Key": KEY_TAG, "Value": KEY}, {"Key": "system", "Value": "another"}]
    client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})


def remove_tags(client: Any, name: str) -> None:
    client.delete_bucket_tagging(Bucket=name)


def suspend_versioning(client: Any, name: str) -> None:
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})


def remove_expiry(client: Any, name: str) -> None:
    client.delete_bucket_lifecycle(Bucket=name)


def add_rule(client: Any, name: str) -> None:
    rule = {"ID": "mine", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})


def open_to_public(client: Any, name: str) -> None:
    client.delete_public_access_block(Bucket=name)


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (rename_label, {"labels": {"system": "another"}}),
        (remove_tags, {"labels": {KEY_TAG: ""}}),
        (suspend_versioning, {"versioning": False}),
        (remove_expiry, {"expire_days": None}),
        (add_rule, {"expire_days": None, "other_lifecycle_rules": ["mine"]}),
        (open_to_public, {"public_access": "open"}),
    ],
)
async def test_a_change_by_hand_is_shown_and_the_next_run_undoes_it(
    ceph: Endpoint,
    user_inputs: Inputs,
    bucket_inputs: Inputs,
    change: Callable[[Any, str], None],
    shown: Inputs,
) -> None:
    run = Run(ceph.store)
    async with types_of(run) as (user, bucket, gateway):
        made_user = await user.create(KEY, user_inputs)
        made = await bucket.create(KEY, bucket_inputs)
        change(await gateway.client(made_user.id), bucket_inputs["name"])
        found = await bucket.read(made.id, KEY, bucket_inputs)
        assert found is not None
        names = {*found.inputs, *bucket_inputs}
        differ = {name: found.inputs.get(name) for name in names if found.inputs.get(name) != bucket_inputs.get(name)}
        assert differ == shown
        await bucket.update(made.id, KEY, found.inputs, bucket_inputs)
        assert await bucket.read(made.id, KEY, bucket_inputs) == Found(made.id, bucket_inputs, made.outputs)


async def test_limits_changed_by_hand_are_shown_and_set_again(
    ceph: Endpoint, admin: Admin, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    async with types_of(Run(ceph.store)) as (user, bucket, _):
        made_user = await user.create(KEY, user_inputs)
        made = await bucket.create(KEY, bucket_inputs)
        admin.set_bucket_limit(made_user.id, bucket_inputs["name"], Limit(None))
        admin.set_user_limit(made_user.id, limit_of_gib(11))
        admin.modify_user(made_user.id, user_inputs["display_name"], 5)
        found_user = await user.read(made_user.id, KEY, user_inputs)
        found = await bucket.read(made.id, KEY, bucket_inputs)
        assert found_user is not None
        assert found is not None
        assert found_user.inputs == {**user_inputs, "quota_gib": 11, "max_buckets": 5}
        assert found.inputs == {**bucket_inputs, "quota_gib": -1}
        await user.update(made_user.id, KEY, found_user.inputs, user_inputs)
        await bucket.update(made.id, KEY, found.inputs, bucket_inputs)
        assert await user.read(made_user.id, KEY, user_inputs) == Found(made_user.id, user_inputs, made_user.outputs)
        assert await bucket.read(made.id, KEY, bucket_inputs) == Found(made.id, bucket_inputs, made.outputs)


async def test_a_bucket_with_data_stays_and_an_empty_one_goes_for_good(
    ceph: Endpoint, admin: Admin, user_inputs: Inputs, bucket_inputs: Inputs
) -> None:
    async with types_of(Run(ceph.store)) as (user, bucket, gateway):
        made_user = await user.create(KEY, user_inputs)
        made = await bucket.create(KEY, {**bucket_inputs, "versioning": False})
        client = await gateway.client(made_user.id)
        client.put_object(Bucket=bucket_inputs["name"], Key="letter", Body=b"1")
        with pytest.raises(Refused, match="1 object versions and 0 unfinished uploads"):
            await bucket.delete(made.id, bucket_inputs)
        with pytest.raises(Refused, match="still owns 1 buckets"):
            await user.delete(made_user.id, user_inputs)
        client.delete_object(Bucket=bucket_inputs["name"], Key="letter")
        for _ in range(2):
            await bucket.delete(made.id, bucket_inputs)
            await user.delete(made_user.id, user_inputs)
        assert await bucket.read(made.id, KEY, bucket_inputs) is None
        assert await user.read(made_user.id, KEY, user_inputs) is None
    assert admin.user(made_user.id) is None


async def test_a_change_of_what_is_gone_is_refused(ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs) -> None:
    async with types_of(Run(ceph.store)) as (user, bucket, _):
        with pytest.raises(Refused, match="gone from the gateway"):
            await user.update(bucket_inputs["owner_uid"], KEY, user_inputs, user_inputs)
        id_ = bucket_id(bucket_inputs["owner_uid"], bucket_inputs["name"])
        with pytest.raises(Refused, match="gone from the gateway"):
            await bucket.update(id_, KEY, bucket_inputs, bucket_inputs)
