"""From test resources to go-live: tests, classified protection, acceptance, trial run (C-11, C-12, C-18)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Attachment, Day, Id, Instant, Line, MlpsGrade, Part, Text, Zone


class ConformanceResult(Part):
    """The result of one of the three parts of the conformance test."""

    part: Literal["functional", "performance", "security"]
    """功能, 性能, 安全."""
    passed: bool
    tested_on: Day
    tested_by: Line
    report: Attachment | None = None


class ConformanceTestReportSpec(Spec):
    """符合性测试报告: function, performance and security, before deployment (C-11(二))."""

    kind: ClassVar = "ConformanceTestReport"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("unit",)

    system: Id
    results: Annotated[tuple[ConformanceResult, ...], Field(min_length=1, max_length=3)]
    remarks: Text | None = None


class ProtectionFilingSpec(Spec):
    """等级保护备案: the system's grade as filed with the police (C-18)."""

    kind: ClassVar = "ProtectionFiling"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("unit",)

    system: Id
    grade: MlpsGrade
    filing_no: Line
    registered_on: Day
    proof: Attachment | None = None


class ProtectionAssessmentSpec(Spec):
    """等级保护测评: before formal operation, when the grade changes, and yearly for grade 3 (C-18)."""

    kind: ClassVar = "ProtectionAssessment"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("unit",)

    system: Id
    grade: MlpsGrade
    assessed_on: Day
    assessed_by: Line
    conclusion: Literal["passed", "failed"]
    valid_until: Day | None = None
    report: Attachment | None = None


class CompletionSpec(Spec):
    """The word that a matter is carried out, where the clouds' own answers do not tell it (C-6, C-11, C-12)."""

    kind: ClassVar = "Completion"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("provider", "ops_department")

    matter: Id
    """The onboarding request, intent form or compulsory measure that was carried out."""
    completed_at: Instant
    remarks: Text | None = None
    attachments: tuple[Attachment, ...] = ()


class ManualWorkSpec(Spec):
    """The word that something granted was made by hand, where the broker builds none; until then it is open (C-16)."""

    kind: ClassVar = "ManualWork"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("provider", "ops_department")

    system: Id
    zone: Zone
    item: Literal["load_balancer"]
    count: Annotated[int, Field(ge=1, le=16)]
    """How many this document speaks of; several documents add up."""
    made_on: Day
    made: Line
    """What it is on the cloud: name, address, which tier it stands before."""
    attachments: tuple[Attachment, ...] = ()


class AcceptanceSpec(Spec):
    """The unit accepts what was carried out, or objects: an objection starts the provider's clock anew (C-11, C-12)."""

    kind: ClassVar = "Acceptance"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("unit",)

    matter: Id
    result: Literal["accepted", "objected"]
    reason: Text | None = None
    """What is objected to."""


class TrialRunSpec(Spec):
    """试运行: the tested system works under supervision before it is accepted (C-11(三))."""

    kind: ClassVar = "TrialRun"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("unit",)

    system: Id
    first_day: Day
    last_day: Day


class TripartiteAcceptanceSpec(Spec):
    """三方验收: unit, provider and operations department agree that the system may go live (C-11(三))."""

    kind: ClassVar = "TripartiteAcceptance"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("unit", "provider", "ops_department")
    signatures: ClassVar = 3

    system: Id
    accepted_on: Day
    minutes: Attachment | None = None
    remarks: Text | None = None
