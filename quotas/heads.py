"""The four heads under which resources are allocated and reported: 计算、内存、存储、网络带宽 (C-6(四))."""

from dataclasses import dataclass
from enum import StrEnum

from quotas.amount import Amount


class Head(StrEnum):
    """One of the four heads of C-6(四)."""

    COMPUTE = "compute"
    MEMORY = "memory"
    STORAGE = "storage"
    BANDWIDTH = "bandwidth"


NAME_ZH = {
    Head.COMPUTE: "计算",
    Head.MEMORY: "内存",
    Head.STORAGE: "存储",
    Head.BANDWIDTH: "网络带宽",
}
"""The words of the article."""

HEAD_OF = {
    "vcpu": Head.COMPUTE,
    "memory_gib": Head.MEMORY,
    "block_gib": Head.STORAGE,
    "block_high_performance_gib": Head.STORAGE,
    "object_gib": Head.STORAGE,
    "bandwidth_mbps": Head.BANDWIDTH,
    "public_addresses": Head.BANDWIDTH,
}
"""The head that each resource is reported under."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One head's figure: its total, the unit of the total, and the resources below it."""

    head: Head
    total: int
    unit: str
    parts: tuple[tuple[str, int], ...]


def figures(amount: Amount) -> tuple[Figure, ...]:
    """The amount under its four heads, in the article's order, a head without use included.

    Storage adds block and object storage; the high-performance part is already in the block figure and is named, not
    added. Public addresses are named below bandwidth, whose total is Mbps alone.

    >>> storage = figures(Amount(block_gib=300, block_high_performance_gib=200, object_gib=512))[2]
    >>> storage.total, storage.unit
    (812, 'GiB')
    """
    totals = {
        Head.COMPUTE: (amount.vcpu, "vCPU"),
        Head.MEMORY: (amount.memory_gib, "GiB"),
        Head.STORAGE: (amount.block_gib + amount.object_gib, "GiB"),
        Head.BANDWIDTH: (amount.bandwidth_mbps, "Mbps"),
    }
    parts = amount.parts()
    return tuple(
        Figure(head, *totals[head], tuple((name, value) for name, value in parts.items() if HEAD_OF[name] is head))
        for head in Head
    )
