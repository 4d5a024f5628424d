"""What is reported and filed for the record: monthly summary, utilisation, plain records (C-6, C-9, C-13, C-16 …)."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, StringConstraints

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Article, Attachment, Day, Digest, Id, Line, Part, Text, Zone

Month = Annotated[str, StringConstraints(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$")]
"""Such as 2026-09."""

ReportKind = Literal["ops", "provider", "intent-summary", "supervision-data", "usage-circular"]
"""日常管理月报, 运行维护报告, 意向表月度汇总, 监管统计数据, 使用情况通报: what `broker report` makes."""

REPORT_TITLES: Final[Mapping[ReportKind, str]] = {
    "ops": "政务云日常管理月报",
    "provider": "政务云运行维护报告",
    "intent-summary": "政务云服务意向表月度汇总",
    "supervision-data": "政务云监管统计数据",
    "usage-circular": "政务云使用情况通报",
}
REPORT_ARTICLES: Final[Mapping[ReportKind, str]] = {
    "ops": "C-7(五)",
    "provider": "C-9(二)",
    "intent-summary": "C-13",
    "supervision-data": "C-10(一)",
    "usage-circular": "C-6(四)",
}

Percent = Annotated[int, Field(ge=0, le=100)]

RecordTopic = Literal[
    "ops_department_designation",
    "duty_rule",
    "operation_rule",
    "backup_rule",
    "response_rule",
    "periodic_check",
    "usage_circular",
    "security_check",
    "responsible_person",
    "unit_evaluation_of_provider",
    "confidentiality_agreement",
    "attestation",
    "supervision_report",
    "boundary_security_report",
    "facility_designation",
    "responsibility_matrix",
    "unit_rules",
    "power_test",
    "cost_bearer",
    "implementing_rule",
    "interpretation",
    "ops_monthly_report",
    "provider_monthly_report",
    "unit_annual_evaluation",
    "provider_annual_assessment",
]
"""What a plain record may be about; the last four stand in until their reports are made by the product."""


class FormState(Part):
    """One intent form of the month and how it stands."""

    form: Id
    state: Literal["filed", "approved", "refused", "assigned", "done", "overdue"]


class MonthlyIntentSummarySpec(Spec):
    """意向表月度汇总(报备): the month's forms with their states, filed by the provider (C-13)."""

    kind: ClassVar = "MonthlyIntentSummary"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("provider",)
    signer: ClassVar = "provider"

    provider: Id
    month: Month
    forms: tuple[FormState, ...] = ()
    """Empty for a month without forms: the filing is due all the same."""


class ConfirmedReport(Part):
    """One report, by its name and the digest of its content."""

    name: Line
    paper: Digest


class ReportConfirmationSpec(Spec):
    """报告确认: the party whose reports they are takes them as its own; then they may be delivered (C-7 to C-13)."""

    kind: ClassVar = "ReportConfirmation"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("cloud_office", "ops_department", "provider", "security_supervisor")
    signer: ClassVar = "party"

    party: Id
    report: ReportKind
    month: Month
    papers: Annotated[tuple[ConfirmedReport, ...], Field(min_length=1)]
    """Every cut of the report: the office's and each unit's."""
    remarks: Text | None = None


class UtilisationFactsSpec(Spec):
    """What a system used in one zone in a month, per cent of what it has (C-6(四), C-9(二))."""

    kind: ClassVar = "UtilisationFacts"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("provider", "ops_department")

    system: Id
    zone: Zone
    tier: Id | None = None
    """Left out for the whole system."""
    month: Month
    cpu_mean_percent: Percent
    cpu_p95_percent: Percent
    memory_mean_percent: Percent
    memory_p95_percent: Percent
    bandwidth_p95_percent: Percent | None = None
    block_used_percent: Percent | None = None
    samples: Annotated[int, Field(ge=1, le=10_000_000)]
    """How many measurements stand behind it."""


class PlainRecordSpec(Spec):
    """A fact that is kept and shown, with article, party and validity; it decides nothing and changes nothing."""

    kind: ClassVar = "PlainRecord"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "notices"
    signed_by: ClassVar = (
        "cloud_office",
        "ops_department",
        "unit",
        "provider",
        "security_supervisor",
        "finance_department",
        "facility_operator",
    )
    signer: ClassVar = "party"

    topic: RecordTopic
    article: Article
    party: Id
    """The organisation whose fact it is, and whose person signs."""
    about: Id | None = None
    """The unit, provider or system that it speaks of, where that is another."""
    dated: Day
    period: Annotated[str, StringConstraints(pattern=r"^20\d{2}(-(0[1-9]|1[0-2]))?$")] | None = None
    """The year or month that a report or evaluation covers."""
    delivered_to: tuple[Id, ...] = ()
    """Organisations that received it."""
    valid_from: Day | None = None
    valid_until: Day | None = None
    summary: Line
    text: Text | None = None
    attachments: tuple[Attachment, ...] = ()
