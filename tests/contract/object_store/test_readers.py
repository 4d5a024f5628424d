"""Readers of a bucket: who is let in and who is not, asked of the gateway with each one's own key.

moto keeps a policy and lets nobody in by it, so authority is asked of the real gateway alone.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.handlers import validate_bucket_name

from stacks.provider.ceph import Bucket
from stacks.provider.ceph import buckets as s3
from stacks.provider.ceph.account import Keys
from stacks.provider.ceph.admin import Admin
from stacks.provider.ceph.buckets import Aspect, Settings
from stacks.provider.ceph.client import s3_client
from stacks.provider.ceph.naming import gateway_uid, tenant_of
from stacks.provider.resource_type import Found
from tests.contract.object_store.conftest import REGION, Endpoint
from tests.contract.object_store.operations import Killed, Run
from tests.contract.object_store.test_resources import (
    KEY,
    Inputs,
    bucket_inputs,
    create_both,
    read_bucket,
    types_of,
    user_inputs,
)

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

__all__ = ["bucket_inputs", "user_inputs"]

pytestmark = pytest.mark.cloud

LETTER = "letter"
_FORBIDDEN = 403
READ: dict[str, Callable[["S3Client", str], object]] = {
    "get": lambda client, bucket: client.get_object(Bucket=bucket, Key=LETTER),
    "list": lambda client, bucket: client.list_objects_v2(Bucket=bucket),
    "head": lambda client, bucket: client.head_bucket(Bucket=bucket),
    "location": lambda client, bucket: client.get_bucket_location(Bucket=bucket),
}
READ_VERSIONS: dict[str, Callable[["S3Client", str], object]] = {
    "versions": lambda client, bucket: client.list_object_versions(Bucket=bucket),
}
WRITE: dict[str, Callable[["S3Client", str], object]] = {
    "put": lambda client, bucket: client.put_object(Bucket=bucket, Key="another", Body=b"2"),
    "delete": lambda client, bucket: client.delete_object(Bucket=bucket, Key=LETTER),
    "policy": lambda client, bucket: client.delete_bucket_policy(Bucket=bucket),
    "block": lambda client, bucket: client.delete_public_access_block(Bucket=bucket),
    "acl": lambda client, bucket: client.get_bucket_acl(Bucket=bucket),
    "remove": lambda client, bucket: client.delete_bucket(Bucket=bucket),
}


@dataclass
class Shared:
    """A bucket with a letter in it, and how a run changes it."""

    endpoint: Endpoint
    bucket: Bucket
    id: str
    inputs: Inputs
    owner: "S3Client"

    @property
    def name(self) -> str:
        """Its name in its unit's namespace."""
        return str(self.inputs["name"])

    @property
    def full_name(self) -> str:
        """Its name for users of other units."""
        return f"{tenant_of(self.inputs['owner_uid'])}:{self.name}"

    async def shared_with(self, *uids: str) -> Mapping[str, Any]:
        """Bring it to these readers, in place."""
        wanted = {name: value for name, value in self.inputs.items() if name != "readers"}
        wanted |= {"readers": sorted(uids)} if uids else {}
        outputs = await self.bucket.update(self.id, KEY, self.inputs, wanted)
        self.inputs = wanted
        return outputs

    async def seen(self) -> Found:
        """What a refresh shows."""
        found = await self.bucket.read(self.id, KEY, self.inputs)
        assert found is not None
        return found

    def may(self, keys: Keys | None, *, whole_name: bool = True) -> set[str]:
        """What the gateway lets somebody do; writes are tried last, as one may take the letter away."""
        client = self.endpoint.client(keys) if keys else anonymous(self.endpoint)
        client.meta.events.unregister("before-parameter-build.s3", validate_bucket_name)
        name = self.full_name if whole_name else self.name
        return {what for what, ask in {**READ, **READ_VERSIONS, **WRITE}.items() if allowed(ask, client, name)}


def anonymous(endpoint: Endpoint) -> "S3Client":
    return s3_client(endpoint.url, REGION, None)


def allowed(ask: Callable[["S3Client", str], object], client: "S3Client", name: str) -> bool:
    try:
        ask(client, name)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != _FORBIDDEN:
            raise
        return False
    return True


@asynccontextmanager
async def bucket_of(endpoint: Endpoint, user: Inputs, inputs: Inputs) -> AsyncIterator[Shared]:
    async with types_of(Run(endpoint.store)) as (users, buckets, gateway):
        owner = await users.create(KEY, user)
        made = await buckets.create(KEY, inputs)
        client = await gateway.client(owner.id)
        client.put_object(Bucket=inputs["name"], Key=LETTER, Body=b"1")
        yield Shared(endpoint, buckets, made.id, inputs, client)


def user(admin: Admin, uid: str) -> Keys:
    return admin.create_user(gateway_uid(uid), uid, 0).keys[0]


