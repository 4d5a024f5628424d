"""Alert rules by subject. Texts in Chinese are for the officers who read them."""

from monitoring.rules import Rule, alert, file_of


def alerts(objective: float = 0.999) -> str:
    """The file of alert rules. `objective` is the share of a month in which a system is to answer its probe."""
    told = (
        *_of_papers(),
        *_of_readings(),
        *_of_stacks(),
        *_of_drift(),
        *_of_notices(),
        *_of_clouds(),
        _burn_rate(1 - objective),
    )
    return file_of([{"name": "govcloud_alerts", "rules": list(told)}])


def _of_papers() -> tuple[Rule, ...]:
    """What falls due by the clock: deadlines, backups, months."""
    return (
        alert(
            "ClockOverdue",
            "sum by (clock, party) (govcloud_clocks{state='overdue'}) > 0",
            "1h",
            "warning",
            "{{ $labels.party }} 的 {{ $labels.clock }} 有{{ $value }}项已逾期",
        ),
        alert(
            "BackupMissed",
            "govcloud_backups_overdue > 0",
            "24h",
            "critical",
            "{{ $labels.stack }} 有{{ $value }}个云硬盘或存储桶昨日和今日均无备份",
        ),
        alert(
            "MonthNotClosed",
            "time() - max(govcloud_month_end_timestamp_seconds) > 34 * 86400",
            "1h",
            "warning",
            "上月尚未月结，距最近一次月结的月末已{{ $value | humanizeDuration }}",
        ),
    )


def _of_readings() -> tuple[Rule, ...]:
    """Whether the metrics themselves can be trusted."""
    return (
        alert(
            "CollectorStale",
            "govcloud_collector_up == 0",
            "15m",
            "warning",
            "{{ $labels.endpoint }} 的 {{ $labels.collector }} 采集失败已超过15分钟",
        ),
        alert(
            "CollectorDropped",
            "govcloud_collector_serving == 0",
            "5m",
            "critical",
            "{{ $labels.endpoint }} 的 {{ $labels.collector }} 数据已过期停供，相关指标缺失",
        ),
        alert(
            "CoverageLow",
            "count(server:govcloud_server_cpu:ratio_rate5m) / count(govcloud_server_state{state='active'} == 1) < 0.9",
            "1h",
            "warning",
            "利用率采集覆盖率 {{ $value | humanizePercentage }}，低于90%",
        ),
    )


def _of_stacks() -> tuple[Rule, ...]:
    """Whether what was approved has room, and stands."""
    return (
        alert(
            "QuotaNear",
            "account:govcloud_quota:held_per_limit_ratio > 0.9",
            "10m",
            "warning",
            "{{ $labels.account }}({{ $labels.network_zone }})的 {{ $labels.resource }} "
            "已占用 {{ $value | humanizePercentage }}",
        ),
        alert(
            "StackNotApplied",
            "govcloud_stack_state{state=~'pending|unclean'} == 1",
            "1h",
            "critical",
            "{{ $labels.stack }} 未按文件办结({{ $labels.state }})已超过1小时",
        ),
    )


def _of_drift() -> tuple[Rule, ...]:
    """Whether what stands is as it was approved, and whether anybody knows."""
    return (
        alert(
            "StackDrifted",
            "sum by (stack) (govcloud_stack_drift{what!='unknown'}) > 0",
            "0m",
            "critical",
            "{{ $labels.stack }} 有{{ $value }}处与批准不一致，平台不自行改回",
        ),
        alert(
            "StackNotAsked",
            "time() - (govcloud_stack_drift_asked_timestamp_seconds > 0) > 2 * 86400",
            "1h",
            "warning",
            "{{ $labels.stack }} 已{{ $value | humanizeDuration }}未与云平台核对",
        ),
        alert(
            "StackNeverAsked",
            "govcloud_stack_drift_asked_timestamp_seconds == 0",
            "1d",
            "warning",
            "{{ $labels.stack }} 从未与云平台核对，已超过1天",
        ),
        alert(
            "StackNotTold",
            "sum by (stack) (govcloud_stack_drift{what='unknown'}) > 0",
            "12h",
            "warning",
            "{{ $labels.stack }} 有{{ $value }}项云平台连续12小时未答复，是否一致不明",
        ),
    )


def _of_notices() -> tuple[Rule, ...]:
    """Whether notices reach their people."""
    return (
        alert(
            "NoticeFailed",
            "sum by (channel) (govcloud_notice_deliveries{state='failed'}) > 0",
            "5m",
            "critical",
            "渠道 {{ $labels.channel }} 放弃了{{ $value }}份通知，须另行送达",
        ),
        alert(
            "NoticeStuck",
            "time() - govcloud_notice_delivery_oldest_timestamp_seconds > 4 * 3600",
            "10m",
            "critical",
            "渠道 {{ $labels.channel }} 有通知已等待{{ $value | humanizeDuration }}未送达",
        ),
        alert(
            "NoticeUnserved",
            "govcloud_notices{state='unserved'} > 0",
            "1h",
            "warning",
            "有{{ $value }}份通知没有渠道可达全部受送达人，见 broker notices",
        ),
    )


def _of_clouds() -> tuple[Rule, ...]:
    """What the clouds themselves tell."""
    return (
        alert(
            "CloudPutsOff",
            "sum by (cloud, api) (increase(govcloud_cloud_calls_put_off_total[15m])) > 0",
            "30m",
            "warning",
            "{{ $labels.cloud }} 的 {{ $labels.api }} 接口已持续30分钟推迟本平台的调用，"
            "须调低调用上限或请服务商放宽限速",
        ),
        alert(
            "ServerError",
            "govcloud_server_state{state='error'} == 1",
            "24h",
            "warning",
            "云主机 {{ $labels.server_id }} 故障已超过24小时",
        ),
        alert(
            "PoolFull",
            "predict_linear(govcloud_pool_free_bytes[1d], 30 * 86400) < 0",
            "1h",
            "warning",
            "存储池 {{ $labels.pool }} 按现有增速30日内用尽",
        ),
    )


def _burn_rate(budget: float) -> Rule:
    """A month's budget used up within two days or five: a long window that it is so, a short one that it still is."""
    series = "system:govcloud_probe:error_ratio"
    parts = [
        f"({series}_{long} > {rate * budget:.6g} and {series}_{short} > {rate * budget:.6g})"
        for long, short, rate in (("1h", "5m", 14.4), ("6h", "30m", 6))
    ]
    return alert(
        "BurnRate",
        " or ".join(parts),
        "2m",
        "critical",
        "{{ $labels.system_id }} 无应答时间占比 {{ $value | humanizePercentage }}，本月允许的中断时间将提前用尽",
    )
