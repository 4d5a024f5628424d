"""Emergency plans and drills (C-9(三), C-10(三), C-23, C-24)."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Attachment, Day, Id, Text

Scope = Literal["overall", "platform", "system"]
"""总体 (operations department), 平台 (provider), 专项 (unit)."""


class EmergencyPlanSpec(Spec):
    """应急预案 in a version; a new version supersedes it (C-9(三), C-23, C-24)."""

    kind: ClassVar = "EmergencyPlan"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "incidents"
    signed_by: ClassVar = ("ops_department", "provider", "unit")
    signer: ClassVar = "maker"

    maker: Id
    """The organisation whose plan it is."""
    scope: Scope
    system: Id | None = None
    """For a plan of one system."""
    version: Annotated[int, Field(ge=1, le=999)]
    valid_from: Day
    text: Attachment | None = None


class DrillSpec(Spec):
    """应急演练: who took part, what was tried, how it went (C-9(三), C-10(三), C-23, C-24)."""

    kind: ClassVar = "Drill"
    nature: ClassVar = Nature.EVIDENCE
    folder: ClassVar = "incidents"
    signed_by: ClassVar = ("ops_department", "provider", "unit")
    signer: ClassVar = "maker"

    maker: Id
    scope: Scope
    system: Id | None = None
    drilled_on: Day
    scenario: Text
    participants: Annotated[tuple[Id, ...], Field(min_length=1)]
    """Organisations that took part."""
    result: Literal["passed", "failed"]
