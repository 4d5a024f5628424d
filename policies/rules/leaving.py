"""Data go back before anything that holds them goes (C-12(二), GB/T 22239-2019 8.2.6.1 d)."""

from collections.abc import Iterator

from policies.facts import Facts, Subject
from policies.rule import Basis, Break, Level, Rule
from policies.rules.eligibility import FROM_THE_START


def _data_returned(facts: Facts) -> Iterator[Break]:
    hand_over = facts.hand_over
    if hand_over is None:
        return
    if not hand_over.exiting:
        yield Break("spec.form", "系统尚未按经审核的意向表退出，不得清除数据")
    for name in hand_over.missing:
        yield Break("spec.items", f"{name} 没有交接签收")


DATA_NOT_RETURNED = Rule(
    code="DATA_NOT_RETURNED",
    article="C-12(二)",
    basis=Basis.DERIVED,
    source_zh="GB/T 22239-2019 8.2.6.1 d):服务终止时完整提供数据并在平台上清除",
    title_zh="数据尚未全部交还",
    title="not all data have been handed back",
    cure_zh="将每个卷和存储桶的内容与校验值列入交接单并由使用单位签收",
    cure="list every volume and bucket with its digest in the hand-over, signed by the unit",
    level=Level.REFUSE,
    waivable=False,
    subjects=frozenset({Subject.HAND_OVER}),
    since=FROM_THE_START,
    check=_data_returned,
)

RULES = (DATA_NOT_RETURNED,)
