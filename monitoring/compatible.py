"""Families of openstack-exporter by their own names, from the same lists: for what was made for that exporter.

Names, labels and units are theirs, with what they lack: `endpoint`, since one exporter reads many. What costs that
exporter a call per project or host (quotas, agents, placement) is not told. Pure.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

from monitoring.family import Family, Kind, Page, Sample

Item = Mapping[str, Any]
NameOf = Callable[[str], str]
"""The name of a project's id."""
MIB: Final = 1 << 20
_UNKNOWN: Final = -1
_STATUSES: Final = {
    status: number
    for number, status in enumerate(
        (
            *("ACTIVE", "BUILD", "BUILD(spawning)", "DELETED", "ERROR", "HARD_REBOOT", "PASSWORD", "REBOOT", "REBUILD"),
            *("RESCUE", "RESIZE", "SHUTOFF", "SUSPENDED", "UNKNOWN", "VERIFY_RESIZE", "MIGRATING", "PAUSED"),
            *("REVERT_RESIZE", "SHELVED", "SHELVED_OFFLOADED", "SOFT_DELETED"),
        )
    )
}


def _family(name: str, labels: tuple[str, ...], text: str, source: str) -> Family:
    return Family(f"openstack_{name}", Kind.GAUGE, Page.COMPATIBLE, ("endpoint", *labels), text, source)


_NOVA, _CINDER, _HOST, _TENANT = (
    "Nova",
    "Cinder",
    ("hostname", "availability_zone", "aggregates"),
    ("tenant", "tenant_id"),
)
SERVER_STATUS = _family(
    "nova_server_status",
    (
        *("id", "status", "name", "tenant_id", "user_id", "address_ipv4", "address_ipv6", "host_id"),
        *("hypervisor_hostname", "uuid", "availability_zone", "flavor_id", "instance_libvirt"),
    ),
    "A server; the value is a number for its status, 0 = ACTIVE, -1 = one that is not known.",
    _NOVA,
)
TOTAL_VMS = _family("nova_total_vms", (), "Servers.", _NOVA)
INSTANCES_USED = _family("nova_limits_instances_used", _TENANT, "Servers of a project that has any.", _NOVA)
VCPUS_USED = _family("nova_limits_vcpus_used", _TENANT, "vCPUs of a project's servers.", _NOVA)
MEMORY_USED = _family("nova_limits_memory_used", _TENANT, "Memory of a project's servers, MiB.", _NOVA)
HOST_VMS = _family("nova_running_vms", _HOST, "Servers on a host.", _NOVA)
HOST_VCPUS = _family("nova_vcpus_available", _HOST, "vCPUs of a host.", _NOVA)
HOST_VCPUS_USED = _family("nova_vcpus_used", _HOST, "vCPUs of a host that are given out.", _NOVA)
HOST_MEMORY = _family("nova_memory_available_bytes", _HOST, "Memory of a host.", _NOVA)
HOST_MEMORY_USED = _family("nova_memory_used_bytes", _HOST, "Memory of a host that is given out.", _NOVA)
VOLUME_GB = _family(
    "cinder_volume_gb",
    ("id", "name", "status", "availability_zone", "bootable", "tenant_id", "user_id", "volume_type", "server_id"),
    "Size of a volume, GiB.",
    _CINDER,
)
VOLUMES = _family("cinder_volumes", (), "Volumes.", _CINDER)
VOLUME_USED_GB = _family("cinder_limits_volume_used_gb", _TENANT, "Volumes of a project that has any, GiB.", _CINDER)
_POOL = ("name", "volume_backend_name", "vendor_name")
POOL_FREE_GB = _family("cinder_pool_capacity_free_gb", _POOL, "Free room of a storage pool, GiB.", _CINDER)
POOL_TOTAL_GB = _family("cinder_pool_capacity_total_gb", _POOL, "Size of a storage pool, GiB.", _CINDER)
FLOATING_IPS = _family("neutron_floating_ips", (), "Public addresses.", "Neutron")
PROJECTS = _family("identity_projects", (), "Projects.", "Keystone")
PROJECT_INFO = _family(
    "identity_project_info",
    ("is_domain", "description", "domain_id", "enabled", "id", "name", "parent_id", "tags"),
    "A project; 1.",
    "Keystone",
)
ALL: tuple[Family, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Family))


class Teller(Protocol):
    """Tells a list item by item, so that no list is kept: what is summed comes when all were told."""

    def of(self, item: Item) -> Iterator[Sample]:
        """The samples of one item."""

    def sums(self) -> Iterator[Sample]:
        """The samples of all that was told."""


def beside(
    items: Iterable[Item], ours: Callable[[Iterable[Item]], Iterator[Sample]], theirs: Teller
) -> Iterator[Sample]:
    """One list as our families and as theirs; asked for once."""
    for item in items:
        yield from ours((item,))
        yield from theirs.of(item)
    yield from theirs.sums()


