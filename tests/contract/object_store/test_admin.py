import secrets
import time
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from stacks.provider.ceph import buckets
from stacks.provider.ceph.account import User
from stacks.provider.ceph.admin import Admin
from stacks.provider.ceph.limits import BLOCK_BYTES, Limit, counted_bytes
from stacks.provider.ceph.naming import gateway_uid
from stacks.provider.ceph.store_error import UNREACHABLE, ObjectStoreError
from tests.contract.object_store.conftest import Endpoint
from tools.processes import free_port_block

pytestmark = pytest.mark.cloud

KIB = 1024


@pytest.fixture
def user(admin: Admin, uid: str) -> User:
    return admin.create_user(gateway_uid(uid), "区教育局 school-bus", 3)


def put_until_refused(endpoint: Endpoint, user: User, name: str, *, size_bytes: int, attempts: int) -> int:
    """How many objects were taken before the limit held."""
    client = endpoint.client(user.keys[0])
    for count in range(attempts):
        try:
            client.put_object(Bucket=name, Key=str(count), Body=b"x" * size_bytes)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "QuotaExceeded"  # noqa: PT017 - the code is in the response
            return count
    return attempts


def test_a_new_user_has_one_key_and_no_limit(user: User, uid: str) -> None:
    assert (user.uid, user.display_name, user.max_buckets) == (gateway_uid(uid), "区教育局 school-bus", 3)
    assert len(user.keys) == 1
    assert user.limit == Limit(None)


def test_a_uid_is_given_once(admin: Admin, user: User) -> None:
    with pytest.raises(ObjectStoreError) as refusal:
        admin.create_user(user.uid, user.display_name, 3)
    assert (refusal.value.code, refusal.value.status) == ("UserAlreadyExists", 409)
    assert admin.user(user.uid) == user


def test_a_hyphen_in_a_tenant_is_refused_by_the_gateway_itself(admin: Admin, uid: str) -> None:
    with pytest.raises(ObjectStoreError, match="letters, digits and hyphens only"):
        admin.create_user(uid, "as written", 1)


def test_an_unknown_user_is_none_and_has_no_buckets(admin: Admin) -> None:
    assert admin.user("nobody$here") is None
    assert admin.buckets("nobody$here") == ()


def test_a_change_of_name_and_number_keeps_keys_and_limit(admin: Admin, user: User) -> None:
    admin.set_user_limit(user.uid, Limit(40 * KIB))
    admin.modify_user(user.uid, "renamed", 0)
    assert admin.user(user.uid) == replace(user, display_name="renamed", max_buckets=0, limit=Limit(40 * KIB))


def test_a_further_key_works_beside_the_first_until_one_is_removed(
    ceph: Endpoint, admin: Admin, user: User, name: str
) -> None:
    new = admin.create_keys(user.uid)
    buckets.create(ceph.client(new), name)
    admin.remove_keys(user.uid, user.keys[0].access_key)
    admin.remove_keys(user.uid, user.keys[0].access_key)
    found = admin.user(user.uid)
    assert found is not None
    assert found.keys == (new,)


def test_a_suspended_user_is_refused_and_then_let_in_again(ceph: Endpoint, admin: Admin, user: User, name: str) -> None:
    admin.suspend_user(user.uid, suspended=True)
    with pytest.raises(ObjectStoreError) as refusal:
        buckets.create(ceph.client(user.keys[0]), name)
    assert refusal.value.code == "UserSuspended"
    admin.suspend_user(user.uid, suspended=False)
    buckets.create(ceph.client(user.keys[0]), name)


def test_the_limit_of_a_bucket_counts_whole_blocks(ceph: Endpoint, admin: Admin, user: User, name: str) -> None:
    buckets.create(ceph.client(user.keys[0]), name)
    limit = Limit(5 * BLOCK_BYTES)
    admin.set_bucket_limit(user.uid, name, limit)
    admin.set_bucket_limit(user.uid, name, limit)
    size_bytes = BLOCK_BYTES + 1
    taken = put_until_refused(ceph, user, name, size_bytes=size_bytes, attempts=5)
    assert taken == 5 * BLOCK_BYTES // counted_bytes(size_bytes) == 2
    found = admin.bucket(user.uid, name)
    assert found is not None
    assert (found.limit, found.object_count) == (limit, 2)
    assert (found.size_bytes, found.counted_bytes) == (2 * size_bytes, 2 * counted_bytes(size_bytes))


