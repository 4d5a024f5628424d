"""对象存储: how full buckets are, what limit would fit, what became of it. Months closed without that have no tables.

What the guests of volumes have in them no cloud knows: that is said, and nothing is made up.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from monitoring.metering.facts import WITH_BUCKETS, Advice, AdviceKind, Exclude, MonthFacts, Realised, ResourceFacts
from monitoring.metering.storage import HEAD
from monitoring.reports import words
from monitoring.reports.figures import UNKNOWN, count, gib, ratio, word, yuan
from monitoring.reports.material import Material
from monitoring.reports.paper import Cell, Column, Table
from monitoring.reports.thresholds import storage_advice_in_words, storage_bands_in_words

KINDS: Final[frozenset[AdviceKind]] = frozenset({"shrink", "enlarge"})
_VERDICTS: Final = ("low", "reasonable", "tight", "insufficient")
"""What a bucket can be: it does not idle."""
_BUCKET: Final = (Column("业务信息系统", 4), Column("云区", 3), Column("存储桶", 3))
_SAVED: Final = Column("节约对象存储（GiB）", right=True)
_YUAN: Final = Column("月节约（元）", 3, right=True)
_VOLUMES: Final = "云硬盘内已写入多少由云主机内的操作系统掌握，云平台无从得知，为数据不足，不分档、不提扩容或缩容建议。"


def bucket_bands(found: Material) -> tuple[Table, ...]:
    """How many buckets are low, reasonable, tight, by unit and zone, and of how many nobody knows."""
    if not _judged(found):
        return ()
    counted: dict[tuple[str, str], Counter[str]] = {}
    for one in _buckets(found.facts):
        counted.setdefault((one.unit, one.zone), Counter())[one.verdict] += 1
    rows = tuple(
        (
            word(found.name(unit)),
            word(words.ZONES.get(zone, zone)),
            *(count(of[verdict]) for verdict in _VERDICTS),
            count(of.total()),
        )
        for (unit, zone), of in sorted(counted.items())
    )
    titles = (*(words.VERDICTS[verdict] for verdict in _VERDICTS), "合计")
    columns = (Column("使用单位", 4), Column("云区", 3), *(Column(title, right=True) for title in titles))
    policy = found.around.policy
    note = f"{storage_bands_in_words(policy) if policy else ''}{_VOLUMES}"
    return (Table("bucket-bands", "存储桶按使用率分档（个）", columns, rows, note=note),)


def buckets(found: Material) -> tuple[Table, ...]:
    """Every bucket that was there in the month. For a unit's own cut."""
    if not _judged(found):
        return ()
    figures = ("限额（GiB）", "已用（GiB）", "使用率")
    columns = (*_BUCKET, *(Column(title, right=True) for title in figures), Column("评价"))
    return (Table("buckets", "存储桶使用情况", columns, tuple(_bucket(found, one) for one in _buckets(found.facts))),)


def storage_advice(found: Material, *, costs: bool) -> tuple[Table, ...]:
    """Advice on buckets, what was left out, and what became of last month's."""
    if not _judged(found):
        return ()
    facts, policy = found.facts, found.around.policy
    advised = [one for one in facts.advice if one.kind in KINDS]
    money = (_YUAN,) if costs else ()
    whose = (Column("使用单位", 4), *_BUCKET, Column("建议"))
    sizes = ("现限额（GiB）", "建议限额（GiB）", "使用率", "预计使用率")
    return (
        Table(
            "storage-advice",
            "本月对象存储建议",
            (*whose, *(Column(title, right=True) for title in sizes), _SAVED, *money, Column("状态")),
            tuple(_advice(found, one, costs=costs) for one in advised),
            note=storage_advice_in_words(policy) if policy and advised else "",
        ),
        Table(
            "storage-left-out",
            "未提建议的存储桶及原因",
            (*_BUCKET, Column("指标所示"), Column("未提原因", 4)),
            tuple(_left_out(found, one) for one in facts.excluded if one.kind in KINDS),
            empty="无。",
        ),
        Table(
            "storage-realised",
            "上月对象存储建议的落实",
            (*whose, Column("状态"), _SAVED, *money),
            tuple(_realised(found, *one, costs=costs) for one in found.realised(KINDS)),
            empty="上月无建议。" if found.before else "上月未月结，无可比较。",
        ),
    )


def _judged(found: Material) -> bool:
    """Whether the month says how full buckets are, and was closed by a policy with marks for it."""
    policy = found.around.policy
    return found.facts.version >= WITH_BUCKETS and (policy is None or policy.storage is not None)


def _buckets(facts: MonthFacts) -> Iterator[ResourceFacts]:
    return (one for one in facts.resources if one.kind == "bucket")


def _place(found: Material, system: str, zone: str, resource: str) -> tuple[Cell, ...]:
    """System, zone, and the bucket by the name that forms have for it."""
    name = resource.removeprefix("bucket-").removeprefix(f"{system}-{zone}-")
    return word(found.system(system)), word(words.ZONES.get(zone, zone)), word(name)


def _bucket(found: Material, one: ResourceFacts) -> tuple[Cell, ...]:
    return (
        *_place(found, one.system, one.zone, one.resource),
        count(one.amount.get(HEAD, 0)),
        gib(one.used_bytes),
        UNKNOWN if one.used_ratio is None else ratio(one.used_ratio),
        word(words.VERDICTS[one.verdict]),
    )


def _advice(found: Material, one: Advice, *, costs: bool) -> tuple[Cell, ...]:
    return (
        word(found.name(one.unit)),
        *_place(found, one.system, one.zone, one.resource),
        word(words.ADVICE[one.kind]),
        count(one.quota_gib or 0),
        count(one.proposed_quota_gib or 0),
        ratio(one.evidence.get("used_ratio")),
        ratio(one.predicted.get("used_ratio")),
        count(one.saving.get(HEAD, 0)),
        *((yuan(one.saving_yuan_per_month),) if costs else ()),
        word(words.ADVICE_STATES[one.state]),
    )


def _left_out(found: Material, one: Exclude) -> tuple[Cell, ...]:
    zone = next((r.zone for r in _buckets(found.facts) if r.external_id == one.external_id), "")
    return (
        *_place(found, one.system, zone, one.resource),
        word(words.ADVICE[one.kind]),
        word(words.LEFT_OUT.get(one.reason, one.reason)),
    )


def _realised(found: Material, given: Advice, one: Realised, *, costs: bool) -> tuple[Cell, ...]:
    return (
        word(found.name(given.unit)),
        *_place(found, given.system, given.zone, given.resource),
        word(words.ADVICE[given.kind]),
        word(words.ADVICE_STATES[one.state]),
        count(one.saving.get(HEAD, 0)),
        *((yuan(one.saving_yuan_per_month),) if costs else ()),
    )
