"""What the broker relies on, shown on a real gateway: keys, quotas, policy, refusals."""

import json
import secrets
import stat
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.integration.ceph.conftest import Gateway, Tenant, make_tenant
from tools.ceph import gateway
from tools.ceph.layout import user_cache

pytestmark = pytest.mark.cloud


def refusal(caught: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def test_two_tenants_have_a_bucket_of_the_same_name_each(ceph: Gateway, tenant: Tenant) -> None:
    other = make_tenant(ceph, "other$system")
    for who in (tenant, other):
        who.s3.create_bucket(Bucket="files")
        who.s3.put_object(Bucket="files", Key="whose", Body=who.uid.encode())
    assert tenant.s3.get_object(Bucket="files", Key="whose")["Body"].read() == tenant.uid.encode()
    assert other.s3.get_object(Bucket="files", Key="whose")["Body"].read() == b"other$system"


def test_a_users_quota_is_kept_and_enforced(ceph: Gateway, tenant: Tenant) -> None:
    limit = {"quota-type": "user", "max-size-kb": "40", "max-objects": "-1", "enabled": "true"}
    ceph.admin("PUT", "/user?quota", uid=tenant.uid, **limit)
    read = ceph.admin("GET", "/user?quota", uid=tenant.uid, **{"quota-type": "user"})
    assert (read["enabled"], read["max_size"]) == (True, 40 * 1024)
    tenant.s3.create_bucket(Bucket="small")
    with pytest.raises(ClientError) as caught:
        tenant.s3.put_object(Bucket="small", Key="large", Body=bytes(50_000))
    assert refusal(caught) == (403, "QuotaExceeded")


def test_a_policy_is_kept(tenant: Tenant) -> None:
    tenant.s3.create_bucket(Bucket="open")
    allow = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::open/*"]}
    policy = {"Version": "2012-10-17", "Statement": [allow]}
    tenant.s3.put_bucket_policy(Bucket="open", Policy=json.dumps(policy))
    assert json.loads(tenant.s3.get_bucket_policy(Bucket="open")["Policy"]) == policy


def test_the_public_access_block_refuses_a_public_policy(tenant: Tenant) -> None:
    tenant.s3.create_bucket(Bucket="closed")
    block = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    tenant.s3.put_public_access_block(Bucket="closed", PublicAccessBlockConfiguration=block)  # type: ignore[arg-type]  # a TypedDict spelled as a dict
    assert tenant.s3.get_public_access_block(Bucket="closed")["PublicAccessBlockConfiguration"] == block
    allow = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::closed/*"]}
    with pytest.raises(ClientError) as caught:
        tenant.s3.put_bucket_policy(Bucket="closed", Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    assert refusal(caught) == (403, "AccessDenied")


def test_a_bucket_that_holds_data_is_not_deleted(tenant: Tenant) -> None:
    tenant.s3.create_bucket(Bucket="full")
    tenant.s3.put_object(Bucket="full", Key="paper", Body=b"1")
    with pytest.raises(ClientError) as caught:
        tenant.s3.delete_bucket(Bucket="full")
    assert refusal(caught) == (409, "BucketNotEmpty")
    tenant.s3.delete_object(Bucket="full", Key="paper")
    tenant.s3.delete_bucket(Bucket="full")
    assert tenant.s3.list_buckets()["Buckets"] == []


def test_a_wrong_secret_is_refused(ceph: Gateway, tenant: Tenant) -> None:
    assert tenant.s3.list_buckets()["Buckets"] == []
    with pytest.raises(ClientError) as caught:
        ceph.client(tenant.access_key, secrets.token_hex(20)).list_buckets()
    assert refusal(caught) == (403, "AccessDenied")
    with pytest.raises(ClientError) as caught:
        ceph.client(tenant.access_key, secrets.token_hex(20)).create_bucket(Bucket="never")
    assert refusal(caught)[0] == 403
    assert tenant.s3.list_buckets()["Buckets"] == []


def test_a_tenant_may_not_use_the_admin_api(ceph: Gateway, tenant: Tenant) -> None:
    own = {"access_key": tenant.access_key, "secret_key": tenant.secret_key}
    assert ceph.admin_as(own, "GET", "/user", uid=tenant.uid).status_code == 403
    assert ceph.admin_as(ceph.keys(), "GET", "/user", uid=tenant.uid).status_code == 200


def test_the_keys_are_for_their_owner_and_nowhere_else(ceph: Gateway) -> None:
    assert stat.S_IMODE(ceph.layout.credentials.stat().st_mode) == 0o600
    secret = ceph.keys()["secret_key"]
    written = [path for path in ceph.layout.state.rglob("*") if path.is_file() and path != ceph.layout.credentials]
    assert [path for path in written if secret.encode() in path.read_bytes()] == []
    running = [Path(f"/proc/{pid}/cmdline").read_text() for pid in ceph.endpoints.pids.values()]
    assert len(running) == 3
    assert not any(secret in line for line in running)


def test_a_second_up_keeps_what_runs(ceph: Gateway) -> None:
    assert gateway.up(ceph.layout, user_cache()) == ceph.endpoints
