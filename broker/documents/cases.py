"""The matters of a system: onboarding, intent form, decisions, assignments, hand-over … (C-6, C-11, C-12)."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import (
    Attachment,
    Cidr,
    Count,
    Day,
    Digest,
    DiskGib,
    DocumentNumber,
    DrClass,
    Gib,
    Id,
    Instant,
    Line,
    Mbps,
    MlpsGrade,
    Part,
    Text,
    Zone,
)
from broker.documents.layout import (
    ApiAccessLayout,
    BucketLayout,
    DataDisk,
    Flow,
    FurtherItem,
    LoadBalancerLayout,
    PublicAddressLayout,
    TierLayout,
    ZoneLayout,
)


class MlpsFiling(Part):
    """等级保护 of the system (C-18)."""

    grade: MlpsGrade
    filing_no: Line | None = None
    assessed_on: Day | None = None


class OnboardingRequestSpec(Spec):
    """入云申请: a system asks for resources (C-11, C-16)."""

    kind: ClassVar = "OnboardingRequest"
    nature: ClassVar = Nature.FILING
    folder: ClassVar = "cases"

    system: Id
    unit: Id
    name_zh: Line
    purpose: Text
    provider: Id
    plan_item: Id | None = None
    """Item of the yearly plan; left out = out of plan, with `out_of_plan_reason` (reading R6)."""
    out_of_plan_reason: Text | None = None
    state_secret: bool
    """Must be false: a system with state secrets is refused (S-30)."""
    exempt_category: Literal["police", "state_security", "other_law"] | None = None
    """Systems that C-5 frees from the duty to use the cloud come in only by the office's explicit decision."""
    mlps: MlpsFiling
    importance: Literal["low", "medium", "high"]
    dr_class: DrClass
    cross_department_sharing: bool = False
    zones: Annotated[tuple[ZoneLayout, ...], Field(min_length=1, max_length=2)]
    flows: tuple[Flow, ...] = ()
    further_items: tuple[FurtherItem, ...] = ()
    builds: Literal["system", "departmental_cloud", "exchange_system"] = "system"
    """A cloud of the unit's own (C-4) or a catalogue or exchange system between departments (S-38) needs a basis."""
    building_basis: Text | None = None
    """The express requirement of 中央 or 市委、市政府 for such a building."""
    wanted_from: Day
    wanted_until: Day | None = None
    attachments: tuple[Attachment, ...] = ()


class OnboardingApprovalSpec(Spec):
    """入云批复: the office's decision on one or more requests (C-11)."""

    kind: ClassVar = "OnboardingApproval"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("cloud_office",)

    number: DocumentNumber
    requests: Annotated[tuple[Id, ...], Field(min_length=1)]
    decision: Literal["approved", "refused", "returned"]
    """`returned`: for correction, with the reason; the unit files a request that supersedes the one it filed."""
    conditions: tuple[Text, ...] = ()
    reason: Text | None = None
    decided_on: Day
    valid_until: Day | None = None


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
    | ExtendDisk
    | AddDisk
    | RemoveDisk
    | AddTier
    | RemoveTier
    | SetBandwidth
    | AddBucket
    | RemoveBucket
    | SetBucketQuota
    | RenewBucketKey
    | AddPublicAddress
    | RemovePublicAddress
    | AddLoadBalancer
    | RemoveLoadBalancer
    | AddApiAccess
    | RenewApiAccess
    | RemoveApiAccess
    | OpenFlow
    | CloseFlow,
    Field(discriminator="action"),
]


class ChangeIntent(Part):
    """资源变更."""

    purpose: Literal["change"]
    changes: Annotated[tuple[Change, ...], Field(min_length=1)]
    mlps_grade: MlpsGrade | None = None
    """The system's grade from then on, where the change alters it; it must be assessed before (C-18)."""
    further_items: tuple[FurtherItem, ...] = ()


