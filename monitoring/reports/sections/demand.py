"""入云进展与年度需求: which systems are on the cloud, what stays outside, what is asked for (C-4, C-5, C-11)."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from broker.documents.cases import HandOverSpec
from broker.documents.exceptions import DepartmentalCloudSpec, ExceptionRequestSpec, ExpertReviewSpec
from broker.documents.planning import PlanDecisionSpec, YearlyPlanSpec
from monitoring.reports import words
from monitoring.reports.figures import count, ratio, word
from monitoring.reports.material import Material
from monitoring.reports.paper import Cell, Column, Section, Table

_HEADS: Final = ("vcpu", "memory_gib", "block_gib", "object_gib", "bandwidth_mbps", "public_addresses")
_CLOUDS: Final = {"own": "自建", "migrating": "迁移中", "managed": "已纳入管理", "exempt": "明确要求自建"}


def demand(found: Material) -> Section:
    """For the whole cloud."""
    progress = (
        Column("使用单位", 6),
        *(Column(title, 3, right=True) for title in ("已上线", "建设测试中", "不入云例外", "入云率")),
    )
    asked = (
        Column("年度", 2),
        Column("使用单位", 5),
        Column("云区", 4),
        *(Column(title, 3, right=True) for title in ("事项", *(words.HEADS[head] for head in _HEADS))),
    )
    clouds = (Column("使用单位", 4), Column("部门云", 5), Column("状态", 3), Column("截至", 3))
    return Section(
        "入云进展与年度需求",
        (
            Table(
                "progress",
                "业务信息系统入云情况（个）",
                progress,
                tuple(_progress(found)),
                note="入云率为已上线和建设测试中的系统占其与经专家评审确认的例外之和的比例。",
            ),
            Table("departmental-clouds", "部门云", clouds, tuple(_clouds(found)), empty="无登记。"),
            Table(
                "demand", "使用计划中已同意的需求汇总", asked, tuple(_demand(found)), empty="无已同意的使用计划事项。"
            ),
        ),
    )


def _progress(found: Material) -> Iterator[tuple[Cell, ...]]:
    papers = found.papers
    left = {f.spec.system for f in papers.of(HandOverSpec) if f.spec.wipe}
    confirmed = {f.spec.exception for f in papers.of(ExpertReviewSpec) if f.spec.conclusion == "confirmed"}
    outside = Counter(f.spec.unit for f in papers.of(ExceptionRequestSpec) if f.id in confirmed)
    systems = [system for system in found.around.systems.values() if system.id not in left]
    live = Counter(system.unit for system in systems if system.live)
    tried = Counter(system.unit for system in systems if not system.live)
    for unit in sorted(live.keys() | tried.keys() | outside.keys()):
        inside = live[unit] + tried[unit]
        share = ratio(inside / (inside + outside[unit]))
        yield word(found.name(unit)), count(live[unit]), count(tried[unit]), count(outside[unit]), share


def _clouds(found: Material) -> Iterator[tuple[Cell, ...]]:
    for f in found.papers.of(DepartmentalCloudSpec):
        spec = f.spec
        yield (
            word(found.name(spec.unit)),
            word(spec.name_zh),
            word(_CLOUDS[spec.state]),
            word(spec.as_of_day.isoformat()),
        )


def _demand(found: Material) -> Iterator[tuple[Cell, ...]]:
    """What the office agreed to of plans for this year and later, by year, unit and zone; a plan grants nothing."""
    papers, items = found.papers, Counter[tuple[int, str, str]]()
    total: dict[tuple[int, str, str], Counter[str]] = {}
    agreed = {
        (f.spec.plan, one.item) for f in papers.of(PlanDecisionSpec) for one in f.spec.items if one.result == "approved"
    }
    for plan in papers.of(YearlyPlanSpec):
        wanted = [item for item in plan.spec.items if (plan.id, item.item) in agreed and item.wish != "exit"]
        for need, year in ((need, plan.spec.year) for item in wanted for need in item.needs):
            if year >= found.month.year:
                key = year, plan.spec.unit, need.zone
                items[key] += 1
                total.setdefault(key, Counter()).update(need.amount.model_dump())
    for (year, unit, zone), heads in sorted(total.items()):
        figures = (count(heads[head]) for head in _HEADS)
        whose = (word(str(year)), word(found.name(unit)), word(words.ZONES[zone]))
        yield *whose, count(items[year, unit, zone]), *figures
