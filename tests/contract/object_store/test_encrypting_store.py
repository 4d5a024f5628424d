"""A bucket on a store that encrypts every bucket, whatever anybody asks: no drift, and nothing to undo."""

from collections.abc import Iterator
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from stacks.provider.ceph import Bucket, Gateway, ceph_types
from stacks.provider.ceph import encryption as encryptions
from stacks.provider.ceph.account import BucketUse
from stacks.provider.ceph.limits import Limit, limit_of_gib
from stacks.provider.ceph.naming import bucket_id, gateway_uid
from tests.contract.object_store.operations import Run

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

    from tests.contract.object_store.conftest import Endpoint

pytestmark = pytest.mark.cloud

KEY = "gc-0123456789abcdef01234567"
LABELS = {"system": "school-bus", "unit": "区教育局", "zone": "extranet", "request_number": "RYPF-2026-0007"}
AES256 = {"encryption": "AES256"}


class Accounts:
    """The admin side of a gateway, which moto has not."""

    def __init__(self, s3: "S3Client", owner: str) -> None:
        self._s3, self._owner = s3, owner
        self._limits: dict[str, Limit] = {}

    def bucket(self, owner: str, name: str) -> BucketUse | None:
        assert owner == self._owner
        if name not in {found["Name"] for found in self._s3.list_buckets()["Buckets"]}:
            return None
        return BucketUse(owner, name, self._limits.get(name, limit_of_gib(0)), 0, 0, 0, "2026-11-01T00:00:00Z")

    def set_bucket_limit(self, _owner: str, name: str, limit: Limit) -> None:
        self._limits[name] = limit

    def close(self) -> None:
        """There is nothing to close."""


class Store(Gateway):
    """A gateway in front of moto. One that is `always` encrypting keeps it through every wish to end it."""

    def __init__(self, endpoint: "Endpoint", owner: str, *, always: bool) -> None:
        super().__init__(Run(endpoint.store).operation())
        self.s3, self._owner, self._always = endpoint.client(), owner, always
        if always:
            self.s3.meta.events.register("before-call.s3.DeleteBucketEncryption", _takes_it_and_does_nothing)

    @cached_property
    def admin(self) -> Any:
        return Accounts(self.s3, self._owner)

    async def client(self, _owner_uid: str) -> "S3Client":
        return self.s3

    async def made(self, inputs: dict[str, Any]) -> Bucket:
        """The bucket, as the store has it once it is there."""
        _, bucket = ceph_types(self)
        assert isinstance(bucket, Bucket)
        await bucket.create(KEY, inputs)
        if self._always:
            encryptions.write(self.s3, inputs["name"], "AES256")
        return bucket

    def encrypts(self, name: str) -> bool:
        try:
            return encryptions.algorithm_of(dict(self.s3.get_bucket_encryption(Bucket=name))) is not None
        except self.s3.exceptions.ClientError:
            return False


def _takes_it_and_does_nothing(**_asked: Any) -> Any:
    return SimpleNamespace(status_code=204), {}


@pytest.fixture
def inputs(uid: str, name: str) -> dict[str, Any]:
    return {"owner_uid": gateway_uid(uid), "name": name, "quota_gib": 4, "versioning": True, "labels": LABELS}


@pytest.fixture
def always(moto: "Endpoint", inputs: dict[str, Any]) -> Iterator[Store]:
    store = Store(moto, inputs["owner_uid"], always=True)
    yield store
    store.close()


async def test_encryption_that_no_document_asks_for_is_no_difference_and_stays(
    always: Store, inputs: dict[str, Any]
) -> None:
    bucket, id_ = await always.made(inputs), bucket_id(inputs["owner_uid"], inputs["name"])
    found = await bucket.read(id_, KEY, inputs)
    assert found is not None
    assert found.inputs == inputs
    await bucket.update(id_, KEY, inputs, {**inputs, "quota_gib": 5})
    assert always.encrypts(inputs["name"])


async def test_encryption_that_a_document_ends_is_no_fault_where_the_store_goes_on(
    always: Store, inputs: dict[str, Any]
) -> None:
    bucket, id_ = await always.made({**inputs, **AES256}), bucket_id(inputs["owner_uid"], inputs["name"])
    await bucket.update(id_, KEY, {**inputs, **AES256}, inputs)
    assert always.encrypts(inputs["name"])


async def test_encryption_that_a_document_ends_is_ended_where_the_store_lets_it(
    moto: "Endpoint", inputs: dict[str, Any]
) -> None:
    store = Store(moto, inputs["owner_uid"], always=False)
    bucket, id_ = await store.made({**inputs, **AES256}), bucket_id(inputs["owner_uid"], inputs["name"])
    assert store.encrypts(inputs["name"])
    await bucket.update(id_, KEY, {**inputs, **AES256}, inputs)
    assert not store.encrypts(inputs["name"])
    store.close()
