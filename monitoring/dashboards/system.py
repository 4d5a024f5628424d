"""业务系统: one system, down to its servers."""

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
    Unit,
)
from monitoring.dashboards.expression import (
    PROJECTS,
    PROVIDER,
    SYSTEM,
    UNIT,
    ZONE,
    allocated,
    approved,
    desired,
    in_place,
    used,
)
from monitoring.dashboards.overview import bandwidth, figure, storage, use_and_coverage

_OF = 'system_id="$system"'
_SERVER = "cloud, project_id, server_id"


def _here(expr: str, labels: str) -> str:
    """Only what is the system's in the chosen place, by the labels."""
    return f"sum by ({labels}) (({expr}) * on (cloud, project_id) group_left () {PROJECTS} {in_place()})"


def _count(series: str, matcher: str) -> str:
    return f"sum({_here(f'govcloud_{series}{{{matcher}}}', 'cloud')})"


def _of_servers(expr: str) -> str:
    """A figure by server, with the server's name."""
    named = f"* on ({_SERVER}) group_left (server_name) max by ({_SERVER}, server_name) (govcloud_server_info)"
    return f"sum by (server_name) (({_here(expr, _SERVER)}) {named})"


def _four(title: str, resource: str, unit: Unit) -> Panel:
    queries = (
        Query(approved(resource, chosen=_OF), "批复"),
        Query(desired(resource, chosen=_OF), "应建"),
        Query(allocated(resource, chosen=_OF), "分配"),
        Query(used(resource, chosen=_OF), "使用"),
    )
    text = "批复含动态弹性上限；应建为此刻文件要求存在的；分配取自云清单；使用只含有采集数据的云主机。"
    return Panel(title, text, Shape.LINES, unit, queries, width=12, height=8)


def _of_hour(series: str) -> str:
    """A figure that is recorded once an hour: a question of the moment sees only what is five minutes old."""
    return _of_servers(f"last_over_time({series}[2h])")


_CPU, _MEMORY = "server:govcloud_server_cpu", "server:govcloud_server_memory"
_SERVERS = Panel(
    "云主机",
    "各云主机的规格与最近一小时利用率；覆盖率为该小时应有采样中已有的比例，低于90%为数据不足。停机的云主机无利用率。",
    Shape.TABLE,
    Unit.VCPU,
    (
        Query(_of_servers("govcloud_server_vcpus"), "vCPU"),
        Query(_of_servers("govcloud_server_memory_bytes"), "内存", Unit.BYTES),
        Query(_of_hour(f"{_CPU}:ratio_avg1h"), "CPU均值", Unit.RATIO),
        Query(_of_hour(f"{_CPU}:ratio_p95_1h"), "CPU P95", Unit.RATIO, BUSY),
        Query(_of_hour(f"{_CPU}:ratio_max1h"), "CPU峰值", Unit.RATIO),
        Query(_of_hour(f"{_CPU}:coverage_ratio1h"), "CPU覆盖率", Unit.RATIO, ENOUGH),
        Query(_of_hour(f"{_MEMORY}:ratio_avg1h"), "内存均值", Unit.RATIO),
        Query(_of_hour(f"{_MEMORY}:ratio_p95_1h"), "内存P95", Unit.RATIO, BUSY),
        Query(_of_hour(f"{_MEMORY}:coverage_ratio1h"), "内存覆盖率", Unit.RATIO, ENOUGH),
    ),
    width=24,
    height=10,
    labels=(("server_name", "云主机"),),
)

SYSTEM_BOARD: Final = Dashboard(
    "govcloud-system",
    "政务云 · 业务系统",
    "使用单位和服务商看一个业务系统的资源、利用率、网络与存储。",
    (UNIT, SYSTEM, ZONE, PROVIDER),
    (
        Row(
            "概况",
            (
                Panel(
                    "阶段",
                    "业务系统所处阶段与等级保护级别。",
                    Shape.TABLE,
                    Unit.COUNT,
                    (Query(f"max by (lifecycle, protection_level) (govcloud_system_info{{{_OF}}})"),),
                    labels=(("lifecycle", "阶段"), ("protection_level", "等保级别")),
                ),
                figure(
                    "运行中云主机",
                    "处于运行状态的云主机数。",
                    _count("server_state", 'state="active"'),
                ),
                figure(
                    "故障云主机",
                    "处于故障状态的云主机数。",
                    _count("server_state", 'state="error"'),
                    steps=NONE_IS_GOOD,
                ),
                figure(
                    "未挂载云硬盘",
                    "没有挂到云主机上的云硬盘数。",
                    f"sum({_here('govcloud_volume_attached == bool 0', 'cloud')})",
                ),
                figure(
                    "未按文件办结的栈",
                    "本系统待执行、执行中断或文件已无而云上尚在的栈数。",
                    'sum(govcloud_stack_state{stack=~"$system[.].*",state=~"pending|unclean|orphan"})',
                    steps=NONE_IS_GOOD,
                    width=6,
                ),
            ),
        ),
        Row(
            "批复、应建、分配、使用",
            (
                _four("vCPU", "vcpus", Unit.VCPU),
                _four("内存", "memory_bytes", Unit.BYTES),
                *storage(_OF),
                bandwidth(_OF),
            ),
        ),
        Row(
            "利用率与采集覆盖率",
            (use_and_coverage("CPU", "vcpus", _OF), use_and_coverage("内存", "memory_bytes", _OF), _SERVERS),
        ),
        Row(
            "网络与副本",
            (
                Panel(
                    "云主机流量",
                    "本系统有采集数据的云主机网卡收发速率之和。",
                    Shape.LINES,
                    Unit.BYTES_PER_S,
                    (
                        Query(
                            f"sum({_here('server:govcloud_server_network_receive:bytes_rate5m', 'cloud')})",
                            "接收",
                        ),
                        Query(
                            f"sum({_here('server:govcloud_server_network_transmit:bytes_rate5m', 'cloud')})",
                            "发送",
                        ),
                    ),
                    width=12,
                    height=8,
                ),
                Panel(
                    "快照与备份",
                    "本系统云硬盘快照与备份占用的容量；没有快照或备份的项目不出现。",
                    Shape.LINES,
                    Unit.BYTES,
                    (
                        Query(f"sum({_here('govcloud_snapshot_size_bytes', 'cloud')}) or vector(0)", "快照"),
                        Query(f"sum({_here('govcloud_backup_size_bytes', 'cloud')}) or vector(0)", "备份"),
                    ),
                    width=12,
                    height=8,
                ),
            ),
        ),
    ),
)
