"""Buckets on a Ceph gateway: its admin API for users and limits, S3 for the buckets themselves."""

from stacks.provider.ceph.bucket import Bucket
from stacks.provider.ceph.gateway import Gateway
from stacks.provider.ceph.user import User
from stacks.provider.resource_type import ResourceType


def ceph_types(gateway: Gateway) -> tuple[ResourceType, ...]:
    """The resource types of a gateway, for one operation."""
    return User(gateway), Bucket(gateway)


__all__ = ["Bucket", "Gateway", "User", "ceph_types"]
