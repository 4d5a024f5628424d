"""The tools that are compared: how each is prepared before the clock starts, and the commands that are timed."""

import json
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from bench.cloud import Cloud, make_project, project_of, remove_project
from bench.papers import FILED, FOUNDED, LEFT, Papers
from bench.proxy import Proxy
from bench.workload import BOOT_GIB, EXTERNAL_NETWORK, Workload, environment
from broker.ledger import embedded
from monitoring.preload.client import OFF, loaded_in
from tools.openstack.layout import CHECKOUT

PEERS = Path(__file__).parent / "peers"


class Tool(ABC):
    """One tool with one workload in a folder of its own. Commands run with `environment` in that folder's name."""

    name: str
    environment: Mapping[str, str]
    project: str | None = None

    def __init__(self, workload: Workload, folder: Path, cloud: Cloud, proxy: Proxy) -> None:
        self._workload, self._folder, self._cloud, self._proxy = workload, folder, cloud, proxy
        folder.mkdir(parents=True)

    @property
    @abstractmethod
    def create(self) -> Sequence[str]:
        """Makes the workload."""

    @property
    @abstractmethod
    def ask(self) -> Sequence[str]:
        """Asks the cloud whether anything is not as it was made."""

    @property
    @abstractmethod
    def destroy(self) -> Sequence[str]:
        """Takes everything away."""

    def before_destroy(self) -> None:  # noqa: B027 - only the product has papers to file
        """What is done before the clock of the destroy starts."""

    def close(self) -> None:
        """Nothing of the run is left on this machine or in the cloud."""
        if self.project:
            remove_project(self._cloud, self.project)


class _Peer(Tool):
    """A tool that gets a fresh project without limits."""

    def __init__(self, workload: Workload, folder: Path, cloud: Cloud, proxy: Proxy) -> None:
        super().__init__(workload, folder, cloud, proxy)
        self.project = make_project(cloud, workload.name)
        auth = cloud.credentials
        account = {
            "OS_AUTH_URL": proxy.auth_url,
            "OS_USERNAME": auth["username"],
            "OS_PASSWORD": auth["password"],
            "OS_PROJECT_ID": self.project,
            "OS_USER_DOMAIN_NAME": auth["user_domain_name"],
            "OS_REGION_NAME": "RegionOne",
            "OS_IDENTITY_API_VERSION": "3",
        }
        self.environment = {**account, **environment(workload, cloud.ids())}


class Floor(_Peer):
    """The bare SDK by hand (`bench/floor.py`)."""

    name = "floor"
    module = "bench.floor"

    def _run(self, what: str) -> Sequence[str]:
        module = f"runpy.run_module('{self.module}', run_name='__main__')"
        return [
            sys.executable,
            "-c",
            f"import os, runpy, sys; os.chdir(sys.argv.pop(1)); {module}",
            str(self._folder),
            what,
        ]

    @property
    def create(self) -> Sequence[str]:
        """Makes the workload."""
        return self._run("create")

    @property
    def ask(self) -> Sequence[str]:
        """One list per kind."""
        return self._run("ask")

    @property
    def destroy(self) -> Sequence[str]:
        """Takes everything away."""
        return self._run("destroy")


class Whole(Floor):
    """The floor with all that the product makes besides (`bench/whole.py`): its project comes and goes with it."""

    name = "whole"
    module = "bench.whole"

    def __init__(self, workload: Workload, folder: Path, cloud: Cloud, proxy: Proxy) -> None:
        super().__init__(workload, folder, cloud, proxy)
        remove_project(cloud, self.project or "")
        self.project = None
        own = cloud.admin.session.get_project_id()
        self.environment = {**self.environment, "OS_PROJECT_ID": own, "BENCH_OWN_PROJECT": own}


