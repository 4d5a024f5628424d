import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from stacks.provider.ceph import buckets
from stacks.provider.ceph.buckets import KEY_TAG, Aspect, Settings
from stacks.provider.ceph.encryption import AES256
from stacks.provider.ceph.lifecycle import Expiry
from stacks.provider.ceph.store_error import ObjectStoreError
from tests.contract.object_store.conftest import Endpoint

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ServerSideEncryptionRuleTypeDef

pytestmark = pytest.mark.cloud

WANTED = Settings(
    tags={KEY_TAG: "gc-0123456789abcdef01234567", "unit": "区教育局", "system": "school-bus"},
    versioning=True,
    expiry=Expiry(30),
)


@pytest.fixture
def client(endpoint: Endpoint, name: str) -> "S3Client":
    """Of an account that has made the bucket `name`."""
    client = endpoint.client()
    buckets.create(client, name)
    return client


def seen(client: "S3Client", name: str) -> Settings:
    found = buckets.observe(client, name)
    assert found is not None
    return found


def converge(client: "S3Client", name: str, wanted: Settings) -> tuple[Aspect, ...]:
    """The parts that were written."""
    found = seen(client, name)
    parts = buckets.differences(found, wanted)
    for aspect in parts:
        buckets.write(client, name, aspect, found, wanted)
    return parts


def test_a_bucket_made_twice_is_one_bucket(client: "S3Client", name: str) -> None:
    buckets.create(client, name)
    assert [each["Name"] for each in client.list_buckets()["Buckets"]].count(name) == 1


def test_a_bucket_that_is_gone_is_seen_as_none(endpoint: Endpoint, name: str) -> None:
    assert buckets.observe(endpoint.client(), name) is None


def test_everything_written_is_read_back_alike(client: "S3Client", name: str) -> None:
    assert converge(client, name, WANTED) == tuple(
        aspect for aspect in Aspect if aspect not in {Aspect.ENCRYPTION, Aspect.POLICY}
    )
    assert seen(client, name) == WANTED


def test_a_second_round_writes_nothing(client: "S3Client", name: str) -> None:
    converge(client, name, WANTED)
    assert converge(client, name, WANTED) == ()


def test_tags_that_the_unit_added_stay(client: "S3Client", name: str) -> None:
    client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "theirs", "Value": "kept"}]})
    converge(client, name, WANTED)
    assert seen(client, name).tags == {**WANTED.tags, "theirs": "kept"}


def test_versioning_is_suspended_when_it_is_no_longer_wanted(client: "S3Client", name: str) -> None:
    converge(client, name, WANTED)
    converge(client, name, Settings(tags=WANTED.tags, expiry=Expiry(30)))
    assert not seen(client, name).versioning


@pytest.mark.parametrize("wanted", [Expiry(7), Expiry()])
def test_expiry_changes_and_ends(client: "S3Client", name: str, wanted: Expiry) -> None:
    converge(client, name, Settings(expiry=Expiry(30)))
    converge(client, name, Settings(expiry=wanted))
    assert seen(client, name).expiry == wanted


def test_a_lifecycle_rule_made_by_hand_is_seen_and_goes(client: "S3Client", name: str) -> None:
    converge(client, name, WANTED)
    client.put_bucket_lifecycle_configuration(
        Bucket=name,
        LifecycleConfiguration={
            "Rules": [{"ID": "mine", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}}]
        },
    )
    assert seen(client, name).expiry == Expiry(None, ("mine",))
    assert converge(client, name, WANTED) == (Aspect.EXPIRY,)
    assert seen(client, name).expiry == WANTED.expiry


@pytest.mark.parametrize("endpoint", ["moto"], indirect=True)
def test_default_encryption_is_written_seen_and_taken_back(client: "S3Client", name: str) -> None:
    encrypted = replace(WANTED, encryption=AES256)
    assert Aspect.ENCRYPTION in converge(client, name, encrypted)
    assert seen(client, name) == encrypted
    assert converge(client, name, encrypted) == ()
    client.put_object(Bucket=name, Key="letter", Body=b"1")
    assert client.head_object(Bucket=name, Key="letter")["ServerSideEncryption"] == AES256
    assert converge(client, name, WANTED) == (Aspect.ENCRYPTION,)
    assert seen(client, name) == WANTED
    client.put_object(Bucket=name, Key="note", Body=b"1")
    assert "ServerSideEncryption" not in client.head_object(Bucket=name, Key="note")


@pytest.mark.parametrize("endpoint", ["moto"], indirect=True)
def test_another_algorithm_set_by_hand_is_seen_and_set_back(client: "S3Client", name: str) -> None:
    encrypted = replace(WANTED, encryption=AES256)
    converge(client, name, encrypted)
    rule: ServerSideEncryptionRuleTypeDef = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert seen(client, name).encryption == "aws:kms"
    assert converge(client, name, encrypted) == (Aspect.ENCRYPTION,)
    assert seen(client, name) == encrypted


@pytest.mark.parametrize("endpoint", ["ceph"], indirect=True)
def test_a_gateway_without_encryption_shows_none_whatever_it_says_to_the_wish(client: "S3Client", name: str) -> None:
    with suppress(ObjectStoreError):
        converge(client, name, replace(WANTED, encryption=AES256))
    assert seen(client, name).encryption is None


def test_a_bucket_opened_by_hand_is_seen_and_closed(client: "S3Client", name: str) -> None:
    converge(client, name, WANTED)
    client.delete_public_access_block(Bucket=name)
    assert seen(client, name).public_blocked is False
    assert converge(client, name, WANTED) == (Aspect.PUBLIC_ACCESS,)


def test_a_policy_set_by_hand_changes_what_is_seen(client: "S3Client", name: str) -> None:
    assert not seen(client, name).policy_sha256
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    client.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    found = seen(client, name)
    assert len(found.policy_sha256) == 64
    assert found.readers is None
    assert converge(client, name, Settings()) == (Aspect.PUBLIC_ACCESS, Aspect.POLICY)
    assert not seen(client, name).policy_sha256


def put_object(client: "S3Client", name: str) -> None:
    client.put_object(Bucket=name, Key="letter", Body=b"1")


def put_delete_marker(client: "S3Client", name: str) -> None:
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    version = client.put_object(Bucket=name, Key="letter", Body=b"1")["VersionId"]
    client.delete_object(Bucket=name, Key="letter")
    client.delete_object(Bucket=name, Key="letter", VersionId=version)


def put_older_version(client: "S3Client", name: str) -> None:
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    put_object(client, name)
    client.delete_object(Bucket=name, Key="letter")


def put_unfinished_upload(client: "S3Client", name: str) -> None:
    upload = client.create_multipart_upload(Bucket=name, Key="letter")["UploadId"]
    client.upload_part(Bucket=name, Key="letter", UploadId=upload, PartNumber=1, Body=b"1")


@pytest.mark.parametrize("fill", [put_object, put_delete_marker, put_older_version, put_unfinished_upload])
def test_a_bucket_that_holds_anything_is_not_deleted(client: "S3Client", name: str, fill: object) -> None:
    assert callable(fill)
    fill(client, name)
    with pytest.raises(ObjectStoreError) as refusal:
        buckets.delete(client, name)
    assert refusal.value.code == "BucketNotEmpty"
    assert not buckets.contents(client, name).is_empty


def test_an_empty_bucket_is_deleted_and_gone_again_is_no_error(client: "S3Client", name: str) -> None:
    converge(client, name, WANTED)
    buckets.delete(client, name)
    assert buckets.observe(client, name) is None
    buckets.delete(client, name)
