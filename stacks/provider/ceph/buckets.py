"""Buckets through plain S3: what one is like, what differs from the wish, one write per difference, emptiness.

Blocking. Nothing here knows the gateway's admin API, so it holds for every S3 store; limits are `admin`'s.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

from stacks.provider.ceph import encryption, readers
from stacks.provider.ceph.lifecycle import Expiry, expiry_of, rule_for
from stacks.provider.ceph.store_error import ObjectStoreError, asking

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import (
        BucketLifecycleConfigurationTypeDef,
        PublicAccessBlockConfigurationTypeDef,
        TagTypeDef,
    )

KEY_TAG: Final = "gc-key"
_NO_LONGER_THERE: Final = frozenset({"NoSuchBucket", "404"})
_UNSET: Final = frozenset(
    {
        "NoSuchTagSet",
        "NoSuchTagSetError",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchBucketPolicy",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)
_BLOCKED: Final["PublicAccessBlockConfigurationTypeDef"] = {
    # where this is on, Ceph 16.2 refuses every PutObject, the owner's too; ignoring public ACLs protects as well
    "BlockPublicAcls": False,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


class Aspect(StrEnum):
    """One part of a bucket that is written by one call."""

    TAGS = "tags"
    PUBLIC_ACCESS = "public-access"
    POLICY = "policy"
    VERSIONING = "versioning"
    EXPIRY = "expiry"
    ENCRYPTION = "encryption"


@dataclass(frozen=True, slots=True)
class Settings:
    """A bucket as it is, or as it should be."""

    tags: Mapping[str, str] = field(default_factory=dict)
    """The key under KEY_TAG, and labels."""
    versioning: bool = False
    expiry: Expiry = field(default_factory=Expiry)
    encryption: str | None = None
    """The algorithm by which the store encrypts what is written; None = it does not, or cannot."""
    public_blocked: bool | None = True
    """None: the store cannot."""
    readers: tuple[str, ...] | None = ()
    """Users beside the owner that may read, as the gateway names them, sorted. None: a policy says something else."""
    policy_sha256: str = ""
    """Of the policy that is there, whoever set it; read only."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in the way of a delete; counts are of the first page (up to 1000)."""

    version_count: int
    """Objects, their older versions and delete markers."""
    upload_count: int
    """Uploads that were begun and never ended."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be lost."""
        return not self.version_count and not self.upload_count


def create(client: "S3Client", name: str) -> None:
    """Make the bucket; one that this user already has (200 on Ceph, 409 elsewhere) is as good."""
    with asking(f"making the bucket {name}"):
        try:
            client.create_bucket(Bucket=name)
        except client.exceptions.BucketAlreadyOwnedByYou:
            return


def observe(client: "S3Client", name: str) -> Settings | None:
    """The bucket as it is now; None when it is gone."""
    try:
        versioning, policy = _versioning(client, name), _policy(client, name)
        return Settings(
            tags=_tags(client, name),
            versioning=versioning,
            expiry=_expiry(client, name),
            encryption=_encryption(client, name),
            public_blocked=_public_blocked(client, name),
            readers=readers.readers_of(policy, name, versioning=versioning),
            policy_sha256=readers.digest_of(policy),
        )
    except ObjectStoreError as error:
        if error.code in _NO_LONGER_THERE:
            return None
        raise


def differences(found: Settings, wanted: Settings) -> tuple[Aspect, ...]:
    """What must be written so that `found` becomes `wanted`; tags that the unit added itself are left alone.

    What keeps others out comes before the rest, which may fail: nobody goes on reading because of a rule of expiry. The
    public is shut out before readers are let in.
    """
    versions_differ = found.versioning != wanted.versioning
    differ = {
        Aspect.TAGS: any(found.tags.get(name) != value for name, value in wanted.tags.items()),
        Aspect.PUBLIC_ACCESS: found.public_blocked is not None and found.public_blocked != wanted.public_blocked,
        # what readers may do hangs on whether there are versions
        Aspect.POLICY: found.readers != wanted.readers or bool(wanted.readers and versions_differ),
        Aspect.VERSIONING: versions_differ,
        Aspect.EXPIRY: found.expiry != wanted.expiry,
        Aspect.ENCRYPTION: found.encryption != wanted.encryption,
    }
    return tuple(aspect for aspect, is_different in differ.items() if is_different)


def bearing(found: Settings, wanted: Settings) -> Settings:
    """What is wanted, with what a store may do beyond it: some encrypt always, whatever nobody asked for."""
    encrypts = wanted.encryption is None and found.encryption == encryption.AES256
    return replace(wanted, encryption=found.encryption) if encrypts else wanted


