"""The twelve cases that the year is told by, and which documents belong to each."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `lines` are the beginnings of the ids of its documents, and of the subjects of its clocks."""

    title_zh: str
    lines: tuple[str, ...]


CASES: Mapping[str, Case] = {
    "D-01": Case("年度使用计划 — 区教育局", ("education-plan-2027", "education/2027")),
    "D-02": Case("入云 — 区卫生健康委员会 预防接种预约系统", ("vaccination-booking", "ry-2026-011")),
    "D-03": Case("变更(弹性) — 区教育局 入学登记系统", ("enrolment-elastic-2026",)),
    "D-04": Case("变更(按建议缩减) — 区城市管理委员会 数字城管二期", ("urban-v2-scale-down-2026",)),
    "D-05": Case("退出 — 区城市管理委员会 数字城管一期", ("urban-v1-exit-2026",)),
    "D-06": Case(
        "暂停运行 — 海棠街道 信息公开专栏", ("f-2026-031", "haitang-site-suspension", "haitang-site-resumption")
    ),
    "D-07": Case("临时中断 — 乙云公司 存储池固件", ("pool2-firmware-2026",)),
    "D-08": Case("不入云例外 — 区卫生健康委员会 医学影像存储", ("imaging-exception",)),
    "D-09": Case("入云(不予受理) — 区城市管理委员会 燃气管网监控指挥系统", ("gas-command",)),
    "D-10": Case("上线(不予同意) — 区民政局 居家养老服务管理系统", ("elderly-care-conformance", "elderly-care-live")),
    "D-11": Case("变更(不予受理) — 区卫生健康委员会 慢病随访系统", ("chronic-followup-growth-2026",)),
    "D-12": Case("临时中断(不予受理) — 甲云公司 核心交换机", ("core-switch-2026",)),
}


def case_of(name: str) -> str:
    """The case that a document or the subject of a clock belongs to; empty = to none of the twelve."""
    return next((id_ for id_, case in CASES.items() if name.startswith(case.lines)), "")
