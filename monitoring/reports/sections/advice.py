"""优化建议或动态调整意见 (C-9(二)): what the figures say would fit, what was left out and why, what became of it."""

from collections.abc import Iterator, Mapping
from typing import Final

from monitoring.metering.facts import Advice, AdviceKind, Exclude, Realised
from monitoring.reports import words
from monitoring.reports.figures import NONE, count, ratio, word, yuan
from monitoring.reports.material import Material
from monitoring.reports.paper import Cell, Column, Paragraph, Section, Table
from monitoring.reports.sections.kept import kept_advice
from monitoring.reports.sections.storage import storage_advice
from monitoring.reports.thresholds import advice_in_words

_ANSWER = "使用单位同意建议的，按第十二条填报服务意向表；不同意的，在意向表中说明理由。建议不自动改变任何资源。"
_OF_SERVERS: Final[frozenset[AdviceKind]] = frozenset({"idle", "downsize", "upsize"})
_SAVED: Final = ("节约vCPU（核）", "节约内存（GiB）")


def advice(found: Material, *, costs: bool) -> Section:
    """Advice, what was left out, and what became of last month's."""
    facts = found.facts
    advised = [one for one in facts.advice if one.kind in _OF_SERVERS]
    whose = (Column("使用单位", 4), Column("业务信息系统", 4), Column("云主机", 4))
    columns = (
        *whose,
        Column("建议"),
        Column("现规格", 3),
        Column("建议规格", 3),
        *(Column(title, right=True) for title in ("CPU P95", "预计P95", *_SAVED)),
        *((Column("月节约（元）", 3, right=True),) if costs else ()),
        Column("状态", 2),
    )
    saved = (*((Column("月节约（元）", right=True),) if costs else ()),)
    return Section(
        "优化建议和动态调整意见",
        (
            Paragraph(_ANSWER),
            Table(
                "advice",
                "本月建议",
                columns,
                tuple(_advice(found, one, costs=costs) for one in advised),
                note=advice_in_words(found.around.policy) if found.around.policy and advised else "",
            ),
            Table(
                "left-out",
                "未提建议的云主机及原因",
                (Column("业务信息系统", 4), Column("云主机", 4), Column("指标所示"), Column("未提原因", 4)),
                tuple(_left_out(found, one) for one in facts.excluded if one.kind in _OF_SERVERS),
                empty="无。",
            ),
            Table(
                "realised",
                "上月建议的落实",
                (
                    *whose,
                    Column("建议"),
                    Column("状态"),
                    *(Column(title, right=True) for title in _SAVED),
                    *saved,
                ),
                tuple(_realised(found, *one, costs=costs) for one in _became(found)),
                empty="上月无建议。" if found.before else "上月未月结，无可比较。",
            ),
            *storage_advice(found, costs=costs),
            *kept_advice(found, costs=costs),
        ),
    )


def _advice(found: Material, one: Advice, *, costs: bool) -> tuple[Cell, ...]:
    return (
        word(found.name(one.unit)),
        word(found.system(one.system)),
        word(one.resource.removeprefix("server-")),
        word(words.ADVICE[one.kind]),
        word(one.flavor),
        word(one.proposed_flavor or ("回收" if one.kind == "idle" else "")),
        _known(one.evidence, "cpu_p95"),
        _known(one.predicted, "cpu_p95"),
        count(one.saving.get("vcpu", 0)),
        count(one.saving.get("memory_gib", 0)),
        *((yuan(one.saving_yuan_per_month),) if costs else ()),
        word(words.ADVICE_STATES[one.state]),
    )


def _known(figures: Mapping[str, float], name: str) -> Cell:
    return ratio(figures[name]) if name in figures else NONE


def _left_out(found: Material, one: Exclude) -> tuple[Cell, ...]:
    reason = words.LEFT_OUT.get(one.reason, one.reason)
    return (
        word(found.system(one.system)),
        word(one.resource.removeprefix("server-")),
        word(words.ADVICE[one.kind]),
        word(reason),
    )


def _became(found: Material) -> Iterator[tuple[Advice | None, Realised]]:
    """Last month's advice on servers with what became of it; a month kept without the one before shows no names."""
    return found.realised(_OF_SERVERS) if found.before else ((None, one) for one in found.facts.realised)


def _realised(found: Material, of: Advice | None, one: Realised, *, costs: bool) -> tuple[Cell, ...]:
    return (
        word(found.name(of.unit) if of else ""),
        word(found.system(of.system) if of else ""),
        word(of.resource.removeprefix("server-") if of else one.advice),
        word(words.ADVICE[of.kind] if of else ""),
        word(words.ADVICE_STATES[one.state]),
        count(one.saving.get("vcpu", 0)),
        count(one.saving.get("memory_gib", 0)),
        *((yuan(one.saving_yuan_per_month),) if costs else ()),
    )
