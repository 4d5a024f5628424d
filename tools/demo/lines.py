"""The demo's table: what the documents approve beside what the clouds themselves say, one line per thing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network
from typing import Any

from tools.demo.approved import Zone
from tools.demo.clouds import Bucket, Inventory

SLOTS = 16
KBPS_PER_MBPS = 1000
BACKUPS_KEPT = {"none": 7, "backup": 30, "warm": 30, "hot": 30}
CHAIN = 7
"""Backups of one chain; it goes as a whole, so that many more than are kept may be there."""
WIPED = "wiped"
GATEWAY_PARTS = 10
"""Beside public addresses the gateway has a tenth of what was approved (docs/decisions/0013)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: what the papers say and what the cloud says. They agree when both say the same."""

    system: str
    zone: str
    provider: str
    what: str
    approved: str
    exists: str

    @property
    def agrees(self) -> bool:
        """Whether paper and cloud say the same."""
        return self.approved == self.exists


def lines(
    zones: Iterable[Zone], inventory: Inventory, flavors: Mapping[str, tuple[int, int]], backed_up_on: date
) -> list[Line]:
    """Every line of the table; what exists in a project and no line names is a line that does not agree."""
    found: list[Line] = []
    for zone in zones:
        found += _gone_lines(zone, inventory) if zone.gone else _zone_lines(zone, inventory, flavors, backed_up_on)
    named = {line.what for line in found}
    found += [Line("?", "?", "?", what, "-", "exists") for what in inventory.names() if what not in named]
    return found


def _gone_lines(zone: Zone, inventory: Inventory) -> Iterator[Line]:
    """A wiped zone: nothing of what it had is found by its name, and no project holds anything of it."""
    project, prefix = f"{zone.system}/{zone.zone}", f"{zone.system}-{zone.zone}-"
    existing = set(inventory.names())
    named = [f"project {project}"]
    for name, _, _, disks in _machines(zone):
        volumes = [f"{prefix}{name}-boot", *(f"{prefix}{name}-{disk['name']}" for disk in disks)]
        named += [f"server {prefix}{name}", f"port {prefix}{name}"]
        named += [f"{what} {volume}" for volume in volumes for what in ("volume", "backup")]
    named += [f"group {prefix}{name}" for name in zone.tiers]
    named += [f"bucket {full}{prefix}{name}" for name in zone.buckets for full in ("", "copy-")]
    for what in named:
        yield Line(zone.system, zone.zone, zone.provider, what, WIPED, "exists" if what in existing else WIPED)
    count = inventory.snapshots.get(project, 0)
    yield Line(zone.system, zone.zone, zone.provider, f"snapshots {project}", "0", str(count))


def _zone_lines(
    zone: Zone, inventory: Inventory, flavors: Mapping[str, tuple[int, int]], backed_up_on: date
) -> Iterator[Line]:
    project = f"{zone.system}/{zone.zone}"
    have = inventory.of(project)

    def line(what: str, approved: str, exists: str) -> Line:
        return Line(zone.system, zone.zone, zone.provider, what, approved, exists)

    yield line(f"project {project}", zone.provider, inventory.domains.get(project, "-"))
    yield from (line(*row) for row in _servers(zone, have))
    yield from (line(*row) for row in _rules(zone, have))
    yield from (line(*row) for row in _addresses(zone, have))
    yield from (line(*row) for row in _quota(zone, have, flavors))
    yield from (line(*row) for row in _buckets(zone, inventory.buckets))
    yield from (line(*row) for row in _backups(zone, inventory, backed_up_on))


Row = tuple[str, str, str]


def _servers(zone: Zone, have: Mapping[str, Any]) -> Iterator[Row]:
    prefix = f"{zone.system}-{zone.zone}-"
    for name, tier, ordinal, disks in _machines(zone):
        server = have["servers"].get(prefix + name)
        state = "SHUTOFF" if zone.stopped else "ACTIVE"
        told = f"{server['flavor']} {server['status']}" if server else "-"
        yield f"server {prefix}{name}", f"{tier['flavor']} {state}", told
        volumes = [(f"{name}-boot", tier["system_disk_gib"], "standard")]
        volumes += [(f"{name}-{disk['name']}", disk["size_gib"], disk.get("tier", "standard")) for disk in disks]
        for volume, size_gib, type_ in volumes:
            found = have["volumes"].get(prefix + volume)
            told = f"{found['size']} GiB {found['type']} on {found['server']}" if found else "-"
            yield f"volume {prefix}{volume}", f"{size_gib} GiB {type_} on {prefix}{name}", told
        address = str(list(IPv4Network(zone.cidr).subnets(prefixlen_diff=4))[tier["slot"] + 1][ordinal - 1])
        port = have["ports"].get(prefix + name)
        told = f"{port['address']} {port['egress_kbps']}/{port['ingress_kbps']} kbit/s" if port else "-"
        kbps = zone.bandwidth_mbps * KBPS_PER_MBPS
        yield f"port {prefix}{name}", f"{address} {kbps}/{kbps} kbit/s", told


def _machines(zone: Zone) -> Iterator[tuple[str, Mapping[str, Any], int, list[Mapping[str, Any]]]]:
    for name, tier in zone.tiers.items():
        for ordinal in tier["ordinals"]:
            yield f"{name}-{ordinal}", tier, ordinal, tier["disks"]
        for ordinal in tier["elastic"]:
            yield f"{name}-{ordinal}", tier, ordinal, []


def _rules(zone: Zone, have: Mapping[str, Any]) -> Iterator[Row]:
    prefix = f"{zone.system}-{zone.zone}-"
    counts = {name: have["groups"].get(prefix + name) for name in zone.tiers}
    for name in zone.tiers:
        yield f"group {prefix}{name}", "exists", "exists" if counts[name] is not None else "-"
    total = sum(count for count in counts.values() if count is not None)
    yield f"rules {zone.system}/{zone.zone}", f"{zone.flows} rules", f"{total} rules"


def _addresses(zone: Zone, have: Mapping[str, Any]) -> Iterator[Row]:
    count = len(zone.public_addresses)
    approved_kbps = zone.bandwidth_mbps * KBPS_PER_MBPS if zone.routed else 0
    gateway_kbps = approved_kbps // GATEWAY_PARTS if count else approved_kbps
    kbps = (approved_kbps - gateway_kbps) // (count or 1)
    attached = "attached to nothing" if zone.closed else f"attached to {zone.system}-{zone.zone}-web-1"
    approved = f"{count} with {kbps} kbit/s, {attached}" if count else "none"
    found = have["addresses"]
    told = ", ".join(
        f"{len(found)} with {a['egress_kbps']} kbit/s, attached to {a['port'] or 'nothing'}" for a in found
    )
    yield f"public addresses {zone.system}/{zone.zone}", approved, told or "none"
    gateway = f"{gateway_kbps}/{gateway_kbps} kbit/s" if zone.routed else "none"
    told = ", ".join(f"{g['egress_kbps']}/{g['ingress_kbps']} kbit/s" for g in have["gateways"])
    yield f"gateway {zone.system}/{zone.zone}", gateway, told or "none"
    out, into = (sum(way[side] for way in (*found, *have["gateways"])) for side in ("egress_kbps", "ingress_kbps"))
    yield f"bandwidth {zone.system}/{zone.zone}", f"{approved_kbps}/{approved_kbps} kbit/s", f"{out}/{into} kbit/s"


def _quota(zone: Zone, have: Mapping[str, Any], flavors: Mapping[str, tuple[int, int]]) -> Iterator[Row]:
    servers = [tier for _, tier, _, _ in _machines(zone)]
    disks = [disk["size_gib"] for _, _, _, data in _machines(zone) for disk in data]
    volumes, block_gib = len(servers) + len(disks), sum(tier["system_disk_gib"] for tier in servers) + sum(disks)
    most = BACKUPS_KEPT[zone.dr_class] + CHAIN
    figures = {
        "cores": sum(flavors[tier["flavor"]][0] for tier in servers),
        "ram GiB": sum(flavors[tier["flavor"]][1] for tier in servers),
        "servers": len(servers),
        "volumes": volumes,
        "block GiB": block_gib * (2 if zone.leaving else 1),
        "snapshots": volumes if zone.leaving else 0,
        "backups": volumes * most,
        "backup GiB": block_gib * most,
        "public addresses": len(zone.public_addresses),
    }
    for name, value in figures.items():
        yield f"quota {name} {zone.system}/{zone.zone}", str(value), str(have["quota"].get(name, "-"))


def _buckets(zone: Zone, buckets: Mapping[str, Bucket]) -> Iterator[Row]:
    for name, quota_gib in zone.buckets.items():
        full = f"{zone.system}-{zone.zone}-{name}"
        found = buckets.get(full)
        yield f"bucket {full}", f"{quota_gib} GiB", f"{found.quota_gib} GiB" if found else "-"
        let_in, named = ", ".join(zone.let_in.get(name, [])), ", ".join(found.readers) if found else ""
        if let_in or named:
            yield f"readers of {full}", let_in or "-", named or "-"


def _backups(zone: Zone, inventory: Inventory, day: date) -> Iterator[Row]:
    """One full backup of each volume on the day on which the demo makes them, and a copy of each bucket."""
    prefix = f"{zone.system}-{zone.zone}-"
    for name, _, ordinal, disks in _machines(zone):
        if ordinal in zone.tiers[name.rsplit("-", 1)[0]]["elastic"]:
            continue
        for volume in ("boot", *(disk["name"] for disk in disks)):
            found = inventory.backups.get(f"{prefix}{name}-{volume}", [])
            yield f"backup {prefix}{name}-{volume}", f"full {day} available", ", ".join(found) or "none"
    if zone.dr_class != "none":
        for name in zone.buckets:
            copy = f"copy-{prefix}{name}"
            yield f"bucket {copy}", "exists", "exists" if copy in inventory.buckets else "-"
