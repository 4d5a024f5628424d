"""What every format writes around a report: its head, its last line, the numbers of its parts."""

from collections.abc import Iterator
from typing import Final

from monitoring.reports.paper import Paper

NUMBERS: Final = (
    *"一二三四五六七八九十",
    *(f"十{digit}" for digit in "一二三四五六七八九"),
)
SIMULATED: Final = "模拟时钟下生成，不作依据"
NOT_YET: Final = "本件由系统按月结数据生成，经编制单位签名确认后报送；是否已确认和送达，以核验结果为准。"


def head_lines(paper: Paper) -> Iterator[tuple[str, str]]:
    """Name and value of what stands on the first page."""
    head = paper.head
    yield "报告期", head.period
    yield "编制依据", head.article
    yield "编制单位", head.party_name or "（未指定）"
    yield "接收单位", head.recipient_name
    yield "报告范围", scope(paper)
    yield "核验码", paper.code
    yield "内容摘要", paper.digest
    if head.simulated:
        yield "说明", SIMULATED


def scope(paper: Paper) -> str:
    """Whose figures are in it."""
    head = paper.head
    if head.unit:
        return (
            f"{head.recipient_name}在{head.party_name}的业务信息系统"
            if head.provider
            else f"{head.recipient_name}的业务信息系统"
        )
    return f"{head.party_name}所提供的全部服务" if head.provider else "全区政务云"


def copied(paper: Paper) -> str:
    """Who else has it, or a part of it; empty where nobody has."""
    return f"分送：{paper.head.copies}" if paper.head.copies else ""


def foot(paper: Paper) -> str:
    """The last line."""
    return f"{NOT_YET}核验：broker report verify 文件名；核验码{paper.code}。"
