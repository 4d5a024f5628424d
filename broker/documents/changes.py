"""What an intent form may change of a running system, and what becomes of data that it gives up (C-12)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from broker.documents.fields import (
    Count,
    Day,
    DiskGib,
    Gib,
    Id,
    Line,
    LoginKey,
    Mbps,
    Part,
    Zone,
)
from broker.documents.layout import (
    ApiAccessLayout,
    BucketLayout,
    DataDisk,
    Flow,
    LoadBalancerLayout,
    PublicAddressLayout,
    Readers,
    TierLayout,
)
from broker.documents.user_data import UserData

Disposal = Literal["discard", "hand_over", "keep_until"]
"""What becomes of data: nothing needs them, they stay until their hand-over is signed, or at least until a day."""


class Disposed(Part):
    """Data that a form gives up, and what becomes of them."""

    data: Disposal
    keep_until: Day | None = None
    """With `keep_until` alone: the last day on which they must still be there, handed over or not."""

    @model_validator(mode="after")
    def _a_day_where_it_counts(self) -> Self:
        if (self.data == "keep_until") != (self.keep_until is not None):
            raise ValueError("write keep_until with its day where data is keep_until, and nowhere else")
        return self


class Leaver(Disposed):
    """A server that goes when a tier shrinks, and what becomes of its data volumes."""

    ordinal: Annotated[int, Field(ge=1, le=512)]


class SetCount(Part):
    """A tier gets more or fewer servers. Fewer names those that go."""

    action: Literal["set_count"]
    zone: Zone
    tier: Id
    count: Count
    leaving: tuple[Leaver, ...] = ()


class SetFlavor(Part):
    """The servers of a tier get another shape, by resize."""

    action: Literal["set_flavor"]
    zone: Zone
    tier: Id
    flavor: Line


class SetImage(Part):
    """The servers of a tier are made anew from another image, on the same addresses and with their data disks.

    What lies on their system disks is lost; the form says that nothing of it is needed.
    """

    action: Literal["set_image"]
    zone: Zone
    tier: Id
    image: Line
    system_disk: Literal["discard"]
    """Nothing holds the old system disk's content afterwards: what must stay is moved to a data disk before."""


class SetUserData(Part):
    """The servers of a tier are made anew with another first-boot configuration, on the same addresses and data disks.

    It works on a first start alone, so system disks are new too; the form says that nothing on the old ones is needed.
    """

    action: Literal["set_user_data"]
    zone: Zone
    tier: Id
    user_data: UserData | None
    """null = none from now on."""
    system_disk: Literal["discard"]
    """Nothing holds the old system disk's content afterwards: what must stay is moved to a data disk before."""


class ExtendDisk(Part):
    """A data disk of every server of the tier grows. None ever shrinks."""

    action: Literal["extend_disk"]
    zone: Zone
    tier: Id
    disk: Id
    size_gib: DiskGib


class AddDisk(Part):
    """Every server of the tier gets one more data disk."""

    action: Literal["add_disk"]
    zone: Zone
    tier: Id
    disk: DataDisk


class RemoveDisk(Disposed):
    """Every server of the tier gives a data disk back."""

    action: Literal["remove_disk"]
    zone: Zone
    tier: Id
    disk: Id


class AddTier(Part):
    """A new tier."""

    action: Literal["add_tier"]
    zone: Zone
    tier: TierLayout


class RemoveTier(Part):
    """A tier is given back with all its servers. What stands on it goes before, by the same form or an earlier one."""

    action: Literal["remove_tier"]
    zone: Zone
    tier: Id
    leaving: Annotated[tuple[Leaver, ...], Field(min_length=1)]
    """Every server of the tier."""


class SetBandwidth(Part):
    """The approved bandwidth of the system in a zone."""

    action: Literal["set_bandwidth"]
    zone: Zone
    bandwidth_mbps: Mbps