class ElasticIntent(Part):
    """动态弹性调整 (C-6(四)): inside window and ceiling without another form, back to the base afterwards."""

    purpose: Literal["elastic"]
    zone: Zone
    tier: Id
    count_ceiling: Count
    bandwidth_mbps_ceiling: Mbps
    first_day: Day
    last_day: Day
    """Inclusive; the base holds again from 00:00 of the next day."""


class ExitIntent(Part):
    """退出: the system goes offline; its data stay until the hand-over is signed (C-12(二), GB/T 22239 8.2.6.1 d)."""

    purpose: Literal["exit"]
    last_day: Day
    data_wanted: Text


class ServiceIntentFormSpec(Spec):
    """政务云服务意向表 (C-12(一))."""

    kind: ClassVar = "ServiceIntentForm"
    nature: ClassVar = Nature.FILING
    folder: ClassVar = "cases"

    system: Id
    unit: Id
    reason: Text
    intent: Annotated[ChangeIntent | ElasticIntent | ExitIntent, Field(discriminator="purpose")]
    not_before: Instant | None = None
    """The unit asks that nothing is done earlier."""
    not_after: Instant | None = None
    urgent_reason: Text | None = None
    """Why it cannot wait for the end of a key protection period (C-25)."""
    attachments: tuple[Attachment, ...] = ()


class IntentDecisionSpec(Spec):
    """The office's decision on an intent form (C-12)."""

    kind: ClassVar = "IntentDecision"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("cloud_office",)

    form: Id
    number: DocumentNumber | None = None
    decision: Literal["approved", "refused", "returned"]
    """`returned`: for correction, with the reason; the unit files a form that supersedes the one it filed."""
    conditions: tuple[Text, ...] = ()
    reason: Text | None = None
    decided_on: Day


class SubnetAssignment(Part):
    """The subnet of one (system, zone), out of the zone's address pool."""

    zone: Zone
    cidr: Cidr


class AssignmentSpec(Spec):
    """指派: office → operations department, operations department → provider; two records (C-11(一), C-12(二))."""

    kind: ClassVar = "Assignment"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("cloud_office", "ops_department")

    matter: Id
    """The onboarding request or intent form that is to be carried out."""
    assignee: Literal["ops_department", "provider"]
    provider: Id | None = None
    """Which provider, where the assignee is one."""
    subnets: tuple[SubnetAssignment, ...] = ()
    """For an onboarding, with the provider's assignment: one per zone."""
    assigned_at: Instant


class GoLiveSpec(Spec):
    """正式部署上线: the system's stage becomes production (C-11(三), C-18)."""

    kind: ClassVar = "GoLive"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("cloud_office",)

    system: Id
    live_from: Day


class HandedOver(Part):
    """One volume or bucket whose content the unit has back."""

    zone: Zone
    kind: Literal["volume", "bucket"]
    name: Line
    content_digest: Digest
    size_bytes: Annotated[int, Field(ge=0, le=1 << 60)]


class HandOverSpec(Spec):
    """The unit's receipt for its data at an exit or for servers that left; only then may they be wiped (C-12(二))."""

    kind: ClassVar = "HandOver"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("unit",)

    form: Id
    system: Id
    items: Annotated[tuple[HandedOver, ...], Field(min_length=1)]
    wipe: bool
    """True: the unit has everything and asks for the wipe; false: a part receipt, everything stays."""
    attachments: tuple[Attachment, ...] = ()


class SuspensionOrderSpec(Spec):
    """暂停运行决定 (C-6(五)): compute stops, the public address is closed, data stay."""

    kind: ClassVar = "SuspensionOrder"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("cloud_office",)

    system: Id
    finding: Id
    effective_at: Instant
    reason: Text


class ResumptionOrderSpec(Spec):
    """恢复运行: the suspension ends (C-6(五))."""

    kind: ClassVar = "ResumptionOrder"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("cloud_office",)

    suspension: Id
    effective_at: Instant
    reason: Text
