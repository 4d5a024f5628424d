"""可用性: actual and assessed, each outage and exclusion by name, a probe's minutes beside the records' (C-19)."""

from monitoring.metering.facts import Exclusion, Outage, SystemFacts
from monitoring.reports import words
from monitoring.reports.figures import NONE, instant, number, ratio, word
from monitoring.reports.material import Material
from monitoring.reports.paper import Cell, Column, Section, Table

_NOTE = (
    "不可用以记录为准，没有记录的以探测所见为准；两者皆无的，可用性写“数据不足”。"
    "探测差异为探测所见不可用分钟减去记录的分钟，无探测的写“—”。"
)


def availability(found: Material) -> Section:
    """The month of every system, with what is not counted against the provider shown apart."""
    systems = found.facts.systems
    outages = tuple(_outage(s, one) for s in systems for one in s.availability.outages)
    excluded = tuple(_excluded(s, one) for s in systems for one in s.availability.exclusions)
    whose = (Column("业务信息系统", 4), Column("云区", 3))
    figures = (
        "应服务（分钟）",
        "不可用（分钟）",
        "剔除（分钟）",
        "实际可用性",
        "考核可用性",
        "探测不可用（分钟）",
        "探测差异（分钟）",
    )
    told = (*whose, Column("事项", 4), Column("性质", 3), Column("起", 4), Column("止", 4), Column("分钟", right=True))
    return Section(
        "可用性",
        (
            Table(
                "availability",
                "业务信息系统可用性",
                (*whose, *(Column(title, right=True) for title in figures)),
                tuple(_month(s) for s in systems),
                note=_NOTE,
            ),
            Table("outages", "不可用记录", told, outages, empty="本月无不可用记录。"),
            Table("exclusions", "考核剔除事项（第十九条）", told, excluded, empty="本月无剔除事项。"),
        ),
    )


def _whose(system: SystemFacts) -> tuple[Cell, ...]:
    return word(system.system_name), word(words.ZONES.get(system.zone, system.zone))


def _month(system: SystemFacts) -> tuple[Cell, ...]:
    there = system.availability
    return (
        *_whose(system),
        number(there.total_minutes),
        number(there.outage_minutes),
        number(there.excluded_minutes),
        ratio(there.actual_ratio, "percent4"),
        ratio(there.assessed_ratio, "percent4"),
        NONE if there.probe_minutes is None else number(there.probe_minutes),
        NONE if there.difference_minutes is None else number(there.difference_minutes),
    )


def _outage(system: SystemFacts, one: Outage) -> tuple[Cell, ...]:
    times = (instant(one.start), instant(one.end), number(one.minutes))
    return *_whose(system), word(one.document), word(words.CAUSES[one.cause]), *times


def _excluded(system: SystemFacts, one: Exclusion) -> tuple[Cell, ...]:
    times = (instant(one.start), instant(one.end), number(one.excluded_minutes))
    return *_whose(system), word(one.document), word(words.REASONS[one.reason]), *times
