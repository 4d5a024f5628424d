"""No secret is anywhere but where it belongs: a system with a bucket and an access, made, renewed, failed and told."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest
import yaml
from pyrage import x25519

from broker.clock import SHANGHAI
from broker.ledger import embedded
from tests.acceptance.canaries import Canary, Place, ProcessWatch, files, findings, git_objects, ledger_rows
from tests.acceptance.conftest import EXAMPLES, ROOT
from tools.ceph import gateway
from tools.ceph.layout import Layout as GatewayLayout
from tools.ceph.layout import user_cache as gateway_cache
from tools.demo.history import History
from tools.openstack import cloud
from tools.openstack.layout import Layout, user_cache
from tools.pulumi_cli import ensure

STACK = "records-portal.internet.provider-b"
WRONG = "canary/wrong+password=="


@dataclass(slots=True)
class Deployment:
    """A broker's home, all that its commands said, and what was seen of its processes."""

    home: Path
    papers: Path
    scratch: Path
    receiver: x25519.Identity
    said: list[Place] = field(default_factory=list)
    seen: list[Place] = field(default_factory=list)
    programs: set[str] = field(default_factory=set)

    def broker(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "broker", *arguments, "--home", str(self.home)]
        environment = {**os.environ, "TMPDIR": str(self.scratch)}
        with ProcessWatch(self.home) as watch:
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
        self.said.append(Place(f"what `broker {arguments[0]}` said", (done.stdout + done.stderr).encode()))
        self.seen.extend(watch.places())
        self.programs |= watch.programs
        return done

    def file(self, as_of: str, **papers: Mapping[str, Any]) -> None:
        for name, paper in papers.items():
            path = self.papers / "cases" / "2026" / "records-portal" / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(dict(paper), allow_unicode=True, sort_keys=False), encoding="utf-8")
        History(self.home / "registry", self.home.parent / "keys", self.papers).advance(at(as_of))

    def handed_over(self) -> dict[str, Any]:
        """The unit's package, opened by the unit."""
        package = self.home / "outgoing" / "gov-service" / f"{STACK}.age"
        opened: dict[str, Any] = json.loads(pyrage.decrypt(package.read_bytes(), [self.receiver]))
        return opened

    def canaries(self) -> list[Canary]:
        """Every secret that the deployment has now."""
        clouds = yaml.safe_load((self.home / "clouds.yaml").read_text(encoding="utf-8"))["clouds"]
        (stores,) = json.loads((self.home / "object-stores.json").read_text(encoding="utf-8")).values()
        secrets = self.home / "secrets"
        key = "".join((secrets / "broker-key").read_text(encoding="utf-8").splitlines()[1:-1])
        return [
            Canary("password of the broker on the cloud", clouds["provider-b"]["auth"]["password"]),
            Canary("admin key of the gateway", stores["secret_key"]),
            Canary("access key of the gateway's admin", stores["access_key"]),
            Canary("passphrase of the states", (secrets / "pulumi-passphrase").read_text(encoding="utf-8").strip()),
            Canary("the broker's signing key", key[-64:]),
            Canary("the unit's key for receiving", str(self.receiver)),
        ]

    def places(self) -> Iterator[Place]:
        """Everything that a secret could have leaked into."""
        belongs = [self.home / name for name in ("clouds.yaml", "object-stores.json", "secrets")]
        yield from git_objects(self.home / "registry")
        yield from ledger_rows(embedded.start(self.home / "ledger").dsn())
        yield from files(self.home, "home", where_secrets_belong=belongs)
        yield from files(self.scratch, "scratch")
        yield from self.said
        yield from self.seen


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def paper(kind: str, id_: str, day: str, filed_by: str, **spec: Any) -> dict[str, Any]:
    metadata = {"id": id_, "filed_on": day, "filed_by": filed_by}
    return {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A home on a private OpenStack and a private gateway, with the district's foundation and a key for receiving."""
    ensure()
    home, papers = tmp_path_factory.mktemp("office") / "home", tmp_path_factory.mktemp("papers")
    home.mkdir(mode=0o700)
    layout, store = Layout(tmp_path_factory.mktemp("cloud")), GatewayLayout(tmp_path_factory.mktemp("gateway"))
    shutil.copytree(EXAMPLES, papers, dirs_exist_ok=True, ignore=shutil.ignore_patterns("cases", "notices"))
    receiver = x25519.Identity.generate()
    receiving = paper(
        "Key",
        "key-gov-service-receiving",
        "2026-01-05",
        "office-clerk",
        person="gov-service-clerk",
        purpose="receive",
        public_key=str(receiver.to_public()),
        valid_from="2026-01-01T00:00:00+08:00",
    )
    (papers / "organisations" / "receiving.yaml").write_text(yaml.safe_dump(receiving), encoding="utf-8")
    try:
        cloud.up(layout, user_cache(), lambda _line: None)
        endpoints = gateway.up(store, gateway_cache(), lambda _line: None, store="memstore")
        sandbox = yaml.safe_load(layout.clouds_yaml.read_text(encoding="utf-8"))["clouds"]["sandbox"]
        keys = json.loads(store.credentials.read_text(encoding="utf-8"))
        entry = {"endpoint": endpoints.s3_url, "region": "us-east-1", **keys}
        private(home / "clouds.yaml", yaml.safe_dump({"clouds": {"provider-b": sandbox}}))
        private(home / "object-stores.json", json.dumps({"provider-b-objects": entry}))
        root = History(home / "registry", home.parent / "keys", papers).trust_root
        private(home / "broker.toml", f'trust_root = "{root}"\n')
        yield Deployment(home, papers, tmp_path_factory.mktemp("scratch"), receiver)
    finally:
        embedded.stop(home / "ledger")
        gateway.reset(store, lambda _line: None)
        cloud.reset(layout, lambda _line: None)


def private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def onboarding() -> dict[str, dict[str, Any]]:
    """A system without machines: a bucket on the gateway, and an access to its project."""
    zone = {
        "zone": "internet",
        "tiers": [],
        "buckets": [{"name": "files", "quota_gib": 1}],
        "bandwidth_mbps": 10,
        "api_access": [{"name": "upload", "role": "member", "purpose": "上传公开材料"}],
    }
    return {
        "1-request": paper(
            "OnboardingRequest",
            "records-portal-request",
            "2026-05-11",
            "gov-service-clerk",
            system="records-portal",
            unit="gov-service",
            name_zh="公开材料库",
            purpose="存放公开材料。",
            provider="provider-b",
            plan_item="plan-2026-records-portal",
            state_secret=False,
            mlps={"grade": 2},
            importance="low",
            dr_class="none",
            zones=[zone],
            wanted_from="2026-05-20",
        ),
        "2-approval": paper(
            "OnboardingApproval",
            "ry-2026-091",
            "2026-05-12",
            "office-clerk",
            number="RY-2026-091",
            requests=["records-portal-request"],
            decision="approved",
            decided_on="2026-05-12",
        ),
        "3-to-operations": assignment("2026-05-13", "records-portal-request", "ops_department"),
        "4-to-provider": assignment("2026-05-14", "records-portal-request", "provider"),
    }


def assignment(day: str, matter: str, assignee: str) -> dict[str, Any]:
    """To the operations department, or to the provider; an onboarding's with the subnet."""
    spec: dict[str, Any] = {"matter": matter, "assignee": assignee, "assigned_at": f"{day}T10:00:00+08:00"}
    if assignee == "provider":
        spec["provider"] = "provider-b"
    if assignee == "provider" and matter.endswith("-request"):
        spec["subnets"] = [{"zone": "internet", "cidr": "10.144.99.0/24"}]
    filer = "ops-dispatcher" if assignee == "provider" else "office-clerk"
    return paper("Assignment", f"{matter}-{assignee.partition('_')[0]}", day, filer, **spec)


def renewal(form: str, day: str) -> dict[str, dict[str, Any]]:
    """A form that asks for a new secret of the access, approved and assigned on the same day."""
    change = {"action": "renew_api_access", "zone": "internet", "api_access": "upload"}
    return {
        f"{form}-1": paper(
            "ServiceIntentForm",
            form,
            day,
            "gov-service-clerk",
            system="records-portal",
            unit="gov-service",
            reason="密钥遗失",
            intent={"purpose": "change", "changes": [change]},
        ),
        f"{form}-2": paper(
            "IntentDecision",
            f"{form}-decision",
            day,
            "office-clerk",
            form=form,
            decision="approved",
            decided_on=day,
        ),
        f"{form}-3": assignment(day, form, "provider"),
    }


def made_secrets(deployment: Deployment) -> list[Canary]:
    """The values in the unit's package that must stay secret."""
    held = deployment.handed_over()["secrets"]
    fields = ("secret_key", "access_key", "application_credential_secret")
    return [Canary(f"{name} of {one['what']}", one[name]) for one in held for name in fields if name in one]


def test_no_secret_is_anywhere_but_where_it_belongs(deployment: Deployment) -> None:
    # A system is made: the gateway makes keys, Keystone makes a credential, the unit gets both in one package.
    deployment.file("2026-05-14T12:00", **onboarding())
    made = deployment.broker("reconcile", "--as-of", "2026-05-14T12:00")
    assert made.returncode == 0, made.stdout + made.stderr
    assert {one["what"] for one in deployment.handed_over()["secrets"]} == {
        "application credential records-portal/internet/upload",
        "object store user gov_service$records-portal-internet",
    }
    first = made_secrets(deployment)
    assert len(first) == 3

    # Its secret is renewed by papers; the commands tell of secrets without one.
    deployment.file("2026-06-03T12:00", **renewal("renewal", "2026-06-03"))
    assert deployment.broker("reconcile", "--as-of", "2026-06-03T12:00").returncode == 0
    second = made_secrets(deployment)
    assert {canary.value for canary in first} != {canary.value for canary in second}
    told = deployment.broker("secrets", "list", "--as-of", "2026-06-03T12:00")
    assert f"{STACK}: delivered 2026-06-03" in told.stdout
    assert "access_key, endpoint, secret_key" in told.stdout
    deployment.broker("plan", "--as-of", "2026-06-03T12:00")
    examined = deployment.broker("doctor").stdout
    assert "ok   modes: only the owner reads secrets" in examined
    assert f"ok   secrets: of 1 stacks in {deployment.home}/secrets/hand-over" in examined

    # Logins that fail are told without what was tried.
    canaries = [*deployment.canaries(), *first, *second, Canary("wrong password", WRONG)]
    failed = with_wrong_credentials(deployment)
    assert "logging in to" in failed.stdout + failed.stderr

    assert {"pulumi", "postgres"} <= {name.partition("-")[0] for name in deployment.programs}, deployment.programs
    assert findings(canaries, deployment.places()) == []
    # What belongs there is there: the search would have found it.
    kept = [Place("secrets", path.read_bytes()) for path in (deployment.home / "secrets").rglob("*.json")]
    assert len(findings(second, kept)) == 3


def with_wrong_credentials(deployment: Deployment) -> subprocess.CompletedProcess[str]:
    """What a reconcile says whose password was exchanged."""
    file = deployment.home / "clouds.yaml"
    right = file.read_text(encoding="utf-8")
    wrong = yaml.safe_load(right)
    wrong["clouds"]["provider-b"]["auth"]["password"] = WRONG
    private(file, yaml.safe_dump(wrong))
    deployment.file("2026-06-09T12:00", **renewal("another-renewal", "2026-06-09"))
    try:
        done = deployment.broker("reconcile", "--as-of", "2026-06-09T12:00")
        assert done.returncode == 1, done.stdout + done.stderr
        return done
    finally:
        private(file, right)
