"""What rules judge: plain facts about one document and what it would do, gathered by the caller beforehand."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from policies.papers import (
    BuildingFact,
    ConsentFact,
    EntryFact,
    ExpertFact,
    FurtherItemFact,
    HoldFact,
    KeyPeriodFact,
    OpenFindingFact,
    OperatorFact,
    OpinionFact,
    ProtectionFact,
    ReviewFact,
    TestFact,
    UseFact,
    WaiverFact,
)


class Subject(StrEnum):
    """The step that is judged."""

    PLAN_DECISION = "plan_decision"
    ONBOARDING_REQUEST = "onboarding_request"
    ONBOARDING_APPROVAL = "onboarding_approval"
    INTENT_FORM = "intent_form"
    FILING_WITHDRAWAL = "filing_withdrawal"
    INTENT_DECISION = "intent_decision"
    ASSIGNMENT = "assignment"
    GO_LIVE = "go_live"
    HAND_OVER = "hand_over"
    SUSPENSION = "suspension"
    RESUMPTION = "resumption"
    TRIAL_RUN = "trial_run"
    ACCEPTANCE = "acceptance"
    HARM_REQUEST = "harm_request"
    INTERRUPTION = "interruption"
    RESTORATION = "restoration"
    MAINTENANCE = "maintenance"
    INTERRUPTION_FORM = "interruption_form"
    INTERRUPTION_CONSENT = "interruption_consent"
    CARRIED_OUT_INTERRUPTION = "carried_out_interruption"
    COMPULSORY_MEASURE = "compulsory_measure"
    RECTIFICATION_ACCEPTANCE = "rectification_acceptance"
    EXPERT_REVIEW = "expert_review"
    EXCEPTION_RECHECK = "exception_recheck"
    DEPARTMENTAL_CLOUD = "departmental_cloud"
    ENTRY = "entry"
    WAIVER = "waiver"
    HOLD_DECISION = "hold_decision"
    STACK = "stack"
    """The resources of one stack, as they would be or are."""


@dataclass(frozen=True, slots=True)
class UnitFact:
    """The unit that asks, and whether it is on the register (C-2)."""

    id: str
    registered: bool
    kind: str = ""
    field: str = "spec.unit"


@dataclass(frozen=True, slots=True)
class GradeFact:
    """The system's grade of classified protection beside the platform's, and state secrecy."""

    system_grade: int
    platform_grade: int
    state_secret: bool
    exempt_category: str | None = None
    field: str = "spec.mlps.grade"


@dataclass(frozen=True, slots=True)
class ProviderFact:
    """The provider and its contract on the day that counts."""

    id: str
    status: str
    contract: str | None
    """Number of the contract in force, or None."""
    day: date
    field: str = "spec.provider"


@dataclass(frozen=True, slots=True)
class ItemFact:
    """Something asked for by name (flavor, image, volume tier) and whether platform and contract have it."""

    field: str
    kind_zh: str
    name: str
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ZoneFact:
    """What a document asks for in one zone."""

    zone: str
    zone_zh: str
    field: str
    public_addresses: int
    allows_public_addresses: bool
    has_cloud: bool
    """Whether the provider has a cloud in the zone."""
    unusual_zh: str = ""
    """Why the workload would usually be in the other zone (C-2: 主要); empty = it would not."""
    reasoned: bool = False


@dataclass(frozen=True, slots=True)
class FlowEndFact:
    """One end of a flow: whether it can be named, and whether it is the public internet or a zone's tier."""

    text: str
    exists: bool
    public: bool
    zone: str | None


@dataclass(frozen=True, slots=True)
class FlowFact:
    """A flow as asked for."""

    id: str
    field: str
    source: FlowEndFact
    target: FlowEndFact


@dataclass(frozen=True, slots=True)
class ShortfallFact:
    """One account that has not enough of one resource."""

    field: str
    account_zh: str
    resource_zh: str
    wanted: int
    """Held by all with the document's wish counted."""
    limit: int
    measure: str
    account: str = ""
    """The account's name, such as `unit:health/internet`."""
    resource: str = ""
    """The resource's name, such as `vcpu`."""
    more: int = 0
    """What the document wants beside what its system holds already."""


@dataclass(frozen=True, slots=True)
class GapFact:
    """Something that the form lacks or that does not fit the system as it is."""

    field: str
    fact: str
    cure: str


