"""What every stack must keep, however it came about: its bandwidth and the marks of what holds data (C-6, C-12)."""

from collections.abc import Iterator

from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule
from policies.rules.eligibility import FROM_THE_START

_STACK = frozenset({Subject.STACK})


def _bandwidth(facts: Facts) -> Iterator[Break]:
    ways = facts.ways_out
    if ways is None:
        return
    for name in ways.unlimited:
        yield Break(name, f"{name} 没有带宽限制")
    for direction_zh, kbps in (("出向", ways.egress_kbps), ("入向", ways.ingress_kbps)):
        if not ways.unlimited and kbps != ways.approved_kbps:
            yield Break("bandwidth", f"各出口{direction_zh}带宽合计{kbps} kbit/s，批复为{ways.approved_kbps} kbit/s")


def _marks(facts: Facts) -> Iterator[Break]:
    for holding in facts.holdings:
        if holding.missing:
            yield Break(holding.name, f"存放数据的 {holding.name} 没有标明：{'、'.join(holding.missing)}")


BANDWIDTH_NOT_AS_APPROVED = Rule(
    code="BANDWIDTH_NOT_AS_APPROVED",
    article="C-6(四)",
    basis=Basis.DERIVED,
    source_zh="资源分配……网络带宽；批复的带宽是该系统在该分区进出的总量",
    title_zh="出口带宽之和不等于批复的带宽",
    title="the limits of a stack's ways out do not sum to the approved bandwidth",
    cure_zh="使公网地址与路由器网关的带宽限制之和等于批复的带宽；需要更多时先报意向表",
    cure="let the limits of public addresses and gateway sum to the approved figure; file an intent form for more",
    level=Level.REFUSE,
    waivable=False,
    subjects=_STACK,
    since=FROM_THE_START,
    check=_bandwidth,
)

DATA_UNMARKED = Rule(
    code="DATA_UNMARKED",
    article="C-12(二)",
    basis=Basis.DERIVED,
    source_zh="退出时数据须交还使用单位并清除，须能逐一辨识属于谁",
    title_zh="存放数据的资源没有标明归属",
    title="something that holds data does not say whose it is",
    cure_zh="为云硬盘和存储桶写明系统、单位、分区和批复文号",
    cure="mark volumes and buckets with system, unit, zone and the approval's number",
    level=Level.REFUSE,
    waivable=False,
    subjects=_STACK,
    since=FROM_THE_START,
    check=_marks,
)

RULES = (BANDWIDTH_NOT_AS_APPROVED, DATA_UNMARKED)
