"""概况: the month on one table, beside the month before."""

from collections.abc import Callable, Iterator
from typing import Final

from monitoring.metering.facts import MonthFacts, SystemFacts
from monitoring.metering.showback import total
from monitoring.reports import words
from monitoring.reports.figures import NONE, count, difference, ratio, word, yuan
from monitoring.reports.material import Material
from monitoring.reports.paper import Cell, Column, Paragraph, Section, Table

_COLUMNS: Final = (
    Column("指标", 3),
    Column("本月", right=True),
    Column("上月", right=True),
    Column("增减", right=True),
)
_HEADS: Final = (
    "vcpu",
    "memory_gib",
    "block_gib",
    "block_high_performance_gib",
    "object_gib",
    "bandwidth_mbps",
    "public_addresses",
)


def overview(found: Material, *, costs: bool) -> Section:
    """Key figures. `costs`: whether the recipient is shown money."""
    facts, before = found.facts, found.before
    rows = [*_counted(facts, before)]
    rows.append((word("考核可用性（按时间加权）"), ratio(assessed(facts), "percent4"), *_ratios(before)))
    rows.append((word("采集覆盖率"), ratio(facts.coverage), ratio(before.coverage) if before else NONE, NONE))
    if costs:
        now, then = cost(facts), cost(before) if before else None
        rows.append((word("折算费用（元）"), yuan(now), yuan(then) if before else NONE, NONE))
    told = f"{words.period_of(facts.month)}，{_told(facts)}。"
    note = "" if before else "上月未月结，不作比较。"
    return Section("概况", (Paragraph(told), Table("overview", "主要指标", _COLUMNS, tuple(rows), note=note)))


def assessed(facts: MonthFacts) -> float | None:
    """The assessed availability of all systems together, by the minutes that each was to serve; None: of none known."""
    known = [s.availability for s in facts.systems if s.availability.sufficient]
    minutes = sum(one.total_minutes for one in known)
    if not minutes:
        return None
    down = sum(one.outage_minutes - one.excluded_minutes for one in known)
    return round(1 - down / minutes, 6)


def cost(facts: MonthFacts) -> str | None:
    """The sum of all systems; None where something has no price."""
    return total(system.cost_yuan for system in facts.systems)


def _counted(facts: MonthFacts, before: MonthFacts | None) -> Iterator[tuple[Cell, ...]]:
    asked: list[tuple[str, Callable[[MonthFacts], int]]] = [
        ("使用单位（个）", lambda f: len({s.unit for s in f.systems})),
        ("业务信息系统（个）", lambda f: len({s.system for s in f.systems})),
        ("云主机（台，月内曾有）", servers),
    ]
    for title, counted in asked:
        yield _line(title, counted(facts), counted(before) if before else None)
    for head in _HEADS:
        now, then = allocated(facts.systems, head), allocated(before.systems, head) if before else None
        yield _line(f"已分配：{words.HEADS[head]}", now, then)
    for cause in ("fault", "interruption", "suspension", "measure"):
        now, then = outages(facts, cause), outages(before, cause) if before else None
        if cause != "measure" or now or then:  # rare: told where there was one
            yield _line(f"{words.CAUSES[cause]}（次）", now, then)


def servers(facts: MonthFacts) -> int:
    """How many servers there were in the month, also those that were gone at its end."""
    return sum(one.kind == "server" for one in facts.resources)


def allocated(systems: tuple[SystemFacts, ...], head: str) -> int:
    """The allocation of a head at the month's end."""
    return sum(system.allocated.get(head, 0) for system in systems)


def outages(facts: MonthFacts, cause: str) -> int:
    """How many documents tell of an outage of this cause."""
    return len({one.document for s in facts.systems for one in s.availability.outages if one.cause == cause})


def _line(title: str, now: int, then: int | None) -> tuple[Cell, ...]:
    return word(title), count(now), NONE if then is None else count(then), difference(now, then)


def _ratios(before: MonthFacts | None) -> tuple[Cell, Cell]:
    then = ratio(assessed(before), "percent4") if before else NONE
    return then, NONE


def _told(facts: MonthFacts) -> str:
    units, systems = {s.unit for s in facts.systems}, {s.system for s in facts.systems}
    down = outages(facts, "fault")
    return (
        f"共有{len(units)}个使用单位的{len(systems)}个业务信息系统使用政务云资源，"
        f"月内曾有云主机{servers(facts)}台；"
        + (f"发生故障{down}次" if down else "未记录故障")
        + (f"；提出优化建议{len(facts.advice)}条" if facts.advice else "；未提出优化建议")
    )
