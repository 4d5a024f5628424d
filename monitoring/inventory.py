"""From what a cloud lists to samples. Pure; sizes leave here in bytes, instants in seconds since 1970."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from monitoring import catalogue
from monitoring.family import Family, Sample
from monitoring.places import Owner
from stacks.provider.ceph.account import BucketUse

Item = Mapping[str, Any]
CloudOf = Callable[[str], str]
"""The cloud of a project's id."""
GIB, MIB = 1 << 30, 1 << 20
_KILOBIT = 1000 / 8

STATES = ("active", "stopped", "suspended", "shelved", "error", "other")
_STATE_OF = {
    "ACTIVE": "active",
    "SHUTOFF": "stopped",
    "SUSPENDED": "suspended",
    "PAUSED": "suspended",
    "SHELVED": "shelved",
    "SHELVED_OFFLOADED": "shelved",
    "ERROR": "error",
}


def servers(items: Iterable[Item], cloud_of: CloudOf) -> Iterator[Sample]:
    """The samples of Nova's servers (microversion 2.47 or later: the flavor stands in the server)."""
    for item in items:
        project = item["tenant_id"]
        of = (cloud_of(project), project, item["id"])
        flavor, image = item["flavor"], item["image"]
        names = (item["name"], flavor.get("original_name", ""), image["id"] if image else "")
        yield Sample(catalogue.SERVER_INFO, (*of, *names, item.get("OS-EXT-SRV-ATTR:host") or ""), 1)
        state = _STATE_OF.get(item["status"], "other")
        for one in STATES:
            yield Sample(catalogue.SERVER_STATE, (*of, one), int(one == state))
        yield Sample(catalogue.SERVER_CREATED, of, seconds(item["created"]))
        yield Sample(catalogue.SERVER_VCPUS, of, flavor["vcpus"])
        yield Sample(catalogue.SERVER_MEMORY, of, flavor["ram"] * MIB)
        yield Sample(catalogue.SERVER_ROOT_DISK, of, flavor["disk"] * GIB if image else 0)


def volumes(items: Iterable[Item], cloud_of: CloudOf) -> Iterator[Sample]:
    """The samples of Cinder's volumes."""
    for item in items:
        project = item["os-vol-tenant-attr:tenant_id"]
        of = (cloud_of(project), project, item["id"])
        attached = item["attachments"]
        server = attached[0]["server_id"] if attached else ""
        names = (item["name"] or "", item["volume_type"] or "", item["bootable"], server)
        yield Sample(catalogue.VOLUME_INFO, (*of, *names), 1)
        yield Sample(catalogue.VOLUME_SIZE, of, item["size"] * GIB)
        yield Sample(catalogue.VOLUME_ATTACHED, of, int(bool(attached)))


def sizes(
    family: Family, items: Iterable[Item], cloud_of: CloudOf, project_of: Callable[[Item], str]
) -> Iterator[Sample]:
    """The sum of sizes per project: of snapshots or backups, which are too many to be told one by one."""
    total: Counter[str] = Counter()
    for item in items:
        total[project_of(item)] += item["size"]
    for project, size_gib in sorted(total.items()):
        yield Sample(family, (cloud_of(project), project), size_gib * GIB)


def snapshot_project(item: Item) -> str:
    """The project of a snapshot."""
    return str(item.get("os-extended-snapshot-attributes:project_id", ""))


def backup_project(item: Item) -> str:
    """The project of a backup."""
    return str(item.get("os-backup-project-attr:project_id", ""))


def addresses(items: Iterable[Item], cloud_of: CloudOf) -> Iterator[Sample]:
    """How many public addresses each project has, and how many of them lead nowhere."""
    held: Counter[str] = Counter()
    unbound: Counter[str] = Counter()
    for item in items:
        held[item["project_id"]] += 1
        unbound[item["project_id"]] += not item["port_id"]
    for project, count in sorted(held.items()):
        of = (cloud_of(project), project)
        yield Sample(catalogue.FLOATING_IPS, of, count)
        yield Sample(catalogue.FLOATING_IPS_UNBOUND, of, unbound[project])


