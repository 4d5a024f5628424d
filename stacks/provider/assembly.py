"""Every resource type of one operation, by its token."""

from collections.abc import Mapping

from stacks.provider.application_credential import ApplicationCredential
from stacks.provider.attachment import VolumeAttachment
from stacks.provider.bucket import Bucket
from stacks.provider.ceph import CEPH_TYPES, Gateway, ceph_types
from stacks.provider.cloud import Cloud
from stacks.provider.floating_ip import FloatingIp
from stacks.provider.load_balancer import LoadBalancer
from stacks.provider.network import Network, NetworkAccess, Router, RouterInterface, Subnet
from stacks.provider.port import Port
from stacks.provider.project import Project, RoleGrant
from stacks.provider.qos import QosPolicy
from stacks.provider.quota import QuotaSet
from stacks.provider.resource_type import ResourceType
from stacks.provider.security import SecurityGroup
from stacks.provider.server import Server
from stacks.provider.volume import Volume

_OPENSTACK = (
    Project,
    RoleGrant,
    ApplicationCredential,
    NetworkAccess,
    QuotaSet,
    Network,
    Subnet,
    Router,
    RouterInterface,
    SecurityGroup,
    QosPolicy,
    Port,
    Volume,
    Server,
    VolumeAttachment,
    LoadBalancer,
    FloatingIp,
    Bucket,
)
TYPES: Mapping[str, type[ResourceType]] = {each.token: each for each in (*_OPENSTACK, *CEPH_TYPES)}
"""The class behind each token."""


def openstack_types(cloud: Cloud) -> tuple[ResourceType, ...]:
    """The types of an OpenStack cloud."""
    return tuple(each(cloud) for each in _OPENSTACK)


def types_by_token(cloud: Cloud, gateway: Gateway) -> Mapping[str, ResourceType]:
    """All types of the provider."""
    return {each.token: each for each in (*openstack_types(cloud), *ceph_types(gateway))}