@dataclass(frozen=True, slots=True)
class GrantFact:
    """An elastic wish: window and ceilings beside the base (C-6(四))."""

    first_day: date
    last_day: date
    filed_on: date
    count_ceiling: int
    count_base: int
    bandwidth_ceiling_mbps: int
    bandwidth_base_mbps: int


@dataclass(frozen=True, slots=True)
class MatterFact:
    """The matter that a decision, assignment or go-live stands on."""

    id: str
    is_intent: bool
    approved: bool
    """An admitted approval or decision covers it, and says yes."""
    field: str = "spec.matter"


@dataclass(frozen=True, slots=True)
class OverlapFact:
    """Two address ranges that share addresses, or one outside its pool."""

    field: str
    cidr: str
    other: str
    outside: bool = False


@dataclass(frozen=True, slots=True)
class ReturnFact:
    """A wipe and what it does not cover: volumes and buckets that no receipt names."""

    missing: tuple[str, ...]
    exiting: bool
    """Whether the system has left by an approved exit form, so that its data may go at all."""


@dataclass(frozen=True, slots=True)
class StepFact:
    """A step that the system's stage does not allow."""

    field: str
    system: str
    stage_zh: str
    name_zh: str
    first_zh: tuple[str, ...] | None
    """What would have to come first; None where nothing leads there, empty where another document was meant."""


@dataclass(frozen=True, slots=True)
class NoticeFact:
    """A notice before a window: when it came, and the latest day for it (reading R4)."""

    field: str
    came_on: date
    starts_on: date
    latest: date
    earliest: date
    """The first day on which a window of which notice came on that day may start."""
    urgent: bool
    provisional: bool
    """Whether a calendar to come may still move the latest day."""


@dataclass(frozen=True, slots=True)
class LimitFact:
    """A limit for rectification: whether it has passed, and whether what it asks for was accepted."""

    field: str
    last_day: date
    passed: bool
    accepted: bool


@dataclass(frozen=True, slots=True)
class RectificationFact:
    """What an order that is to end was given for, and whether its rectification was accepted."""

    field: str
    finding: str
    """The risk; where a compulsory measure stands on no finding, the notice that was not met."""
    accepted: bool
    is_notice: bool = False
    """Whether `finding` is the notice."""


@dataclass(frozen=True, slots=True)
class WaysOutFact:
    """What leaves a stack: the approved bandwidth beside the limits of its public addresses and its gateway, kbit/s."""

    approved_kbps: int
    egress_kbps: int
    ingress_kbps: int
    unlimited: tuple[str, ...] = ()
    """Ways out without any limit."""


@dataclass(frozen=True, slots=True)
class HoldingFact:
    """Something that holds data, and the marks that it lacks (in Chinese)."""

    name: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules may know about one document. A part that does not apply is empty."""

    subject: Subject
    unit: UnitFact | None = None
    grade: GradeFact | None = None
    provider: ProviderFact | None = None
    items: tuple[ItemFact, ...] = ()
    zones: tuple[ZoneFact, ...] = ()
    flows: tuple[FlowFact, ...] = ()
    shortfalls: tuple[ShortfallFact, ...] = ()
    gaps: tuple[GapFact, ...] = ()
    grant: GrantFact | None = None
    matter: MatterFact | None = None
    overlaps: tuple[OverlapFact, ...] = ()
    hand_over: ReturnFact | None = None
    steps: tuple[StepFact, ...] = ()
    notice: NoticeFact | None = None
    limit: LimitFact | None = None
    rectification: RectificationFact | None = None
    ways_out: WaysOutFact | None = None
    holdings: tuple[HoldingFact, ...] = ()
    tests: TestFact | None = None
    protection: ProtectionFact | None = None
    reviews: tuple[ReviewFact, ...] = ()
    further_items: tuple[FurtherItemFact, ...] = ()
    open_findings: tuple[OpenFindingFact, ...] = ()
    opinion: OpinionFact | None = None
    use: UseFact | None = None
    key_periods: tuple[KeyPeriodFact, ...] = ()
    consent: ConsentFact | None = None
    operator: OperatorFact | None = None
    entry: EntryFact | None = None
    expert: ExpertFact | None = None
    building: BuildingFact | None = None
    waiver: WaiverFact | None = None
    hold: HoldFact | None = None
