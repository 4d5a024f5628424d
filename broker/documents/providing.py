"""Providers, their staff and what is outside the catalogue: reviews, approvals, grants (C-9, C-15, C-26)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Attachment, Day, Id, Instant, Line, Text


class ProviderReviewSpec(Spec):
    """信息安全测评 or 政务云安全审查 of a provider, with its validity (C-15(二))."""

    kind: ClassVar = "ProviderReview"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "contracts"
    signed_by: ClassVar = ("cloud_office",)

    provider: Id
    review: Literal["assessment", "security_review"]
    reviewed_by: Line
    passed_on: Day
    valid_until: Day
    report: Attachment | None = None


class OperatorApprovalSpec(Spec):
    """运维人员上岗审批: before a provider's operator starts work, or is replaced (C-9(四))."""

    kind: ClassVar = "OperatorApproval"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "contracts"
    signed_by: ClassVar = ("cloud_office",)

    provider: Id
    operator: Id
    """The operator's account; personal data stay with the provider."""
    duty: Line
    confidentiality_signed_on: Day
    decision: Literal["approved", "refused"]
    replaces: Id | None = None
    """The account that ends with this one."""
    valid_from: Day
    valid_until: Day | None = None
    decided_on: Day


class AccessGrantSpec(Spec):
    """The unit lets somebody into its machines, databases or storage for a time (C-9(五))."""

    kind: ClassVar = "AccessGrant"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("unit",)

    system: Id
    operator: Id
    access: Annotated[tuple[Literal["console", "key", "snapshot_export"], ...], Field(min_length=1)]
    purpose: Text
    valid_from: Instant
    valid_until: Instant


class EntrySpec(Spec):
    """进入登记: a provider's operator enters a unit's machines, databases or storage (C-9(四), C-9(五))."""

    kind: ClassVar = "Entry"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "cases"
    signed_by: ClassVar = ("provider", "ops_department")

    system: Id
    operator: Id
    access: Annotated[tuple[Literal["console", "key", "snapshot_export"], ...], Field(min_length=1)]
    purpose: Text
    entered_at: Instant
    left_at: Instant


class PhysicalItemReviewSpec(Spec):
    """非虚拟化资源、物理设备租用的费用审核: one by the office and one by the finance department (C-26)."""

    kind: ClassVar = "PhysicalItemReview"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "contracts"
    signed_by: ClassVar = ("cloud_office", "finance_department")
    signer: ClassVar = "reviewer"

    matter: Id
    """The onboarding request or intent form that asks for the item."""
    reviewer: Id
    """The organisation that reviews: the office or the finance department."""
    item: Line
    cost_cents_per_month: Annotated[int, Field(ge=0)]
    decision: Literal["approved", "refused"]
    decided_on: Day


class CatalogueReviewSpec(Spec):
    """论证审核 of an item outside the contract's catalogue, with its procurement (C-26)."""

    kind: ClassVar = "CatalogueReview"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "contracts"
    signed_by: ClassVar = ("cloud_office",)

    matter: Id
    item: Line
    decision: Literal["approved", "refused"]
    procurement_no: Line | None = None
    opinion: Attachment | None = None
    decided_on: Day