class AddBucket(Part):
    """A new bucket."""

    action: Literal["add_bucket"]
    zone: Zone
    bucket: BucketLayout


class RemoveBucket(Part):
    """A bucket is given back. The unit has taken out what it needs; the broker empties it and its copy."""

    action: Literal["remove_bucket"]
    zone: Zone
    bucket: Id
    data: Literal["discard"]
    """Nothing of what is in it, old versions included, is there afterwards."""


class SetBucketQuota(Part):
    """The hard limit of a bucket."""

    action: Literal["set_bucket_quota"]
    zone: Zone
    bucket: Id
    quota_gib: Gib


class SetBucketEncryption(Part):
    """Whether the store encrypts what is written into a bucket from then on; what is in it stays as it is."""

    action: Literal["set_bucket_encryption"]
    zone: Zone
    bucket: Id
    encrypted: bool


class SetBucketReaders(Part):
    """Which other systems may read a bucket from then on, in place of those that did."""

    action: Literal["set_bucket_readers"]
    zone: Zone
    bucket: Id
    readers: Readers
    """All of them; an empty list = none."""


class RenewBucketKey(Part):
    """A new key to the system's buckets in place of one that was lost or seen; the old one ends at once.

    For object stores that have keys of their own (Ceph); on Swift it is an API access that is renewed.
    """

    action: Literal["renew_bucket_key"]
    zone: Zone


class AddPublicAddress(Part):
    """A new public address (互联网区)."""

    action: Literal["add_public_address"]
    zone: Zone
    public_address: PublicAddressLayout


class RemovePublicAddress(Part):
    """A public address is given back."""

    action: Literal["remove_public_address"]
    zone: Zone
    public_address: Id


class AddLoadBalancer(Part):
    """One more load balancer."""

    action: Literal["add_load_balancer"]
    zone: Zone
    load_balancer: LoadBalancerLayout


class RemoveLoadBalancer(Part):
    """A load balancer is given back."""

    action: Literal["remove_load_balancer"]
    zone: Zone
    load_balancer: Id


class AddApiAccess(Part):
    """One more access of the unit's software to the system's project."""

    action: Literal["add_api_access"]
    zone: Zone
    api_access: ApiAccessLayout


class RenewApiAccess(Part):
    """A new secret in place of one that was lost or seen; the old one ends at once."""

    action: Literal["renew_api_access"]
    zone: Zone
    api_access: Id
    valid_until: Day | None = None
    """Its last day from now on; left out = the one it has."""


class RemoveApiAccess(Part):
    """An access ends."""

    action: Literal["remove_api_access"]
    zone: Zone
    api_access: Id


class SetLoginKey(Part):
    """Another public key for the first login to servers that are made from then on; what runs keeps the one it has."""

    action: Literal["set_login_key"]
    zone: Zone
    login_key: LoginKey


class ExtendTest(Part):
    """The system's test resources go on until another day (测试资源延期)."""

    action: Literal["extend_test"]
    last_day: Day


class OpenFlow(Part):
    """One more permitted connection."""

    action: Literal["open_flow"]
    flow: Flow


class CloseFlow(Part):
    """A permitted connection ends."""

    action: Literal["close_flow"]
    flow: Id


Change = Annotated[
    SetCount
    | SetFlavor
    | SetImage
    | SetUserData
    | ExtendDisk
    | AddDisk
    | RemoveDisk
    | AddTier
    | RemoveTier
    | SetBandwidth
    | AddBucket
    | RemoveBucket
    | SetBucketQuota
    | SetBucketEncryption
    | SetBucketReaders
    | RenewBucketKey
    | AddPublicAddress
    | RemovePublicAddress
    | AddLoadBalancer
    | RemoveLoadBalancer
    | AddApiAccess
    | RenewApiAccess
    | RemoveApiAccess
    | SetLoginKey
    | ExtendTest
    | OpenFlow
    | CloseFlow,
    Field(discriminator="action"),
]
