"""Buckets on a Ceph gateway: its admin API for users and limits, S3 for the buckets themselves."""

from stacks.provider.ceph.bucket import Bucket
from stacks.provider.ceph.gateway import Gateway
from stacks.provider.ceph.user import User
from stacks.provider.resource_type import ResourceType

CEPH_TYPES = (User, Bucket)


def ceph_types(gateway: Gateway) -> tuple[ResourceType, ...]:
    """The resource types of a gateway, for one operation."""
    return tuple(each(gateway) for each in CEPH_TYPES)


__all__ = ["CEPH_TYPES", "Bucket", "Gateway", "User", "ceph_types"]