def test_a_limit_of_zero_takes_nothing(ceph: Endpoint, admin: Admin, user: User, name: str) -> None:
    buckets.create(ceph.client(user.keys[0]), name)
    admin.set_bucket_limit(user.uid, name, Limit(0))
    assert put_until_refused(ceph, user, name, size_bytes=1, attempts=1) == 0


def test_the_limit_of_a_user_holds_over_its_buckets(ceph: Endpoint, admin: Admin, user: User, name: str) -> None:
    buckets.create(ceph.client(user.keys[0]), name)
    admin.set_user_limit(user.uid, Limit(0))
    assert put_until_refused(ceph, user, name, size_bytes=1, attempts=1) == 0


def test_a_lifted_limit_limits_nothing(admin: Admin, user: User) -> None:
    admin.set_user_limit(user.uid, Limit(KIB))
    admin.set_user_limit(user.uid, Limit(None))
    found = admin.user(user.uid)
    assert found is not None
    assert found.limit == Limit(None)


def test_a_user_makes_no_more_buckets_than_permitted(ceph: Endpoint, admin: Admin, user: User, name: str) -> None:
    admin.modify_user(user.uid, user.display_name, 1)
    buckets.create(ceph.client(user.keys[0]), name)
    with pytest.raises(ObjectStoreError) as refusal:
        buckets.create(ceph.client(user.keys[0]), f"{name}-2")
    assert refusal.value.code == "TooManyBuckets"


def test_two_units_have_a_bucket_of_the_same_name_and_one_call_lists_both(
    ceph: Endpoint, admin: Admin, user: User, name: str
) -> None:
    other = admin.create_user(f"other_{secrets.token_hex(4)}$system-extranet", "other", 1)
    for owner in (user, other):
        buckets.create(ceph.client(owner.keys[0]), name)
    owners = {each.owner_uid for each in admin.buckets() if each.name == name}
    assert owners == {user.uid, other.uid}
    assert [each.owner_uid for each in admin.buckets(other.uid)] == [other.uid]


def test_a_bucket_that_is_not_there_is_none(admin: Admin, user: User, name: str) -> None:
    assert admin.bucket(user.uid, name) is None


def test_a_user_with_buckets_stays_and_one_that_is_gone_is_no_error(
    ceph: Endpoint, admin: Admin, user: User, name: str
) -> None:
    client = ceph.client(user.keys[0])
    buckets.create(client, name)
    with pytest.raises(ObjectStoreError) as refusal:
        admin.remove_user(user.uid)
    assert refusal.value.status == 409
    buckets.delete(client, name)
    admin.remove_user(user.uid)
    admin.remove_user(user.uid)
    assert admin.user(user.uid) is None


def test_traffic_is_told_by_bucket_and_category(ceph: Endpoint, admin: Admin, user: User, name: str) -> None:
    client = ceph.client(user.keys[0])
    buckets.create(client, name)
    client.put_object(Bucket=name, Key="letter", Body=b"x" * 1000)
    # the gateway writes its usage log at each tick of 2 s
    deadline = time.monotonic() + 120
    while not (rows := [row for row in admin.traffic(user.uid) if row.category == "put_obj"]):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert [(row.bucket, row.successful_count, row.received_bytes) for row in rows] == [(name, 1, 1000)]


def test_an_account_without_rights_is_told_which_it_lacks(ceph: Endpoint, user: User) -> None:
    powerless = Admin(
        replace(ceph.store, access_key=user.keys[0].access_key, secret_key=user.keys[0].secret_key),
    )
    with pytest.raises(ObjectStoreError, match="caps users, buckets, usage") as refusal:
        powerless.buckets()
    powerless.close()
    assert user.keys[0].secret_key not in str(refusal.value)


def test_a_gateway_that_does_not_answer_is_named_with_its_address(ceph: Endpoint) -> None:
    nowhere = Admin(replace(ceph.store, endpoint=f"http://127.0.0.1:{free_port_block(1)}"))
    with pytest.raises(ObjectStoreError, match=r"127\.0\.0\.1") as refusal:
        nowhere.buckets()
    nowhere.close()
    assert refusal.value.code == UNREACHABLE
    assert refusal.value.is_transient
