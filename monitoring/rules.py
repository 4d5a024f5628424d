"""Recording and alert rules for Prometheus 2.42 and later, as the files that it loads.

Utilisation comes from a libvirt exporter on the clouds' hosts, whose names differ between builds: `SeriesNames` maps
them. Recorded names follow level:metric:operation; what has too few samples is absent, never zero.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import yaml

Rule = Mapping[str, Any]
COUNTED = (
    ("vcpus", "govcloud_server_vcpus"),
    ("memory_bytes", "govcloud_server_memory_bytes"),
    ("block_bytes", "govcloud_volume_size_bytes"),
    ("object_bytes", "govcloud_bucket_size_bytes"),
    ("public_addresses", "govcloud_floating_ips"),
)
"""What of an amount is counted on the clouds themselves, and by which series."""
_HOUR = "1h"
_HOUR_MIN = 60


@dataclass(frozen=True, slots=True)
class SeriesNames:
    """The series of the libvirt exporter in use; the defaults are those of inovex/prometheus-libvirt-exporter 2.5."""

    cpu_seconds: str = "libvirt_domain_info_cpu_time_seconds_total"
    vcpus: str = "libvirt_domain_info_virtual_cpus"
    memory_maximum_bytes: str = "libvirt_domain_info_maximum_memory_bytes"
    memory_usable_bytes: str = "libvirt_domain_memory_stats_usable_bytes"
    received_bytes: str = "libvirt_domain_interface_stats_receive_bytes_total"
    sent_bytes: str = "libvirt_domain_interface_stats_transmit_bytes_total"
    info: str = "libvirt_domain_openstack_info"
    """Has the labels of `domain` and those of the server."""
    domain: str = "instance,domain"
    """Labels that name a domain of a host."""
    server_label: str = "instance_id"
    """The label of `info` with the server's id."""


class UnknownName(ValueError):
    """A name map has a key that is none of `SeriesNames`."""