def bandwidth(
    addresses: Iterable[Item], routers: Iterable[Item], policies: Iterable[Item], cloud_of: CloudOf
) -> Iterator[Sample]:
    """The sum of north-south limits per project and direction; what has no policy has no limit and adds none."""
    limits = {policy["id"]: _limits(policy) for policy in policies}
    total: Counter[tuple[str, str]] = Counter()
    for project, policy in [*_policies_of(addresses), *_gateways_of(routers)]:
        for direction, kbps in limits.get(policy, {}).items():
            total[project, direction] += kbps
    for (project, direction), kbps in sorted(total.items()):
        yield Sample(catalogue.BANDWIDTH_LIMIT, (cloud_of(project), project, direction), kbps * _KILOBIT)


def _limits(policy: Item) -> dict[str, int]:
    rules = (rule for rule in policy.get("rules", ()) if rule.get("type", "bandwidth_limit") == "bandwidth_limit")
    return {rule.get("direction", "egress"): rule["max_kbps"] for rule in rules if "max_kbps" in rule}


def _policies_of(addresses: Iterable[Item]) -> Iterator[tuple[str, str]]:
    return ((item["project_id"], item.get("qos_policy_id") or "") for item in addresses)


def _gateways_of(routers: Iterable[Item]) -> Iterator[tuple[str, str]]:
    return ((item["project_id"], (item["external_gateway_info"] or {}).get("qos_policy_id") or "") for item in routers)


def projects(items: Iterable[Item], owner_of: Callable[[str], Owner]) -> Iterator[Sample]:
    """Projects with what the registry says of each by its name."""
    for item in items:
        owner = owner_of(item["name"])
        of = (owner.cloud, item["id"], item["name"], owner.unit, owner.system)
        yield Sample(catalogue.PROJECT_INFO, of, 1)


def hypervisors(items: Iterable[Item], endpoint: str) -> Iterator[Sample]:
    """Hosts of an endpoint; from Nova 2.88 on their figures are Placement's and absent here."""
    for item in items:
        if item.get("vcpus") is None:
            continue
        of = (endpoint, item["hypervisor_hostname"])
        yield Sample(catalogue.HYPERVISOR_VCPUS, of, item["vcpus"])
        yield Sample(catalogue.HYPERVISOR_VCPUS_USED, of, item["vcpus_used"])
        yield Sample(catalogue.HYPERVISOR_MEMORY, of, item["memory_mb"] * MIB)
        yield Sample(catalogue.HYPERVISOR_MEMORY_USED, of, item["memory_mb_used"] * MIB)


def pools(items: Iterable[Item], endpoint: str) -> Iterator[Sample]:
    """Storage pools that tell their size: some answer `infinite` or `unknown`."""
    for item in items:
        told = item["capabilities"]
        for family, key in ((catalogue.POOL_CAPACITY, "total_capacity_gb"), (catalogue.POOL_FREE, "free_capacity_gb")):
            if isinstance(told.get(key), int | float):
                yield Sample(family, (endpoint, item["name"]), told[key] * GIB)


def seconds(text: str) -> int:
    """Seconds since 1970 of an OpenStack instant, which is UTC with or without a Z."""
    instant = datetime.fromisoformat(text)
    return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp())


def containers(items: Iterable[Item], cloud: str, project: str) -> Iterator[Sample]:
    """The containers of one Swift account."""
    for item in items:
        of = (cloud, project, item["name"])
        yield Sample(catalogue.BUCKET_SIZE, of, item["bytes"])
        yield Sample(catalogue.BUCKET_OBJECTS, of, item["count"])


def buckets(items: Iterable[BucketUse], place_of: Callable[[str], tuple[str, str]]) -> Iterator[Sample]:
    """The buckets of a Ceph gateway; `place_of` gives (cloud, project id) of an owner."""
    for item in items:
        of = (*place_of(item.owner_uid), item.name)
        yield Sample(catalogue.BUCKET_SIZE, of, item.counted_bytes)
        yield Sample(catalogue.BUCKET_OBJECTS, of, item.object_count)
        if item.limit.size_bytes is not None:
            yield Sample(catalogue.BUCKET_QUOTA, of, item.limit.size_bytes)
