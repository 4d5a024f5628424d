"""The example registry as a history: documents committed by their dates, decisions signed with the demo's keys."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.canonical import digest
from broker.clock import day_of
from broker.documents.cases import OnboardingRequestSpec
from broker.documents.envelope import Nature, Spec
from broker.documents.kinds import DOCUMENTS
from broker.documents.organisations import PersonSpec
from broker.registry.filed import Filed
from broker.registry.yaml import read
from broker.signatures.key import fingerprint, generate, load, public_text
from broker.signatures.sign import Signer, payload_of, signature_file, signature_path

OFFICE_SIGNER = "office-director"
OPS_SIGNER = "ops-director"
UNITS = ("gov-service", "education", "health", "civil-affairs", "urban-mgmt", "haitang")
KEY_HOLDERS = (OFFICE_SIGNER, "office-reviewer", OPS_SIGNER, *(f"{unit}-head" for unit in UNITS))
RECEIVERS = tuple(f"{unit}-head" for unit in UNITS)
KEYS_VALID_FROM = "2026-01-01T00:00:00+08:00"


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of the examples."""

    path: str
    text: str
    filed: Filed[Spec]

    @property
    def day(self) -> date:
        """The date on it."""
        return self.filed.document.metadata.filed_on

    @property
    def foundation(self) -> bool:
        """Whether it is one of the papers that everything else stands on."""
        return self.filed.spec.nature is Nature.FOUNDATION


class History:
    """A registry that grows: `advance` commits what was filed by an instant and is not there yet."""

    def __init__(self, repository: Path, keys: Path, *examples: Path, signing: Iterable[str] = ()) -> None:
        """`signing`: people beside the usual ones who have a key, each to sign for the organisation that is theirs."""
        self.repository = repository
        self._keys = {person: _key(keys, person) for person in (*KEY_HOLDERS, *signing)}
        self._receiving = {person: _key(keys, f"{person}-receive") for person in RECEIVERS}
        self._papers = [paper_of(folder, path) for folder in examples for path in sorted(folder.rglob("*.yaml"))]

    @property
    def trust_root(self) -> str:
        """Fingerprint of the office's first key."""
        return fingerprint(public_text(self._keys[OFFICE_SIGNER]))

    def advance(self, until: datetime) -> int:
        """How many documents were committed: all with a date up to the day of `until`, day by day."""
        if not (self.repository / ".git").exists():
            self.repository.mkdir(parents=True)
            self._git("init", "--quiet", "--initial-branch=main")
        there = set(self._git("ls-files").splitlines())
        missing = [p for p in self._all() if p.path not in there and p.day <= day_of(until)]
        ordered = sorted(missing, key=lambda p: (not p.foundation, p.day if not p.foundation else date.min, p.path))
        for (foundation, day), papers in groupby(ordered, key=lambda p: (p.foundation, p.day)):
            self._commit("平台基础文件" if foundation else f"{day} 文件", list(papers), until)
        return len(missing)

    def file_paper(self, path: str, text: str, at: datetime) -> None:
        """Nothing; one more document, made while the demo runs, is committed with its signature unless it is there."""
        if path not in self._git("ls-files").splitlines():
            self._commit(f"{day_of(at)} 文件", [_of(path, text)], at)

    def _all(self) -> Iterator[Paper]:
        yield from self._papers
        for person, key in self._keys.items():
            yield _key_paper(person, "sign", public_text(key))
        for person, key in self._receiving.items():
            yield _key_paper(person, "receive", public_text(key))

    def _commit(self, message: str, papers: list[Paper], at: datetime) -> None:
        for paper in papers:
            self._write(paper.path, paper.text.encode())
            if signer := self._signer(paper.filed):
                payload = payload_of([paper.filed], signer, at - timedelta(hours=1))
                self._write(signature_path(paper.path, signer.person), signature_file(payload, signer.key))
        self._git("add", "--all")
        self._git("commit", "--quiet", "-m", message, when=at)

    def _signer(self, filed: Filed[Spec]) -> Signer | None:
        roles = filed.spec.signed_by
        if not roles:
            return None
        spec: Any = filed.spec
        if spec.signer and (found := self._person_of(getattr(spec, spec.signer), roles)):
            return found
        if "unit" in roles:
            head = f"{self._unit_of(spec.system)}-head"
            return Signer(head, "unit", self._keys[head])
        if "ops_department" in roles and getattr(spec, "assignee", "provider") == "provider":
            return Signer(OPS_SIGNER, "ops_department", self._keys[OPS_SIGNER])
        return Signer(OFFICE_SIGNER, "cloud_office", self._keys[OFFICE_SIGNER])

    def _person_of(self, organisation: str, roles: tuple[str, ...]) -> Signer | None:
        """Who has a key and a role of these in the organisation; None where nobody has."""
        people = {p.filed.id: p.filed.spec for p in self._papers if isinstance(p.filed.spec, PersonSpec)}
        for name, person in people.items():
            held = [role.role for role in person.roles if role.role in roles]
            if name in self._keys and person.organisation == organisation and held:
                return Signer(name, held[0], self._keys[name])
        return None

    def _unit_of(self, system: str) -> str:
        requests = (p.filed.spec for p in self._papers if isinstance(p.filed.spec, OnboardingRequestSpec))
        units = {spec.system: spec.unit for spec in requests}
        if system not in units:
            raise ValueError(f"signing for the unit of {system}: no request of the examples is for that system")
        return units[system]

    def _write(self, path: str, content: bytes) -> None:
        target = self.repository / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def _git(self, *arguments: str, when: datetime | None = None) -> str:
        who = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in _IDENTITY.items()}
        dates = {f"GIT_{role}_DATE": when.isoformat() for role in ("AUTHOR", "COMMITTER")} if when else {}
        command = ["git", "-C", str(self.repository), *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **who, **dates})
        return done.stdout


_IDENTITY: Mapping[str, str] = {"NAME": "示范区 registry", "EMAIL": "registry@shifan.example"}


def _key(folder: Path, person: str) -> Ed25519PrivateKey:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / person
    return load(path) if path.exists() else generate(path)


def paper_of(examples: Path, path: Path) -> Paper:
    """The document of a file below the folder `examples`, which stands for the registry's root."""
    text = path.read_text(encoding="utf-8")
    return _of(str(path.relative_to(examples)), text)


def _key_paper(person: str, purpose: str, public_key: str) -> Paper:
    name = person if purpose == "sign" else f"{person}-{purpose}"
    metadata = {"id": f"key-{name}", "filed_on": "2026-01-05", "filed_by": "office-clerk"}
    spec = {
        "person": person,
        "purpose": purpose,
        "public_key": " ".join(public_key.split()[:2]),
        "valid_from": KEYS_VALID_FROM,
    }
    document = {"apiVersion": "govcloud/v1", "kind": "Key", "metadata": metadata, "spec": spec}
    return _of(f"organisations/keys/{name}.yaml", yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


def _of(path: str, text: str) -> Paper:
    raw, problems = read(text.encode(), path)
    if problems or not isinstance(raw, dict):
        raise ValueError(f"reading the example {path}: {problems}")
    document = DOCUMENTS[str(raw["kind"])].model_validate_json(json.dumps(raw))
    return Paper(path, text, Filed(document, path, digest(raw), "", 0))
