"""资源: approved, allocated and used side by side; capacity of the clouds; bands of use; every server of a unit."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from monitoring.metering.facts import ResourceFacts, SystemFacts
from monitoring.reports import words
from monitoring.reports.figures import NONE, count, covered, gib, number, ratio, used, word
from monitoring.reports.material import Material
from monitoring.reports.paper import Bar, Cell, Chart, Column, Section, Table
from monitoring.reports.sections.storage import bucket_bands, buckets
from monitoring.reports.thresholds import bands_in_words

SHOWN_BARS: Final = 20
_HOUR_S: Final = 3600
_WHOSE: Final = (Column("使用单位", 8), Column("业务信息系统", 9), Column("云区", 7), Column("服务商", 5))
_CAPACITY_HEADS: Final = ("vcpu", "memory_gib", "block_gib", "object_gib", "bandwidth_mbps")


def resources(found: Material) -> Section:
    """The three figures of every system and zone, and how much of it was used."""
    systems = found.facts.systems
    tables = (
        Table(
            "compute",
            "计算资源（vCPU）",
            (*_WHOSE, *_used("批复", "分配")),
            tuple(_use(found, s, "vcpu", "cpu") for s in systems),
        ),
        Table(
            "memory",
            "内存（GiB）",
            (*_WHOSE, *_used("批复", "分配")),
            tuple(_use(found, s, "memory_gib", "memory") for s in systems),
        ),
        Table(
            "storage", "存储（GiB）与网络（Mbps、个）", (*_WHOSE, *_STORAGE), tuple(_stored(found, s) for s in systems)
        ),
    )
    chart = _chart(systems)
    return Section("资源使用情况", (*tables, chart) if chart.bars else tables)


_STORAGE: Final = tuple(
    Column(title, 4, right=True)
    for title in ("块存储批复", "块存储分配", "对象批复", "对象分配", "对象使用", "带宽批复", "带宽分配", "公网地址")
)


def _used(*first: str) -> tuple[Column, ...]:
    return (
        *(Column(title, 4, right=True) for title in first),
        *(Column(title, 5, right=True) for title in ("月均使用率", "P95", "采集覆盖率")),
    )


def _whose(found: Material, system: SystemFacts) -> tuple[Cell, ...]:
    return (
        word(system.unit_name),
        word(system.system_name),
        word(words.ZONES.get(system.zone, system.zone)),
        word(found.name(system.provider)),
    )


def _use(found: Material, system: SystemFacts, head: str, signal: str) -> tuple[Cell, ...]:
    statistic = next((one for name, one in system.statistics.items() if name == signal), None)
    return (
        *_whose(found, system),
        count(system.approved.get(head, 0)),
        count(system.allocated.get(head, 0)),
        used(statistic, "mean"),
        used(statistic, "p95"),
        covered(statistic),
    )


def _stored(found: Material, system: SystemFacts) -> tuple[Cell, ...]:
    approved, allocated = system.approved, system.allocated
    objects = (
        NONE if system.used_bucket_bytes is None and not allocated.get("object_gib") else gib(system.used_bucket_bytes)
    )
    return (
        *_whose(found, system),
        count(approved.get("block_gib", 0)),
        count(allocated.get("block_gib", 0)),
        count(approved.get("object_gib", 0)),
        count(allocated.get("object_gib", 0)),
        objects,
        count(approved.get("bandwidth_mbps", 0)),
        count(allocated.get("bandwidth_mbps", 0)),
        count(allocated.get("public_addresses", 0)),
    )


def _chart(systems: tuple[SystemFacts, ...]) -> Chart:
    """Those that are used most; the tables have them all."""
    bars = [
        Bar(f"{s.system_name}（{words.ZONES.get(s.zone, s.zone)}）", (_mean(s, "cpu"), _mean(s, "memory")))
        for s in systems
    ]
    told = sorted(bars, key=lambda bar: (-(bar.values[0] or 0.0), bar.label))[:SHOWN_BARS]
    note = f"按CPU月均使用率列前{SHOWN_BARS}项，共{len(bars)}项。" if len(bars) > SHOWN_BARS else ""
    return Chart("use", "CPU和内存月均使用率", ("CPU", "内存"), tuple(told), note)


def _mean(system: SystemFacts, signal: str) -> float | None:
    statistic = next((one for name, one in system.statistics.items() if name == signal), None)
    return statistic.mean if statistic and statistic.sufficient else None


def capacity(found: Material) -> Section:
    """What the clouds within the cut have, and how much of it is given out. Not for units: it is everybody's."""
    rows, bars = [], []
    for (provider, zone), (_, cloud) in sorted(found.around.platform.clouds.items()):
        if not found.cut.holds(found.cut.unit, provider):
            continue
        own = [s for s in found.facts.systems if (s.provider, s.zone) == (provider, zone)]
        whole = cloud.capacity.model_dump()
        place = f"{found.name(provider)} {words.ZONES.get(zone, zone)}"
        for head in _CAPACITY_HEADS:
            taken = sum(s.allocated.get(head, 0) for s in own)
            share = taken / whole[head] if whole[head] else None
            rows.append(
                (
                    word(found.name(provider)),
                    word(words.ZONES.get(zone, zone)),
                    word(words.HEADS[head]),
                    count(whole[head]),
                    count(sum(s.approved.get(head, 0) for s in own)),
                    count(taken),
                    NONE if share is None else ratio(share),
                )
            )
        bars.append(Bar(place, tuple(_share(own, whole, head) for head in ("vcpu", "memory_gib", "block_gib"))))
    columns = (
        Column("服务商", 3),
        Column("云区", 3),
        Column("资源", 3),
        *(Column(title, right=True) for title in ("容量", "批复", "分配", "分配率")),
    )
    chart = Chart("allocation", "容量分配率", ("vCPU", "内存", "块存储"), tuple(bars))
    table = Table("capacity", "资源池容量", columns, tuple(rows))
    return Section("资源池容量", (table, chart) if bars else (table,))


