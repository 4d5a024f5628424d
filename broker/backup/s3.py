"""Objects of an S3 gateway, through one user's keys. Blocking."""

from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Final

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
        try:
            with asking(f"listing the bucket {bucket}"):
                pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
                for page in pages:
                    for found in page.get("Contents", []):
                        yield Stored(found["Key"], found["Size"], found["ETag"].strip('"'))
        except ObjectStoreError as error:
            if error.code not in _GONE:
                raise CloudError(str(error)) from error

    def read(self, bucket: str, key: str) -> Iterator[bytes]:
        """The content, piece by piece."""
        try:
            with asking(f"reading {key} of the bucket {bucket}"):
                yield from self._client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_PIECE_BYTES)
        except ObjectStoreError as error:
            raise CloudError(str(error)) from error

    def write(self, bucket: str, key: str, content: IO[bytes], size_bytes: int) -> None:
        """Nothing; the object is there. Large ones go in parts."""
        del size_bytes
        self._try(f"writing {key} to the bucket {bucket}", lambda: self._client.upload_fileobj(content, bucket, key))

    def delete(self, bucket: str, key: str) -> None:
        """Nothing; the object is gone."""
        self._try(f"removing {key} of {bucket}", lambda: self._client.delete_object(Bucket=bucket, Key=key))

    def make(self, bucket: str) -> None:
        """Nothing; the bucket is there."""
        try:
            buckets.create(self._client, bucket)
        except ObjectStoreError as error:
            raise CloudError(str(error)) from error

    def encrypt(self, bucket: str) -> None:
        """Nothing; what is written from now on is encrypted with keys that the store keeps (SSE-S3)."""
        try:
            with asking(f"encrypting the bucket {bucket}"):
                encryption.write(self._client, bucket, encryption.AES256)
        except ObjectStoreError as error:
            raise CloudError(str(error)) from error

    def remove(self, bucket: str) -> None:
        """Nothing; the empty bucket is gone."""
        try:
            buckets.delete(self._client, bucket)
        except ObjectStoreError as error:
            raise CloudError(str(error)) from error

    def buckets(self) -> tuple[str, ...]:
        """Names of all buckets of the user."""
        try:
            with asking("listing the user's buckets"):
                return tuple(found["Name"] for found in self._client.list_buckets()["Buckets"])
        except ObjectStoreError as error:
            raise CloudError(str(error)) from error

    def empty(self, bucket: str) -> Iterator[str]:
        """Removes as it is asked, and names what went: objects, older versions, delete markers, unfinished uploads."""
        try:
            with asking(f"emptying the bucket {bucket}"):
                yield from self._emptied(bucket)
        except ObjectStoreError as error:
            if error.code not in _GONE:
                raise CloudError(str(error)) from error

    def _emptied(self, bucket: str) -> Iterator[str]:
        for page in self._client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for found in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                self._client.delete_object(Bucket=bucket, Key=found["Key"], VersionId=found["VersionId"])
                yield f"{found['Key']} version {found['VersionId']}"
        for uploads in self._client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for upload in uploads.get("Uploads", []):
                self._client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
                yield f"{upload['Key']} upload {upload['UploadId']}"

    @staticmethod
    def _try(asked: str, ask: Callable[[], object]) -> None:
        try:
            with asking(asked):
                ask()
        except ObjectStoreError as error:
            if error.code not in _GONE:
                raise CloudError(str(error)) from error
