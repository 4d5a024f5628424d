"""服务: backups and restore tests, what was carried out and whether in time, faults, maintenance and interruptions."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from broker.clocks.clock import Reading, State
from broker.documents.backups import BackupRun, RestoreTest
from broker.documents.operation import (
    FaultNoticeSpec,
    IncidentSpec,
    MaintenanceNoticeSpec,
    TemporaryInterruptionConsentSpec,
    TemporaryInterruptionRequestSpec,
)
from broker.documents.preparedness import DrillSpec
from monitoring.reports import words
from monitoring.reports.figures import NONE, count, instant, ratio, word
from monitoring.reports.material import Material, matter_system
from monitoring.reports.paper import Cell, Column, Paragraph, Section, Table

CARRIED_OUT: Final = frozenset({"test-resources", "change", "exit"})
"""The clocks of what a provider carries out (C-11(二), C-12(二))."""
_OTHERS: Final = Cell("涉及其他单位，原文从略")


def backups(found: Material) -> Section:
    """What was due, what was made, what failed, what was tried back (C-9(二), C-14)."""
    records = found.papers.registry.records
    runs = [one for one in records if isinstance(one, BackupRun) and _month_of(one.day.isoformat()) == str(found.month)]
    tests = [one for one in records if isinstance(one, RestoreTest) and found.in_month(one.at)]
    rows = tuple(
        _backed_up(found, stack, [r for r in runs if r.stack == stack], [t for t in tests if t.stack == stack])
        for stack in sorted({r.stack for r in runs} | {t.stack for t in tests} | _stacks(found))
        if found.within(stack.split(".")[0]) and found.cut.provider in {"", stack.split(".")[2]}
    )
    columns = (
        Column("业务信息系统", 4),
        Column("云区", 3),
        Column("容灾备份等级", 3),
        *(Column(title, right=True) for title in ("应备份", "已备份", "未成功", "成功率")),
        Column("最近成功", 4),
        *(Column(title, right=True) for title in ("恢复测试", "通过")),
    )
    return Section("备份与容灾", (Table("backups", "备份和恢复测试（次）", columns, rows),))


def _month_of(day: str) -> str:
    return day[:7]


def _stacks(found: Material) -> set[str]:
    return {f"{s.system}.{s.zone}.{s.provider}" for s in found.facts.systems}


def _backed_up(found: Material, stack: str, runs: list[BackupRun], tests: list[RestoreTest]) -> tuple[Cell, ...]:
    system, zone, _ = stack.split(".")
    due, made = {one.key for one in runs}, {one.key for one in runs if one.made}
    last = max((one.at for one in runs if one.made), default=None)
    of = found.around.systems.get(system)
    return (
        word(found.system(system)),
        word(words.ZONES.get(zone, zone)),
        word(words.DR_CLASSES[of.dr_class] if of else ""),
        count(len(due)),
        count(len(made)),
        count(len(due - made)),
        ratio(len(made) / len(due)) if due else NONE,
        instant(last),
        count(len(tests)),
        count(sum(one.passed for one in tests)),
    )


def carried_out(found: Material) -> Section:
    """What the provider opened, changed or took offline in the month, with the clock's result (C-11(二), C-12(二))."""
    readings = [r for r in found.readings() if r.clock.id in CARRIED_OUT and touched(found, r)]
    columns = (
        Column("事项", 5),
        Column("业务信息系统", 4),
        Column("时限", 3),
        Column("起算", 4),
        Column("到期日", 3),
        Column("办结", 4),
        Column("结果", 3),
    )
    table = Table("tickets", "资源开通、变更和下线", columns, tuple(_ticket(found, r) for r in readings))
    return Section("工单与时限", (Paragraph(_on_time(readings)), table))


def touched(found: Material, reading: Reading) -> bool:
    """Whether a clock ran in the month: it began before its end, and had not stopped before its start."""
    span = reading.span
    return span.started_at < found.month.end and (span.stopped_at is None or span.stopped_at >= found.month.start)


def _on_time(readings: Iterable[Reading]) -> str:
    done = [r for r in readings if r.state in {State.MET, State.LATE}]
    late = [r for r in readings if r.state is State.OVERDUE]
    if not done and not late:
        return "本月无办结事项。"
    met = sum(r.state is State.MET for r in done)
    return f"本月涉及事项中，按期办结{met}项，逾期办结{len(done) - met}项，逾期未办结{len(late)}项。"


