"""The matters of a system: onboarding, intent form, decisions, assignments, hand-over … (C-6, C-11, C-12)."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field

from broker.documents.changes import Change
from broker.documents.envelope import Nature, Spec
from broker.documents.fields import (
    Attachment,
    Cidr,
    Count,
    Day,
    Digest,
    DocumentNumber,
    DrClass,
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
    Flow,
    FurtherItem,
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
    relocates: Id | None = None
    """The unit's running system on another provider whose place this one takes; that one leaves by a `relocation` form
    once this one is live and the unit has accepted its data."""
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
    """The last day on which it can be carried out: nothing is assigned by it later."""
    test_until: Day | None = None
    """The last day of its test resources: machines that did not go live by then stand still, nothing goes (C-11(二)).

    The unit asks for more time by a form (`extend_test`)."""


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


class RelocationIntent(Part):
    """迁移: the system leaves for its successor on another provider, once that is live with its data (C-9, C-29).

    From then on it is an exit: machines stop, data stay until the hand-over is signed.
    """

    purpose: Literal["relocation"]
    successor: Id
    """The system whose onboarding request says `relocates`."""
    last_day: Day
    data_wanted: Text


Leaving: TypeAlias = ExitIntent | RelocationIntent
"""How a system leaves its provider."""


class ServiceIntentFormSpec(Spec):
    """政务云服务意向表 (C-12(一))."""

    kind: ClassVar = "ServiceIntentForm"
    nature: ClassVar = Nature.FILING
    folder: ClassVar = "cases"

    system: Id
    unit: Id
    reason: Text
    intent: Annotated[ChangeIntent | ElasticIntent | ExitIntent | RelocationIntent, Field(discriminator="purpose")]
    not_before: Instant | None = None
    """The unit asks that nothing is done earlier."""
    not_after: Instant | None = None
    """The unit asks that nothing is begun later: an assignment after it is refused."""
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
    """恢复运行: the suspension or the compulsory measure ends (C-6(五))."""

    kind: ClassVar = "ResumptionOrder"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("cloud_office",)

    suspension: Id
    """The order that ends: a suspension, or a compulsory measure that the broker carries out."""
    effective_at: Instant
    reason: Text
