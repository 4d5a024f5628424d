"""What the demo's documents approve, summed straight from the YAML: knows nothing of the broker's fold or stacks.

It is the other side of the demo's table, so it is kept simple and separate: plain mappings, one pass, no model.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

Raw = Mapping[str, Any]


@dataclass(slots=True)
class Zone:
    """One system in one zone as its papers have it."""

    system: str
    zone: str
    provider: str
    number: str
    cidr: str
    tiers: dict[str, dict[str, Any]]
    """By tier: slot, flavor, system disk, disks, and the ordinals of its servers; elastic ones apart."""
    buckets: dict[str, int]
    readers: dict[str, list[str]]
    """By bucket: other systems that may read it, as the papers name them."""
    bandwidth_mbps: int
    public_addresses: list[Raw]
    flows: int
    routed: bool
    """Something leaves its subnet: a public address, or a flow to or from elsewhere."""
    dr_class: str
    stopped: bool = False
    closed: bool = False
    leaving: bool = False
    """Its system exits: each volume has room for the snapshot by which it is handed over."""
    gone: bool = False
    """Its unit signed for its data and asked for the wipe."""
    unit: str = ""
    let_in: dict[str, list[str]] = field(default_factory=dict)
    """By bucket: the gateway's users of those readers that run, sorted, while its own system runs."""

    @property
    def runs(self) -> bool:
        """Whether its machines run."""
        return not (self.stopped or self.leaving or self.gone)


def read(folder: Path) -> list[Raw]:
    """Every document of the example registry."""
    return [yaml.load(p.read_text(encoding="utf-8"), Loader=yaml.SafeLoader) for p in sorted(folder.rglob("*.yaml"))]


def approved(documents: list[Raw], as_of: datetime) -> list[Zone]:
    """What must exist at `as_of` (with an offset), system by system and zone by zone, in their order."""
    known = [d for d in documents if _day(d["metadata"]["filed_on"]) <= as_of.date()]
    zones = {(zone.system, zone.zone): zone for zone in _onboarded(known, as_of)}
    for form in _of(known, "ServiceIntentForm"):
        since = _carried_out(form, known)
        if since is not None and since <= as_of:
            _change(form, zones, as_of)
    for order in _of(known, "SuspensionOrder"):
        if _instant(order["spec"]["effective_at"]) <= as_of:
            for zone in zones.values():
                if zone.system == order["spec"]["system"]:
                    zone.stopped = zone.closed = True
    for receipt in _of(known, "HandOver"):
        for zone in zones.values():
            zone.gone = zone.gone or (receipt["spec"]["wipe"] and zone.system == receipt["spec"]["system"])
    for zone in zones.values():
        zone.let_in = {bucket: _let_in(zone, names, zones) for bucket, names in zone.readers.items()}
    return sorted(zones.values(), key=lambda zone: (zone.system, zone.zone))


def _let_in(owner: Zone, names: list[str], zones: Mapping[tuple[str, str], Zone]) -> list[str]:
    found = [zones[name, owner.zone] for name in names if (name, owner.zone) in zones and owner.runs]
    reading = [zone for zone in found if zone.runs and zone.provider == owner.provider and zone.buckets]
    return sorted(f"{zone.unit.replace('-', '_')}${zone.system}-{zone.zone}" for zone in reading)


def _onboarded(documents: list[Raw], as_of: datetime) -> Iterator[Zone]:
    numbers = {
        request: approval["spec"]["number"]
        for approval in _of(documents, "OnboardingApproval")
        if approval["spec"]["decision"] == "approved"
        for request in approval["spec"]["requests"]
    }
    for request in _of(documents, "OnboardingRequest"):
        assignment = _assigned(request["metadata"]["id"], documents)
        number = numbers.get(request["metadata"]["id"])
        if number is None or assignment is None or _instant(assignment["spec"]["assigned_at"]) > as_of:
            continue
        subnets = {subnet["zone"]: subnet["cidr"] for subnet in assignment["spec"]["subnets"]}
        for layout in request["spec"]["zones"]:
            yield _zone(request["spec"], layout, number, subnets[layout["zone"]])


