"""监督、指导、时限: what the operations department reports beside the figures (C-7(一) to (四)); what is overdue."""

from collections import Counter
from typing import Final, TypeAlias

from broker.clock import day_of
from broker.clocks.clock import State
from broker.documents.cases import AssignmentSpec, IntentDecisionSpec, OnboardingApprovalSpec
from broker.documents.envelope import Spec
from broker.documents.exceptions import CityCloudLinkSpec
from broker.documents.reporting import PlainRecordSpec
from broker.documents.security import FindingSpec, RectificationAcceptanceSpec, RectificationNoticeSpec
from broker.registry.filed import Filed
from broker.registry.rectification import acceptances, notices
from monitoring.reports import words
from monitoring.reports.figures import count, instant, ratio, word
from monitoring.reports.material import Material, matter_system
from monitoring.reports.paper import Cell, Column, Section, Table
from monitoring.reports.sections.service import CARRIED_OUT, touched

_CHECKS: Final = frozenset(words.TOPICS)


def checks(found: Material) -> Section:
    """Checks and evaluations received, findings with their rectification, and how far each provider kept its time."""
    records = (
        (
            word(words.TOPICS[f.spec.topic]),
            word(found.name(f.spec.party)),
            word(found.name(f.spec.about or "")),
            instant(found.papers.received(f)),
            Cell(f.spec.summary),
        )
        for f in found.papers.of(PlainRecordSpec)
        if f.spec.topic in _CHECKS and found.in_month(found.papers.received(f))
    )
    columns = (Column("事项", 3), Column("单位", 4), Column("对象", 4), Column("收到", 4), Column("摘要", 6))
    return Section(
        "监督检查与服务质量",
        (
            Table("checks", "检查、评估和评价", columns, tuple(records)),
            findings(found),
            against_the_finder(found),
            Table("on-time", "服务商时限执行", _ON_TIME, _on_time(found)),
            own_decisions(found),
        ),
    )


_ON_TIME: Final = (
    Column("服务商", 4),
    Column("时限", 4),
    *(Column(title, right=True) for title in ("按期办结", "逾期办结", "逾期未办结", "按期率")),
)


def _on_time(found: Material) -> tuple[tuple[Cell, ...], ...]:
    counted: dict[tuple[str, str], Counter[State]] = {}
    for reading in found.readings():
        if reading.clock.id in CARRIED_OUT and touched(found, reading):
            counted.setdefault((reading.span.party, reading.clock.title_zh), Counter())[reading.state] += 1
    rows = []
    for (party, title), states in sorted(counted.items()):
        met, late, open_ = states[State.MET], states[State.LATE], states[State.OVERDUE]
        share = met / (met + late + open_) if met + late + open_ else None
        rows.append((word(found.name(party)), word(title), count(met), count(late), count(open_), ratio(share)))
    return tuple(rows)


def findings(found: Material) -> Table:
    """Findings of the month and those still open; what they are stands in restricted attachments, never here."""
    registry = found.papers.registry
    accepted = acceptances(registry, found.papers.of(RectificationAcceptanceSpec))
    of_findings = [f for f in found.papers.of(RectificationNoticeSpec) if f.spec.finding]
    noticed = {f.spec.finding: f for f in of_findings}
    mended = {f.spec.finding for f in of_findings if registry.first(f.id) in accepted}
    rows = []
    for finding in found.papers.of(FindingSpec):
        spec, notice = finding.spec, noticed.get(finding.id)
        own = found.within(spec.system) if spec.system else found.cut.holds(found.cut.unit, spec.provider or "")
        done = finding.id in mended
        if not own or (done and not found.in_month(found.papers.received(finding))):
            continue
        about = found.system(spec.system) if spec.system else found.name(spec.provider or "平台")
        limit = notice.spec.limit.isoformat() if notice else ""
        state = "已验收" if done else "整改中" if notice else "待通知整改"
        cells = (finding.id, about, words.RISKS[spec.risk], spec.found_on.isoformat(), limit, state)
        rows.append(tuple(word(cell) for cell in cells))
    columns = (
        Column("问题", 4),
        Column("对象", 4),
        Column("风险"),
        Column("发现日期", 3),
        Column("整改期限", 3),
        Column("状态", 3),
    )
    return Table("findings", "检查发现的问题", columns, tuple(rows))


