"""The shared cloud itself: grade, zones, clouds with capacity, address pools, flavors and parameters (C-2, C-30)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import (
    Amount,
    Article,
    Capability,
    Cidr,
    Day,
    Gib,
    Id,
    Line,
    MlpsGrade,
    Part,
    Sha512,
    Text,
    Vcpu,
    VolumeTier,
    Zone,
)


class PlatformSpec(Spec):
    """The district and its platform: one per registry, the newest in force counts."""

    kind: ClassVar = "Platform"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "platform"
    signed_by: ClassVar = ("cloud_office",)

    district: Id
    name_zh: Line
    mlps_grade: MlpsGrade
    """The platform's own grade; no system may be above it (C-2, GB/T 22239-2019 8.2.2.1 a)."""
    simulation: bool = False
    """True where a simulated clock is allowed; what is made under it is marked."""


class ZoneSpec(Spec):
    """One of the two zones of C-2, and which workloads it serves."""

    kind: ClassVar = "Zone"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "platform"
    signed_by: ClassVar = ("cloud_office",)

    zone: Zone
    name_zh: Line
    public_addresses: bool
    """Only 互联网区 has them (C-2)."""
    named_networks: tuple["NamedNetwork", ...] = ()
    """Networks outside the cloud that a flow may name, such as the extranet's users."""


class NamedNetwork(Part):
    """A network outside the cloud, by the name that flows use."""

    name: Id
    name_zh: Line
    cidr: Cidr


class CloudSpec(Spec):
    """One endpoint of one provider in one zone, and how much of it the district may use."""

    kind: ClassVar = "Cloud"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "platform"
    signed_by: ClassVar = ("cloud_office",)

    provider: Id
    zone: Zone
    profile: Id
    """Entry of clouds.yaml that the broker logs in with; credentials stand nowhere else."""
    domain: Line
    """Keystone domain in which the systems' projects are made."""
    region: Line
    external_network: Line
    object_store: Literal["swift", "ceph"]
    object_profile: Id
    """Entry of the object-store credentials; the same as `profile` for Swift."""
    sandbox: bool = False
    """True only for a cloud that a person may change with a plain `pulumi up`."""
    capacity: Amount
    offers: tuple[Capability, ...] | None = None
    """What the cloud can beyond servers, volumes and buckets; `broker platform check` compares it with the cloud.

    Left out = nobody has written it down, and no request is measured by it.
    """


class FlavorSpec(Spec):
    """A shape that servers are ordered in (C-6(四): vCPU and memory are counted by it)."""

    kind: ClassVar = "Flavor"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "platform"
    signed_by: ClassVar = ("cloud_office",)

    name: Line
    """Its name on the clouds, such as g.4c8g."""
    vcpu: Vcpu
    memory_gib: Gib


class ImageSpec(Spec):
    """An image that servers may start from: the allow-list of GB/T 22239-2019 8.2.4.4 a."""

    kind: ClassVar = "Image"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "platform"
    signed_by: ClassVar = ("cloud_office",)

    name: Line
    """Its name on the clouds."""
    os_family: Literal["linux", "windows"]
    cpu_arch: Literal["x86_64", "aarch64", "loongarch64"] = "x86_64"
    sha512: Sha512 | None = None
    """Hash of its content; a cloud whose image of this name has another one is told of."""


class AddressPoolSpec(Spec):
    """The private addresses of one zone; each (system, zone) gets one subnet of it by its assignment."""

    kind: ClassVar = "AddressPool"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "platform"
    signed_by: ClassVar = ("cloud_office",)

    zone: Zone
    cidr: Cidr
    subnet_prefix: Annotated[int, Field(ge=16, le=28)] = 24
    """Size of the subnets that `broker assign` proposes."""


class ParameterSpec(Spec):
    """A number that the rule leaves open, with author, date and reason (C-30)."""

    kind: ClassVar = "Parameter"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "platform"
    signed_by: ClassVar = ("cloud_office",)

    name: Id
    value: int | str
    valid_from: Day
    article: Article
    reason: Text


class UnitQuotaSpec(Spec):
    """The ceiling of one unit in one zone over all its approvals and providers (C-6(四)); nothing else raises it."""

    kind: ClassVar = "UnitQuota"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "quotas"
    signed_by: ClassVar = ("cloud_office",)

    unit: Id
    zone: Zone
    amount: Amount
    valid_from: Day
    reason: Text


class CatalogueItem(Part):
    """One item of the service catalogue with its price under the contract."""

    item: Id
    """Such as vcpu, memory, block-standard, block-high-performance, object, bandwidth, public-address."""
    name_zh: Line
    measure: Line
    price_cents_per_month: Annotated[int, Field(ge=0)]
    """Hundredths of a yuan per unit of measure and month; whole numbers, so that sums are exact."""
    cost_bearer: Literal["central", "unit"] = "central"


class ServiceContractSpec(Spec):
    """政务云服务采购合同 with its catalogue (C-11(一), C-26)."""

    kind: ClassVar = "ServiceContract"
    nature: ClassVar = Nature.FOUNDATION
    folder: ClassVar = "contracts"
    signed_by: ClassVar = ("cloud_office",)

    provider: Id
    number: Line
    valid_from: Day
    valid_until: Day
    published_at: Line | None = None
    """Where the result was published (C-11(一))."""
    volume_tiers: tuple[VolumeTier, ...] = ("standard", "high_performance")
    catalogue: Annotated[tuple[CatalogueItem, ...], Field(min_length=1)]
