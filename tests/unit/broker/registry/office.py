"""A cloud office that files, signs and merges: a real git repository with real keys."""

import subprocess
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.clock import SHANGHAI
from broker.documents.organisations import Role
from broker.registry.authority import authorised
from broker.registry.filed import Filed, Registry
from broker.registry.parse import Parsed, parse
from broker.registry.read import read_commit
from broker.signatures.key import fingerprint, public_text
from broker.signatures.payload import Payload
from broker.signatures.sign import Signer, payload_of, signature_file, signature_path

NOW = datetime(2026, 11, 23, 9, tzinfo=SHANGHAI)
VALIDITY = timedelta(days=700)
"""Of signatures here: commands judge them by the machine's clock, and no day of the near future may end them."""

FOUNDATION = {
    "organisations/office.yaml": ("Organisation", "cloud-office", "{name_zh: 区网信办, role: cloud_office}"),
    "organisations/health.yaml": ("Unit", "health", "{name_zh: 区卫生健康委员会, unit_kind: administrative}"),
    "organisations/education.yaml": ("Unit", "education", "{name_zh: 区教育局, unit_kind: administrative}"),
    "organisations/provider-a.yaml": ("Provider", "provider-a", "{name_zh: 甲云公司, status: active}"),
    "platform/zone.yaml": ("Zone", "zone-extranet", "{zone: extranet, name_zh: 外网区, public_addresses: false}"),
    "platform/pool.yaml": ("AddressPool", "pool-extranet", "{zone: extranet, cidr: 10.64.0.0/16}"),
}
PEOPLE = {
    "office-director": ("cloud-office", "cloud_office"),
    "office-reviewer": ("cloud-office", "cloud_office"),
    "office-clerk": ("cloud-office", "cloud_office"),
    "health-clerk": ("health", "unit"),
    "health-head": ("health", "unit"),
    "education-clerk": ("education", "unit"),
}
REQUEST = """{system: %s, unit: health, name_zh: 预约, purpose: 预约, provider: provider-a, state_secret: false,
  mlps: {grade: 2}, importance: low, dr_class: none, wanted_from: "2026-12-01",
  zones: [{zone: extranet, tiers: [], bandwidth_mbps: 10}]}"""


def document(kind: str, name: str, spec: str, *, by: str = "office-clerk", more: str = "") -> str:
    """The text of a document."""
    metadata = f'{{id: {name}, filed_on: "2026-11-20", filed_by: {by}{more}}}'
    return f"apiVersion: govcloud/v1\nkind: {kind}\nmetadata: {metadata}\nspec: {spec}\n"


def person(name: str, *, by: str = "office-clerk", more: str = "", until: str = "2029-12-31") -> str:
    """The text of a `Person` document."""
    organisation, role = PEOPLE[name]
    held = f'{{role: {role}, valid_from: "2026-01-01", valid_until: "{until}"}}'
    return document("Person", name, f"{{organisation: {organisation}, roles: [{held}]}}", by=by, more=more)


def approval(request: str, *, name: str = "ry-2026-011", number: str = "RY-2026-011", by: str = "office-clerk") -> str:
    """The text of an approval."""
    spec = f'{{number: {number}, requests: [{request}], decision: approved, decided_on: "2026-11-21"}}'
    return document("OnboardingApproval", name, spec, by=by)


@dataclass
class Office:
    """The office with its repository. `write`, `sign` and `commit` do what people do."""

    root: Path
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(self.root), *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, path: str, text: str | bytes) -> str:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def key(self, who: str) -> Ed25519PrivateKey:
        return self.keys.setdefault(who, Ed25519PrivateKey.generate())

    def key_document(self, who: str, *, more: str = "", name: str = "", until: str = "2029-01-01", by: str = "") -> str:
        times = f'valid_from: "2026-01-01T00:00:00+08:00", valid_until: "{until}T00:00:00+08:00"'
        spec = f"{{person: {who}, purpose: sign, public_key: {public_text(self.key(who))}, {times}}}"
        return document("Key", name or f"{who}-key", spec, more=more, by=by or "office-clerk")

    def filed(self, path: str) -> Filed:  # type: ignore[type-arg]  # any kind
        data = (self.root / path).read_bytes()
        parsed = parse(data, path)
        assert isinstance(parsed, Parsed), parsed
        return Filed(parsed.document, path, parsed.digest, "", 0, text=data)

    def payload(self, *paths: str, who: str = "office-director", role: Role = "cloud_office") -> Payload:
        subjects = [self.filed(path) for path in paths]
        return payload_of(subjects, Signer(who, role, self.key(who)), NOW, VALIDITY)

    def sign(self, *paths: str, who: str = "office-director", role: Role = "cloud_office") -> str:
        payload = self.payload(*paths, who=who, role=role)
        return self.write(signature_path(paths[0], who), signature_file(payload, self.key(who)))

    def commit(self, message: str = "merge") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def registry(self) -> Registry:
        return read_commit(self.root, "main", cached=False)

    def judged(self, as_of: datetime = NOW) -> Registry:
        return authorised(self.registry(), self.trust_root, as_of)

    @property
    def trust_root(self) -> str:
        return fingerprint(public_text(self.key("office-director")))


def founded(root: Path, *, signing: tuple[str, ...] = ("office-director", "office-reviewer")) -> Office:
    """An office whose first commit has the foundation, its people, and keys for those who sign."""
    root.mkdir(parents=True, exist_ok=True)
    office = Office(root)
    office.git("init", "-q", "-b", "main")
    office.git("config", "user.name", "office")
    office.git("config", "user.email", "office@example.invalid")
    paths = [office.write(path, document(*parts)) for path, parts in FOUNDATION.items()]
    people = {who for who in PEOPLE if not who.startswith("office") or who in {*signing, "office-clerk"}}
    paths += [office.write(f"organisations/people/{who}.yaml", person(who)) for who in sorted(people)]
    paths += [office.write(f"organisations/keys/{who}.yaml", office.key_document(who)) for who in signing]
    office.sign(*paths)
    office.commit("found the registry")
    return office


def codes(registry: Registry) -> list[str]:
    """The codes of all problems."""
    return [problem.code for problem in registry.problems]
