"""The facts about rectification: limits, acceptance with the finder's opinion, the end of a suspension (C-6(五))."""

from broker.clock import end_of
from broker.decide.case import Case
from broker.decide.proof import open_findings
from broker.documents.cases import ResumptionOrderSpec, SuspensionOrderSpec
from broker.documents.security import (
    CompulsoryMeasureOrderSpec,
    FindingSpec,
    RectificationAcceptanceSpec,
    RectificationNoticeSpec,
)
from policies.facts import Facts, LimitFact, RectificationFact, Subject
from policies.papers import OpinionFact


def measure_facts(spec: CompulsoryMeasureOrderSpec, case: Case) -> Facts:
    """The facts about a compulsory measure: whether the limit has passed unmet."""
    notice = _notice(spec.rectification, case)
    if notice is None:
        return Facts(Subject.COMPULSORY_MEASURE)
    over = end_of(notice.limit)
    limit = LimitFact(
        "spec.rectification",
        last_day=notice.limit,
        passed=case.as_of >= over and spec.effective_at >= over,
        accepted=bool(case.standing.evidence.of(RectificationAcceptanceSpec, spec.rectification)),
    )
    return Facts(Subject.COMPULSORY_MEASURE, limit=limit)


def acceptance_facts(spec: RectificationAcceptanceSpec, case: Case) -> Facts:
    """The facts about an acceptance: what the finder of a high risk says, and the reason to go against him."""
    notice = _notice(spec.rectification, case)
    finding = case.registry.get(notice.finding) if notice is not None and notice.finding else None
    if finding is None or not isinstance(finding.spec, FindingSpec) or finding.spec.risk != "high":
        return Facts(Subject.RECTIFICATION_ACCEPTANCE)
    opinion = OpinionFact(
        "spec.rectification",
        finding.id,
        attached=spec.finder_opinion is not None,
        agrees=spec.finder_agrees,
        reasoned=spec.reason is not None,
    )
    return Facts(Subject.RECTIFICATION_ACCEPTANCE, opinion=opinion)


def resumption_facts(spec: ResumptionOrderSpec, case: Case) -> Facts:
    """The facts about the end of a suspension: the risk behind it was mended, and no other high one is open."""
    order = next((f for f in case.registry.of(SuspensionOrderSpec) if f.id == spec.suspension), None)
    if order is None:
        return Facts(Subject.RESUMPTION)
    finding, evidence = order.spec.finding, case.standing.evidence
    notices = evidence.of(RectificationNoticeSpec, finding)
    done = any(evidence.of(RectificationAcceptanceSpec, notice.id) for notice in notices)
    others = open_findings(order.spec.system, "spec.suspension", case)
    return Facts(
        Subject.RESUMPTION,
        rectification=RectificationFact("spec.suspension", finding, accepted=done),
        open_findings=tuple(found for found in others if found.finding != finding),
    )


def _notice(name: str, case: Case) -> RectificationNoticeSpec | None:
    found = case.registry.get(name)
    return found.spec if found is not None and isinstance(found.spec, RectificationNoticeSpec) else None
