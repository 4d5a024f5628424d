"""数据来源与统计口径: where every figure comes from, how far it reaches, and by which rules it was made."""

from typing import Final

from monitoring.reports import figures, words
from monitoring.reports.figures import ratio, word
from monitoring.reports.material import Material
from monitoring.reports.paper import Cell, Column, Paragraph, Section, Table

_PERIOD: Final = (
    "报告期为自然月（北京时间）。当月分配量以月末时点为准。",
    "资源分配量取自资源分配台账的起止记录，精确到秒，不由采样推算。",
)
_USE: Final = (
    "使用率取自监控采样（五分钟一点）：月均为全部样本的均值，P95为95%的样本不超过的值。",
    "采集覆盖率为实有样本与运行时间内应有样本之比；样本不足统计口径下限的，写“数据不足”，不作闲置判断。",
    "实际可用性为当月应服务时间扣除全部不可用时间后的比例；既无不可用记录又无探测的，写“数据不足”，不写100%。",
    "考核可用性再剔除第十九条所列的计划内维护和不可抗力，以及经同意的临时中断；每一事项只剔除一次，逐项列明。",
)
_ADVICE: Final = "优化建议不自动改变任何资源，由使用单位以服务意向表答复。"
_MONEY: Final = "费用为按合同单价折算的资源使用价值，不作结算依据。"
_CLOCKS: Final = "时限状态以月结时刻为准；到期日按工作日历计算，遇次年日历未公布的，标“到期日暂定”。"


def method(found: Material, *, use: bool = True, costs: bool = True, advised: bool = True) -> Section:
    """The last part of every report. `use`, `costs`, `advised`: whether it has such figures."""
    facts, around = found.facts, found.around
    sources = tuple(
        (word(words.SOURCES.get(one.name, one.name)), figures.NONE if one.coverage is None else ratio(one.coverage))
        for one in facts.sources
    )
    basis = (
        ("报告期", words.period_of(facts.month)),
        ("月结时刻", figures.instant(around.closed_at).text),
        ("月结数据摘要", around.digest),
        ("规则集摘要", around.rule_set or "—"),
        ("使用率统计口径", facts.policy),
        ("使用率统计口径摘要", facts.policy_digest),
        ("登记库版本", facts.registry or "—"),
        ("采集覆盖率", figures.ratio(facts.coverage).text),
        ("低覆盖率说明", facts.accepted_coverage or "—"),
    )
    return Section(
        "数据来源与统计口径",
        (
            Table("sources", "数据来源", (Column("来源"), Column("采集覆盖率", right=True)), sources),
            Table(
                "basis", "编制依据", (Column("项目"), Column("内容", 5)), tuple((Cell(a), Cell(b)) for a, b in basis)
            ),
            *(
                Paragraph(text)
                for text in (
                    *_PERIOD[: 2 if use else 1],
                    *(_USE if use else ()),
                    *((_ADVICE,) if use and advised else ()),
                    *((_MONEY,) if costs else ()),
                    _CLOCKS,
                )
            ),
        ),
    )