def names_from(given: Mapping[str, str]) -> SeriesNames:
    """The names of a map; what it leaves out keeps its default.

    Raises:
        UnknownName: It has other keys.
    """
    known = {field.name for field in fields(SeriesNames)}
    if unknown := sorted(given.keys() - known):
        raise UnknownName(f"no such series: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    return SeriesNames(**given)


def recording(names: SeriesNames, every_min: int = 1) -> str:
    """The file of recording rules. `every_min`: minutes between two figures of a server, at most five."""
    groups = [
        {"name": "govcloud_utilisation", "interval": f"{every_min}m", "rules": _utilisation(names)},
        {"name": "govcloud_hourly", "interval": _HOUR, "rules": _hourly(every_min)},
        {"name": "govcloud_use", "interval": "5m", "rules": _use()},
        {"name": "govcloud_systems", "interval": "5m", "rules": _systems()},
        {"name": "govcloud_sums", "interval": "5m", "rules": _sums()},
        {"name": "govcloud_probes", "interval": "1m", "rules": _probes()},
    ]
    return _file(groups)


def _utilisation(names: SeriesNames) -> list[Rule]:
    domain = names.domain
    busy = f"rate({names.cpu_seconds}[5m]) / on ({domain}) {names.vcpus}"
    used = f"1 - {names.memory_usable_bytes} / on ({domain}) {names.memory_maximum_bytes}"
    received = f"sum by ({domain}) (rate({names.received_bytes}[5m]))"
    sent = f"sum by ({domain}) (rate({names.sent_bytes}[5m]))"
    return [
        _record("server:govcloud_server_cpu:ratio_rate5m", _of_server(busy, names)),
        _record("server:govcloud_server_memory:ratio", _of_server(used, names)),
        _record("server:govcloud_server_network_receive:bytes_rate5m", _of_server(received, names)),
        _record("server:govcloud_server_network_transmit:bytes_rate5m", _of_server(sent, names)),
    ]


def _of_server(value: str, names: SeriesNames) -> str:
    """The value of a domain under the id of its server, with the project and cloud that the exporter knows it by."""
    joined = f"({value}) * on ({names.domain}) group_left ({names.server_label}) {names.info}"
    named = f'label_replace({joined}, "server_id", "$1", "{names.server_label}", "(.+)")'
    # a server that moves is told by two hosts for a moment
    return f"max by (server_id) ({named}) * on (server_id) group_left (cloud, project_id) govcloud_server_info"


def _use() -> list[Rule]:
    """A sample for every five minutes: what a month is closed on, and what percentiles of months are over."""
    return [
        _record("server:govcloud_server_cpu:ratio_avg5m", "server:govcloud_server_cpu:ratio_rate5m"),
        _record("server:govcloud_server_memory:ratio_avg5m", "avg_over_time(server:govcloud_server_memory:ratio[5m])"),
        *(
            _record(
                f"server:govcloud_server_network_{way}:bytes_avg5m",
                f"server:govcloud_server_network_{way}:bytes_rate5m",
            )
            for way in ("receive", "transmit")
        ),
    ]


_SIGNALS = (
    ("cpu", "vcpus", "server:govcloud_server_cpu:ratio_rate5m", "govcloud_server_vcpus"),
    ("memory", "memory_bytes", "server:govcloud_server_memory:ratio", "govcloud_server_memory_bytes"),
)
_SERVER = "on (cloud, project_id, server_id)"


def _systems() -> list[Rule]:
    """Of a system on a cloud, each server counted by what it has; servers of which nothing is told are left out."""
    owned = "* on (cloud, project_id) group_left (system_id) govcloud_project_info{system_id!=''}"
    rules: list[Rule] = []
    for name, _, series, size in _SIGNALS:
        join = _SERVER
        used = f"sum by (system_id, cloud) (({series} * {join} {size}) {owned})"
        has = f"sum by (system_id, cloud) (({size} and {join} {series}) {owned})"
        rules.append(_record(f"system:govcloud_server_{name}:ratio_avg5m", f"{used} / {has}"))
    return [*rules, *_shares()]


def _shares() -> list[Rule]:
    """What is used, what servers of known use have, and what running servers have.

    At every level used / observed is the utilisation, and observed / running is its coverage.
    """
    rules: list[Rule] = []
    for _, resource, series, size in _SIGNALS:
        running = "govcloud_server_state{state='active'} == 1"
        for name, value in (
            ("used", f"{series} * {_SERVER} {size}"),
            ("observed", f"{size} and {_SERVER} {series}"),
            ("running", f"{size} and {_SERVER} ({running})"),
        ):
            rules.append(_of_system(name, resource, f"sum by (cloud, project_id) ({value})"))
    rules.append(_of_system("used", "object_bytes", "sum by (cloud, project_id) (govcloud_bucket_size_bytes)"))
    return rules


def _of_system(name: str, resource: str, of_projects: str) -> Rule:
    owned = "* on (cloud, project_id) group_left (unit_id, system_id) govcloud_project_info{system_id!=''}"
    summed = f"sum by (unit_id, system_id, cloud) ({of_projects} {owned})"
    return {**_record(f"system:govcloud_{name}:sum", summed), "labels": {"resource": resource}}


def _hourly(every_min: int) -> list[Rule]:
    samples, until = _HOUR_MIN // every_min, f"offset {every_min}m"
    rules: list[Rule] = []
    for series in ("server:govcloud_server_cpu:ratio_rate5m", "server:govcloud_server_memory:ratio"):
        level, metric, _ = series.split(":")
        base = f"{level}:{metric}"
        rules += [
            _record(f"{base}:ratio_avg1h", f"avg_over_time({series}[1h])"),
            _record(f"{base}:ratio_max1h", f"max_over_time({series}[1h])"),
            _record(f"{base}:ratio_p95_1h", f"quantile_over_time(0.95, {series}[1h])"),
            # the share of the hour's samples that are there, up to one that is surely written: groups have no order;
            # Prometheus 2 counts both ends of a range
            _record(f"{base}:coverage_ratio1h", f"clamp_max(count_over_time({series}[1h] {until}) / {samples}, 1)"),
        ]
    return rules


def _sums() -> list[Rule]:
    project = "on (cloud, project_id) group_left (unit_id, system_id) govcloud_project_info"
    rules: list[Rule] = []
    for resource, series in COUNTED:
        allocated = f"sum by (cloud, project_id) ({series}) * {project}"
        rule = _record("system:govcloud_allocated:sum", f"sum by (unit_id, system_id, cloud) ({allocated})")
        rules.append({**rule, "labels": {"resource": resource}})
    of_units = "sum by (unit_id, network_zone, resource) (govcloud_approved)"
    rules.append(_record("unit:govcloud_approved:sum", of_units))
    share = (
        "sum by (level, account, network_zone, resource) (govcloud_quota_held)"
        " / (sum by (level, account, network_zone, resource) (govcloud_quota_limit) > 0)"
    )
    rules.append(_record("account:govcloud_quota:held_per_limit_ratio", share))
    return [*rules, *(rule for resource, series in COUNTED for rule in _used(resource, series))]


def _used(resource: str, series: str) -> Iterator[Rule]:
    """What stands on the clouds of an account's, beside what it holds: by the names that accounts of its level have."""
    owned = "* on (cloud, project_id) group_left (unit_id, system_id) govcloud_project_info{system_id!=''}"
    placed = "* on (cloud) group_left (provider, network_zone) govcloud_cloud_info"
    there = f"(sum by (cloud, project_id) ({series}) {owned}) {placed}"
    name, labels = "account:govcloud_quota_used:sum", {"resource": resource}
    for level, label in (("unit", "unit_id"), ("system", "system_id"), ("cloud", "provider")):
        named = f'label_replace(sum by ({label}, network_zone) ({there}), "account", "$1", "{label}", "(.+)")'
        yield {**_record(name, f"sum by (account, network_zone) ({named})"), "labels": {**labels, "level": level}}
    # a cloud knows no district: it is the one that has limits
    named = f"group by (account, network_zone) (govcloud_quota_limit{{level='district',resource='{resource}'}})"
    whole = f"sum by (network_zone) ({there}) * on (network_zone) group_left (account) {named}"
    yield {**_record(name, whole), "labels": {**labels, "level": "district"}}


def _probes() -> list[Rule]:
    """The share of a time in which a system's probe got no answer; one with several probes is up while any sees it."""
    seen = "max by (system_id) (govcloud_probe_success)"
    return [
        _record(f"system:govcloud_probe:error_ratio_{window}", f"1 - avg_over_time(({seen})[{window}:1m])")
        for window in ("5m", "30m", "1h", "6h")
    ]


def alerts(objective: float = 0.999) -> str:
    """The file of alert rules. Texts in Chinese are for the officers who read them.

    `objective` is the share of a month in which a system is to answer its probe.
    """
    return _file([{"name": "govcloud_alerts", "rules": [*_alerts(), _burn_rate(1 - objective)]}])


def _burn_rate(budget: float) -> dict[str, Any]:
    """A month's budget used up within two days or five: a long window that it is so, a short one that it still is."""
    series = "system:govcloud_probe:error_ratio"
    parts = [
        f"({series}_{long} > {rate * budget:.6g} and {series}_{short} > {rate * budget:.6g})"
        for long, short, rate in (("1h", "5m", 14.4), ("6h", "30m", 6))
    ]
    return _alert(
        "BurnRate",
        " or ".join(parts),
        "2m",
        "critical",
        "{{ $labels.system_id }} 无应答时间占比 {{ $value | humanizePercentage }}，本月允许的中断时间将提前用尽",
    )


def _alerts() -> list[Rule]:
    return [
        _alert(
            "ClockOverdue",
            "sum by (clock, party) (govcloud_clocks{state='overdue'}) > 0",
            "1h",
            "warning",
            "{{ $labels.party }} 的 {{ $labels.clock }} 有{{ $value }}项已逾期",
        ),
        _alert(
            "BackupMissed",
            "govcloud_backups_overdue > 0",
            "24h",
            "critical",
            "{{ $labels.stack }} 有{{ $value }}个云硬盘或存储桶昨日和今日均无备份",
        ),
        _alert(
            "MonthNotClosed",
            "time() - max(govcloud_month_end_timestamp_seconds) > 34 * 86400",
            "1h",
            "warning",
            "上月尚未月结，距最近一次月结的月末已{{ $value | humanizeDuration }}",
        ),
        _alert(
            "CollectorStale",
            "govcloud_collector_up == 0",
            "15m",
            "warning",
            "{{ $labels.endpoint }} 的 {{ $labels.collector }} 采集失败已超过15分钟",
        ),
        _alert(
            "CollectorDropped",
            "govcloud_collector_serving == 0",
            "5m",
            "critical",
            "{{ $labels.endpoint }} 的 {{ $labels.collector }} 数据已过期停供，相关指标缺失",
        ),
        _alert(
            "CoverageLow",
            "count(server:govcloud_server_cpu:ratio_rate5m) / count(govcloud_server_state{state='active'} == 1) < 0.9",
            "1h",
            "warning",
            "利用率采集覆盖率 {{ $value | humanizePercentage }}，低于90%",
        ),
        _alert(
            "QuotaNear",
            "account:govcloud_quota:held_per_limit_ratio > 0.9",
            "10m",
            "warning",
            "{{ $labels.account }}({{ $labels.network_zone }})的 {{ $labels.resource }} "
            "已占用 {{ $value | humanizePercentage }}",
        ),
        _alert(
            "StackNotApplied",
            "govcloud_stack_state{state=~'pending|unclean'} == 1",
            "1h",
            "critical",
            "{{ $labels.stack }} 未按文件办结({{ $labels.state }})已超过1小时",
        ),
        _alert(
            "StackDrifted",
            "sum by (stack) (govcloud_stack_drift{what!='unknown'}) > 0",
            "0m",
            "critical",
            "{{ $labels.stack }} 有{{ $value }}处与批准不一致，平台不自行改回",
        ),
        _alert(
            "StackNotAsked",
            "time() - (govcloud_stack_drift_asked_timestamp_seconds > 0) > 2 * 86400",
            "1h",
            "warning",
            "{{ $labels.stack }} 已{{ $value | humanizeDuration }}未与云平台核对",
        ),
        _alert(
            "StackNeverAsked",
            "govcloud_stack_drift_asked_timestamp_seconds == 0",
            "1d",
            "warning",
            "{{ $labels.stack }} 从未与云平台核对，已超过1天",
        ),
        _alert(
            "StackNotTold",
            "sum by (stack) (govcloud_stack_drift{what='unknown'}) > 0",
            "12h",
            "warning",
            "{{ $labels.stack }} 有{{ $value }}项云平台连续12小时未答复，是否一致不明",
        ),
        _alert(
            "NoticeFailed",
            "sum by (channel) (govcloud_notice_deliveries{state='failed'}) > 0",
            "5m",
            "critical",
            "渠道 {{ $labels.channel }} 放弃了{{ $value }}份通知，须另行送达",
        ),
        _alert(
            "NoticeStuck",
            "time() - govcloud_notice_delivery_oldest_timestamp_seconds > 4 * 3600",
            "10m",
            "critical",
            "渠道 {{ $labels.channel }} 有通知已等待{{ $value | humanizeDuration }}未送达",
        ),
        _alert(
            "NoticeUnserved",
            "govcloud_notices{state='unserved'} > 0",
            "1h",
            "warning",
            "有{{ $value }}份通知没有渠道可达全部受送达人，见 broker notices",
        ),
        _alert(
            "ServerError",
            "govcloud_server_state{state='error'} == 1",
            "24h",
            "warning",
            "云主机 {{ $labels.server_id }} 故障已超过24小时",
        ),
        _alert(
            "PoolFull",
            "predict_linear(govcloud_pool_free_bytes[1d], 30 * 86400) < 0",
            "1h",
            "warning",
            "存储池 {{ $labels.pool }} 按现有增速30日内用尽",
        ),
    ]


def _record(name: str, expression: str) -> dict[str, Any]:
    return {"record": name, "expr": expression}


def _alert(name: str, expression: str, lasting: str, severity: str, summary: str) -> dict[str, Any]:
    labels, annotations = {"severity": severity}, {"summary": summary}
    return {"alert": name, "expr": expression, "for": lasting, "labels": labels, "annotations": annotations}


def _file(groups: list[dict[str, Any]]) -> str:
    return yaml.safe_dump({"groups": groups}, allow_unicode=True, sort_keys=False, width=1000)
