"""A new registry: the first commit that every later signature hangs on, signed by the office's first key."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.clock import day_of, start_of
from broker.documents.envelope import Spec
from broker.documents.organisations import KeySpec, OrganisationSpec, PersonSpec
from broker.documents.platform import PlatformSpec
from broker.errors import SettingsError
from broker.registry.filed import Filed
from broker.registry.git import git
from broker.registry.parse import Parsed, parse
from broker.signatures.key import fingerprint, generate, public_text
from broker.signatures.sign import Signer, payload_of, signature_file, signature_path

OFFICE, DIRECTOR = "cloud-office", "office-director"


@dataclass(frozen=True, slots=True)
class Charter:
    """What a district says of itself when its registry is founded."""

    office_zh: str
    district: str
    district_zh: str
    mlps_grade: int


@dataclass(frozen=True, slots=True)
class Founded:
    """The new registry's trust root and the key that it belongs to."""

    trust_root: str
    key: Path


def found(folder: Path, keys: Path, charter: Charter, at: datetime) -> Founded:
    """The trust root of a registry made in `folder`, with its key in `keys` (0700, the key 0600).

    Raises:
        SettingsError: The folder holds something, the keys would lie in it, a key is there already, or the charter has
            a value that no document takes.
        RegistryBroken: git could not make the commit.
    """
    folder, keys = folder.resolve(), keys.resolve()
    _free(folder, keys)
    draft = public_text(Ed25519PrivateKey.generate())  # a wrong charter leaves no key behind
    for text in _texts(charter, draft, at).items():
        _filed(*text)
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = generate(keys / DIRECTOR)
    filed = [_filed(*text) for text in _texts(charter, public_text(key), at).items()]
    payload = payload_of(filed, Signer(DIRECTOR, "cloud_office", key), at)
    for one in filed:
        _write(folder / one.path, one.text)
    _write(folder / signature_path(filed[0].path, DIRECTOR), signature_file(payload, key))
    _commit(folder, charter.office_zh, at)
    return Founded(fingerprint(public_text(key)), keys / DIRECTOR)


def _free(folder: Path, keys: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(f"making a registry in {folder}: something is there; name a new or an empty folder")
    if keys == folder or folder in keys.parents:
        raise SettingsError(
            f"making a registry in {folder}: the keys would lie in it and be filed; name a folder outside"
        )
    if (keys / DIRECTOR).exists():
        raise SettingsError(
            f"making a registry in {folder}: {keys / DIRECTOR} is there and no key is overwritten; name another folder"
        )


def _texts(charter: Charter, public_key: str, at: datetime) -> dict[str, bytes]:
    """The four documents of the first commit by path."""
    day = str(day_of(at))
    documents: dict[str, tuple[type[Spec], str, dict[str, Any]]] = {
        "organisations/cloud-office.yaml": (
            OrganisationSpec,
            OFFICE,
            {"name_zh": charter.office_zh, "role": "cloud_office"},
        ),
        f"organisations/people/{DIRECTOR}.yaml": (
            PersonSpec,
            DIRECTOR,
            {"organisation": OFFICE, "roles": [{"role": "cloud_office", "valid_from": day}]},
        ),
        f"organisations/keys/{DIRECTOR}.yaml": (
            KeySpec,
            f"key-{DIRECTOR}",
            {
                "person": DIRECTOR,
                "purpose": "sign",
                "public_key": public_key,
                "valid_from": start_of(day_of(at)).isoformat(),
            },
        ),
        "platform/district.yaml": (
            PlatformSpec,
            "platform",
            {"district": charter.district, "name_zh": charter.district_zh, "mlps_grade": charter.mlps_grade},
        ),
    }
    return {path: _text(*parts, day) for path, parts in documents.items()}


def _text(spec: type[Spec], name: str, content: dict[str, Any], day: str) -> bytes:
    metadata = {"id": name, "filed_on": day, "filed_by": DIRECTOR}
    document = {"apiVersion": "govcloud/v1", "kind": spec.kind, "metadata": metadata, "spec": content}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode()


def _filed(path: str, text: bytes) -> Filed[Spec]:
    parsed = parse(text, path)
    if not isinstance(parsed, Parsed):
        raise SettingsError(f"making a registry: {'; '.join(map(str, parsed.problems))}")
    return Filed(parsed.document, path, parsed.digest, "", 0, text=text)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _commit(folder: Path, office_zh: str, at: datetime) -> None:
    who = {f"GIT_{role}_NAME": office_zh for role in ("AUTHOR", "COMMITTER")}
    mail = {f"GIT_{role}_EMAIL": "registry@localhost" for role in ("AUTHOR", "COMMITTER")}
    dates = {f"GIT_{role}_DATE": at.isoformat(timespec="seconds") for role in ("AUTHOR", "COMMITTER")}
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    unsigned = ("-c", "commit.gpgsign=false")
    git(folder, *unsigned, "commit", "--quiet", "-m", "平台基础文件", environment=who | mail | dates)