class Tofu(_Peer):
    """OpenTofu with its OpenStack provider, as many operations at once as it does by default."""

    name = "tofu"
    programs: Path

    def __init__(self, workload: Workload, folder: Path, cloud: Cloud, proxy: Proxy) -> None:
        super().__init__(workload, folder, cloud, proxy)
        (folder / "main.tf").write_text((PEERS / "tofu" / "main.tf").read_text(encoding="utf-8"), encoding="utf-8")
        settings = folder / "tofurc"
        override = f'"terraform-provider-openstack/openstack" = "{self.programs}"'
        settings.write_text(
            f"provider_installation {{\n  dev_overrides {{\n    {override}\n  }}\n  direct {{}}\n}}\n", encoding="utf-8"
        )
        ids = cloud.ids()
        variables = {
            "n": str(workload.servers),
            "prefix": workload.name,
            "image_id": ids["image"],
            "flavor_id": ids["flavor"],
            "extnet_id": ids["external"],
            "extnet_name": EXTERNAL_NETWORK,
            "boot_gib": str(BOOT_GIB * workload.boots_from_volume),
        }
        quiet = {
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "CHECKPOINT_DISABLE": "1",
        }
        self.environment = {**self.environment, **quiet, **{f"TF_VAR_{name}": v for name, v in variables.items()}}

    def _run(self, *arguments: str) -> Sequence[str]:
        return [str(self.programs / "tofu"), f"-chdir={self._folder}", *arguments, "-no-color"]

    @property
    def create(self) -> Sequence[str]:
        """Makes the workload."""
        return self._run("apply", "-auto-approve")

    @property
    def ask(self) -> Sequence[str]:
        """Reads every resource; exit status 2 if anything differs."""
        return self._run("plan", "-detailed-exitcode")

    @property
    def destroy(self) -> Sequence[str]:
        """Takes everything away."""
        return self._run("destroy", "-auto-approve")


class Product(Tool):
    """`broker reconcile` on a registry whose documents were filed and signed before."""

    name = "product"
    _broker = str(Path(sys.executable).with_name("broker"))

    def __init__(self, workload: Workload, folder: Path, cloud: Cloud, proxy: Proxy) -> None:
        super().__init__(workload, folder, cloud, proxy)
        self.environment = {OFF: "no"}
        self._home = folder / "home"
        self._papers = Papers(self._home, workload)
        account = {"auth": {**cloud.credentials, "auth_url": proxy.auth_url}, "region_name": "RegionOne"}
        self._private("clouds.yaml", yaml.safe_dump({"clouds": {"provider-a": account}}))
        self._private("object-stores.json", json.dumps({}))
        self._private("broker.toml", f'trust_root = "{self._papers.trust_root}"\n')
        self._papers.file(FOUNDED)
        alone = {**os.environ, OFF: "no"}
        subprocess.run(self._reconcile(FOUNDED), check=True, capture_output=True, cwd=CHECKOUT, env=alone)
        self._papers.file(FILED)

    def _private(self, name: str, text: str) -> None:
        path = self._home / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")

    def _reconcile(self, instant: str) -> Sequence[str]:
        return [self._broker, "reconcile", "--home", str(self._home), "--as-of", instant]

    @property
    def create(self) -> Sequence[str]:
        """Admits the request, claims its quota, makes everything, records it."""
        return self._reconcile(FILED)

    @property
    def unchanged(self) -> Sequence[str]:
        """The same again: the digest is unchanged, so no run of the CLI and no call to the cloud."""
        return self._reconcile(FILED)

    @property
    def ask(self) -> Sequence[str]:
        """`broker drift`: lists of the cloud beside the state, without the engine."""
        return [self._broker, "drift", "--home", str(self._home), "--as-of", FILED]

    @property
    def destroy(self) -> Sequence[str]:
        """Admits the exit and the unit's signed hand-over, and takes the whole stack away."""
        return self._reconcile(LEFT)

    def before_destroy(self) -> None:
        """The exit and the hand-over are filed."""
        self._papers.file(LEFT)

    def close(self) -> None:
        """The ledger's server stops; the project went with the stack."""
        embedded.stop(self._home / "ledger")


class Preloaded(Product):
    """The same with `broker preload` running, which was started before the clock."""

    name = "preloaded"

    def __init__(self, workload: Workload, folder: Path, cloud: Cloud, proxy: Proxy) -> None:
        super().__init__(workload, folder, cloud, proxy)
        self.environment = {OFF: ""}
        self._preload = subprocess.Popen([self._broker, "preload"], stderr=subprocess.PIPE, text=True)
        ready = self._preload.stderr.readline() if self._preload.stderr else ""
        if "ready" not in ready or loaded_in({**os.environ, OFF: ""}) != self._preload.pid:
            self._preload.kill()
            raise RuntimeError(f"commands do not begin there: {ready}")

    def close(self) -> None:
        """What was started before the clock ends, too."""
        self._preload.terminate()
        self._preload.communicate()
        super().close()


def built_project(tool: Tool, cloud: Cloud, workload: Workload) -> str | None:
    """The project in which the tool has made the workload; None where there is none."""
    return tool.project or project_of(cloud, f"{workload.name}/internet")


BY_NAME: Mapping[str, type[Tool]] = {tool.name: tool for tool in (Floor, Whole, Tofu, Product, Preloaded)}