class Servers:
    """Nova's servers."""

    def __init__(self, endpoint: str, name_of: NameOf) -> None:
        self._endpoint, self._name_of = endpoint, name_of
        self._used: dict[Family, Counter[str]] = {f: Counter() for f in (INSTANCES_USED, VCPUS_USED, MEMORY_USED)}

    def of(self, item: Item) -> Iterator[Sample]:
        """A server with its status as number and label."""
        project, flavor = item["tenant_id"], item["flavor"]
        for family, value in ((INSTANCES_USED, 1), (VCPUS_USED, flavor["vcpus"]), (MEMORY_USED, flavor["ram"])):
            self._used[family][project] += value
        names = (item["id"], item["status"], item["name"], project, item.get("user_id", ""), *_addresses(item))
        host = (item.get("hostId") or "", item.get("OS-EXT-SRV-ATTR:hypervisor_hostname") or "", item["id"])
        place = (item.get("OS-EXT-AZ:availability_zone") or "", flavor.get("original_name", ""))
        libvirt = item.get("OS-EXT-SRV-ATTR:instance_name") or ""
        status = _STATUSES.get(item["status"], _UNKNOWN)
        yield Sample(SERVER_STATUS, (self._endpoint, *names, *host, *place, libvirt), status)

    def sums(self) -> Iterator[Sample]:
        """All servers, and what those of each project take."""
        yield Sample(TOTAL_VMS, (self._endpoint,), self._used[INSTANCES_USED].total())
        for family, used in self._used.items():
            yield from _by_project(family, self._endpoint, used, self._name_of)


class Volumes:
    """Cinder's volumes."""

    def __init__(self, endpoint: str, name_of: NameOf) -> None:
        self._endpoint, self._name_of = endpoint, name_of
        self._count, self._used = 0, Counter[str]()

    def of(self, item: Item) -> Iterator[Sample]:
        """A volume with its size."""
        project, attached = item["os-vol-tenant-attr:tenant_id"], item["attachments"]
        self._count += 1
        self._used[project] += item["size"]
        server = attached[0]["server_id"] if attached else ""
        place = (item.get("availability_zone") or "", item["bootable"], project, item.get("user_id") or "")
        names = (item["id"], item["name"] or "", item["status"], *place, item["volume_type"] or "", server)
        yield Sample(VOLUME_GB, (self._endpoint, *names), item["size"])

    def sums(self) -> Iterator[Sample]:
        """All volumes, and the sizes of each project's."""
        yield Sample(VOLUMES, (self._endpoint,), self._count)
        yield from _by_project(VOLUME_USED_GB, self._endpoint, self._used, self._name_of)


class Hosts:
    """Nova's hypervisors; from microversion 2.88 on they have no sizes and are not told."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def of(self, item: Item) -> Iterator[Sample]:
        """A host; neither its zone nor its aggregates stand in the list."""
        if item.get("vcpus") is None:
            return
        of = (self._endpoint, item["hypervisor_hostname"], "", "")
        yield Sample(HOST_VMS, of, item.get("running_vms") or 0)
        yield Sample(HOST_VCPUS, of, item["vcpus"])
        yield Sample(HOST_VCPUS_USED, of, item["vcpus_used"])
        yield Sample(HOST_MEMORY, of, item["memory_mb"] * MIB)
        yield Sample(HOST_MEMORY_USED, of, item["memory_mb_used"] * MIB)

    def sums(self) -> Iterator[Sample]:
        """None."""
        return iter(())


class Pools:
    """Cinder's storage pools that tell their size."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def of(self, item: Item) -> Iterator[Sample]:
        """A pool with size and free room."""
        told = item["capabilities"]
        of = (self._endpoint, item["name"], told.get("volume_backend_name") or "", told.get("vendor_name") or "")
        for family, key in ((POOL_TOTAL_GB, "total_capacity_gb"), (POOL_FREE_GB, "free_capacity_gb")):
            if isinstance(told.get(key), int | float):
                yield Sample(family, of, told[key])

    def sums(self) -> Iterator[Sample]:
        """None."""
        return iter(())


def projects(items: Iterable[Item], endpoint: str) -> Iterator[Sample]:
    """Keystone's projects, and how many there are."""
    count = 0
    for item in items:
        count += 1
        flags = (_flag(item.get("is_domain")), item.get("description") or "", item.get("domain_id") or "")
        names = (_flag(item.get("enabled")), item["id"], item["name"], item.get("parent_id") or "")
        yield Sample(PROJECT_INFO, (endpoint, *flags, *names, ",".join(item.get("tags") or ())), 1)
    yield Sample(PROJECTS, (endpoint,), count)


def addresses(count: int, endpoint: str) -> Iterator[Sample]:
    """How many public addresses there are."""
    yield Sample(FLOATING_IPS, (endpoint,), count)


def _by_project(family: Family, endpoint: str, used: Counter[str], name_of: NameOf) -> Iterator[Sample]:
    return (Sample(family, (endpoint, name_of(project), project), value) for project, value in sorted(used.items()))


def _addresses(item: Item) -> tuple[str, str]:
    """The first address of each version."""
    told = [one for network in (item.get("addresses") or {}).values() for one in network]
    first = {version: next((o["addr"] for o in told if o.get("version") == version), "") for version in (4, 6)}
    return first[4], first[6]


def _flag(value: object) -> str:
    return str(bool(value)).lower()
