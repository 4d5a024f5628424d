"""资源池容量: what the providers' pools have, what is promised of it, and how long it lasts."""

from typing import Final

from monitoring.dashboards.dashboard import NEAR_LIMIT, Dashboard, Panel, Query, Row, Shape, Step, Unit
from monitoring.dashboards.expression import PROVIDER, ZONE, in_place
from monitoring.dashboards.words import WORDS
from monitoring.recording import COUNTED

_CLOUD = 'level="cloud",account=~"$provider",network_zone=~"$zone"'
_UNITS = {
    "vcpus": Unit.VCPU,
    "memory_bytes": Unit.BYTES,
    "block_bytes": Unit.BYTES,
    "block_high_performance_bytes": Unit.BYTES,
    "object_bytes": Unit.BYTES,
    "public_addresses": Unit.COUNT,
    "bandwidth_bytes_per_second": Unit.BYTES_PER_S,
}
_DAYS_LEFT = (Step(0, "red"), Step(30, "yellow"), Step(90, "green"))
_DAY_S: Final = 86_400


def _capacity(resource: str) -> Panel:
    def asked(series: str) -> str:
        return f'sum(govcloud_quota_{series}{{{_CLOUD},resource="{resource}"}})'

    queries: tuple[Query, ...] = (
        Query(asked("limit"), "容量"),
        Query(asked("held"), "已占用"),
        Query(asked("committed"), "已办结"),
    )
    text = "容量取自服务商容量文件；已占用含未办结的占用；已办结为已建成的部分。"
    if resource in dict(COUNTED):
        there = f'sum(account:govcloud_quota_used:sum{{{_CLOUD},resource="{resource}"}})'
        queries = (*queries, Query(there, "云上实有"))
        text = f"{text}云上实有取自各云清单，对象存储为实际存储量。"
    return Panel(WORDS["resource"][resource], text, Shape.LINES, _UNITS[resource], queries, width=6, height=7)


_SHARE = Panel(
    "容量占用率",
    "各服务商各区域已占用与容量之比；90%起告警。",
    Shape.BARS,
    Unit.RATIO,
    (
        Query(
            f"account:govcloud_quota:held_per_limit_ratio{{{_CLOUD}}}",
            "{{account}} {{network_zone}} {{resource}}",
        ),
    ),
    width=24,
    height=10,
    steps=NEAR_LIMIT,
    full=1,
)
_DISTRICT = Panel(
    "全区限额占用率",
    "全区各区域限额的占用比例，服务商与此无关。",
    Shape.BARS,
    Unit.RATIO,
    (
        Query(
            'account:govcloud_quota:held_per_limit_ratio{level="district",network_zone=~"$zone"}',
            "{{network_zone}} {{resource}}",
        ),
    ),
    width=24,
    height=8,
    steps=NEAR_LIMIT,
    full=1,
)
_HOSTS = Panel(
    "计算节点分配率",
    "各端点计算节点已分配与其物理量之比；超过100%为超分。云平台不报节点容量的不出现。",
    Shape.LINES,
    Unit.RATIO,
    (
        Query(
            "sum by (endpoint) (govcloud_hypervisor_vcpus_allocated)"
            " / sum by (endpoint) (govcloud_hypervisor_vcpus > 0)",
            "{{endpoint}} vCPU",
        ),
        Query(
            "sum by (endpoint) (govcloud_hypervisor_memory_allocated_bytes)"
            " / sum by (endpoint) (govcloud_hypervisor_memory_bytes > 0)",
            "{{endpoint}} 内存",
        ),
    ),
    width=12,
    height=8,
    nothing="云平台未报容量",
)
_POOLS = Panel(
    "存储池已用率",
    "各存储池已用与其大小之比。",
    Shape.LINES,
    Unit.RATIO,
    (
        Query(
            "1 - sum by (endpoint, pool) (govcloud_pool_free_bytes)"
            " / (sum by (endpoint, pool) (govcloud_pool_capacity_bytes) > 0)",
            "{{endpoint}} {{pool}}",
        ),
    ),
    width=12,
    height=8,
    full=1,
    nothing="云平台未报容量",
)
_LEFT = Panel(
    "存储池可用天数",
    "按最近一日的变化推算存储池还能用多少天；没有减少的按3650天计。少于30天告警。",
    Shape.BARS,
    Unit.DAYS,
    (
        Query(
            f"clamp_max(min by (endpoint, pool) (govcloud_pool_free_bytes"
            f" / (clamp_min(-deriv(govcloud_pool_free_bytes[1d]), 1e-9) * {_DAY_S})), 3650)",
            "{{endpoint}} {{pool}}",
        ),
    ),
    width=12,
    height=8,
    steps=_DAYS_LEFT,
    nothing="云平台未报容量",
)
_ADDRESSES = Panel(
    "公网地址",
    "已分配的公网地址，和其中没有绑定到任何端口的。",
    Shape.LINES,
    Unit.COUNT,
    (
        Query(f"sum((sum by (cloud) (govcloud_floating_ips)) {in_place()})", "已分配"),
        Query(f"sum((sum by (cloud) (govcloud_floating_ips_unbound)) {in_place()})", "未绑定"),
    ),
    width=12,
    height=8,
)

CAPACITY: Final = Dashboard(
    "govcloud-capacity",
    "政务云 · 资源池容量",
    "区网信办和服务商看资源池还有多少、已许出多少、能用多久。",
    (ZONE, PROVIDER),
    (
        Row("容量与占用", tuple(_capacity(resource) for resource in _UNITS)),
        Row("占用率", (_SHARE, _DISTRICT)),
        Row("计算节点与存储池", (_HOSTS, _POOLS, _LEFT, _ADDRESSES)),
    ),
)
