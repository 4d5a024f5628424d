"""A large signed registry as a district would have it after years: written once, kept below `build/bench`.

Every system has its request, its approval, two assignments and its go-live; four of nine also a change. Each decision
has its own signature. The `records` branch says of every file when it was received and of every document that it was
admitted, in signed batches of 500.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import yaml

from broker.clock import SHANGHAI
from broker.documents.envelope import Nature
from broker.documents.records import Admitted, Received, Record
from broker.registry.authority import authorised
from broker.registry.filed import Filed
from broker.registry.git import git
from broker.registry.parse import Parsed, parse
from broker.registry.read import read_commit
from broker.registry.records import append
from broker.signatures.key import fingerprint, generate, load, public_text
from broker.signatures.sign import Signer, payload_of, signature_file, signature_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from broker.documents.envelope import Spec

RECEIVED = datetime(2026, 6, 1, 9, tzinfo=SHANGHAI)
NOW = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
DAY = "2026-06-01"
CHANGED = 4
OF_SYSTEMS = 9
UNITS = 60
_BATCH = 500
_RULE_SET = "sha256:" + "1" * 64
_AMOUNT = {"vcpu": 15_000, "memory_gib": 60_000, "block_gib": 900_000, "object_gib": 90_000} | {
    "bandwidth_mbps": 30_000,
    "block_high_performance_gib": 900_000,
    "public_addresses": 900,
}
Text = tuple[str, str, str, dict[str, Any], str]
"""Path, kind, id, content and who filed it."""


@dataclass(frozen=True)
class LargeRegistry:
    """The repository and the keys that made it."""

    root: Path
    keys: Path

    @property
    def trust_root(self) -> str:
        """Fingerprint of the office's first key."""
        return fingerprint(public_text(load(self.keys / "office-director")))

    @property
    def record_key(self) -> str:
        """Fingerprint of the broker's key."""
        return fingerprint(public_text(load(self.keys / "broker-key")))


@dataclass
class _Import:
    """One stream for `git fast-import`: thousands of commits in seconds."""

    keys: dict[str, Ed25519PrivateKey]
    stream: list[bytes] = field(default_factory=list)
    last: int = 0

    def commit(self, texts: list[Text], signing: list[tuple[list[str], str, Any]]) -> None:
        """The documents in one commit; `signing` gives paths with the person and the role that sign them together."""
        files = {path: _bytes(kind, name, spec, by) for path, kind, name, spec, by in texts}
        filed = {path: _filed(path, data) for path, data in files.items()}
        for paths, who, role in signing:
            covered = [filed[path] for path in paths]
            payload = payload_of(covered, Signer(who, role, self.keys[who]), RECEIVED, timedelta(days=30))
            files[signature_path(paths[0], who)] = signature_file(payload, self.keys[who])
        self.last += 1
        who = f"committer office <o@localhost> {int(RECEIVED.timestamp())} +0800"
        head = f"commit refs/heads/main\nmark :{self.last}\n{who}"
        parent = f"from :{self.last - 1}\n" if self.last > 1 else ""
        self.stream.append(f"{head}\ndata 2\nm\n{parent}".encode())
        for path, data in files.items():
            self.stream.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
        self.stream.append(b"\n")


def large_registry(folder: Path, systems: int) -> LargeRegistry:
    """The registry with this many systems in the folder; one that was written to its end before is used again."""
    made = LargeRegistry(folder / "registry", folder / "keys")
    if (folder / "whole").exists():
        return made
    shutil.rmtree(folder, ignore_errors=True)
    made.keys.mkdir(parents=True, mode=0o700)
    keys = {who: generate(made.keys / who) for who in ("office-director", "ops-head", "broker-key")}
    made.root.mkdir()
    git(made.root, "init", "--quiet", "--initial-branch=main")
    _write(made, systems, keys)
    _record(made, keys["broker-key"])
    (folder / "whole").touch()
    return made


