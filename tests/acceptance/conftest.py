"""A deployment on a private sandbox: one unit's system of the demo district, driven through the command line alone."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from openstack.config import OpenStackConfig
from openstack.connection import Connection

from broker.clock import SHANGHAI
from broker.ledger import embedded
from tools.demo.history import History
from tools.openstack import cloud
from tools.openstack.layout import Layout, user_cache
from tools.pulumi_cli import ensure

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "registry"
SYSTEM = "hotline-feedback"
LOGIN_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMezF/swG6xwBFJB1Hp0ZuKl8182CjP4/Hly11idyVio"
USER_DATA = "#cloud-config\ntimezone: Asia/Shanghai\n"


@dataclass(slots=True)
class Office:
    """A cloud office at its terminal: files documents, runs `broker`, and looks at the cloud itself."""

    home: Path
    examples: Path
    admin: Any

    def file(self, path: str, document: dict[str, Any]) -> None:
        target = self.examples / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")

    def merge(self, as_of: str) -> int:
        return self.history.advance(datetime.fromisoformat(as_of).replace(tzinfo=SHANGHAI))

    @property
    def history(self) -> History:
        return History(self.home / "registry", self.home / "keys", self.examples, signing=("provider-a-operator",))

    def broker(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "broker", command, "--home", str(self.home), *arguments]
        return subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)

    def log(self, folder: Path) -> list[dict[str, Any]]:
        """Every entry of the published audit log, from an export into a new folder."""
        words = [sys.executable, "-m", "broker", "audit", "export", str(folder), "--home", str(self.home)]
        subprocess.run(words, check=True, capture_output=True, cwd=ROOT)
        return [json.loads(line) for line in (folder / "entries.jsonl").read_text(encoding="utf-8").splitlines()]

    def records(self) -> list[dict[str, Any]]:
        """Every record of the branch `records`, in order."""

        def git(*arguments: str) -> str:
            words = ["git", "-C", str(self.home / "registry"), *arguments]
            return subprocess.run(words, check=True, capture_output=True, text=True).stdout

        names = git("ls-tree", "-r", "--name-only", "records", "batches").splitlines()
        lines = [json.loads(line) for name in sorted(names) for line in git("show", f"records:{name}").splitlines()]
        return [line for line in lines if "type" in line]

    def reconcile(self, as_of: str) -> str:
        done = self.broker("reconcile", "--as-of", as_of)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def propose(self, folder: Path, branch: str, papers: Mapping[str, dict[str, Any]]) -> None:
        """Push a branch with these papers to the registry, as a unit would for a merge request."""
        clone = folder / branch

        def git(*arguments: str) -> None:
            own = ("-c", "user.name=clerk", "-c", "user.email=clerk@example.test")
            subprocess.run(["git", *own, *arguments], check=True, capture_output=True)

        git("clone", "--quiet", str(self.home / "registry"), str(clone))
        git("-C", str(clone), "checkout", "--quiet", "-b", branch)
        for path, document in papers.items():
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            (clone / path).write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
        git("-C", str(clone), "add", "--all")
        git("-C", str(clone), "commit", "--quiet", "--message", branch)
        git("-C", str(clone), "push", "--quiet", "origin", branch)

    def servers(self) -> dict[str, tuple[str, str]]:
        found = self.admin.compute.servers(all_projects=True)
        return {server.id: (server.name, server.status) for server in found}

    def servers_unchanged_since(self, instant: str) -> int:
        """How many servers Nova says that it has not changed since."""
        at = datetime.fromisoformat(instant)
        found = self.admin.compute.servers(all_projects=True)
        return sum(datetime.fromisoformat(server.updated_at) < at for server in found)

    def login_keys(self) -> dict[str, str]:
        """The public key that each server was made with, by the server's name."""
        keys = {pair.name: pair.public_key for pair in self.admin.compute.keypairs(user_id=self._broker())}
        return {server.name: keys[server.key_name] for server in self.admin.compute.servers(all_projects=True)}

    def user_data(self) -> dict[str, str]:
        """The first-boot configuration that Nova has of each server, by the server's name."""
        answer = self.admin.compute.get("/servers/detail?all_tenants=1", microversion="2.3")
        shown = {one["name"]: one["OS-EXT-SRV-ATTR:user_data"] for one in answer.json()["servers"]}
        return {name: base64.b64decode(text or "").decode() for name, text in shown.items()}

    def _broker(self) -> str:
        user: str = next(iter(self.admin.compute.servers(all_projects=True))).user_id
        return user

    def limits(self) -> dict[str, int]:
        """Egress limit in kbit/s by the name of the port."""
        rules = {p.id: {r["direction"]: r["max_kbps"] for r in p.rules} for p in self.admin.network.qos_policies()}
        ports = [port for port in self.admin.network.ports() if port.device_owner.startswith("compute:")]
        return {port.name: rules[port.qos_policy_id]["egress"] for port in ports}

    def load_balancers(self) -> dict[str, dict[str, int]]:
        """How many members are behind each port of each load balancer, by name and port; only those that work."""
        shown = self.admin.load_balancer
        members = {pool.id: len(list(shown.members(pool))) for pool in shown.pools()}
        found: dict[str, dict[str, int]] = {}
        for one in shown.load_balancers(provisioning_status="ACTIVE"):
            listeners = shown.listeners(load_balancer_id=one.id)
            found[one.name] = {f"{on.protocol}/{on.protocol_port}": members[on.default_pool_id] for on in listeners}
        return found

    def containers(self) -> set[str]:
        found = self.admin.object_store.get(f"{self._account()}?format=json").json()
        return {container["name"] for container in found}

    def put(self, container: str, name: str, content: bytes) -> None:
        """Lay an object into a bucket of the system, as the unit's software would."""
        answer = self.admin.object_store.put(f"{self._account()}/{container}/{name}", data=content)
        assert answer.ok, answer.text

    def _account(self) -> str:
        project = next(p for p in self.admin.identity.projects() if p.name == f"{SYSTEM}/internet")
        return f"{self.admin.object_store.get_endpoint().rsplit('/', 1)[0]}/AUTH_{project.id}"