@pytest.fixture
def other_unit(uid: str) -> str:
    return f"other-{uid}"


@pytest.fixture
def same_unit(uid: str) -> str:
    return f"{uid.partition('$')[0]}$neighbour-extranet"


async def test_readers_read_and_write_nothing_and_everybody_else_stays_out(  # noqa: PLR0913, PLR0917 - fixtures
    ceph: Endpoint, admin: Admin, user_inputs: Inputs, bucket_inputs: Inputs, other_unit: str, same_unit: str
) -> None:
    other, same = user(admin, other_unit), user(admin, same_unit)
    reading = {*READ, *READ_VERSIONS}
    async with bucket_of(ceph, user_inputs, bucket_inputs) as shared:
        assert shared.may(other) == shared.may(same) == set()
        await shared.shared_with(other_unit, same_unit)
        assert shared.may(other) == shared.may(same) == reading
        assert shared.may(same, whole_name=False) == reading
        assert shared.may(ceph.stranger) == set()
        assert shared.may(None) == set()
        await shared.shared_with(same_unit)
        assert (shared.may(other), shared.may(same)) == (set(), reading)
        await shared.shared_with()
        assert shared.may(other) == shared.may(same) == set()
        assert shared.owner.get_object(Bucket=shared.name, Key=LETTER)["Body"].read() == b"1"


async def test_versions_are_read_only_where_there_are_any(
    ceph: Endpoint, admin: Admin, user_inputs: Inputs, bucket_inputs: Inputs, other_unit: str
) -> None:
    other = user(admin, other_unit)
    plain = {**bucket_inputs, "versioning": False}
    async with bucket_of(ceph, user_inputs, {**plain, "readers": [other_unit]}) as shared:
        assert shared.may(other) == set(READ)


async def test_a_second_look_finds_no_change_and_public_access_stays_blocked(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs, other_unit: str, same_unit: str
) -> None:
    async with bucket_of(ceph, user_inputs, {**bucket_inputs, "readers": sorted([other_unit, same_unit])}) as shared:
        found = await shared.seen()
        assert found.inputs == shared.inputs
        assert found.outputs["public_access_blocked"] is True
        assert shared.owner.get_public_access_block(Bucket=shared.name)["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": False,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        }


async def test_a_reader_whose_user_is_not_made_yet_fails_nothing_and_reads_once_it_is(
    ceph: Endpoint, admin: Admin, user_inputs: Inputs, bucket_inputs: Inputs, other_unit: str
) -> None:
    async with bucket_of(ceph, user_inputs, {**bucket_inputs, "readers": [other_unit]}) as shared:
        assert (await shared.seen()).inputs == shared.inputs
        assert shared.may(user(admin, other_unit)) == {*READ, *READ_VERSIONS}
        admin.remove_user(gateway_uid(other_unit))
        assert (await shared.seen()).inputs == shared.inputs


async def test_a_bucket_with_readers_goes_as_any_other(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs, other_unit: str
) -> None:
    async with bucket_of(ceph, user_inputs, {**bucket_inputs, "readers": [other_unit], "versioning": False}) as shared:
        shared.owner.delete_object(Bucket=shared.name, Key=LETTER)
        await shared.bucket.delete(shared.id, shared.inputs)
        assert await shared.bucket.read(shared.id, KEY, shared.inputs) is None


def one_more_reader(policy: dict[str, Any]) -> None:
    policy["Statement"][0]["Principal"]["AWS"].append("arn:aws:iam::a_unit:user/intruder-extranet")


def one_more_right(policy: dict[str, Any]) -> None:
    policy["Statement"][0]["Action"].append("s3:PutObject")


def one_more_statement(policy: dict[str, Any]) -> None:
    policy["Statement"].append({**policy["Statement"][0], "Sid": "more", "Action": ["s3:DeleteObject"]})


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (one_more_reader, {"readers"}),
        (one_more_right, {"readers", "other_policy"}),
        (one_more_statement, {"readers", "other_policy"}),
    ],
)
async def test_a_policy_changed_by_hand_is_shown_and_the_next_run_puts_it_right(  # noqa: PLR0913, PLR0917 - fixtures
    ceph: Endpoint,
    user_inputs: Inputs,
    bucket_inputs: Inputs,
    other_unit: str,
    change: Callable[[dict[str, Any]], None],
    shown: set[str],
) -> None:
    async with bucket_of(ceph, user_inputs, {**bucket_inputs, "readers": [other_unit]}) as shared:
        policy = json.loads(shared.owner.get_bucket_policy(Bucket=shared.name)["Policy"])
        change(policy)
        put_by_hand(shared, policy)
        found = await shared.seen()
        names = {*found.inputs, *shared.inputs}
        assert {name for name in names if found.inputs.get(name) != shared.inputs.get(name)} == shown
        if shown == {"readers"}:
            assert found.inputs["readers"] == sorted([other_unit, "a_unit$intruder-extranet"])
        await shared.shared_with(other_unit)
        assert (await shared.seen()).inputs == shared.inputs


