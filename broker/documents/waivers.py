"""What lifts a rule in one matter: a waiver with its compensation and end, or the office's word on something held."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from broker.documents.envelope import Nature, Spec
from broker.documents.fields import Day, Id, Text

RuleCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$", max_length=48)]
"""Such as PROVIDER_REVIEW_EXPIRED; docs/refusals.md has them all."""

KindName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]+$", max_length=48)]


class WaiverSpec(Spec):
    """例外: one rule does not hold for one system and the named kinds of document, for a time, under compensation."""

    kind: ClassVar = "Waiver"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "waivers"
    signed_by: ClassVar = ("cloud_office",)
    signatures: ClassVar = 2

    rule: RuleCode
    system: Id
    document_kinds: Annotated[tuple[KindName, ...], Field(min_length=1)]
    """The kinds that the rule is not asked of, such as GoLive; nothing else is lifted."""
    reason: Text
    risk_owner: Id
    """The person who answers for what may come of it."""
    compensating_measure: Text
    """What is done instead."""
    valid_from: Day
    valid_until: Day
    """The last day; a year at most."""


class HoldDecisionSpec(Spec):
    """待决事项决定: the office decides on what a rule holds for it, where the rule says 等 or 主要 (C-2, C-5, C-25)."""

    kind: ClassVar = "HoldDecision"
    nature: ClassVar = Nature.DECISION
    folder: ClassVar = "waivers"
    signed_by: ClassVar = ("cloud_office",)

    rule: RuleCode
    system: Id
    decision: Literal["approved", "refused"]
    reason: Text
    decided_on: Day