def subset(folder: Path, *, balanced: bool = False) -> None:
    """The district's foundation and the papers of one system; its cloud may have load balancers."""
    for path in EXAMPLES.rglob("*.yaml"):
        relative = path.relative_to(EXAMPLES)
        if relative.parts[0] in {"cases", "notices"} and SYSTEM not in path.read_text(encoding="utf-8"):
            continue
        text = path.read_text(encoding="utf-8").replace("  - online-hall-request\n", "")
        if "kind: OnboardingRequest" in text:
            text = text.replace("  - zone: internet\n", f"  - zone: internet\n    login_key: {LOGIN_KEY}\n")
            text = text.replace("    - name: web\n", f"    - name: web\n      user_data: {json.dumps(USER_DATA)}\n")
        if balanced and path.name == "provider-a-internet.yaml":
            text = text.replace("  offers:\n", "  offers:\n  - load_balancer\n")
        (folder / relative).parent.mkdir(parents=True, exist_ok=True)
        (folder / relative).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Office]:
    """What the module names in ALSO runs beside the sandbox's usual services, and the platform's papers say so."""
    ensure()
    also = list(getattr(request.module, "ALSO", ()))
    home, examples = tmp_path_factory.mktemp("office"), tmp_path_factory.mktemp("papers")
    layout = Layout(tmp_path_factory.mktemp("cloud"))
    subset(examples, balanced="octavia" in also)
    try:
        cloud.up(layout, user_cache(), lambda _line: None, also=also)
        sandbox = yaml.safe_load(layout.clouds_yaml.read_text(encoding="utf-8"))["clouds"]["sandbox"]
        _private(home / "clouds.yaml", yaml.safe_dump({"clouds": {"provider-a": sandbox}}))
        _private(home / "object-stores.json", json.dumps({}))
        root = History(home / "registry", home / "keys", examples).trust_root
        _private(home / "broker.toml", f'trust_root = "{root}"\n')
        known = OpenStackConfig(config_files=[str(layout.clouds_yaml)], load_envvars=False)
        with Connection(config=known.get_one("sandbox")) as admin:
            yield Office(home, examples, admin)
    finally:
        embedded.stop(home / "ledger")
        cloud.reset(layout, lambda _line: None)


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
