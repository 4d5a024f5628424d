"""Buckets with their hard limits: Swift containers of the project, or buckets of the stack's own user on Ceph."""

from collections.abc import Iterator

from stacks.components.labels import cloud_name, labels
from stacks.components.project import PROJECT
from stacks.resource import Ref, Resource
from stacks.spec import Bucket, ObjectStoreKind, StackSpec

GROUP = "stack-buckets"


def buckets(spec: StackSpec) -> tuple[Resource, ...]:
    """One bucket each, and on Ceph the user that owns them; nothing where the stack has none."""
    if not spec.buckets:
        return ()
    made = _ceph(spec) if spec.cloud.object_store is ObjectStoreKind.CEPH else _swift(spec)
    return (Resource("govcloud:components:Buckets", GROUP, component=True), *made)


def _swift(spec: StackSpec) -> Iterator[Resource]:
    for bucket in spec.buckets:
        yield Resource(
            "govcloud:openstack:Bucket",
            f"bucket-{bucket.name}",
            {"project_id": PROJECT, **_common(spec, bucket)},
            parent=GROUP,
            after=("broker-access", "quota"),
            holds_data=True,
        )


def _ceph(spec: StackSpec) -> Iterator[Resource]:
    yield Resource(
        "govcloud:ceph:User",
        "object-user",
        {
            "uid": _uid(spec.unit, spec.system, spec.zone),
            "display_name": cloud_name(spec, "objects"),
            "quota_gib": spec.quota.object_gib,
            "max_buckets": len(spec.buckets),
            "key_serial": spec.bucket_key_serial,
        },
        parent=GROUP,
    )
    for bucket in spec.buckets:
        yield Resource(
            "govcloud:ceph:Bucket",
            f"bucket-{bucket.name}",
            {
                "owner_uid": Ref("object-user"),
                **_common(spec, bucket),
                **_encryption(bucket),
                **_readers(spec, bucket),
            },
            parent=GROUP,
            holds_data=True,
        )


def _encryption(bucket: Bucket) -> dict[str, object]:
    """Only S3 has it by bucket: a Swift that offers it encrypts every object of its cluster."""
    return {"encryption": "AES256"} if bucket.encrypted else {}


def _readers(spec: StackSpec, bucket: Bucket) -> dict[str, object]:
    """By policy, which only Ceph has here. The readers' users are named, whether they are made already or not."""
    uids = sorted(_uid(reader.unit, reader.system, spec.zone) for reader in bucket.readers)
    return {"readers": uids} if uids else {}


def _uid(unit: str, system: str, zone: str) -> str:
    """The gateway's user of a system's stack."""
    return f"{unit}${system}-{zone}"


def _common(spec: StackSpec, bucket: Bucket) -> dict[str, object]:
    expiry = {"expire_days": bucket.expire_days} if bucket.expire_days is not None else {}
    return {
        "name": bucket.name,
        "quota_gib": bucket.quota_gib,
        "versioning": bucket.versioning,
        "labels": labels(spec),
        **expiry,
    }
