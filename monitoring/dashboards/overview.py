"""全云总览: what the cloud office looks at first."""

from typing import Final

from monitoring.dashboards.dashboard import (
    BUSY,
    ENOUGH,
    NONE_IS_GOOD,
    Dashboard,
    Panel,
    Query,
    Row,
    Shape,
    Step,
    Unit,
)
from monitoring.dashboards.expression import (
    PROVIDER,
    ZONE,
    allocated,
    approved,
    bandwidth_limit,
    coverage,
    in_place,
    named_unit,
    used,
    utilisation,
)

_DEPLOYED = "testing|trial|accepted|production|suspended|interrupted|compelled|exiting"
_SOURCES = "批复取自已准入文件，分配取自各云清单，使用取自利用率采集。"


def three(title: str, resource: str, unit: Unit, chosen: str = "", *, width: int = 8) -> Panel:
    """Approved, allocated and used of one resource beside each other."""
    queries = (
        Query(approved(resource, chosen=chosen), "批复"),
        Query(allocated(resource, chosen=chosen), "分配"),
        Query(used(resource, chosen=chosen), "使用"),
    )
    text = f"{_SOURCES}使用量只含有采集数据的云主机，须与覆盖率一并看。"
    return Panel(title, text, Shape.LINES, unit, queries, width=width, height=8)


def storage(chosen: str = "", *, width: int = 8) -> tuple[Panel, Panel]:
    """Volumes and buckets: of volumes it is not known what is used inside."""
    volumes = (
        Query(approved("block_bytes", chosen=chosen), "批复"),
        Query(allocated("block_bytes", chosen=chosen), "分配"),
    )
    buckets = (
        Query(approved("object_bytes", chosen=chosen), "批复"),
        Query(used("object_bytes", chosen=chosen), "已存"),
    )
    return (
        Panel(
            "云硬盘",
            f"{_SOURCES}云硬盘内部已用空间无数据来源，不估算。",
            Shape.LINES,
            Unit.BYTES,
            volumes,
            width=width,
            height=8,
        ),
        Panel(
            "对象存储",
            "批复取自已准入文件，已存为对象网关与Swift统计的实际存储量。",
            Shape.LINES,
            Unit.BYTES,
            buckets,
            width=width,
            height=8,
        ),
    )


def bandwidth(chosen: str = "", *, width: int = 8) -> Panel:
    """Approved bandwidth beside the limits that are set."""
    queries = (
        Query(approved("bandwidth_bytes_per_second", chosen=chosen), "批复"),
        Query(bandwidth_limit(chosen=chosen), "限速"),
    )
    text = "批复取自已准入文件，限速为公网地址与网关出向限速之和（每方向相同）。"
    return Panel("出口带宽", text, Shape.LINES, Unit.BYTES_PER_S, queries, width=width, height=8)


def use_and_coverage(title: str, resource: str, chosen: str = "", *, width: int = 12) -> Panel:
    """Utilisation with its coverage in the same picture."""
    queries = (
        Query(utilisation(resource, chosen=chosen), "利用率"),
        Query(coverage(resource, chosen=chosen), "采集覆盖率"),
    )
    text = "利用率按配置量加权，只含有采集数据的云主机；覆盖率低于90%时利用率为数据不足，不得据以评价。"
    return Panel(f"{title}利用率", text, Shape.LINES, Unit.RATIO, queries, width=width, height=8, full=1)


def figure(  # noqa: PLR0913 - the parts of a figure
    title: str,
    text: str,
    expr: str,
    unit: Unit = Unit.COUNT,
    *,
    steps: tuple[Step, ...] = (),
    width: int = 4,
    nothing: str = "无",
) -> Panel:
    """One figure of the moment."""
    return Panel(title, text, Shape.FIGURE, unit, (Query(expr, title),), width, steps=steps, nothing=nothing)


_SIZE = Row(
    "规模与待办",
    (
        figure("使用单位", "已登记的使用单位数。", "count(max by (unit_id) (govcloud_unit_info))"),
        figure(
            "在云业务系统",
            "在云上有资源的业务系统数，含暂停运行和退出过程中的。",
            f'count(max by (system_id) (govcloud_system_info{{lifecycle=~"{_DEPLOYED}"}}))',
        ),
        figure(
            "运行中云主机",
            "所选区域和服务商处于运行状态的云主机数。",
            f'sum((sum by (cloud) (govcloud_server_state{{state="active"}})) {in_place()})',
        ),
        figure(
            "未按文件办结的栈",
            "待执行、执行中断或文件已无而云上尚在的栈数。",
            'sum(govcloud_stack_state{state=~"pending|unclean|orphan"})',
            steps=NONE_IS_GOOD,
        ),
        figure("逾期事项", "已过时限尚未办结的事项数。", 'sum(govcloud_clocks{state="overdue"})', steps=NONE_IS_GOOD),
        figure(
            "正在告警",
            "Prometheus中正在触发的告警数。",
            'count(ALERTS{alertstate="firing"}) or vector(0)',
            steps=NONE_IS_GOOD,
        ),
    ),
)

_UNITS = Panel(
    "各单位批复、分配、使用",
    f"{_SOURCES}利用率旁为采集覆盖率，低于90%为数据不足。",
    Shape.TABLE,
    Unit.VCPU,
    (
        Query(named_unit(approved("vcpus", "unit_id")), "批复vCPU"),
        Query(named_unit(allocated("vcpus", "unit_id")), "分配vCPU"),
        Query(named_unit(used("vcpus", "unit_id")), "使用vCPU"),
        Query(named_unit(utilisation("vcpus", "unit_id")), "CPU利用率", Unit.RATIO, BUSY),
        Query(named_unit(coverage("vcpus", "unit_id")), "CPU覆盖率", Unit.RATIO, ENOUGH),
        Query(named_unit(approved("memory_bytes", "unit_id")), "批复内存", Unit.BYTES),
        Query(named_unit(allocated("memory_bytes", "unit_id")), "分配内存", Unit.BYTES),
        Query(named_unit(utilisation("memory_bytes", "unit_id")), "内存利用率", Unit.RATIO, BUSY),
        Query(named_unit(coverage("memory_bytes", "unit_id")), "内存覆盖率", Unit.RATIO, ENOUGH),
    ),
    width=24,
    height=9,
    labels=(("unit_name", "使用单位"),),
)

OVERVIEW: Final = Dashboard(
    "govcloud-overview",
    "政务云 · 全云总览",
    "区网信办看全云规模、待办与批复、分配、使用三项对照。",
    (ZONE, PROVIDER),
    (
        _SIZE,
        Row(
            "批复、分配、使用",
            (
                three("vCPU", "vcpus", Unit.VCPU),
                three("内存", "memory_bytes", Unit.BYTES),
                bandwidth(),
                *storage(width=12),
            ),
        ),
        Row(
            "利用率与采集覆盖率",
            (use_and_coverage("CPU", "vcpus"), use_and_coverage("内存", "memory_bytes")),
        ),
        Row("使用单位", (_UNITS,)),
    ),
)
