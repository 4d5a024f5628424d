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
from policies.facts import Facts, GapFact, LimitFact, RectificationFact, Subject
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


def suspension_facts(spec: SuspensionOrderSpec, case: Case) -> Facts:
    """The facts about a suspension: the finding behind it is a high risk of this system or of the platform under it."""
    finding = case.registry.get(spec.finding)
    risk = finding.spec if finding is not None else None
    if not isinstance(risk, FindingSpec):
        return Facts(Subject.SUSPENSION)
    system = case.standing.systems.get(spec.system)
    gaps = []
    if spec.system != risk.system and (risk.provider is None or system is None or system.provider != risk.provider):
        about = risk.system or risk.provider or "平台"
        gaps.append(
            GapFact("spec.finding", f"{spec.finding} 是关于 {about} 的，不是 {spec.system}", "填写该系统的问题编号")
        )
    if risk.risk != "high":
        cure = "下发限期整改通知(RectificationNotice)；逾期未整改的，作出强制处理决定"
        gaps.append(GapFact("spec.finding", f"{spec.finding} 风险等级较低，不能据以暂停运行", cure))
    return Facts(Subject.SUSPENSION, gaps=tuple(gaps))


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
