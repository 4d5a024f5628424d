"""Objects of an S3 gateway, through one user's keys. Blocking."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

from broker.backup.refusal import telling
from broker.backup.removal import Version, removed
from broker.backup.store import Stored
from broker.errors import CloudError
from stacks.provider.ceph import buckets, encryption
from stacks.provider.ceph.store_error import ObjectStoreError, asking

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_PIECE_BYTES: Final = 1 << 20
_GONE: Final = frozenset({"NoSuchBucket", "NoSuchKey", "404"})


class S3Store:
    """One user's buckets on a gateway."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def objects(self, bucket: str, prefix: str = "") -> Iterator[Stored]:
        """Every object whose key begins so; none where there is no such bucket."""
        with _asking(f"listing the bucket {bucket}", _GONE):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            for page in pages:
                for found in page.get("Contents", []):
                    yield Stored(found["Key"], found["Size"], found["ETag"].strip('"'))

    def read(self, bucket: str, key: str) -> Iterator[bytes]:
        """The content, piece by piece."""
        with _asking(f"reading {key} of the bucket {bucket}"):
            yield from self._client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_PIECE_BYTES)

    def write(self, bucket: str, key: str, content: IO[bytes], size_bytes: int) -> None:
        """Nothing; the object is there. Large ones go in parts."""
        del size_bytes
        with _asking(f"writing {key} to the bucket {bucket}", _GONE):
            self._client.upload_fileobj(content, bucket, key)

    def delete(self, bucket: str, key: str) -> None:
        """Nothing; the object is gone."""
        with _asking(f"removing {key} of {bucket}", _GONE):
            self._client.delete_object(Bucket=bucket, Key=key)

    def make(self, bucket: str) -> None:
        """Nothing; the bucket is there."""
        with _asking(f"making the bucket {bucket}"):
            buckets.create(self._client, bucket)

    def encrypt(self, bucket: str) -> None:
        """Nothing; what is written from now on is encrypted with keys that the store keeps (SSE-S3)."""
        with _asking(f"encrypting the bucket {bucket}"):
            encryption.write(self._client, bucket, encryption.AES256)

    def remove(self, bucket: str) -> None:
        """Nothing; the empty bucket is gone."""
        with _asking(f"removing the bucket {bucket}"):
            buckets.delete(self._client, bucket)

    def buckets(self) -> tuple[str, ...]:
        """Names of all buckets of the user."""
        with _asking("listing the user's buckets"):
            return tuple(found["Name"] for found in self._client.list_buckets()["Buckets"])

    def empty(self, bucket: str) -> Iterator[tuple[str, ...]]:
        """Removes as it is asked, and names what went: objects, older versions, delete markers, unfinished uploads."""
        with _asking(f"emptying the bucket {bucket}", _GONE):
            for page in self._client.get_paginator("list_object_versions").paginate(Bucket=bucket):
                found = (*page.get("Versions", []), *page.get("DeleteMarkers", []))
                yield from removed(self._client, bucket, [Version(each["Key"], each["VersionId"]) for each in found])
            for uploads in self._client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
                for upload in uploads.get("Uploads", []):
                    self._client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
                    yield (f"{upload['Key']} upload {upload['UploadId']}",)


@contextmanager
def _asking(asked: str, gone: frozenset[str] = frozenset()) -> Iterator[None]:
    """Nothing, where the block went well or what it asked about is `gone`, by the store's code.

    Raises:
        CloudError: The store refused, or gave no answer.
        Stopped: It was asked to stop while a call waited for its turn.
    """
    try:
        with telling(asked), asking(asked):
            yield
    except ObjectStoreError as error:
        if error.code not in gone:
            raise CloudError(str(error)) from error
