"""While systems run: faults, force majeure, maintenance, interruptions, key periods (C-9, C-17 to C-25)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Day, Id, Instant, Line, Part, Text, Zone

Systems = Annotated[tuple[Id, ...], Field(min_length=1)]


class FaultNoticeSpec(Spec):
    """故障告知: a failure of network or resources that affects units' systems (C-9(一))."""

    kind: ClassVar = "FaultNotice"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("provider",)
    signer: ClassVar = "provider"

    provider: Id
    systems: Systems
    started_at: Instant
    ended_at: Instant | None = None
    """Left out while it lasts; a later notice that supersedes this one tells the end."""
    cause: Text


class ForceMajeureSpec(Spec):
    """不可抗力: a time that does not count against the provider's availability (C-19)."""

    kind: ClassVar = "ForceMajeure"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("cloud_office",)

    provider: Id
    systems: Systems
    started_at: Instant
    ended_at: Instant | None = None
    event: Text


class MaintenanceNoticeSpec(Spec):
    """维护通知: two working days before the window starts (C-19)."""

    kind: ClassVar = "MaintenanceNotice"
    nature: ClassVar = Nature.FILING
    folder: ClassVar = "notices"
    filer: ClassVar = "provider"

    provider: Id
    systems: Systems
    """The systems that may feel it; their units are told."""
    starts_at: Instant
    ends_at: Instant
    work: Text


class TemporaryInterruptionRequestSpec(Spec):
    """云服务临时中断申请表: planned work that interrupts systems (C-21)."""

    kind: ClassVar = "TemporaryInterruptionRequest"
    nature: ClassVar = Nature.FILING
    folder: ClassVar = "notices"
    filer: ClassVar = "provider"

    provider: Id
    systems: Systems
    starts_at: Instant
    ends_at: Instant
    work: Text
    rollback: Text
    urgent: bool = False
    """Special circumstances: may come at any time; needs `urgent_reason` and consent all the same."""
    urgent_reason: Text | None = None


class TemporaryInterruptionConsentSpec(Spec):
    """The office's decision on a temporary interruption (C-21)."""

    kind: ClassVar = "TemporaryInterruptionConsent"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("cloud_office",)

    request: Id
    decision: Literal["approved", "refused"]
    reason: Text | None = None
    decided_on: Day


class TemporaryInterruptionSpec(Spec):
    """云服务临时中断实施记录: the consented work was done, from when to when (C-21)."""

    kind: ClassVar = "TemporaryInterruption"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("provider",)
    signer: ClassVar = "provider"

    provider: Id
    request: Id
    systems: Systems
    """The systems that were really interrupted."""
    started_at: Instant
    ended_at: Instant
    remarks: Text | None = None


class HarmInterruptionRequestSpec(Spec):
    """服务中断请示: a unit's event seriously affects the platform (C-17)."""

    kind: ClassVar = "HarmInterruptionRequest"
    nature: ClassVar = Nature.FILING
    folder: ClassVar = "notices"
    filer: ClassVar = "provider"

    provider: Id
    harming_unit: Id
    systems: tuple[Id, ...] = ()
    """A subset of the unit's systems on the provider, with `subset_reason`; left out = all that are live."""
    subset_reason: Text | None = None
    event: Text


class HarmInterruptionOrderSpec(Spec):
    """服务中断同意: consent, interruption and notice to the unit are one act (C-17)."""

    kind: ClassVar = "HarmInterruptionOrder"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("cloud_office",)

    request: Id
    act: Id
    """Ties consent, jobs and notice together."""
    systems: Systems
    """Every system that is interrupted, by name."""
    effective_at: Instant
    reason: Text


class ServiceRestorationSpec(Spec):
    """恢复服务: the event is handled, the interruption ends (C-17)."""

    kind: ClassVar = "ServiceRestoration"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("cloud_office",)

    order: Id
    effective_at: Instant
    handled: Text


class KeyPeriodSpec(Spec):
    """重保: a key protection period, in which changes and planned interruptions wait unless urgent (C-25)."""

    kind: ClassVar = "KeyPeriod"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "notices"
    signed_by: ClassVar = ("cloud_office",)

    name_zh: Line
    first_day: Day
    last_day: Day
    zones: Annotated[tuple[Zone, ...], Field(min_length=1, max_length=2)]
    measures: Text


class AffectedSystem(Part):
    """A system in an incident, and how it was affected."""

    system: Id
    effect: Line


class IncidentSpec(Spec):
    """信息安全事件: its level and the rules that it is handled under (C-22, C-23)."""

    kind: ClassVar = "Incident"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "incidents"
    signed_by: ClassVar = ("cloud_office", "ops_department", "provider", "security_supervisor")

    level: Literal["particularly_serious", "serious", "larger", "general"]
    """特别重大, 重大, 较大, 一般."""
    started_at: Instant
    ended_at: Instant | None = None
    affected: tuple[AffectedSystem, ...] = ()
    handled_under: Line
    """The state's or city's rule on incident response that was applied."""
    report_no: Line | None = None
