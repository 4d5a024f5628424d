"""The demo's deployment: a broker's home folder on the sandbox clouds."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SANDBOX = ROOT / ".sandbox"
HOME = SANDBOX / "demo"
PROFILES = ("provider-a", "provider-b")
GATEWAY_PROFILE = "provider-b-objects"


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where things are."""

    home: Path
    clouds: Path
    object_stores: Path
    gateway_kind: str
    """`ceph`, or `moto` where the gateway's packages could not be had."""


def prepare(trust_root: str) -> Deployment:
    """The home folder with settings and credentials of the sandbox clouds, all 0600."""
    HOME.mkdir(parents=True, exist_ok=True)
    HOME.chmod(0o700)
    deployment = Deployment(HOME, HOME / "clouds.yaml", HOME / "object-stores.json", _gateway()["kind"])
    sandbox = yaml.safe_load((SANDBOX / "openstack" / "clouds.yaml").read_text(encoding="utf-8"))["clouds"]["sandbox"]
    _private(deployment.clouds, yaml.safe_dump({"clouds": dict.fromkeys(PROFILES, sandbox)}))
    _private(deployment.object_stores, json.dumps({GATEWAY_PROFILE: _store()}))
    _private(HOME / "broker.toml", f'trust_root = "{trust_root}"\nparallel_stacks = 2\n')
    return deployment


def forget() -> None:
    """Removes the home folder; the clouds are reset by their own commands."""
    shutil.rmtree(HOME, ignore_errors=True)


def _store() -> dict[str, str]:
    keys = _json(SANDBOX / "ceph" / "credentials.json")
    return {
        "endpoint": _gateway()["s3_url"],
        "region": "us-east-1",
        "access_key": keys["access_key"],
        "secret_key": keys["secret_key"],
    }


def _gateway() -> dict[str, Any]:
    return _json(SANDBOX / "ceph" / "endpoints.json")


def _json(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
