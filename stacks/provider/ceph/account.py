"""What the gateway's admin API tells: users with their keys and limits, buckets with their use, traffic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stacks.provider.ceph.limits import Limit, max_buckets_read


@dataclass(frozen=True, slots=True)
class Keys:
    """One key pair of a user. Shown to nobody but the one it is handed to."""

    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class User:
    """A user of the gateway."""

    uid: str
    display_name: str
    suspended: bool
    max_buckets: int | None
    """None: any number."""
    limit: Limit
    """Over all its buckets together."""
    keys: tuple[Keys, ...]


@dataclass(frozen=True, slots=True)
class BucketUse:
    """A bucket as the gateway counts it."""

    owner_uid: str
    name: str
    limit: Limit
    object_count: int
    """Versions and delete markers included."""
    size_bytes: int
    counted_bytes: int
    """In whole blocks: what stands against the limit."""
    created_at: str
    """RFC 3339, UTC."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests and bytes of one user on one bucket within one hour, by category (`put_obj`, `get_obj` …)."""

    uid: str
    bucket: str
    hour: str
    category: str
    request_count: int
    successful_count: int
    sent_bytes: int
    received_bytes: int


def limit_from(answer: Mapping[str, Any]) -> Limit:
    """The limit of a `user_quota` or `bucket_quota`; a negative size or one that is not enabled limits nothing."""
    enforced = answer["enabled"] and answer["max_size"] >= 0
    return Limit(int(answer["max_size"]) if enforced else None)


def user_from(answer: Mapping[str, Any]) -> User:
    """The user of an answer to `GET /admin/user`."""
    tenant = answer.get("tenant") or ""
    uid = f"{tenant}${answer['user_id']}" if tenant else str(answer["user_id"])
    return User(
        uid=uid,
        display_name=str(answer["display_name"]),
        suspended=bool(answer["suspended"]),
        max_buckets=max_buckets_read(int(answer["max_buckets"])),
        limit=limit_from(answer["user_quota"]),
        # keys of subusers carry `uid:subuser` and the subuser's rights only
        keys=tuple(keys_from(key) for key in answer["keys"] if key["user"] == uid),
    )


def keys_from(answer: Mapping[str, Any]) -> Keys:
    """One key pair of an answer."""
    return Keys(str(answer["access_key"]), str(answer["secret_key"]))


def bucket_use_from(answer: Mapping[str, Any]) -> BucketUse:
    """The bucket of an answer to `GET /admin/bucket?stats`; unfinished uploads are counted with the objects."""
    use = answer["usage"].values()
    return BucketUse(
        owner_uid=str(answer["owner"]),
        name=str(answer["bucket"]),
        limit=limit_from(answer["bucket_quota"]),
        object_count=sum(int(part["num_objects"]) for part in use),
        size_bytes=sum(int(part["size"]) for part in use),
        counted_bytes=sum(int(part["size_actual"]) for part in use),
        created_at=str(answer["creation_time"]),
    )


def traffic_from(answer: Mapping[str, Any]) -> tuple[Traffic, ...]:
    """Every row of an answer to `GET /admin/usage?show-entries`."""
    return tuple(
        Traffic(
            uid=str(entry["user"]),
            bucket=str(bucket["bucket"]),
            hour=str(bucket["time"]),
            category=str(row["category"]),
            request_count=int(row["ops"]),
            successful_count=int(row["successful_ops"]),
            sent_bytes=int(row["bytes_sent"]),
            received_bytes=int(row["bytes_received"]),
        )
        for entry in answer["entries"]
        for bucket in entry["buckets"]
        for row in bucket["categories"]
    )
