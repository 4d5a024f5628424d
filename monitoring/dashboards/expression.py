"""The questions that several dashboards put: figures of what was approved, allocated and used, summed by what is named.

`by` are labels, empty for one sum of all; `chosen` are further matchers. All keep to the zone and the provider that the
reader chose.
"""

from typing import Final

from monitoring.dashboards.dashboard import Variable
from monitoring.dashboards.words import WORDS

PLACE: Final = 'network_zone=~"$zone",provider=~"$provider"'
CLOUDS: Final = f"max by (cloud, network_zone, provider) (govcloud_cloud_info{{{PLACE}}})"
UNITS: Final = "max by (unit_id, unit_name) (govcloud_unit_info)"
SYSTEMS: Final = "max by (system_id, system_name) (govcloud_system_info)"
PROJECTS: Final = (
    "max by (cloud, project_id, unit_id, system_id) "
    '(govcloud_project_info{system_id!="",unit_id=~"$unit",system_id=~"$system"})'
)

ZONE: Final = Variable("zone", "区域", choices=tuple((text, value) for value, text in WORDS["network_zone"].items()))
PROVIDER: Final = Variable("provider", "服务商", "label_values(govcloud_cloud_info, provider)")
UNIT: Final = Variable(
    "unit",
    "使用单位",
    "query_result(max by (unit_id, unit_name) (govcloud_unit_info))",
    regex='/unit_id="(?<value>[^"]+)".*unit_name="(?<text>[^"]+)"/',
    several=False,
)
SYSTEM: Final = Variable(
    "system",
    "业务系统",
    'query_result(max by (system_id, system_name) (govcloud_system_info{unit_id="$unit"}))',
    regex='/system_id="(?<value>[^"]+)".*system_name="(?<text>[^"]+)"/',
    several=False,
)


def approved(resource: str, by: str = "", chosen: str = "") -> str:
    """What admitted documents entitle to."""
    return f"{_sum(by)}(govcloud_approved{{{_matchers(resource, PLACE, chosen)}}})"


def desired(resource: str, by: str = "", chosen: str = "") -> str:
    """What of it must exist now."""
    return f"{_sum(by)}(govcloud_desired{{{_matchers(resource, PLACE, chosen)}}})"


def allocated(resource: str, by: str = "", chosen: str = "") -> str:
    """What resources on the clouds take."""
    return _recorded("allocated", resource, by, chosen)


def used(resource: str, by: str = "", chosen: str = "") -> str:
    """What is used of it, as far as it is known."""
    return _recorded("used", resource, by, chosen)


def utilisation(resource: str, by: str = "", chosen: str = "") -> str:
    """What is used by what the servers have of which use is known; absent where it is known of none."""
    return f"{used(resource, by, chosen)} / ({_recorded('observed', resource, by, chosen)} > 0)"


def coverage(resource: str, by: str = "", chosen: str = "") -> str:
    """By how much of what the running servers have use is known; absent where none runs."""
    observed, running = (_recorded(name, resource, by, chosen) for name in ("observed", "running"))
    return f"clamp_max(({observed} or 0 * {running}) / ({running} > 0), 1)"


def bandwidth_limit(by: str = "", chosen: str = "") -> str:
    """The limits that are set on the ways out, per direction the same; outwards is shown."""
    limit = 'sum by (cloud, project_id) (govcloud_bandwidth_limit_bytes_per_second{direction="egress"})'
    owned = "* on (cloud, project_id) group_left (unit_id, system_id) " + _projects(chosen)
    return f"{_sum(by)}({limit} {owned} {in_place()})"


def in_place() -> str:
    """What follows a figure by `cloud`: only those of the chosen place stay, with zone and provider."""
    return f"* on (cloud) group_left (network_zone, provider) {CLOUDS}"


def named_unit(expr: str) -> str:
    """The figure by unit, with the unit's name."""
    return f"({expr}) * on (unit_id) group_left (unit_name) {UNITS}"


def named_system(expr: str) -> str:
    """The figure by system, with the system's name."""
    return f"({expr}) * on (system_id) group_left (system_name) {SYSTEMS}"


def _recorded(name: str, resource: str, by: str, chosen: str) -> str:
    return f"{_sum(by)}(system:govcloud_{name}:sum{{{_matchers(resource, chosen)}}} {in_place()})"


def _projects(chosen: str) -> str:
    matchers = ",".join(filter(None, ('system_id!=""', chosen)))
    return f"max by (cloud, project_id, unit_id, system_id) (govcloud_project_info{{{matchers}}})"


def _matchers(resource: str, *more: str) -> str:
    return ",".join(filter(None, (f'resource="{resource}"', *more)))


def _sum(by: str) -> str:
    return f"sum by ({by}) " if by else "sum "
