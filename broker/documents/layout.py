"""What a system needs in its zones: servers, disks, buckets, bandwidth, addresses, flows (C-16: 详细需求)."""

from typing import Annotated, Literal

from pydantic import Field

from broker.documents.fields import (
    Cidr,
    Count,
    Day,
    DiskGib,
    Gib,
    Id,
    Line,
    LoginKey,
    Mbps,
    Part,
    Port,
    Text,
    VolumeTier,
    Zone,
)
from broker.documents.user_data import UserData


class DataDisk(Part):
    """A volume that every server of the tier has."""

    name: Id
    size_gib: DiskGib
    tier: VolumeTier = "standard"


class TierLayout(Part):
    """Servers of one role."""

    name: Id
    """The role, such as web, app, db."""
    flavor: Line
    count: Count
    image: Line
    system_disk_gib: Annotated[int, Field(ge=0, le=65_536)]
    """0 = the servers run from their flavor's own disk, on which nothing may lie that must be kept."""
    system_disk_tier: VolumeTier = "standard"
    data_disks: tuple[DataDisk, ...] = ()
    user_data: UserData | None = None
    """What cloud-init does when a server of the tier starts for the first time; kept in clear, so without secrets."""


Readers = Annotated[tuple[Id, ...], Field(max_length=32)]
"""Systems, by id. None writes, and nobody else reads."""


class BucketLayout(Part):
    """An object-storage bucket; its name on the store gets the system and zone in front."""

    name: Id
    quota_gib: Gib
    versioning: bool = False
    expire_days: Annotated[int, Field(ge=1, le=36_500)] | None = None
    encrypted: bool = False
    """The store encrypts what is written from then on (AES-256); only where the cloud offers `bucket_encryption`."""
    readers: Readers = ()
    """Other systems that may read it, while they and its own run; only where the cloud offers `bucket_policy`."""


class PublicAddressLayout(Part):
    """A public address in front of one tier (互联网区 only)."""

    name: Id
    tier: Id
    ordinal: Annotated[int, Field(ge=1, le=512)] = 1


class LoadBalancerLayout(Part):
    """What a load balancer does: each port that approved flows open at a tier goes on to all of the tier's servers."""

    name: Id
    tier: Id
    public_address: Id | None = None
    """The public address that leads to it, in place of the one server (互联网区 only)."""


class ApiAccessLayout(Part):
    """Access of the unit's own software to the system's project by the cloud's API, with no more right than it needs.

    Its secret goes to the unit in the hand-over package, once; lost means renewed by another form.
    """

    name: Id
    """What uses it, such as monitoring or upload."""
    role: Literal["reader", "member"] = "reader"
    """`member` changes servers and buckets; `reader` only looks."""
    valid_until: Day | None = None
    """Its last day; left out = until a form removes it or the system exits."""
    purpose: Line


class ZoneLayout(Part):
    """What the system needs in one zone. All four dimensions of C-16 are given, a zero is written."""

    zone: Zone
    tiers: Annotated[tuple[TierLayout, ...], Field(max_length=14)]
    buckets: tuple[BucketLayout, ...] = ()
    bandwidth_mbps: Mbps
    public_addresses: tuple[PublicAddressLayout, ...] = ()
    load_balancers: Annotated[int, Field(ge=0, le=16)] = 0
    """How many the system may have."""
    load_balancing: Annotated[tuple[LoadBalancerLayout, ...], Field(max_length=16)] = ()
    """What they do: those described are built by the broker where the cloud offers load balancers, others by people."""
    api_access: Annotated[tuple[ApiAccessLayout, ...], Field(max_length=16)] = ()
    login_key: LoginKey | None = None
    """The unit's public key, put into each server when it is made, for the first login."""
    reason: Text | None = None
    """Why this zone, where the workload would usually be in the other (C-2: 主要)."""


class FurtherItem(Part):
    """A service beyond servers, disks, buckets and bandwidth, which the provider supplies by hand (C-26)."""

    item: Id
    """As the contract's catalogue names it; one that it lacks needs a `CatalogueReview` (论证审核)."""
    name_zh: Line
    quantity: Count
    physical: bool = False
    """非虚拟化资源 or 物理设备租用: needs a `PhysicalItemReview` by the office and one by the finance department."""


class TierEnd(Part):
    """A tier of this or of another system as one end of a flow."""

    kind: Literal["tier"]
    zone: Zone
    tier: Id
    system: Id | None = None
    """Another system; left out = the system that the document is about."""


class PublicEnd(Part):
    """The public internet."""

    kind: Literal["public"]


class ExtranetUsersEnd(Part):
    """Staff on the e-government extranet."""

    kind: Literal["extranet_users"]


class NamedNetworkEnd(Part):
    """A named outside network of the zone's document, or a range of its own with the reason in `purpose`."""

    kind: Literal["network"]
    name: Id
    cidr: Cidr | None = None


FlowEnd = Annotated[TierEnd | PublicEnd | ExtranetUsersEnd | NamedNetworkEnd, Field(discriminator="kind")]


class Flow(Part):
    """One permitted connection (C-2: 按需互通). What no approved flow names is denied on both sides."""

    id: Id
    source: FlowEnd
    target: FlowEnd
    protocol: Literal["tcp", "udp", "icmp"] = "tcp"
    port: Port | None = None
    """Left out for icmp."""
    purpose: Line
