"""A registry with one system of the workload's shape: asked for, approved, assigned; later left and handed over."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from bench.workload import BOOT_GIB, CIDR, DATA_GIB, FLAVOR, IMAGE, RULES, Workload
from broker.clock import SHANGHAI
from tools.demo.history import History

EXAMPLES = Path(__file__).parents[1] / "examples" / "registry"
FOUNDED, FILED, LEFT = "2026-03-01T12:00", "2026-03-05T12:00", "2026-03-20T12:00"
"""Instants: before the request, after its assignment, after the signed hand-over."""
UNIT, PROVIDER = "gov-service", "provider-a"
PLENTY = {
    "vcpu": 4096,
    "memory_gib": 8192,
    "block_gib": 65_536,
    "block_high_performance_gib": 1024,
    "object_gib": 4096,
    "bandwidth_mbps": 400,
    "public_addresses": 16,
}


class Papers(History):
    """The history of one system."""

    def __init__(self, home: Path, workload: Workload) -> None:
        papers = home / "papers"
        for path, document in _documents(workload):
            (papers / path).parent.mkdir(parents=True, exist_ok=True)
            (papers / path).write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
        super().__init__(home / "registry", home / "keys", papers)

    def file(self, instant: str) -> None:
        """Commit what was filed by the instant."""
        self.advance(datetime.fromisoformat(instant).replace(tzinfo=SHANGHAI))


def _documents(workload: Workload) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted(EXAMPLES.rglob("*.yaml")):
        relative = path.relative_to(EXAMPLES)
        if relative.parts[0] not in {"cases", "notices"}:
            yield str(relative), _roomy(yaml.safe_load(path.read_text(encoding="utf-8")))
    flavor = {"name": FLAVOR, "vcpu": 1, "memory_gib": 1}
    yield "platform/flavors/bench.yaml", _paper("Flavor", "flavor-bench", "2026-01-05", "office-clerk", flavor)
    yield from _onboarding(workload)
    yield from _leaving(workload)


def _roomy(document: dict[str, Any]) -> Mapping[str, Any]:
    """The document with room for any workload, where it grants or holds resources."""
    grants = {"UnitQuota": "amount", "Cloud": "capacity"}
    if (field := grants.get(document["kind"])) and document["spec"]["zone"] == "internet":
        document["spec"][field] = {name: PLENTY[name] for name in document["spec"][field]}
    return document


def _paper(kind: str, name: str, day: str, filed_by: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = {"id": name, "filed_on": day, "filed_by": filed_by}
    return {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _onboarding(workload: Workload) -> Iterator[tuple[str, Mapping[str, Any]]]:
    folder, request = f"cases/2026/{workload.name}", f"{workload.name}-request"
    yield (
        f"{folder}/request.yaml",
        _paper("OnboardingRequest", request, "2026-03-02", f"{UNIT}-clerk", _asked(workload)),
    )
    approval = {"number": "RY-2026-900", "requests": [request], "decision": "approved", "decided_on": "2026-03-03"}
    yield (
        f"{folder}/z-approval.yaml",
        _paper("OnboardingApproval", "ry-2026-900", "2026-03-03", "office-clerk", approval),
    )
    yield from _assigned(folder, request, "2026-03-04", {"subnets": [{"zone": "internet", "cidr": CIDR}]})


def _asked(workload: Workload) -> Mapping[str, Any]:
    tier = {
        "name": "web",
        "flavor": FLAVOR,
        "count": workload.servers,
        "image": IMAGE,
        "system_disk_gib": BOOT_GIB if workload.boots_from_volume else 0,
        "data_disks": [{"name": "data", "size_gib": DATA_GIB}],
    }
    return {
        "system": workload.name,
        "unit": UNIT,
        "name_zh": "基准测试系统",
        "purpose": "测量开通时间。",
        "provider": PROVIDER,
        "plan_item": "plan-2026-bench",
        "state_secret": False,
        "mlps": {"grade": 2, "filing_no": "DEMO-2-0900", "assessed_on": "2025-09-11"},
        "importance": "medium",
        "dr_class": "none",
        "zones": [
            {
                "zone": "internet",
                "tiers": [tier],
                "buckets": [{"name": "objects", "quota_gib": 10, "versioning": False}],
                "bandwidth_mbps": 100,
                "public_addresses": [{"name": "front", "tier": "web"}],
            }
        ],
        "flows": [
            {
                "id": f"public-{protocol}-{port or 'any'}",
                "source": {"kind": "public"},
                "target": {"kind": "tier", "zone": "internet", "tier": "web"},
                "protocol": protocol,
                **({"port": port} if port else {}),
                "purpose": "公众访问",
            }
            for protocol, port in RULES
        ],
        "wanted_from": "2026-03-10",
    }


def _assigned(
    folder: str, matter: str, day: str, to_provider: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    at = {"matter": matter, "assigned_at": f"{day}T10:00:00+08:00"}
    yield (
        f"{folder}/{matter}-operations.yaml",
        _paper("Assignment", f"{matter}-operations", day, "office-clerk", {**at, "assignee": "ops_department"}),
    )
    provider = {**at, "assignee": "provider", "provider": PROVIDER, **to_provider}
    yield (
        f"{folder}/{matter}-provider.yaml",
        _paper("Assignment", f"{matter}-provider", day, "ops-dispatcher", provider),
    )


def _leaving(workload: Workload) -> Iterator[tuple[str, Mapping[str, Any]]]:
    folder, form = f"cases/2026/{workload.name}", f"{workload.name}-exit"
    intent = {"purpose": "exit", "last_day": "2026-03-14", "data_wanted": "全部数据"}
    asked = {"system": workload.name, "unit": UNIT, "reason": "测试结束", "intent": intent}
    yield f"{folder}/exit-1.yaml", _paper("ServiceIntentForm", form, "2026-03-09", f"{UNIT}-clerk", asked)
    decision = {"form": form, "decision": "approved", "decided_on": "2026-03-10"}
    yield f"{folder}/exit-2.yaml", _paper("IntentDecision", f"{form}-decision", "2026-03-10", "office-clerk", decision)
    yield from _assigned(folder, form, "2026-03-11", {})
    volumes = [("volume", f"web-{ordinal}-data") for ordinal in range(1, workload.servers + 1)]
    buckets = [("bucket", f"{workload.name}-internet-objects"), ("bucket", "objects")]
    items = [
        {"zone": "internet", "kind": kind, "name": name, "content_digest": "sha256:" + "0" * 64, "size_bytes": 0}
        for kind, name in (*volumes, *buckets)
    ]
    receipt = {"form": form, "system": workload.name, "items": items, "wipe": True}
    yield f"{folder}/exit-9.yaml", _paper("HandOver", f"{form}-receipt", "2026-03-17", f"{UNIT}-head", receipt)