def more(made: LargeRegistry, name: str) -> None:
    """One more commit with one new document, a request."""
    path, kind, identity, spec, by = one_more(name, "unit-01", 9)
    data = _bytes(kind, identity, spec, by)
    blob = git(made.root, "hash-object", "-w", "--stdin", data=data).decode().strip()
    index = {"GIT_INDEX_FILE": str(made.root / ".git" / "bench-index")}
    git(made.root, "read-tree", "main", environment=index)
    git(made.root, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", environment=index)
    tree = git(made.root, "write-tree", environment=index).decode().strip()
    who = {f"GIT_{role}_{what}": "o@localhost" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    commit = git(made.root, "commit-tree", tree, "-p", "main", data=b"more\n", environment=who).decode().strip()
    git(made.root, "update-ref", "refs/heads/main", commit)


def _write(made: LargeRegistry, systems: int, keys: dict[str, Ed25519PrivateKey]) -> None:
    stream = _Import(keys)
    foundation = list(_foundation(keys))
    office, operations = ("office-director", "cloud_office"), ("ops-head", "ops_department")
    numbered = [text[0] for text in foundation if text[1] == "ServiceContract"]
    together = [text[0] for text in foundation if text[0] not in numbered]
    stream.commit(foundation, [(paths, *office) for paths in (together, *([path] for path in numbered))])
    for n in range(systems):
        for filing, decisions in _matters(n):
            stream.commit([filing], [])
            signers = {d[0]: operations if d[2].endswith("-provider") else office for d in decisions}
            stream.commit(decisions, [([path], *signer) for path, signer in signers.items()])
    git(made.root, "fast-import", "--quiet", data=b"".join(stream.stream))


def _record(made: LargeRegistry, key: Ed25519PrivateKey) -> None:
    registry = authorised(read_commit(made.root, cached=False), made.trust_root, RECEIVED)
    if registry.problems:
        raise SystemExit("\n".join(map(str, registry.problems[:5])))
    names = (*(f.digest for f in registry.filed), *(s.digest for s in registry.signatures))
    records: list[Record] = [Received(document=name, at=RECEIVED) for name in names]
    records += [_admitted(f) for f in registry.filed if f.spec.nature is not Nature.FOUNDATION]
    for at in range(0, len(records), _BATCH):
        append(made.root, records[at : at + _BATCH], key, RECEIVED)


def _admitted(filed: Filed[Spec]) -> Admitted:
    return Admitted(
        document=filed.digest,
        id=filed.id,
        commit=filed.commit,
        sequence=filed.sequence,
        as_of=RECEIVED,
        rule_set=_RULE_SET,
        admitted=True,
    )


def _bytes(kind: str, identity: str, spec: dict[str, Any], by: str) -> bytes:
    metadata = {"id": identity, "filed_on": DAY, "filed_by": by}
    document = {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}
    return yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True).encode()


def _filed(path: str, data: bytes) -> Filed[Spec]:
    parsed = parse(data, path)
    if not isinstance(parsed, Parsed):
        raise SystemExit("\n".join(map(str, parsed.problems)))
    return Filed(parsed.document, path, parsed.digest, "", 0, text=data)


def _foundation(keys: dict[str, Ed25519PrivateKey]) -> Iterator[Text]:
    def text(path: str, kind: str, identity: str, **spec: Any) -> Text:
        return f"{path}/{identity}.yaml", kind, identity, spec, "office-clerk"

    yield text("organisations", "Organisation", "cloud-office", name_zh="区网信办", role="cloud_office")
    yield text("organisations", "Organisation", "ops", name_zh="区政务服务办", role="ops_department")
    people = {"office-director": ("cloud-office", "cloud_office"), "office-clerk": ("cloud-office", "cloud_office")}
    people |= {"ops-head": ("ops", "ops_department")}
    for n in range(UNITS):
        yield text("organisations", "Unit", f"unit-{n:02}", name_zh=f"单位{n}", unit_kind="administrative")
        people[f"clerk-{n:02}"] = (f"unit-{n:02}", "unit")
        for zone in ("extranet", "internet"):
            quota = {"unit": f"unit-{n:02}", "zone": zone, "amount": _AMOUNT, "valid_from": DAY, "reason": "年度"}
            yield text("quotas", "UnitQuota", f"quota-{n:02}-{zone}", **quota)
    for who, (organisation, role) in people.items():
        held = [{"role": role, "valid_from": "2026-01-01"}]
        yield text("organisations/people", "Person", who, organisation=organisation, roles=held)
    for who in ("office-director", "ops-head"):
        key = {"person": who, "purpose": "sign", "public_key": public_text(keys[who])}
        yield text("organisations/keys", "Key", f"key-{who}", **key, valid_from="2026-01-01T00:00:00+08:00")
    yield text("platform", "Platform", "platform", district="jinnan", name_zh="津南区", mlps_grade=3)
    for zone, name, range_ in (("extranet", "电子政务外网区", "10.0.0.0/8"), ("internet", "互联网区", "172.16.0.0/12")):
        public = zone == "internet"
        yield text("platform", "Zone", f"zone-{zone}", zone=zone, name_zh=name, public_addresses=public)
        yield text("platform", "AddressPool", f"pool-{zone}", zone=zone, cidr=range_)
        for provider in ("provider-a", "provider-b"):
            yield text("platform", "Cloud", f"{provider}-{zone}", **_cloud(provider, zone))
    for provider in ("provider-a", "provider-b"):
        yield text("organisations", "Provider", provider, name_zh=provider, status="active")
        item = {"item": "vcpu", "name_zh": "虚拟处理器", "measure": "核", "price_cents_per_month": 3000}
        contract = {"provider": provider, "number": f"HT-{provider}", "valid_from": DAY, "valid_until": "2029-05-31"}
        yield text("contracts", "ServiceContract", f"contract-{provider}", **contract, catalogue=[item])
    for cores, memory in ((4, 8), (4, 16), (8, 32)):
        yield text(
            "platform", "Flavor", f"g-{cores}c{memory}g", name=f"g.{cores}c{memory}g", vcpu=cores, memory_gib=memory
        )
    yield text("platform", "Image", "debian-12", name="debian-12", os_family="linux")


def _cloud(provider: str, zone: str) -> dict[str, Any]:
    names = {"profile": f"{provider}-{zone}", "domain": provider, "region": "one", "external_network": "outside"}
    store = {"object_store": "swift", "object_profile": f"{provider}-{zone}"}
    capacity = {name: amount * UNITS for name, amount in _AMOUNT.items() if name != "public_addresses"}
    return {"provider": provider, "zone": zone, **names, **store, "capacity": {**capacity, "public_addresses": 60_000}}


def _matters(n: int) -> Iterator[tuple[Text, list[Text]]]:
    system, unit, folder = f"system-{n:04}", f"unit-{n % UNITS:02}", f"cases/2026/{n:04}-system-{n:04}"
    request = one_more(system, unit, n)
    number = f"RY-{2020 + n // 1000}-{n % 1000 + 1:03}"
    approval = {"number": number, "requests": [request[2]], "decision": "approved", "decided_on": DAY}
    subnet = {"zone": "extranet", "cidr": f"10.{n // 250}.{n % 250}.0/24"}
    yield (
        request,
        [
            (f"{folder}/approval.yaml", "OnboardingApproval", f"{system}-approval", approval, "office-clerk"),
            *_assigned(folder, system, request[2], n, [subnet]),
            (
                f"{folder}/go-live.yaml",
                "GoLive",
                f"{system}-live",
                {"system": system, "live_from": DAY},
                "office-clerk",
            ),
        ],
    )
    if n % OF_SYSTEMS < CHANGED:
        form, folder = f"{system}-growth", f"cases/2026/{n:04}-growth"
        changes = [
            {"action": "extend_disk", "zone": "extranet", "tier": "db", "disk": "data", "size_gib": 800},
            {"action": "set_count", "zone": "extranet", "tier": "app", "count": 3},
        ]
        intent = {"purpose": "change", "changes": changes}
        spec = {"system": system, "unit": unit, "reason": "业务增长,预约量翻倍", "intent": intent}
        decision = {"form": form, "decision": "approved", "decided_on": DAY}
        yield (
            (f"{folder}/form.yaml", "ServiceIntentForm", form, spec, f"clerk-{n % UNITS:02}"),
            [
                (f"{folder}/decision.yaml", "IntentDecision", f"{form}-decision", decision, "office-clerk"),
                *_assigned(folder, form, form, n, []),
            ],
        )


def _assigned(folder: str, name: str, matter: str, n: int, subnets: list[dict[str, Any]]) -> Iterator[Text]:
    at = {"matter": matter, "assigned_at": f"{DAY}T09:00:00+08:00"}
    yield f"{folder}/assign-1.yaml", "Assignment", f"{name}-to-ops", at | {"assignee": "ops_department"}, "office-clerk"
    to = {"assignee": "provider", "provider": _provider(n)} | ({"subnets": subnets} if subnets else {})
    yield f"{folder}/assign-2.yaml", "Assignment", f"{name}-to-provider", at | to, "office-clerk"


def one_more(system: str, unit: str, n: int) -> Text:
    """A request for a system that may be new."""

    def tier(name: str, flavor: str, count: int, data_gib: int) -> dict[str, Any]:
        disk = {"name": "data", "size_gib": data_gib}
        shape = {"name": name, "flavor": flavor, "count": count, "image": "debian-12", "system_disk_gib": 100}
        return {**shape, "data_disks": [disk]}

    ends = {"kind": "tier", "zone": "extranet"}
    spec = {
        "system": system,
        "unit": unit,
        "name_zh": f"业务系统{n}",
        "purpose": "居民预约;日均约3000单,早8点并发约400。外网区预约逻辑与数据库。",
        "provider": _provider(n),
        "plan_item": f"plan-2026-{system}",
        "state_secret": False,
        "mlps": {"grade": 2 + n % 2},
        "importance": "high",
        "dr_class": "backup",
        "zones": [
            {
                "zone": "extranet",
                "tiers": [tier("app", "g.4c16g", 2, 200), tier("db", "g.8c32g", 2, 500)],
                "buckets": [{"name": "objects", "quota_gib": 100, "versioning": True}],
                "bandwidth_mbps": 20,
            }
        ],
        "flows": [
            {
                "id": "app-db",
                "source": {**ends, "tier": "app"},
                "target": {**ends, "tier": "db"},
                "port": 5432,
                "purpose": "数据库",
            }
        ],
        "wanted_from": DAY,
    }
    path = f"cases/2026/{n:04}-{system}/request.yaml" if system.startswith("system-") else f"cases/2026/{system}.yaml"
    return path, "OnboardingRequest", f"{system}-request", spec, f"clerk-{unit[-2:]}"


def _provider(n: int) -> str:
    return "provider-a" if n % 2 else "provider-b"