def _zone(request: Raw, layout: Raw, number: str, cidr: str) -> Zone:
    tiers = {
        tier["name"]: {
            "slot": slot,
            "flavor": tier["flavor"],
            "system_disk_gib": tier["system_disk_gib"],
            "disks": tier.get("data_disks", []),
            "ordinals": list(range(1, tier["count"] + 1)),
            "elastic": [],
        }
        for slot, tier in enumerate(layout["tiers"])
    }
    return Zone(
        system=request["system"],
        zone=layout["zone"],
        provider=request["provider"],
        number=number,
        cidr=cidr,
        tiers=tiers,
        buckets={bucket["name"]: bucket["quota_gib"] for bucket in layout.get("buckets", [])},
        readers={bucket["name"]: bucket.get("readers", []) for bucket in layout.get("buckets", [])},
        unit=request["unit"],
        bandwidth_mbps=layout["bandwidth_mbps"],
        public_addresses=layout.get("public_addresses", []),
        flows=sum(_touches(flow, layout["zone"]) for flow in request.get("flows", [])),
        dr_class=request["dr_class"],
        routed=bool(layout.get("public_addresses"))
        or any(_leaves(flow, layout["zone"]) for flow in request.get("flows", [])),
    )


def _touches(flow: Raw, zone: str) -> int:
    """How many rules a flow makes in a zone: one for each of its ends that is a tier there."""
    return sum(end["kind"] == "tier" and end["zone"] == zone for end in (flow["source"], flow["target"]))


def _leaves(flow: Raw, zone: str) -> bool:
    """Whether a flow has exactly one end inside the zone's subnet."""
    return _touches(flow, zone) == 1


def _change(form: Raw, zones: dict[tuple[str, str], Zone], as_of: datetime) -> None:
    system, intent = form["spec"]["system"], form["spec"]["intent"]
    if intent["purpose"] in {"exit", "relocation"} and as_of >= _midnight(
        _day(intent["last_day"]) + timedelta(days=1), as_of
    ):
        for zone in zones.values():
            zone.stopped = zone.stopped or zone.system == system
            zone.leaving = zone.leaving or zone.system == system
    if intent["purpose"] == "elastic" and _day(intent["first_day"]) <= as_of.date() <= _day(intent["last_day"]):
        zone = zones[system, intent["zone"]]
        tier = zone.tiers[intent["tier"]]
        tier["elastic"] = list(range(len(tier["ordinals"]) + 1, intent["count_ceiling"] + 1))
        zone.bandwidth_mbps = intent["bandwidth_mbps_ceiling"]
    for change in intent.get("changes", []):
        if change["action"] == "set_count":
            gone = {leaver["ordinal"] for leaver in change["leaving"]}
            tier = zones[system, change["zone"]].tiers[change["tier"]]
            tier["ordinals"] = [n for n in tier["ordinals"] if n not in gone]


def _carried_out(form: Raw, documents: list[Raw]) -> datetime | None:
    """When an intent form takes effect: decided, assigned to the provider, and not earlier than it asks."""
    id_ = form["metadata"]["id"]
    decided = any(
        d["spec"]["form"] == id_ and d["spec"]["decision"] == "approved" for d in _of(documents, "IntentDecision")
    )
    assignment = _assigned(id_, documents)
    if not decided or assignment is None:
        return None
    return max(
        _instant(assignment["spec"]["assigned_at"]), _instant(form["spec"].get("not_before", "1970-01-01T00:00:00Z"))
    )


def _assigned(matter: str, documents: list[Raw]) -> Raw | None:
    found = (d for d in _of(documents, "Assignment") if d["spec"]["matter"] == matter)
    return next((d for d in found if d["spec"]["assignee"] == "provider"), None)


def _of(documents: list[Raw], kind: str) -> Iterator[Raw]:
    return (document for document in documents if document["kind"] == kind)


def _day(value: str | date) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _midnight(day: date, like: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=like.tzinfo)


def _instant(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
