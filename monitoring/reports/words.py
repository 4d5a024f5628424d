"""The Chinese words of what facts and papers name by codes."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from broker.clock import SHANGHAI
from broker.clocks.clock import State
from broker.documents.reporting import ReportKind
from broker.notices.text import article_zh

ARTICLES: Final[Mapping[ReportKind, str]] = {
    "ops": "第七条第（五）项",
    "provider": "第九条第（二）项",
    "intent-summary": "第十三条",
    "supervision-data": "第十条第（一）项",
    "usage-circular": "第六条第（一）项、第（四）项",
}
RULE: Final = "《津南区政务云管理办法》"
_MONTH: Final = re.compile(r"\d{4}-\d{2}")
_YEAR: Final = re.compile(r"\d{4}")

ZONES: Final[Mapping[str, str]] = {"extranet": "政务外网区", "internet": "互联网区"}
VERDICTS: Final[Mapping[str, str]] = {
    "idle": "闲置",
    "low": "偏低",
    "reasonable": "合理",
    "tight": "紧张",
    "insufficient": "数据不足",
}
HEADS: Final[Mapping[str, str]] = {
    "vcpu": "vCPU（核）",
    "memory_gib": "内存（GiB）",
    "block_gib": "块存储（GiB）",
    "block_high_performance_gib": "其中高性能块存储（GiB）",
    "object_gib": "对象存储（GiB）",
    "bandwidth_mbps": "带宽（Mbps）",
    "public_addresses": "公网地址（个）",
}
ITEMS: Final[Mapping[str, str]] = {
    "vcpu": "vCPU（核）",
    "memory": "内存（GiB）",
    "block-standard": "普通块存储（GiB）",
    "block-high-performance": "高性能块存储（GiB）",
    "object": "对象存储（GiB）",
    "bandwidth": "带宽（Mbps）",
    "public-address": "公网地址（个）",
}
CAUSES: Final[Mapping[str, str]] = {
    "fault": "故障",
    "interruption": "服务中断",
    "suspension": "暂停运行",
    "measure": "强制处理",
    "incident": "信息安全事件",
}
REASONS: Final[Mapping[str, str]] = {
    "maintenance": "计划内维护",
    "interruption": "经同意的临时中断",
    "force_majeure": "不可抗力",
}
ADVICE: Final[Mapping[str, str]] = {
    "idle": "回收",
    "downsize": "降配",
    "upsize": "升配",
    "shrink": "缩容",
    "enlarge": "扩容",
    "release": "交接",
}
ADVICE_STATES: Final[Mapping[str, str]] = {
    "open": "待确认",
    "adopted": "已采纳",
    "declined": "已驳回",
    "carried_out": "已执行",
}
LEFT_OUT: Final[Mapping[str, str]] = {
    "dr_standby": "灾备待机",
    "elastic_window": "弹性调整期内",
    "key_period": "重保期内",
    "exchange_node": "前置交换节点",
    "grace": "交付不足观察期",
    "halted": "业务系统已停止运行或正在退出",
    "insufficient": "数据不足",
    "no_flavor": "目录中无合适规格",
    "smallest": "限额已为适合的最小值",
}
BEARERS: Final[Mapping[str, str]] = {"central": "统一采购", "unit": "使用单位"}
STATES: Final[Mapping[State, str]] = {
    State.RUNNING: "办理中",
    State.DUE_SOON: "临近到期",
    State.MET: "按期办结",
    State.LATE: "逾期办结",
    State.OVERDUE: "逾期未办结",
    State.PROVISIONAL: "办理中（到期日暂定）",
    State.CLOSED: "已办结（时间无记录）",
}
PURPOSES: Final[Mapping[str, str]] = {
    "change": "资源变更",
    "elastic": "动态弹性调整",
    "exit": "退出",
    "relocation": "迁移",
}
DECISIONS: Final[Mapping[str, str]] = {"approved": "同意", "refused": "不同意", "returned": "退回补正"}
LEVELS: Final[Mapping[str, str]] = {
    "particularly_serious": "特别重大",
    "serious": "重大",
    "larger": "较大",
    "general": "一般",
}
RISKS: Final[Mapping[str, str]] = {"high": "高", "low": "低"}
SOURCES: Final[Mapping[str, str]] = {
    "ledger": "资源分配台账",
    "prometheus": "监控系统（Prometheus）",
    "gnocchi": "云平台计量（Gnocchi）",
    "gateway": "对象存储网关",
    "swift": "对象存储（Swift）",
}
DR_CLASSES: Final[Mapping[str, str]] = {"none": "系统级全盘备份", "backup": "备份", "warm": "温备", "hot": "热备"}
TOPICS: Final[Mapping[str, str]] = {
    "periodic_check": "定期检查评估",
    "security_check": "安全检查",
    "unit_evaluation_of_provider": "使用单位评价服务商",
    "supervision_report": "监管统计报告",
    "boundary_security_report": "边界安全监测报告",
    "usage_circular": "使用情况通报",
    "attestation": "承诺",
}


def period_of(month: str) -> str:
    """A month as a document writes it.

    >>> period_of("2026-10")
    '2026年10月'
    """
    year, _, number = month.partition("-")
    return f"{year}年{int(number)}月"


def day_of(at: datetime) -> str:
    """The day of an instant in Shanghai, as a document writes it."""
    day = at.astimezone(SHANGHAI)
    return f"{day.year}年{day.month}月{day.day}日"


def article_of(article: str) -> str:
    """An article as a report cites it; the rule that every report stands on is not named again.

    >>> article_of("C-12(二)"), article_of("S-9")
    ('第十二条第（二）项', '《津南区政务信息资源共享管理暂行办法》第九条')
    """
    return article_zh(article).removeprefix(RULE)


def time_of(part: str) -> str:
    """A month or a year that a clock names, as a document writes it; anything else as it is.

    >>> time_of("2026-05"), time_of("2027"), time_of("urban-v1")
    ('2026年5月', '2027年度', 'urban-v1')
    """
    if _MONTH.fullmatch(part):
        return period_of(part)
    return f"{part}年度" if _YEAR.fullmatch(part) else part