def _share(own: list[SystemFacts], whole: dict[str, int], head: str) -> float | None:
    return sum(s.allocated.get(head, 0) for s in own) / whole[head] if whole[head] else None


def quotas(found: Material) -> Section:
    """The ceiling of each unit in each zone beside what it has approved and allocated (C-6(四))."""
    rows = []
    for (unit, zone), limits in sorted(found.around.platform.quotas.items()):
        own = [s for s in found.facts.systems if (s.unit, s.zone) == (unit, zone)]
        valid = [limit for limit in limits if limit.valid_from < found.month.end.date()]
        if not valid or not found.cut.holds(unit, found.cut.provider):
            continue
        ceiling = valid[-1].amount.model_dump()
        cells = [
            cell
            for head in ("vcpu", "memory_gib", "block_gib")
            for cell in (count(ceiling[head]), count(sum(s.allocated.get(head, 0) for s in own)))
        ]
        rows.append((word(found.name(unit)), word(words.ZONES.get(zone, zone)), *cells))
    columns = (
        Column("使用单位", 4),
        Column("云区", 3),
        *(Column(f"{head}{what}", right=True) for head in ("vCPU", "内存", "块存储") for what in ("配额", "分配")),
    )
    return Section(
        "配额使用情况",
        (Table("quotas", "使用单位配额与分配（vCPU：核；内存、块存储：GiB）", columns, tuple(rows), empty="无配额。"),),
    )


def bands(found: Material) -> Section:
    """How many servers are idle, low, reasonable, tight, by unit and zone, of how many too little is known; buckets."""
    counted: dict[tuple[str, str], Counter[str]] = {}
    for one in _servers(found):
        counted.setdefault((one.unit, one.zone), Counter())[one.verdict] += 1
    rows = tuple(
        (
            word(found.name(unit)),
            word(words.ZONES.get(zone, zone)),
            *(count(of[verdict]) for verdict in words.VERDICTS),
            count(of.total()),
        )
        for (unit, zone), of in sorted(counted.items())
    )
    columns = (
        Column("使用单位", 4),
        Column("云区", 3),
        *(Column(title, right=True) for title in (*words.VERDICTS.values(), "合计")),
    )
    table = Table("bands", "云主机按月均使用率分档（台）", columns, rows, note=_note(found))
    return Section("使用率分档", (table, *bucket_bands(found)))


def _note(found: Material) -> str:
    policy = found.around.policy
    return f"{bands_in_words(policy) if policy else ''}统计口径为{found.facts.policy}；分档仅供参考，不自动改变资源。"


def servers(found: Material) -> Section:
    """Every server and bucket that was there in the month. For a unit's own cut."""
    rows = tuple(_server(found, one) for one in _servers(found))
    columns = (
        Column("业务信息系统", 9),
        Column("云区", 8),
        Column("云主机", 8),
        *(Column(title, 4, right=True) for title in ("vCPU（核）", "内存（GiB）")),
        *(
            Column(title, 5, right=True)
            for title in ("运行（h）", "CPU月均", "CPU P95", "内存月均", "内存P95", "覆盖率")
        ),
        Column("评价", 5),
    )
    listed = buckets(found)
    title = "云主机和存储桶清单" if listed else "云主机清单"
    return Section(title, (Table("servers", "云主机使用情况", columns, rows), *listed))


def _servers(found: Material) -> Iterator[ResourceFacts]:
    return (one for one in found.facts.resources if one.kind == "server")


def _server(found: Material, one: ResourceFacts) -> tuple[Cell, ...]:
    cpu, memory = one.statistics.get("cpu"), one.statistics.get("memory")
    return (
        word(found.system(one.system)),
        word(words.ZONES.get(one.zone, one.zone)),
        word(one.resource.removeprefix("server-")),
        count(one.amount.get("vcpu", 0)),
        count(one.amount.get("memory_gib", 0)),
        number(one.running_s / _HOUR_S),
        used(cpu, "mean"),
        used(cpu, "p95"),
        used(memory, "mean"),
        used(memory, "p95"),
        covered(cpu),
        word(words.VERDICTS[one.verdict]),
    )
