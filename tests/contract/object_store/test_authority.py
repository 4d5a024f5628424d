import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import requests
from botocore.exceptions import ClientError

from stacks.provider.ceph import buckets
from stacks.provider.ceph.account import Keys
from stacks.provider.ceph.buckets import Aspect, Settings
from stacks.provider.ceph.client import s3_client
from stacks.provider.ceph.store_error import ObjectStoreError
from tests.contract.object_store.conftest import REGION, Endpoint

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

pytestmark = pytest.mark.cloud

WRONG_SECRET = "wrong-secret-that-must-not-show"  # noqa: S105 - known to no store


def test_a_wrong_secret_is_refused_with_a_cure_and_without_the_secret(guarded: Endpoint, name: str) -> None:
    client = guarded.client(replace(guarded.keys, secret_key=WRONG_SECRET))
    with pytest.raises(ObjectStoreError) as refusal:
        buckets.create(client, name)
    assert refusal.value.code in {"AccessDenied", "SignatureDoesNotMatch"}
    assert "present" in refusal.value.cure
    assert WRONG_SECRET not in str(refusal.value)
    assert guarded.keys.access_key not in str(refusal.value)


def test_an_unknown_key_is_refused(guarded: Endpoint, name: str) -> None:
    with pytest.raises(ObjectStoreError) as refusal:
        buckets.create(guarded.client(Keys("AKNOBODY000000000000", WRONG_SECRET)), name)
    assert refusal.value.status == 403


def test_a_stranger_neither_sees_nor_deletes_a_bucket(guarded: Endpoint, name: str) -> None:
    buckets.create(guarded.client(), name)
    stranger = guarded.client(guarded.stranger)
    with pytest.raises(ClientError):
        stranger.list_objects_v2(Bucket=name)
    with pytest.raises(ClientError):
        stranger.delete_bucket(Bucket=name)
    assert buckets.observe(guarded.client(), name) is not None


def test_a_request_held_back_by_the_watch_is_not_sent(ceph: Endpoint, name: str) -> None:
    class HeldBackError(Exception):
        pass

    def hold_back(method: str) -> None:
        if method == "PUT":
            raise HeldBackError

    client = s3_client(ceph.url, REGION, ceph.keys, hold_back)
    with pytest.raises(HeldBackError):
        buckets.create(client, name)
    assert buckets.observe(ceph.client(), name) is None


@pytest.fixture
def blocked(ceph: Endpoint, name: str) -> "S3Client":
    """Of the owner of the bucket `name`, public access to which is blocked."""
    client = ceph.client()
    buckets.create(client, name)
    buckets.write(client, name, Aspect.PUBLIC_ACCESS, Settings(), Settings())
    return client


def test_a_public_policy_is_refused_while_public_access_is_blocked(blocked: "S3Client", name: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    with pytest.raises(ClientError) as refusal:
        blocked.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert refusal.value.response["Error"]["Code"] == "AccessDenied"


def test_a_public_list_of_rights_opens_nothing_while_public_access_is_blocked(
    ceph: Endpoint, blocked: "S3Client", name: str
) -> None:
    blocked.put_bucket_acl(Bucket=name, ACL="public-read-write")
    blocked.put_object(Bucket=name, Key="letter", Body=b"1", ACL="public-read")
    url = f"{ceph.url}/{name}"
    answers = [
        requests.get(f"{url}/letter", timeout=120),
        requests.get(url, timeout=120),
        requests.put(f"{url}/other", data=b"2", timeout=120),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_the_owner_reads_and_writes_while_public_access_is_blocked(endpoint: Endpoint, name: str) -> None:
    client = endpoint.client()
    buckets.create(client, name)
    buckets.write(client, name, Aspect.PUBLIC_ACCESS, Settings(), Settings())
    client.put_object(Bucket=name, Key="letter", Body=b"1")
    assert client.get_object(Bucket=name, Key="letter")["Body"].read() == b"1"
