"""Emptying a bucket of S3 on moto and on a real gateway: many with a call, and each refusal told."""

import io
import secrets
from typing import TYPE_CHECKING, Any

import pytest

from broker.backup.removal import AT_ONCE
from broker.backup.s3 import S3Store
from broker.errors import CloudError

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

    from tests.contract.object_store.conftest import Endpoint

pytestmark = pytest.mark.cloud


class Bucket:
    """A bucket whose calls are counted."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self.client, self.name, self.store = client, name, S3Store(client)
        self.asked: list[str] = []
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)  # which keeps versions
        events: Any = client.meta.events
        events.register("before-call.s3", lambda model, **_: self.asked.append(model.name))

    def put(self, *keys: str) -> None:
        for key in keys:
            self.client.put_object(Bucket=self.name, Key=key, Body=b"1")

    def hold(self, key: str, status: Any) -> str:
        """The version that is kept, or let go."""
        (found,) = (v for v in self.client.list_object_versions(Bucket=self.name)["Versions"] if v["Key"] == key)
        self.client.put_object_legal_hold(
            Bucket=self.name, Key=key, VersionId=found["VersionId"], LegalHold={"Status": status}
        )
        return found["VersionId"]


@pytest.fixture
def bucket(endpoint: "Endpoint") -> Bucket:
    return Bucket(endpoint.client(), f"removal-{secrets.token_hex(4)}")


def test_versions_and_markers_go_many_with_a_call(bucket: Bucket) -> None:
    bucket.put("one", "one", "a//二 & <b>", "three")
    bucket.client.delete_object(Bucket=bucket.name, Key="three")
    bucket.asked.clear()
    (went,) = bucket.store.empty(bucket.name)
    assert sorted(name.partition(" version ")[0] for name in went) == ["a//二 & <b>", "one", "one", "three", "three"]
    assert bucket.asked.count("DeleteObjects") == 1
    assert "DeleteObject" not in bucket.asked
    bucket.store.remove(bucket.name)
    assert list(bucket.store.empty(bucket.name)) == []


def test_no_call_has_more_than_a_gateway_removes_in_a_moment(bucket: Bucket) -> None:
    bucket.put(*(f"object {number}" for number in range(AT_ONCE + 1)))
    assert [len(went) for went in bucket.store.empty(bucket.name)] == [AT_ONCE, 1]
    bucket.store.remove(bucket.name)


def test_what_the_store_keeps_is_told_after_what_went_and_goes_once_it_may(bucket: Bucket) -> None:
    bucket.put("free", "held", "more")
    bucket.hold("held", "ON")
    emptying = bucket.store.empty(bucket.name)
    assert sorted(name.partition(" version ")[0] for name in next(emptying)) == ["free", "more"]
    with pytest.raises(CloudError, match=rf"emptying the bucket {bucket.name}: .* kept 1 of 3: AccessDenied .*: held"):
        next(emptying)
    bucket.hold("held", "OFF")
    assert sum(map(len, bucket.store.empty(bucket.name))) == 1
    bucket.store.remove(bucket.name)


def test_an_upload_that_never_ended_goes_too(bucket: Bucket) -> None:
    bucket.client.create_multipart_upload(Bucket=bucket.name, Key="large")
    ((name,),) = bucket.store.empty(bucket.name)
    assert name.startswith("large upload ")
    bucket.store.remove(bucket.name)


def test_a_key_that_xml_cannot_name_goes_by_its_address(ceph: "Endpoint") -> None:
    bucket = Bucket(ceph.client(), f"removal-{secrets.token_hex(4)}")
    bucket.store.write(bucket.name, "bell \a", io.BytesIO(b"1"), 1)
    bucket.put("plain")
    assert sum(map(len, bucket.store.empty(bucket.name))) == 2
    bucket.store.remove(bucket.name)
