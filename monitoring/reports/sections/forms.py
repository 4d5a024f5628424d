"""意向表月度汇总 (C-13): one line for each intent form, and how it stood when the month was closed."""

from collections import Counter
from typing import Final

from broker.clocks.clock import State
from broker.clocks.matters import assignments
from broker.documents.cases import IntentDecisionSpec, ServiceIntentFormSpec
from broker.registry.filed import Filed
from monitoring.reports import words
from monitoring.reports.figures import count, instant, word
from monitoring.reports.material import Material
from monitoring.reports.paper import Cell, Column, Paragraph, Section, Table

_STATES: Final = {
    "filed": "待审核",
    "refused": "不同意",
    "returned": "退回补正",
    "approved": "已同意，待指派",
    "assigned": "办理中",
    "done": "已办结",
    "overdue": "逾期未办结",
}
_COLUMNS: Final = (
    Column("意向表", 6),
    Column("使用单位", 5),
    Column("业务信息系统", 6),
    Column("事项", 4),
    Column("收到", 5),
    Column("决定日期", 6),
    Column("指派时间", 5),
    Column("办结", 5),
    Column("状态", 4),
)


def forms(found: Material) -> Section:
    """Forms received in the month, and earlier ones that were still open in it."""
    lines = [line for form in found.papers.of(ServiceIntentFormSpec) if (line := _line(found, form))]
    counted = Counter(line[-1].text for line in lines)
    told = "、".join(f"{state}{counted[state]}件" for state in _STATES.values() if counted[state])
    summary = f"本月共汇总服务意向表{len(lines)}件：{told}。" if lines else "本月无服务意向表。"
    rows = tuple((word(state), count(counted[state])) for state in _STATES.values())
    return Section(
        "意向表汇总",
        (
            Paragraph(summary),
            Table("form-states", "按状态", (Column("状态", 3), Column("件数", right=True)), rows),
            Table("forms", "意向表明细", _COLUMNS, tuple(lines), empty="本月无服务意向表。"),
        ),
    )


def _line(found: Material, form: Filed[ServiceIntentFormSpec]) -> tuple[Cell, ...]:
    """The form's line; nothing where it is another's, came later, or had ended before the month."""
    papers, spec = found.papers, form.spec
    received = papers.received(form)
    if received >= found.month.end or not found.within(spec.system):
        return ()
    decision = next((f for f in reversed(papers.of(IntentDecisionSpec)) if f.spec.form == form.id), None)
    assigned = assignments(papers, "provider").get(form.id)
    done = [r for r in found.readings() if r.clock.id in {"change", "exit"} and r.span.subject == form.id]
    ended = done[-1].span.stopped_at if done else None
    closed = ended or (papers.received(decision) if decision and decision.spec.decision != "approved" else None)
    if received < found.month.start and closed is not None and closed < found.month.start:
        return ()
    if decision is None:
        state = "filed"
    elif decision.spec.decision != "approved":
        state = decision.spec.decision
    elif assigned is None:
        state = "approved"
    elif ended is not None:
        state = "done"
    else:
        state = "overdue" if done and done[-1].state is State.OVERDUE else "assigned"
    return (
        word(form.id),
        word(found.name(spec.unit)),
        word(found.system(spec.system)),
        word(words.PURPOSES[spec.intent.purpose]),
        instant(received),
        word(decision.spec.decided_on.isoformat() if decision else ""),
        instant(assigned.spec.assigned_at if assigned else None),
        instant(ended),
        word(_STATES[state]),
    )
