"""采集与任务健康: whether the other dashboards can be trusted, and whether the broker's work gets done."""

from typing import Final

from monitoring.dashboards.dashboard import (
    ENOUGH,
    NONE_IS_GOOD,
    ONE_IS_GOOD,
    Dashboard,
    Panel,
    Query,
    Row,
    Shape,
    Unit,
)
from monitoring.dashboards.expression import PROVIDER, ZONE, coverage
from monitoring.dashboards.overview import figure

_OF = "max by (endpoint, collector)"
_COLLECTORS = Panel(
    "采集器",
    "各采集器最近一次是否成功、是否仍在供数、数据已有多久、一次用时、序列数与失败次数。端点为空的是平台自身账册。",
    Shape.TABLE,
    Unit.COUNT,
    (
        Query(f"{_OF} (govcloud_collector_up)", "成功", steps=ONE_IS_GOOD),
        Query(f"{_OF} (govcloud_collector_serving)", "供数", steps=ONE_IS_GOOD),
        Query(f"time() - {_OF} (govcloud_collector_last_success_timestamp_seconds)", "数据已有", Unit.SECONDS),
        Query(f"{_OF} (govcloud_collector_duration_seconds)", "用时", Unit.SECONDS),
        Query(f"{_OF} (govcloud_collector_items)", "序列"),
        Query(f"{_OF} (govcloud_collector_errors_total)", "累计失败", steps=NONE_IS_GOOD),
    ),
    width=24,
    height=9,
    labels=(("endpoint", "端点"), ("collector", "采集器")),
)
_COVERAGE = Panel(
    "利用率采集覆盖率",
    "有利用率数据的云主机配置量占运行中云主机配置量的比例；低于90%告警，利用率为数据不足。",
    Shape.LINES,
    Unit.RATIO,
    (
        Query(coverage("vcpus", "network_zone, provider"), "CPU {{provider}} {{network_zone}}"),
        Query(coverage("memory_bytes", "network_zone, provider"), "内存 {{provider}} {{network_zone}}"),
    ),
    width=12,
    height=8,
    full=1,
)
_REQUESTS = Panel(
    "云接口调用",
    "采集对各端点的调用次数与登录次数，按最近六小时平均。",
    Shape.LINES,
    Unit.PER_HOUR,
    (
        Query("sum by (endpoint) (increase(govcloud_api_requests_total[6h])) / 6", "{{endpoint}} 调用"),
        Query("sum by (endpoint) (increase(govcloud_tokens_issued_total[6h])) / 6", "{{endpoint}} 登录"),
    ),
    width=12,
    height=8,
)
_ANSWERED = Panel(
    "云接口应答时间",
    "采集对各端点每次调用平均用时，按最近六小时。",
    Shape.LINES,
    Unit.SECONDS,
    (
        Query(
            "sum by (endpoint) (increase(govcloud_api_request_seconds_total[6h]))"
            " / sum by (endpoint) (increase(govcloud_api_requests_total[6h]))",
            "{{endpoint}}",
        ),
    ),
    width=12,
    height=8,
)
_PUT_OFF = Panel(
    "云平台要求缓行",
    "云平台要求稍后再来的调用次数（429、498、503、SlowDown），按最近六小时平均；持续出现的，请服务商提高限额或调低cloud_calls_per_s。",
    Shape.LINES,
    Unit.PER_HOUR,
    (
        Query(
            "sum by (cloud, api) (increase(govcloud_cloud_calls_put_off_total[6h])) / 6",
            "{{cloud}} {{api}}",
            steps=NONE_IS_GOOD,
        ),
    ),
    width=12,
    height=8,
    nothing="尚无调用",
)
_STACKS = Panel(
    "栈状态",
    "按状态的栈数：已办结、待执行、执行中断、文件已无而云上尚在。",
    Shape.LINES,
    Unit.COUNT,
    tuple(
        Query(f'sum(govcloud_stack_state{{state="{state}"}})', title)
        for state, title in (("applied", "已办结"), ("pending", "待执行"), ("unclean", "执行中断"), ("orphan", "孤立"))
    ),
    width=12,
    height=8,
)
_UNDONE = Panel(
    "栈",
    "各栈当前状态与距上次办结的时间。",
    Shape.TABLE,
    Unit.SECONDS,
    (
        Query("time() - max by (stack) (govcloud_stack_applied_timestamp_seconds)", "距上次办结"),
        Query('max by (stack) (govcloud_stack_state{state!="applied"})', "未办结", Unit.COUNT, NONE_IS_GOOD),
    ),
    width=12,
    height=8,
    labels=(("stack", "栈"),),
)
_DRIFT = Panel(
    "与批准不一致",
    "各栈云上资源与最近一次批准并办结的内容不一致的处数、云平台未答复的项数、距上次核对的时间；只告警，不自行改回。",
    Shape.TABLE,
    Unit.COUNT,
    (
        Query('sum by (stack) (govcloud_stack_drift{what!="unknown"})', "不一致", steps=NONE_IS_GOOD),
        Query('sum by (stack) (govcloud_stack_drift{what="unknown"})', "未答复", steps=NONE_IS_GOOD),
        Query("time() - max by (stack) (govcloud_stack_drift_asked_timestamp_seconds > 0)", "距上次核对", Unit.SECONDS),
    ),
    width=24,
    height=8,
    labels=(("stack", "栈"),),
    nothing="尚未核对",
)
_JOBS = Panel(
    "任务",
    "任务队列中各状态的任务数；不经队列执行时没有任务。",
    Shape.BARS,
    Unit.COUNT,
    (Query("sum by (queue, status) (govcloud_jobs)", "{{queue}} {{status}}"),),
    width=12,
    height=8,
    nothing="队列为空",
)
_NOTICES = Panel(
    "通知送达",
    "各渠道待送、已送达、已放弃而尚有人未收到的通知数，及最久一份已等待的时间；by-hand为人工送达。",
    Shape.TABLE,
    Unit.COUNT,
    (
        Query('max by (channel) (govcloud_notice_deliveries{state="queued"})', "待送"),
        Query('max by (channel) (govcloud_notice_deliveries{state="delivered"})', "已送达"),
        Query('max by (channel) (govcloud_notice_deliveries{state="failed"})', "已放弃", steps=NONE_IS_GOOD),
        Query(
            "time() - max by (channel) (govcloud_notice_delivery_oldest_timestamp_seconds)"
            " or 0 * max by (channel) (govcloud_notice_deliveries)",
            "最久等待",
            Unit.SECONDS,
        ),
    ),
    width=12,
    height=8,
    labels=(("channel", "渠道"),),
)
_UNTOLD = Panel(
    "未送达的通知",
    "尚有人未收到的通知：待送、已放弃、无渠道可达。",
    Shape.BARS,
    Unit.COUNT,
    (Query("max by (state) (govcloud_notices)", "{{state}}"),),
    width=12,
    height=8,
)
_DOCUMENTS = Panel(
    "文件",
    "已合并文件按种类与准入结果的数量。",
    Shape.TABLE,
    Unit.COUNT,
    (
        Query('sum by (kind) (govcloud_documents{outcome="admitted"})', "已准入"),
        Query('sum by (kind) (govcloud_documents{outcome="not_admitted"})', "不予准入"),
        Query(
            'sum by (kind) (govcloud_documents{outcome="pending"}) or 0 * sum by (kind) (govcloud_documents)', "待准入"
        ),
    ),
    width=12,
    height=8,
    labels=(("kind", "文件种类"),),
)

