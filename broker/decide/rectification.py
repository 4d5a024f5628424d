"""The facts about rectification: limits, acceptance with the finder's opinion, the end of a suspension (C-6(五))."""

from collections.abc import Iterator

from broker.clock import end_of
from broker.decide.case import Case
from broker.decide.proof import accepted, mended, open_findings, standing_notice
from broker.documents.cases import ResumptionOrderSpec, SuspensionOrderSpec
from broker.documents.security import (
    CompulsoryMeasureOrderSpec,
    FindingSpec,
    RectificationAcceptanceSpec,
    RectificationNoticeSpec,
)
from broker.estate.system import System
from policies.facts import Facts, GapFact, LimitFact, RectificationFact, Subject
from policies.papers import OpinionFact


def measure_facts(spec: CompulsoryMeasureOrderSpec, case: Case) -> Facts:
    """The facts about a compulsory measure: whether the limit has passed unmet, and whether it can be carried out."""
    found = standing_notice(spec.rectification, case)
    if found is None:
        gap = GapFact("spec.rectification", f"整改通知 {spec.rectification} 已撤回或未生效", "填写有效的整改通知")
        return Facts(Subject.COMPULSORY_MEASURE, gaps=(gap,))
    notice, over = found.spec, end_of(found.spec.limit)
    limit = LimitFact(
        "spec.rectification",
        last_day=notice.limit,
        passed=case.as_of >= over and spec.effective_at >= over,
        accepted=accepted(spec.rectification, case),
    )
    return Facts(Subject.COMPULSORY_MEASURE, limit=limit, gaps=tuple(_measure_gaps(spec, notice, case)))


def _measure_gaps(spec: CompulsoryMeasureOrderSpec, notice: RectificationNoticeSpec, case: Case) -> Iterator[GapFact]:
    if spec.action != "other" and not spec.systems:
        yield GapFact("spec.systems", "没有写明对哪些系统采取措施", "填写 systems；由人工执行的，action 填写 other")
    for n, name in enumerate(spec.systems):
        system = case.standing.systems.get(name)
        if name in spec.systems[:n]:
            yield GapFact(f"spec.systems[{n}]", f"{name} 列了两次", "每个系统只列一次")
        elif system is None:
            continue  # `stage.py` refuses it, or nothing is done to it
        elif not _concerns(notice, system, case):
            fact = f"{name} 不在整改通知 {spec.rectification} 的范围内"
            yield GapFact(f"spec.systems[{n}]", fact, "只列整改通知涉及的系统")
        elif spec.action == "close_public_access" and not any(d.public_addresses for d in system.deployments):
            yield GapFact(f"spec.systems[{n}]", f"{name} 没有公网地址", "改为停止运行(stop)，或由人工执行(other)")


def _concerns(notice: RectificationNoticeSpec, system: System, case: Case) -> bool:
    """Whether the notice is about the system: it or its finding names it, or only whose system it is."""
    finding = case.registry.get(notice.finding) if notice.finding else None
    risk = finding.spec if finding is not None else None
    named = notice.system or (risk.system if isinstance(risk, FindingSpec) else None)
    return system.id == named if named else notice.addressee in {system.unit, system.provider}


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
    """The facts about the end of an order: what it was given for was mended, and no other high risk is open."""
    order = case.registry.get(spec.suspension)
    match order.spec if order is not None else None:
        case SuspensionOrderSpec() as suspension:
            done = RectificationFact("spec.suspension", suspension.finding, accepted=mended(suspension.finding, case))
            about: tuple[str, ...] = (suspension.system,)
        case CompulsoryMeasureOrderSpec() as measure:
            done = _measured(measure, case)
            about = _held_by(measure, case)
        case _:
            return Facts(Subject.RESUMPTION)
    others = (found for name in about for found in open_findings(name, "spec.suspension", case))
    return Facts(
        Subject.RESUMPTION,
        rectification=done,
        open_findings=tuple(found for found in others if found.finding != done.finding),
    )


def _measured(measure: CompulsoryMeasureOrderSpec, case: Case) -> RectificationFact:
    """Whether the notice behind the measure was met at last, or a later one about the same finding."""
    notice = _notice(measure.rectification, case)
    finding = notice.finding if notice is not None else None
    met = accepted(measure.rectification, case)
    if finding is None:
        return RectificationFact("spec.suspension", measure.rectification, accepted=met, is_notice=True)
    return RectificationFact("spec.suspension", finding, accepted=met or mended(finding, case))


def _held_by(measure: CompulsoryMeasureOrderSpec, case: Case) -> tuple[str, ...]:
    """The systems of the measure and their platforms: it may have taken the place of a suspension for a risk there."""
    systems = [system for name in measure.systems if (system := case.standing.systems.get(name)) is not None]
    return tuple(dict.fromkeys(name for system in systems for name in (system.id, system.provider)))


def _notice(name: str, case: Case) -> RectificationNoticeSpec | None:
    found = case.registry.get(name)
    return found.spec if found is not None and isinstance(found.spec, RectificationNoticeSpec) else None
