"""The facts about an entry into a unit's machines, databases or storage (C-9(四), C-9(五))."""

from typing import Final

from broker.clock import day_of
from broker.decide.case import Case
from broker.documents.providing import AccessGrantSpec, EntrySpec, OperatorApprovalSpec
from policies.facts import Facts, GapFact, Subject
from policies.papers import EntryFact, OperatorFact

ACCESS_ZH: Final = {"console": "控制台", "key": "密钥", "snapshot_export": "快照导出"}


def entry_facts(spec: EntrySpec, case: Case) -> Facts:
    """The operator's approval on the day, and the unit's grants that cover the whole stay."""
    late = spec.left_at <= spec.entered_at
    gaps = (GapFact("spec.left_at", "离开时间不在进入时间之后", "改正 left_at"),) if late else ()
    granted = {
        access
        for f in case.standing.evidence.of(AccessGrantSpec, spec.system)
        if f.spec.operator == spec.operator
        and f.spec.valid_from <= spec.entered_at
        and spec.left_at <= f.spec.valid_until
        for access in f.spec.access
    }
    missing = tuple(ACCESS_ZH[access] for access in spec.access if access not in granted)
    return Facts(
        Subject.ENTRY,
        operator=OperatorFact("spec.operator", spec.operator, approved=_approved(spec, case)),
        entry=EntryFact("spec.access", spec.system, missing),
        gaps=gaps,
    )


def _approved(spec: EntrySpec, case: Case) -> bool:
    """The last word on the operator holds: a refusal, or another who took his place, ends an earlier approval."""
    day = day_of(spec.entered_at)
    words = [f.spec for f in case.standing.evidence.of(OperatorApprovalSpec, spec.operator)]
    words = [w for w in words if w.valid_from <= day and (w.operator == spec.operator or w.decision == "approved")]
    last = words[-1] if words else None
    return (
        last is not None
        and (last.operator, last.decision) == (spec.operator, "approved")
        and (last.valid_until is None or day <= last.valid_until)
    )
