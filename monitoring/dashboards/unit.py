"""单位: what one using unit has, takes and has to do."""

from typing import Final

from monitoring.dashboards.dashboard import (
    BUSY,
    ENOUGH,
    NEAR_LIMIT,
    NONE_IS_GOOD,
    Dashboard,
    Panel,
    Query,
    Row,
    Shape,
    Unit,
)
from monitoring.dashboards.expression import (
    PROVIDER,
    UNIT,
    ZONE,
    allocated,
    approved,
    coverage,
    named_system,
    used,
    utilisation,
)
from monitoring.dashboards.overview import bandwidth, figure, storage, three, use_and_coverage

_OF = 'unit_id="$unit"'

_SYSTEMS = Panel(
    "各业务系统",
    "本单位各业务系统的批复、分配、使用；利用率旁为采集覆盖率，低于90%为数据不足。",
    Shape.TABLE,
    Unit.VCPU,
    (
        Query(named_system(approved("vcpus", "system_id", _OF)), "批复vCPU"),
        Query(named_system(allocated("vcpus", "system_id", _OF)), "分配vCPU"),
        Query(named_system(used("vcpus", "system_id", _OF)), "使用vCPU"),
        Query(named_system(utilisation("vcpus", "system_id", _OF)), "CPU利用率", Unit.RATIO, BUSY),
        Query(named_system(coverage("vcpus", "system_id", _OF)), "CPU覆盖率", Unit.RATIO, ENOUGH),
        Query(named_system(utilisation("memory_bytes", "system_id", _OF)), "内存利用率", Unit.RATIO, BUSY),
        Query(named_system(coverage("memory_bytes", "system_id", _OF)), "内存覆盖率", Unit.RATIO, ENOUGH),
    ),
    width=24,
    height=8,
    labels=(("system_name", "业务系统"),),
)

_QUOTA = Panel(
    "配额占用",
    "本单位各区域配额已占用（含未办结的占用）与限额之比；90%起告警。",
    Shape.BARS,
    Unit.RATIO,
    (
        Query(
            'account:govcloud_quota:held_per_limit_ratio{level="unit",account="$unit",network_zone=~"$zone"}',
            "{{network_zone}} {{resource}}",
        ),
    ),
    width=24,
    height=8,
    steps=NEAR_LIMIT,
    full=1,
)

UNIT_BOARD: Final = Dashboard(
    "govcloud-unit",
    "政务云 · 单位",
    "使用单位看本单位的资源、利用率、时限、费用与建议；区网信办按单位核对。",
    (UNIT, ZONE, PROVIDER),
    (
        Row(
            "概况",
            (
                figure(
                    "业务系统",
                    "本单位已登记的业务系统数。",
                    f"count(max by (system_id) (govcloud_system_info{{{_OF}}}))",
                ),
                figure(
                    "逾期事项",
                    "应由本单位办理且已过时限的事项数。",
                    'sum(govcloud_clocks{party="$unit",state="overdue"})',
                    steps=NONE_IS_GOOD,
                ),
                figure(
                    "办理中事项",
                    "应由本单位办理、时限未到的事项数。",
                    'sum(govcloud_clocks{party="$unit",state=~"running|due_soon|provisional"})',
                ),
                figure(
                    "待答复建议",
                    "最近一次月结中对本单位资源的优化建议，尚未答复的。",
                    f'sum(govcloud_advice{{{_OF},state="open"}})',
                    nothing="尚无月结",
                ),
                figure(
                    "上月费用",
                    "最近一次月结按合同单价核算的用量金额，不是账单。",
                    f'sum(govcloud_showback_yuan{{{_OF},network_zone=~"$zone",provider=~"$provider"}})',
                    Unit.YUAN,
                    nothing="尚无月结或无单价",
                ),
                figure(
                    "公网地址",
                    "本单位已分配的公网地址数。",
                    allocated("public_addresses", chosen=_OF),
                ),
            ),
        ),
        Row(
            "批复、分配、使用",
            (
                three("vCPU", "vcpus", Unit.VCPU, _OF, width=12),
                three("内存", "memory_bytes", Unit.BYTES, _OF, width=12),
                *storage(_OF),
                bandwidth(_OF),
            ),
        ),
        Row(
            "利用率与采集覆盖率",
            (use_and_coverage("CPU", "vcpus", _OF), use_and_coverage("内存", "memory_bytes", _OF)),
        ),
        Row("业务系统与配额", (_SYSTEMS, _QUOTA)),
    ),
)