async def test_a_policy_that_no_document_asks_for_is_shown_and_taken_away(
    ceph: Endpoint, admin: Admin, user_inputs: Inputs, bucket_inputs: Inputs, other_unit: str
) -> None:
    other = user(admin, other_unit)
    async with bucket_of(ceph, user_inputs, bucket_inputs) as shared:
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": [f"arn:aws:iam::{tenant_of(other_unit)}:root"]},
                    "Action": "s3:*",
                    "Resource": [f"arn:aws:s3:::{shared.name}", f"arn:aws:s3:::{shared.name}/*"],
                }
            ],
        }
        put_by_hand(shared, policy)
        found = await shared.seen()
        assert found.inputs == {**shared.inputs, "other_policy": found.outputs["policy_sha256"]}
        outputs = await shared.shared_with()
        assert outputs["policy_sha256"] == ""
        assert (await shared.seen()).inputs == shared.inputs
        assert shared.may(other) == set()


def put_by_hand(shared: Shared, policy: dict[str, Any]) -> None:
    """With the block off for that moment, as an owner must on this gateway."""
    block = shared.owner.get_public_access_block(Bucket=shared.name)["PublicAccessBlockConfiguration"]
    shared.owner.delete_public_access_block(Bucket=shared.name)
    shared.owner.put_bucket_policy(Bucket=shared.name, Policy=json.dumps(policy))
    shared.owner.put_public_access_block(Bucket=shared.name, PublicAccessBlockConfiguration=block)


@pytest.mark.parametrize("moment", ["before-call", "after-answer"])
async def test_a_run_that_is_killed_at_the_policy_is_taken_up(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs, other_unit: str, moment: str
) -> None:
    wanted = {**bucket_inputs, "readers": [other_unit]}
    first = Run(ceph.store, killed_at=f"create:Bucket:policy:{moment}")
    with pytest.raises(Killed):
        await create_both(first, user_inputs, wanted)
    # the block is written before: there is no moment at which the bucket has readers and is open to others
    assert first.steps.index("create:Bucket:public-access:after-answer") < first.steps.index(first.killed_at)
    run = Run(ceph.store)
    await create_both(run, user_inputs, wanted)
    found = await read_bucket(run, wanted)
    assert found is not None
    assert found.inputs == wanted


async def test_whoever_is_killed_while_a_part_of_the_block_is_lifted_leaves_a_bucket_that_is_seen_as_open(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs, other_unit: str
) -> None:
    async with bucket_of(ceph, user_inputs, {**bucket_inputs, "readers": [other_unit]}) as shared:
        block = shared.owner.get_public_access_block(Bucket=shared.name)["PublicAccessBlockConfiguration"]
        lifted = {**block, "BlockPublicPolicy": False}
        shared.owner.put_public_access_block(Bucket=shared.name, PublicAccessBlockConfiguration=lifted)  # type: ignore[arg-type]  # a TypedDict spelled as a dict
        assert (await shared.seen()).inputs == {**shared.inputs, "public_access": "open"}
        await shared.shared_with(other_unit)
        assert (await shared.seen()).inputs == shared.inputs


async def test_versions_and_policy_that_were_changed_together_are_put_right_in_one_run(
    ceph: Endpoint, user_inputs: Inputs, bucket_inputs: Inputs, other_unit: str
) -> None:
    async with bucket_of(ceph, user_inputs, {**bucket_inputs, "readers": [other_unit]}) as shared:
        uids, name = (gateway_uid(other_unit),), shared.name
        without = Settings(readers=uids, versioning=False)
        s3.write(shared.owner, name, Aspect.VERSIONING, Settings(), without)
        s3.write(shared.owner, name, Aspect.POLICY, Settings(), without)
        found = await shared.seen()
        assert found.inputs == {**shared.inputs, "versioning": False}
        await shared.shared_with(other_unit)
        assert (await shared.seen()).inputs == shared.inputs


def test_readers_are_written_read_back_and_taken_away_on_every_store(endpoint: Endpoint, name: str) -> None:
    client = endpoint.client()
    s3.create(client, name)
    wanted = Settings(readers=("another$hall-extranet", "unit_a$bus-extranet"))
    for settings in (wanted, replace(wanted, readers=wanted.readers[:1] if wanted.readers else ()), Settings()):
        found = s3.observe(client, name)
        assert found is not None
        for aspect in s3.differences(found, settings):
            s3.write(client, name, aspect, found, settings)
        now = s3.observe(client, name)
        assert now is not None
        assert s3.differences(now, settings) == ()
        assert now.readers == settings.readers
        assert bool(now.policy_sha256) is bool(settings.readers)
