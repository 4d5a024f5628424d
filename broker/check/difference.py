"""What a change makes, changes, replaces and takes away, per system and zone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias

from broker.documents.layout import BucketLayout
from broker.estate.amount import holds
from broker.estate.system import Deployment, Estate, System, volume_name
from broker.plan.reader import readers_of

Fields: TypeAlias = Mapping[str, str]


class Verb(StrEnum):
    """What happens to a resource."""

    CREATED = "created"
    CHANGED = "changed"
    REPLACED = "replaced"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One resource that the change touches. `told`: its fields, or each field that differs as `was -> is`."""

    system: str
    zone: str
    kind: str
    name: str
    verb: Verb
    told: str


_REPLACING: Mapping[str, frozenset[str]] = {
    "server": frozenset({"image", "system_disk_tier", "user_data"}),
    "api access": frozenset({"role", "secret", "until"}),
}
"""Fields that no cloud changes in place: another image, type of the system disk or first start is another machine."""


def differences(before: Estate, after: Estate) -> tuple[Difference, ...]:
    """Every resource that differs, sorted by system, zone and kind. A system holds resources from its approval on."""
    was, will = dict(_resources(before, after)), dict(_resources(after, before))
    found = (_difference(key, was.get(key), will.get(key)) for key in sorted(was.keys() | will.keys()))
    return tuple(difference for difference in found if difference is not None)


def _difference(key: tuple[str, str, str, str], was: Fields | None, will: Fields | None) -> Difference | None:
    system, zone, kind, name = key
    if was == will:
        return None
    if was is None or will is None:
        fields = was or will or {}
        verb = Verb.CREATED if was is None else Verb.DELETED
        return Difference(system, zone, kind, name, verb, " ".join(f"{n}={v}" for n, v in fields.items()))
    changed = [name for name in dict.fromkeys((*will, *was)) if was.get(name) != will.get(name)]
    verb = Verb.REPLACED if _replaces(kind, changed, was, will) else Verb.CHANGED
    told = " ".join(f"{name}={was.get(name, '-')} -> {will.get(name, '-')}" for name in changed)
    return Difference(system, zone, kind, name, verb, told)


def _replaces(kind: str, changed: list[str], was: Fields, will: Fields) -> bool:
    """Whether it is made anew: a field that stays for life differs, a disk became smaller, or there was none."""
    sizes = [name for name in changed if name.endswith("size_gib")]
    return bool(_REPLACING.get(kind, frozenset()) & set(changed)) or any(
        int(will[n]) < int(was[n]) or was[n] == "0" for n in sizes
    )


def _resources(estate: Estate, other: Estate) -> Iterator[tuple[tuple[str, str, str, str], Fields]]:
    """Those of the systems that are not the very same value in the other estate, and the buckets that these read."""
    same = {system.id for system in estate.systems if other.system(system.id) is system}
    for system in filter(holds, estate.systems):
        for deployment in system.deployments:
            found = _of(system, deployment, estate)
            if system.id in same:
                found = (
                    ("bucket", bucket.name, _stored(bucket, system, deployment.zone, estate))
                    for bucket in deployment.buckets
                    if not same.issuperset(bucket.readers)
                )
            for kind, name, fields in found:
                yield (system.id, deployment.zone, kind, name), fields


def _of(system: System, deployment: Deployment, estate: Estate) -> Iterator[tuple[str, str, Fields]]:
    limit = {"test_until": str(system.test_until)} if system.test_until and not system.live_from else {}
    yield "system", system.id, {"lifecycle": system.lifecycle.value, "provider": system.provider, **limit}
    yield "bandwidth", "north-south", {"mbps": str(deployment.bandwidth_mbps)}
    yield from _servers(deployment)
    for kept in deployment.kept:
        yield "volume", kept.name, {"size_gib": str(kept.disk.size_gib), "tier": kept.disk.tier, "attached": "no"}
    for bucket in deployment.buckets:
        yield "bucket", bucket.name, _stored(bucket, system, deployment.zone, estate)
    closed = {"closed": "yes"} if system.closed_by else {}
    for address in deployment.public_addresses:
        yield "public address", address.name, {"server": f"{address.tier}-{address.ordinal}", **closed}
    for balancer in deployment.balancers:
        led = balancer.layout.public_address or "none"
        yield "load balancer", balancer.name, {"tier": balancer.layout.tier, "public_address": led}
    for access in deployment.api_access:
        until = str(access.layout.valid_until or "exit")
        yield "api access", access.name, {"role": access.layout.role, "secret": str(access.serial), "until": until}
    for grant in (g for g in system.grants if g.zone == deployment.zone):
        window = {"from": grant.start.isoformat(), "until": grant.end.isoformat()}
        ceilings = {"count": str(grant.count_ceiling), "bandwidth_mbps": str(grant.bandwidth_mbps_ceiling)}
        yield "elastic grant", grant.document, {"tier": grant.tier, **ceilings, **window}


def _stored(bucket: BucketLayout, owner: System, zone: str, estate: Estate) -> Fields:
    """A bucket's fields: whom its document names as readers, and who of them reads by the owner's next run."""
    told = {"quota_gib": str(bucket.quota_gib), "versioning": str(bucket.versioning).lower()}
    told |= {"expire_days": str(bucket.expire_days or "never"), "encrypted": str(bucket.encrypted).lower()}
    told |= {"readers": ", ".join(sorted(bucket.readers)) or "none"}
    if not bucket.readers:
        return told
    reading = (f"{reader.unit}/{reader.system}" for reader in readers_of(bucket, owner, zone, estate))
    return told | {"read_by": ", ".join(sorted(reading)) or "nobody"}


def _servers(deployment: Deployment) -> Iterator[tuple[str, str, Fields]]:
    for tier in deployment.tiers:
        layout = tier.layout
        configured = {"user_data": _short(layout.user_data)} if layout.user_data else {}
        for server in tier.servers:
            told = {
                "flavor": layout.flavor,
                "image": layout.image,
                "system_disk_size_gib": str(layout.system_disk_gib),
                "system_disk_tier": layout.system_disk_tier,
                **configured,
            }
            yield "server", f"{tier.name}-{server.ordinal}", told
            for disk in server.disks:
                size = {"size_gib": str(disk.size_gib), "tier": disk.tier, "attached": "yes"}
                yield "volume", volume_name(tier.name, server.ordinal, disk.name), size


def _short(text: str) -> str:
    """A long text by its digest: a table tells that it differs, the document what it says."""
    return f"sha256:{sha256(text.encode()).hexdigest()[:12]}"