_BACKUPS = Panel(
    "备份逾期",
    "各栈昨日和今日均无备份的云硬盘与存储桶数；持续24小时告警。",
    Shape.BARS,
    Unit.COUNT,
    (Query("max by (stack) (govcloud_backups_overdue)", "{{stack}}"),),
    width=24,
    height=8,
    steps=NONE_IS_GOOD,
)

HEALTH: Final = Dashboard(
    "govcloud-health",
    "政务云 · 采集与任务健康",
    "运维人员看数据是否可信、任务是否办结。",
    (ZONE, PROVIDER),
    (
        Row(
            "概况",
            (
                figure(
                    "停供的采集器",
                    "数据已过期、不再供数的采集器数。",
                    "count(govcloud_collector_serving == 0) or vector(0)",
                    steps=NONE_IS_GOOD,
                    width=6,
                ),
                figure(
                    "失败的采集器",
                    "最近一次采集失败的采集器数。",
                    "count(govcloud_collector_up == 0) or vector(0)",
                    steps=NONE_IS_GOOD,
                    width=6,
                ),
                figure(
                    "采集覆盖率",
                    "有CPU数据的云主机配置量占运行中云主机配置量的比例。",
                    coverage("vcpus"),
                    Unit.RATIO,
                    steps=ENOUGH,
                    width=6,
                ),
                Panel(
                    "采集程序版本",
                    "正在供数的采集程序版本。",
                    Shape.FIGURE,
                    Unit.COUNT,
                    (Query("max by (version) (govcloud_exporter_build_info)", "{{version}}"),),
                ),
            ),
        ),
        Row("采集", (_COLLECTORS, _COVERAGE, _REQUESTS, _ANSWERED, _PUT_OFF)),
        Row("任务", (_STACKS, _UNDONE, _DRIFT, _JOBS, _DOCUMENTS, _BACKUPS)),
        Row("通知", (_NOTICES, _UNTOLD)),
    ),
)
