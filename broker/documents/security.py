"""Security checks and what follows: finding, time limit, acceptance, compulsory measure (C-6(五), C-10, C-29)."""

from typing import ClassVar, Literal

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Attachment, Day, Id, Instant, Text


class FindingSpec(Spec):
    """A risk that a check found; what it is stands in a restricted attachment alone (C-6(五), C-10)."""

    kind: ClassVar = "Finding"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "findings"
    signed_by: ClassVar = ("security_supervisor", "cloud_office")

    system: Id | None = None
    """Left out where the platform itself is concerned."""
    provider: Id | None = None
    risk: Literal["high", "low"]
    found_on: Day
    report: Attachment | None = None


class RectificationNoticeSpec(Spec):
    """限期整改通知: a unit or a provider must mend something by a day (C-6(五), C-29)."""

    kind: ClassVar = "RectificationNotice"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "findings"
    signed_by: ClassVar = ("cloud_office",)

    addressee: Id
    """The unit or provider that must mend it."""
    finding: Id | None = None
    """Left out where a provider's assessment is the ground (C-29)."""
    system: Id | None = None
    limit: Day
    """The last day, up to 24:00."""
    demand: Text


class RectificationAcceptanceSpec(Spec):
    """整改验收: the office takes the rectification, with the opinion of who found it (C-6(五), C-10)."""

    kind: ClassVar = "RectificationAcceptance"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "findings"
    signed_by: ClassVar = ("cloud_office",)

    rectification: Id
    """The notice that is met."""
    finder_agrees: bool
    """False needs a reason and the signatures of two people."""
    finder_opinion: Attachment | None = None
    reason: Text | None = None
    accepted_on: Day


class CompulsoryMeasureOrderSpec(Spec):
    """强制处理决定: after the limit has passed unmet, never before (C-6(五))."""

    kind: ClassVar = "CompulsoryMeasureOrder"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "findings"
    signed_by: ClassVar = ("cloud_office",)

    rectification: Id
    """The notice whose limit has passed."""
    action: Literal["stop", "close_public_access", "other"] = "other"
    """`stop` as a suspension; `close_public_access`: addresses alone; `other` or none: by people, then `Completion`."""
    systems: tuple[Id, ...] = ()
    """On which systems it is carried out, each one that the notice is about; only `other` may name none."""
    measure: Text
    """What is done, in words."""
    effective_at: Instant
    reason: Text