def write(client: "S3Client", name: str, aspect: Aspect, found: Settings, wanted: Settings) -> None:
    """Write one part; `found` gives the tags that stay."""
    with asking(f"setting {aspect} of the bucket {name}"):
        match aspect:
            case Aspect.TAGS:
                _write_tags(client, name, {**found.tags, **wanted.tags})
            case Aspect.VERSIONING:
                _write_versioning(client, name, enabled=wanted.versioning)
            case Aspect.EXPIRY:
                _write_expiry(client, name, wanted.expiry)
            case Aspect.ENCRYPTION:
                encryption.write(client, name, wanted.encryption)
            case Aspect.PUBLIC_ACCESS:
                client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=_BLOCKED)
            case Aspect.POLICY:
                block = None if found.public_blocked is None else _BLOCKED
                readers.write(client, name, wanted.readers or (), versioning=wanted.versioning, block=block)


def contents(client: "S3Client", name: str) -> Contents:
    """What the bucket holds. Asked before any delete: one store deletes a full bucket on a plain DeleteBucket."""
    with asking(f"listing what the bucket {name} holds"):
        versions = client.list_object_versions(Bucket=name)
        uploads = client.list_multipart_uploads(Bucket=name)
    held = len(versions.get("Versions", [])) + len(versions.get("DeleteMarkers", []))
    # a page may be cut short without showing a row
    return Contents(held or int(versions.get("IsTruncated", False)), len(uploads.get("Uploads", [])))


def delete(client: "S3Client", name: str) -> None:
    """Delete the bucket, which must be empty; one that is gone already is no error.

    Raises:
        ObjectStoreError: BucketNotEmpty, found by our own listing, or by the store if something came in since.
    """
    try:
        _require_empty(client, name)
        with asking(f"deleting the bucket {name}"):
            client.delete_bucket(Bucket=name)
    except ObjectStoreError as error:
        if error.code not in _NO_LONGER_THERE:
            raise


def _require_empty(client: "S3Client", name: str) -> None:
    if not contents(client, name).is_empty:
        raise ObjectStoreError("BucketNotEmpty", 409, f"deleting the bucket {name}")


def _read(ask: Callable[[], Any], asked: str) -> Any:
    """The answer; None where the store says that nothing is set."""
    try:
        with asking(asked):
            return ask()
    except ObjectStoreError as error:
        if error.code in _UNSET:
            return None
        raise


def _read_if_supported(ask: Callable[[], Any], asked: str) -> Any:
    """The answer; None where nothing is set, NotImplemented where the store has no such function."""
    try:
        return _read(ask, asked)
    except ObjectStoreError as error:
        if error.is_unsupported:
            return NotImplemented
        raise


def _tags(client: "S3Client", name: str) -> dict[str, str]:
    answer = _read(lambda: client.get_bucket_tagging(Bucket=name), f"reading the tags of the bucket {name}")
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]} if answer else {}


def _versioning(client: "S3Client", name: str) -> bool:
    asked = f"reading the versioning of the bucket {name}"
    answer = _read_if_supported(lambda: client.get_bucket_versioning(Bucket=name), asked)
    return answer is not NotImplemented and answer.get("Status") == "Enabled"


def _expiry(client: "S3Client", name: str) -> Expiry:
    asked = f"reading the lifecycle of the bucket {name}"
    answer = _read_if_supported(lambda: client.get_bucket_lifecycle_configuration(Bucket=name), asked)
    return Expiry() if answer is None or answer is NotImplemented else expiry_of(answer.get("Rules", []))


def _encryption(client: "S3Client", name: str) -> str | None:
    asked = f"reading the default encryption of the bucket {name}"
    answer = _read_if_supported(lambda: client.get_bucket_encryption(Bucket=name), asked)
    return None if answer is NotImplemented else encryption.algorithm_of(answer)


def _public_blocked(client: "S3Client", name: str) -> bool | None:
    asked = f"reading the public access block of the bucket {name}"
    answer = _read_if_supported(lambda: client.get_public_access_block(Bucket=name), asked)
    if answer is NotImplemented:
        return None
    return bool(answer and answer["PublicAccessBlockConfiguration"] == _BLOCKED)


def _policy(client: "S3Client", name: str) -> dict[str, Any] | None:
    asked = f"reading the policy of the bucket {name}"
    answer = _read_if_supported(lambda: client.get_bucket_policy(Bucket=name), asked)
    return None if answer is None or answer is NotImplemented else json.loads(answer["Policy"])


def _write_tags(client: "S3Client", name: str, tags: Mapping[str, str]) -> None:
    tag_set: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
    client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_set})


def _write_versioning(client: "S3Client", name: str, *, enabled: bool) -> None:
    # a store knows no way back to "never": versions that exist are kept, new ones are not made
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled" if enabled else "Suspended"})


def _write_expiry(client: "S3Client", name: str, expiry: Expiry) -> None:
    if expiry.days is None:
        client.delete_bucket_lifecycle(Bucket=name)
        return
    configuration = cast("BucketLifecycleConfigurationTypeDef", {"Rules": [rule_for(expiry.days)]})
    client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=configuration)
