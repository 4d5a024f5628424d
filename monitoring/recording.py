"""Recording rules: utilisation, use, sums and probes as the series that alerts, dashboards and month closes read.

Utilisation comes from a libvirt exporter on the clouds' hosts, whose names differ between builds: `SeriesNames` maps
them. Recorded names follow level:metric:operation; what has too few samples is absent, never zero.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from monitoring.rules import Rule, file_of, record

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
    return file_of(groups)


def _utilisation(names: SeriesNames) -> list[Rule]:
    domain = names.domain
    busy = f"rate({names.cpu_seconds}[5m]) / on ({domain}) {names.vcpus}"
    used = f"1 - {names.memory_usable_bytes} / on ({domain}) {names.memory_maximum_bytes}"
    received = f"sum by ({domain}) (rate({names.received_bytes}[5m]))"
    sent = f"sum by ({domain}) (rate({names.sent_bytes}[5m]))"
    return [
        record("server:govcloud_server_cpu:ratio_rate5m", _of_server(busy, names)),
        record("server:govcloud_server_memory:ratio", _of_server(used, names)),
        record("server:govcloud_server_network_receive:bytes_rate5m", _of_server(received, names)),
        record("server:govcloud_server_network_transmit:bytes_rate5m", _of_server(sent, names)),
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
        record("server:govcloud_server_cpu:ratio_avg5m", "server:govcloud_server_cpu:ratio_rate5m"),
        record("server:govcloud_server_memory:ratio_avg5m", "avg_over_time(server:govcloud_server_memory:ratio[5m])"),
        *(
            record(
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
        rules.append(record(f"system:govcloud_server_{name}:ratio_avg5m", f"{used} / {has}"))
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
    return {**record(f"system:govcloud_{name}:sum", summed), "labels": {"resource": resource}}


def _hourly(every_min: int) -> list[Rule]:
    samples, until = _HOUR_MIN // every_min, f"offset {every_min}m"
    rules: list[Rule] = []
    for series in ("server:govcloud_server_cpu:ratio_rate5m", "server:govcloud_server_memory:ratio"):
        level, metric, _ = series.split(":")
        base = f"{level}:{metric}"
        rules += [
            record(f"{base}:ratio_avg1h", f"avg_over_time({series}[1h])"),
            record(f"{base}:ratio_max1h", f"max_over_time({series}[1h])"),
            record(f"{base}:ratio_p95_1h", f"quantile_over_time(0.95, {series}[1h])"),
            # the share of the hour's samples that are there, up to one that is surely written: groups have no order;
            # Prometheus 2 counts both ends of a range
            record(f"{base}:coverage_ratio1h", f"clamp_max(count_over_time({series}[1h] {until}) / {samples}, 1)"),
        ]
    return rules


def _sums() -> list[Rule]:
    project = "on (cloud, project_id) group_left (unit_id, system_id) govcloud_project_info"
    rules: list[Rule] = []
    for resource, series in COUNTED:
        allocated = f"sum by (cloud, project_id) ({series}) * {project}"
        rule = record("system:govcloud_allocated:sum", f"sum by (unit_id, system_id, cloud) ({allocated})")
        rules.append({**rule, "labels": {"resource": resource}})
    of_units = "sum by (unit_id, network_zone, resource) (govcloud_approved)"
    rules.append(record("unit:govcloud_approved:sum", of_units))
    share = (
        "sum by (level, account, network_zone, resource) (govcloud_quota_held)"
        " / (sum by (level, account, network_zone, resource) (govcloud_quota_limit) > 0)"
    )
    rules.append(record("account:govcloud_quota:held_per_limit_ratio", share))
    return [*rules, *(rule for resource, series in COUNTED for rule in _used(resource, series))]


def _used(resource: str, series: str) -> Iterator[Rule]:
    """What stands on the clouds of an account's, beside what it holds: by the names that accounts of its level have."""
    owned = "* on (cloud, project_id) group_left (unit_id, system_id) govcloud_project_info{system_id!=''}"
    placed = "* on (cloud) group_left (provider, network_zone) govcloud_cloud_info"
    there = f"(sum by (cloud, project_id) ({series}) {owned}) {placed}"
    name, labels = "account:govcloud_quota_used:sum", {"resource": resource}
    for level, label in (("unit", "unit_id"), ("system", "system_id"), ("cloud", "provider")):
        named = f'label_replace(sum by ({label}, network_zone) ({there}), "account", "$1", "{label}", "(.+)")'
        yield {**record(name, f"sum by (account, network_zone) ({named})"), "labels": {**labels, "level": level}}
    # a cloud knows no district: it is the one that has limits
    named = f"group by (account, network_zone) (govcloud_quota_limit{{level='district',resource='{resource}'}})"
    whole = f"sum by (network_zone) ({there}) * on (network_zone) group_left (account) {named}"
    yield {**record(name, whole), "labels": {**labels, "level": "district"}}


def _probes() -> list[Rule]:
    """The share of a time in which a system's probe got no answer; one with several probes is up while any sees it."""
    seen = "max by (system_id) (govcloud_probe_success)"
    return [
        record(f"system:govcloud_probe:error_ratio_{window}", f"1 - avg_over_time(({seen})[{window}:1m])")
        for window in ("5m", "30m", "1h", "6h")
    ]