def against_the_finder(found: Material) -> Table:
    """Rectifications that the office accepted in the month against the opinion of their finder (C-6(五), C-10)."""
    papers, first = found.papers, found.papers.registry.first
    known = notices(papers.registry, papers.of(RectificationNoticeSpec))
    rows = tuple(
        (
            word(f.id),
            word(notice.spec.finding or ""),
            word(found.system(notice.spec.system) if notice.spec.system else found.name(notice.spec.addressee)),
            Cell(f.spec.reason or ""),
            word(f.spec.accepted_on.isoformat()),
            word("、".join(sorted(signature.payload.person for signature in f.signatures))),
        )
        for f in papers.of(RectificationAcceptanceSpec)
        if not f.spec.finder_agrees
        and found.in_month(papers.received(f))
        and (notice := known.get(first(f.spec.rectification))) is not None
    )
    columns = (
        Column("验收", 4),
        Column("问题", 3),
        Column("对象", 4),
        Column("理由", 6),
        Column("验收日期", 3),
        Column("签名人", 5),
    )
    return Table("against-finder", "与发现方意见不一致的整改验收", columns, rows)


_Decided: TypeAlias = tuple[Filed[Spec], OnboardingApprovalSpec | IntentDecisionSpec, tuple[str, ...]]
"""A decision, its content, and the matters that it is on."""


def own_decisions(found: Material) -> Table:
    """The office's decisions of the month on matters of its own: two people of it who did not file decide those."""
    papers, names = found.papers, found.around.platform.units
    own = {unit for unit, spec in names.items() if spec.name_zh == found.name(papers.holder("cloud_office"))}
    decisions: tuple[_Decided, ...] = (
        *((f, f.spec, f.spec.requests) for f in papers.of(OnboardingApprovalSpec)),
        *((f, f.spec, (f.spec.form,)) for f in papers.of(IntentDecisionSpec)),
    )
    rows = tuple(
        (
            word(filed.id),
            word("、".join(matters)),
            word(words.DECISIONS[spec.decision]),
            word(spec.decided_on.isoformat()),
            word("、".join(sorted(signature.payload.person for signature in filed.signatures))),
        )
        for filed, spec, matters in decisions
        if found.in_month(papers.received(filed)) and any(_unit_of(found, matter) in own for matter in matters)
    )
    columns = (Column("决定", 4), Column("事项", 5), Column("结论", 2), Column("决定日期", 3), Column("签名人", 5))
    return Table("own-decisions", "区网信办对本单位事项的决定", columns, rows)


def _unit_of(found: Material, matter: str) -> str:
    filed = found.papers.registry.get(matter)
    return str(getattr(filed.spec, "unit", "")) if filed else ""


def guidance(found: Material) -> Section:
    """What was assigned in the month, to whom (C-7(二))."""
    rows = tuple(
        (
            word(f.spec.matter),
            word(found.system(matter_system(found.papers.registry, f.spec.matter))),
            word("政务云日常管理部门" if f.spec.assignee == "ops_department" else found.name(f.spec.provider or "")),
            instant(f.spec.assigned_at),
        )
        for f in found.papers.of(AssignmentSpec)
        if found.in_month(f.spec.assigned_at) and found.within(matter_system(found.papers.registry, f.spec.matter))
    )
    columns = (Column("事项", 5), Column("业务信息系统", 5), Column("指派给", 5), Column("指派时间", 4))
    return Section("技术指导与组织实施", (Table("assignments", "本月指派", columns, rows),))


def interconnect(found: Material) -> Section:
    """The links to the city's cloud (C-6(六), C-7(四))."""
    rows = tuple(
        (word(f.spec.name_zh), word(f.spec.connected_on.isoformat()), Cell(f.spec.purpose))
        for f in found.papers.of(CityCloudLinkSpec)
    )
    columns = (Column("互联名称", 4), Column("开通日期", 3), Column("用途", 7))
    return Section("与市政务云互联互通", (Table("links", "互联情况", columns, rows, empty="尚无互联。"),))


def overdue(found: Material) -> Section:
    """Every deadline that was missed in the month or stands overdue, by name."""
    rows = tuple(
        (
            word(r.clock.title_zh),
            word(words.article_of(r.clock.article)),
            word(found.subject(r.span.subject)),
            word(found.name(r.span.party)),
            word(r.last_day.isoformat()),
            instant(r.span.stopped_at),
            word(words.STATES[r.state]),
        )
        for r in found.readings()
        if r.state in {State.OVERDUE, State.LATE} and r.last_day < day_of(found.around.closed_at) and touched(found, r)
    )
    columns = (
        Column("时限", 5),
        Column("条款", 4),
        Column("事项", 6),
        Column("责任方", 6),
        Column("到期日", 4),
        Column("办结", 4),
        Column("状态", 5),
    )
    return Section("逾期事项", (Table("overdue", "逾期时限", columns, rows, empty="无逾期事项。"),))
