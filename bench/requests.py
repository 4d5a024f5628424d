"""Mixed documents for the bench of admission: requests and forms, some that the rules refuse, some malformed."""

import copy
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

DAY = "2026-11-10"
SERVERS = 10
UNITS = ("gov-service", "health", "education", "civil-affairs", "urban-mgmt", "haitang")
SYSTEMS: Mapping[str, tuple[str, str, str]] = {
    "online-hall": ("gov-service", "internet", "web"),
    "enrolment": ("education", "internet", "web"),
    "chronic-followup": ("health", "extranet", "app"),
    "urban-v2": ("urban-mgmt", "extranet", "app"),
    "grid-governance": ("haitang", "extranet", "app"),
}
"""A unit, a zone and a tier of systems that are live."""

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as JSON text. `malformed`: it breaks its schema. `code`: a refusal that it must get besides others."""

    text: str
    malformed: bool = False
    code: str = ""


def papers(count: int, seed: int = 1) -> Iterator[Paper]:
    """So many documents, always the same of a seed: three requests to two forms, one in five malformed."""
    chance = random.Random(seed)  # noqa: S311 - what is asked is no secret
    for number in range(count):
        base = request(f"system-{number}", chance.choice(UNITS), chance.randrange(1, 4))
        makers, raw = (_REQUESTS, base) if chance.random() < 0.6 else (_FORMS, _form(number, chance))  # noqa: PLR2004 - three to two
        if chance.random() < 0.2:  # noqa: PLR2004 - one in five
            chance.choice(_MALFORMED)(raw)
            yield Paper(json.dumps(raw, ensure_ascii=False), malformed=True)
            continue
        change, code = chance.choice(makers)
        change(raw)
        yield Paper(json.dumps(raw, ensure_ascii=False), code=code)


def request(system: str, unit: str, servers: int, zone: str = "extranet") -> Raw:
    """A request of some small servers in a zone."""
    tier = {"name": "app", "flavor": "g.2c4g", "count": servers, "image": "debian-12", "system_disk_gib": 40}
    tier["data_disks"] = [{"name": "data", "size_gib": 50}]
    end = {"kind": "tier", "zone": zone, "tier": "app"}
    source = {"kind": "public" if zone == "internet" else "extranet_users"}
    flow = {"id": "users-app", "source": source, "target": end, "port": 443, "purpose": "访问"}
    bucket = {"name": "objects", "quota_gib": 10}
    layout = {"zone": zone, "tiers": [tier], "buckets": [bucket], "bandwidth_mbps": 1}
    spec = {
        "system": system,
        "unit": unit,
        "name_zh": "业务系统",
        "purpose": "办理业务。",
        "provider": "provider-b",
        "plan_item": "plan-2026",
        "state_secret": False,
        "mlps": {"grade": 2},
        "importance": "low",
        "dr_class": "none",
        "zones": [layout],
        "flows": [flow],
        "wanted_from": "2026-12-15",
    }
    return _document("OnboardingRequest", f"{system}-request", unit, spec)


def _form(number: int, chance: random.Random) -> Raw:
    system = chance.choice(sorted(SYSTEMS))
    unit, zone, tier = SYSTEMS[system]
    change = {"action": "set_count", "zone": zone, "tier": tier, "count": 5}
    intent = {"purpose": "change", "changes": [change]}
    spec = {"system": system, "unit": unit, "reason": "负荷变化。", "intent": intent}
    return _document("ServiceIntentForm", f"form-{number}", unit, spec)


def _document(kind: str, name: str, unit: str, spec: Raw) -> Raw:
    metadata = {"id": name, "filed_on": DAY, "filed_by": f"{unit}-clerk"}
    return {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _set(*path: Any, to: Any) -> Callable[[Raw], None]:
    def change(raw: Raw) -> None:
        part: Any = raw["spec"]
        for step in path[:-1]:
            part = part[step]
        part[path[-1]] = copy.deepcopy(to)

    return change


def _nothing(_raw: Raw) -> None:
    """As it is."""


def _drop(name: str) -> Callable[[Raw], None]:
    def change(raw: Raw) -> None:
        raw["spec"].pop(name)

    return change


def _unknown_system(raw: Raw) -> None:
    raw["spec"]["system"] = "nobody-knows-it"


_PUBLIC = [{"name": "front", "tier": "app"}]
_FROM_PUBLIC = {"id": "public-app", "source": {"kind": "public"}, "port": 443, "purpose": "访问"}
_ITEM = {"item": "load-balancer", "name_zh": "物理负载均衡设备", "quantity": 1, "physical": True}
_ELASTIC = {"purpose": "elastic", "count_ceiling": 1, "bandwidth_mbps_ceiling": 1, "first_day": "2026-12-01"}
_REQUESTS: tuple[tuple[Callable[[Raw], None], str], ...] = (
    *[(_nothing, "")] * 12,
    (_set("mlps", "grade", to=4), "MLPS_GRADE_TOO_HIGH"),
    (_set("state_secret", to=True), "STATE_SECRET"),
    (_set("exempt_category", to="police"), "EXEMPT_NEEDS_DECISION"),
    (_set("unit", to="nobody"), "UNIT_NOT_ELIGIBLE"),
    (_set("provider", to="provider-x"), "PROVIDER_NOT_ACTIVE"),
    (_set("zones", 0, "tiers", 0, "flavor", to="g.1c1g"), "NOT_IN_CATALOGUE"),
    (_set("zones", 0, "tiers", 0, "count", to=64), "QUOTA_EXCEEDED"),
    (_set("zones", 0, "bandwidth_mbps", to=5000), "QUOTA_EXCEEDED"),
    (_set("zones", 0, "public_addresses", to=_PUBLIC), "ZONE_MISMATCH"),
    (_set("flows", 0, "target", "tier", to="nowhere"), "FLOW_NOT_APPROVED"),
    (_set("flows", 0, "source", to={"kind": "public"}), "FLOW_NOT_APPROVED"),
    (_set("further_items", to=[_ITEM]), "FINANCE_REVIEW_MISSING"),
    (_set("builds", to="departmental_cloud"), "OWN_CLOUD"),
    (_set("builds", to="exchange_system"), "OWN_EXCHANGE"),
    (_drop("plan_item"), "FORM_INCOMPLETE"),
)
_FORMS: tuple[tuple[Callable[[Raw], None], str], ...] = (
    (_nothing, ""),
    (_set("intent", "changes", 0, "count", to=40), "QUOTA_EXCEEDED"),
    (_set("intent", "changes", 0, "tier", to="nowhere"), "FORM_INCOMPLETE"),
    (_set("intent", "mlps_grade", to=4), "MLPS_GRADE_TOO_HIGH"),
    (_unknown_system, "FORM_INCOMPLETE"),
    (_set("intent", to=_ELASTIC | {"last_day": "2026-11-20", "zone": "extranet", "tier": "app"}), ""),
)
_MALFORMED: tuple[Callable[[Raw], None], ...] = (
    _drop("unit"),
    _drop("system"),
    _set("unit", to=7),
    _set("system", to="Not An Id"),
    _set("surprise", to=1),
    lambda raw: raw["metadata"].pop("filed_on"),
    lambda raw: raw["metadata"].update(filed_on="2026-02-30"),
    lambda raw: raw.update(apiVersion="govcloud/v0"),
    lambda raw: raw["metadata"].update(id="-"),
)