def _ticket(found: Material, reading: Reading) -> tuple[Cell, ...]:
    span = reading.span
    return (
        word(span.subject),
        word(found.system(matter_system(found.papers.registry, span.subject))),
        word(reading.clock.title_zh),
        instant(span.started_at),
        word(reading.last_day.isoformat()),
        instant(span.stopped_at),
        word(words.STATES[reading.state]),
    )


def notices(found: Material) -> Section:
    """Faults told (C-9(一)), incidents (C-22), maintenance (C-19) and planned interruptions (C-21) of the month."""
    return Section(
        "故障、维护与中断",
        (
            Table("faults", "故障告知", (*_NOTICE, Column("原因", 6)), tuple(_faults(found))),
            Table(
                "incidents",
                "信息安全事件",
                (*_NOTICE, Column("级别", 2), Column("处置依据", 5)),
                tuple(_incidents(found)),
            ),
            Table("maintenance", "维护通知", (*_NOTICE, Column("作业内容", 6)), tuple(_maintenance(found))),
            Table(
                "interruptions",
                "云服务临时中断申请",
                (*_NOTICE, Column("紧急", 1), Column("决定", 2), Column("作业内容", 5)),
                tuple(_interruptions(found)),
            ),
            Table(
                "drills", "应急演练", (Column("演练", 4), Column("日期", 3), Column("结果", 2)), tuple(_drills(found))
            ),
        ),
    )


_NOTICE: Final = (Column("编号", 4), Column("业务信息系统", 5), Column("起", 4), Column("止", 4))


def _named(
    found: Material, id_: str, systems: Iterable[str], start: datetime, end: datetime | None
) -> tuple[Cell, ...]:
    """Id, systems within the cut, and times; nothing where none is within, or it was not in the month."""
    own = found.systems_of(systems)
    if not own or start >= found.month.end or (end is not None and end <= found.month.start):
        return ()
    return word(id_), word("、".join(map(found.system, own))), instant(start), instant(end)


def _text(found: Material, systems: tuple[str, ...], text: str) -> Cell:
    """Free text may name anybody: it is shown to those alone whom the whole document is about."""
    return Cell(text) if found.systems_of(systems) == systems else _OTHERS


def _faults(found: Material) -> Iterator[tuple[Cell, ...]]:
    for f in found.papers.of(FaultNoticeSpec):
        if named := _named(found, f.id, f.spec.systems, f.spec.started_at, f.spec.ended_at):
            yield *named, _text(found, f.spec.systems, f.spec.cause)


def _incidents(found: Material) -> Iterator[tuple[Cell, ...]]:
    for f in found.papers.of(IncidentSpec):
        systems = tuple(one.system for one in f.spec.affected)
        if named := _named(found, f.id, systems, f.spec.started_at, f.spec.ended_at):
            yield *named, word(words.LEVELS[f.spec.level]), _text(found, systems, f.spec.handled_under)


def _maintenance(found: Material) -> Iterator[tuple[Cell, ...]]:
    for f in found.papers.of(MaintenanceNoticeSpec):
        if named := _named(found, f.id, f.spec.systems, f.spec.starts_at, f.spec.ends_at):
            yield *named, _text(found, f.spec.systems, f.spec.work)


def _interruptions(found: Material) -> Iterator[tuple[Cell, ...]]:
    decided = {f.spec.request: f.spec.decision for f in found.papers.of(TemporaryInterruptionConsentSpec)}
    for f in found.papers.of(TemporaryInterruptionRequestSpec):
        if named := _named(found, f.id, f.spec.systems, f.spec.starts_at, f.spec.ends_at):
            decision = word(words.DECISIONS.get(decided.get(f.id, ""), "待决定"))
            urgent = word("是" if f.spec.urgent else "否")
            yield *named, urgent, decision, _text(found, f.spec.systems, f.spec.work)


def _drills(found: Material) -> Iterator[tuple[Cell, ...]]:
    for f in found.papers.of(DrillSpec):
        own = found.within(f.spec.system) if f.spec.system else f.spec.maker in {found.cut.provider, *_all(found)}
        if own and _month_of(f.spec.drilled_on.isoformat()) == str(found.month):
            about = found.system(f.spec.system) if f.spec.system else found.name(f.spec.maker)
            yield (
                word(about),
                word(f.spec.drilled_on.isoformat()),
                word("通过" if f.spec.result == "passed" else "未通过"),
            )


def _all(found: Material) -> tuple[str, ...]:
    """Everybody's drills are the whole cloud's to see."""
    return () if found.cut.provider or found.cut.unit else tuple(found.around.names)
