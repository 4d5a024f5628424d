"""时限与服务水平: who owes what by when, and how the systems of the month closed last were served."""

from typing import Final

from monitoring.dashboards.dashboard import (
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
from monitoring.dashboards.expression import PLACE, PROVIDER, UNITS, ZONE, named_system
from monitoring.dashboards.overview import figure

_STATES = (
    ("running", "办理中"),
    ("due_soon", "将到期"),
    ("overdue", "逾期"),
    ("provisional", "待历法确定"),
    ("met", "按时办结"),
    ("late", "超时办结"),
    ("closed", "办结时间不明"),
)
_NOT_CLOSED = "尚无月结"
_TITLED = "* on (clock) group_left (title, article) max by (clock, title, article) (govcloud_clock_info)"
_LEFT_DAYS = (Step(-100_000, "red"), Step(0, "yellow"), Step(3, "green"))
_DAY_S: Final = 86_400

_BY_STATE = Panel(
    "时限状态",
    "全部时限按状态的事项数，随时间变化。",
    Shape.LINES,
    Unit.COUNT,
    tuple(Query(f'sum(govcloud_clocks{{state="{state}"}})', title) for state, title in _STATES),
    width=12,
    height=8,
)
_BY_PARTY = Panel(
    "责任方",
    "各责任方办理中、逾期、按时办结与超时办结的事项数；应由谁办理见时限表。",
    Shape.TABLE,
    Unit.COUNT,
    (
        Query('sum by (party) (govcloud_clocks{state=~"running|due_soon|provisional"})', "办理中"),
        Query('sum by (party) (govcloud_clocks{state="overdue"})', "逾期", steps=NONE_IS_GOOD),
        Query('sum by (party) (govcloud_clocks{state="met"})', "按时办结"),
        Query('sum by (party) (govcloud_clocks{state="late"})', "超时办结", steps=NONE_IS_GOOD),
    ),
    width=12,
    height=8,
    labels=(("party", "责任方"),),
)
_IN_TIME = Panel(
    "按时办结率",
    "各时限按时办结占已办结（按时与超时）的比例；办结时间不明的不计。",
    Shape.BARS,
    Unit.RATIO,
    (
        Query(
            'sum by (title) (sum by (clock) (govcloud_clocks{state="met"})'
            ' / (sum by (clock) (govcloud_clocks{state=~"met|late"}) > 0) '
            f"{_TITLED})",
            "{{title}}",
        ),
    ),
    width=12,
    height=9,
    steps=ENOUGH,
    full=1,
)
_OPEN = Panel(
    "未办结事项",
    "时限尚在的事项距到期还有几天；负数为已逾期天数。",
    Shape.TABLE,
    Unit.DAYS,
    (
        Query(
            "sort(sum by (title, article, subject, party) "
            f"((max by (clock, subject, party) (govcloud_clock_due_timestamp_seconds) - time()) / {_DAY_S} {_TITLED}))",
            "还有",
            steps=_LEFT_DAYS,
        ),
    ),
    width=12,
    height=9,
    labels=(("article", "条款"), ("title", "时限"), ("subject", "事项"), ("party", "责任方")),
)


def _month(series: str, by: str, **matchers: str) -> str:
    """A figure of the month closed last, by what is named."""
    more = "".join(f',{label}="{value}"' for label, value in matchers.items())
    return f"sum by ({by}) (govcloud_{series}{{{PLACE}{more}}})"


_KEY = "system_id, network_zone, provider, month"
_AVAILABILITY = Panel(
    "可用性",
    "最近一次月结的实际可用性与考核可用性（剔除已公告维护、同意的中断与不可抗力，第十九条）；没有记录也没有探测的系统为"
    "数据不足，不按100%计。",
    Shape.TABLE,
    Unit.RATIO,
    (
        Query(named_system(_month("availability_ratio", _KEY, kind="actual")), "实际可用性"),
        Query(named_system(_month("availability_ratio", _KEY, kind="assessed")), "考核可用性"),
        Query(named_system(_month("outage_seconds", _KEY, kind="recorded")), "中断", Unit.SECONDS),
        Query(named_system(_month("outage_seconds", _KEY, kind="excluded")), "剔除", Unit.SECONDS),
        Query(named_system(_month("showback_yuan", _KEY)), "费用", Unit.YUAN),
    ),
    width=24,
    height=9,
    labels=(
        ("month", "月份"),
        ("system_name", "业务系统"),
        ("network_zone", "区域"),
        ("provider", "服务商"),
    ),
    nothing="数据不足",
)
_KINDS: Final = (
    ("idle", "回收"),
    ("downsize", "降配"),
    ("upsize", "升配"),
    ("shrink", "缩容"),
    ("enlarge", "扩容"),
    ("release", "交接"),
)
_ADVICE = Panel(
    "优化建议",
    "最近一次月结对各单位的优化建议数：云主机的回收、降配、升配，存储桶的缩容、扩容，保留云硬盘的交接，及尚未答复的。",
    Shape.TABLE,
    Unit.COUNT,
    (
        *(
            Query(
                f'(sum by (unit_id) (govcloud_advice{{kind="{kind}"}})) * on (unit_id) group_left (unit_name) {UNITS}',
                title,
            )
            for kind, title in _KINDS
        ),
        Query(
            f'(sum by (unit_id) (govcloud_advice{{state="open"}})) * on (unit_id) group_left (unit_name) {UNITS}',
            "待答复",
        ),
    ),
    width=24,
    height=8,
    labels=(("unit_name", "使用单位"),),
    nothing=_NOT_CLOSED,
)

SERVICE: Final = Dashboard(
    "govcloud-service",
    "政务云 · 时限与服务水平",
    "区网信办和日常管理部门看各方时限，和最近一次月结的可用性、费用与建议。",
    (ZONE, PROVIDER),
    (
        Row(
            "概况",
            (
                figure(
                    "逾期", "已过时限尚未办结的事项数。", 'sum(govcloud_clocks{state="overdue"})', steps=NONE_IS_GOOD
                ),
                figure("将到期", "临近时限的事项数。", 'sum(govcloud_clocks{state="due_soon"})'),
                figure("办理中", "时限未到的事项数。", 'sum(govcloud_clocks{state="running"})'),
                figure(
                    "考核可用性最低值",
                    "最近一次月结各系统考核可用性中的最低值；数据不足的不在其中。",
                    f'min(govcloud_availability_ratio{{{PLACE},kind="assessed"}})',
                    Unit.RATIO,
                    nothing="数据不足",
                ),
                figure(
                    "可用性数据不足",
                    "最近一次月结中既无记录也无探测、可用性不能评价的系统数。",
                    f"sum(1 - govcloud_availability_known{{{PLACE}}})",
                    nothing=_NOT_CLOSED,
                ),
                figure(
                    "月结采集覆盖率",
                    "最近一次月结中有利用率数据的时间占云主机运行时间的比例。",
                    "max(govcloud_month_coverage_ratio)",
                    Unit.RATIO,
                    steps=ENOUGH,
                    nothing=_NOT_CLOSED,
                ),
                figure(
                    "未结束的安全事件",
                    "已报告、尚未写明结束时间的信息安全事件数（第二十二条）。",
                    'sum(govcloud_incidents{state="open"})',
                    steps=NONE_IS_GOOD,
                    width=12,
                ),
                figure(
                    "维护中的业务系统",
                    "此刻在已通知的维护（第十九条）或已同意的临时中断（第二十一条）之中的业务系统数。",
                    "sum(govcloud_maintenance_active) or vector(0)",
                    width=12,
                ),
            ),
        ),
        Row("时限", (_BY_STATE, _BY_PARTY, _IN_TIME, _OPEN)),
        Row("最近一次月结", (_AVAILABILITY, _ADVICE)),
    ),
)
