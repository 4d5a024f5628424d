import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.program.build import build
from stacks.spec import StackSpec, to_json
from tests.fixtures.stack_specs import sample
from tools import pulumi_cli

ROOT = Path(__file__).parents[3]
SPEC = sample(servers=2)


@dataclass(frozen=True)
class Checkout:
    """A project folder with the product's own Pulumi.yaml, a cloud in a folder, and the real CLI."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def objects(self) -> set[str]:
        return {path.name for path in (self.folder / "cloud").glob("*.json")}

    def describe(self, spec: StackSpec) -> None:
        (self.folder / "spec.json").write_text(to_json(spec), encoding="utf-8")

    def pulumi(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color=never"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


def project(folder: Path, *, provider: Path) -> None:
    """The product's Pulumi.yaml with absolute paths, so that a test's project can stand anywhere."""
    settings = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    settings["plugins"]["languages"][0]["path"] = str(ROOT / settings["plugins"]["languages"][0]["path"])
    settings["plugins"]["providers"][0]["path"] = str(provider)
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")


@cache
def cli() -> Path:
    return pulumi_cli.ensure().path


def environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": f"{cli().parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "kept"),
        "MEMORY_CLOUD": str(folder / "cloud"),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def checkout(folder: Path, *, provider: Path) -> Checkout:
    for name in ("cloud", "state"):
        (folder / name).mkdir()
    project(folder, provider=provider)
    made = Checkout(folder, environment(folder))
    made.describe(SPEC)
    for arguments in (("stack", "init", SPEC.name), ("config", "set", "govcloud:spec", "spec.json")):
        assert made.pulumi(*arguments).returncode == 0
    return made


def executable(path: Path, script: str) -> Path:
    """The folder of an executable that runs a script of this one."""
    path.parent.mkdir()
    runs = f'PYTHONPATH="{ROOT}" exec "{sys.executable}" "{Path(__file__).with_name(script)}" "$@"'
    path.write_text(f"#!/bin/sh\n{runs}\n", encoding="utf-8")
    path.chmod(0o755)
    return path.parent


@pytest.fixture
def plain(tmp_path: Path) -> Checkout:
    return checkout(
        tmp_path, provider=executable(tmp_path / "plugin" / "pulumi-resource-govcloud", "plain_provider.py")
    )


@pytest.fixture
def real(tmp_path: Path) -> Checkout:
    return checkout(tmp_path, provider=ROOT / "stacks" / "plugin")


def changes(ran: "subprocess.CompletedProcess[str]") -> dict[str, int]:
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found: dict[str, int] = json.loads(ran.stdout)["changeSummary"]
    return found


def exported(plain: Checkout) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(plain.pulumi("stack", "export").stdout)
    return found


def test_a_plain_life_ends_with_nothing_left(plain: Checkout) -> None:
    resources = build(SPEC)
    assert changes(plain.pulumi("preview", "--json")) == {"create": len(resources) + 1}
    assert plain.objects == set()
    up = plain.pulumi("up", "--yes", "--skip-preview")
    assert up.returncode == 0, up.stdout + up.stderr
    assert len(plain.objects) == sum(not resource.component for resource in resources)
    assert changes(plain.pulumi("preview", "--json")) == {"same": len(resources) + 1}
    destroyed = plain.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    gone_with_another = sum(resource.deleted_with is not None for resource in resources)
    assert len(plain.objects) == gone_with_another, "the folder does not cascade: all else must be gone"


def test_the_state_holds_no_path_of_the_machine_and_every_dependency(plain: Checkout) -> None:
    assert plain.pulumi("up", "--yes", "--skip-preview").returncode == 0
    state = exported(plain)["deployment"]["resources"]
    assert "stackTrace" not in json.dumps(state)
    assert str(ROOT) not in json.dumps(state)
    by_name = {resource["urn"].rsplit("::", 1)[-1]: resource for resource in state}
    server = by_name["server-web-1"]
    assert by_name["port-web-1"]["urn"] in server["propertyDependencies"]["port_id"]
    assert server["inputs"]["port_id"] == by_name["port-web-1"]["id"]
    assert by_name["attachment-web-1-data"]["deletedWith"] == server["urn"]
    assert server["parent"] == by_name["stack-tier-web"]["urn"]


def test_a_plain_run_writes_nothing_where_no_sandbox_is_marked(plain: Checkout) -> None:
    plain.describe(replace(SPEC, cloud=replace(SPEC.cloud, sandbox=False)))
    assert changes(plain.pulumi("preview", "--json")) == {"create": len(build(SPEC)) + 1}
    up = plain.pulumi("up", "--yes", "--skip-preview")
    assert up.returncode != 0
    assert "run `broker pulumi -- …`" in up.stdout
    assert plain.objects == set()


def test_a_plain_destroy_elsewhere_leaves_everything(plain: Checkout) -> None:
    assert plain.pulumi("up", "--yes", "--skip-preview").returncode == 0
    before = plain.objects
    plain.describe(replace(SPEC, cloud=replace(SPEC.cloud, sandbox=False)))
    destroyed = plain.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.returncode != 0
    assert "sandbox: true" in destroyed.stdout
    assert plain.objects == before
    assert len(exported(plain)["deployment"]["resources"]) >= len(before)


def test_a_spec_of_another_stack_is_refused_with_the_name_to_use(plain: Checkout) -> None:
    plain.describe(replace(SPEC, system="another"))
    ran = plain.pulumi("preview")
    assert ran.returncode != 0
    assert f"pulumi stack init another.{SPEC.zone}.{SPEC.provider}" in ran.stdout + ran.stderr


def test_a_missing_spec_is_refused_with_its_path(plain: Checkout) -> None:
    (plain.folder / "spec.json").unlink()
    ran = plain.pulumi("preview")
    assert ran.returncode != 0
    assert "govcloud:spec names: No such file" in ran.stdout + ran.stderr


def test_the_real_plugin_previews_without_any_credential(real: Checkout) -> None:
    assert changes(real.pulumi("preview", "--json")) == {"create": len(build(SPEC)) + 1}


def test_the_real_plugin_says_where_a_profile_is_looked_for(real: Checkout) -> None:
    ran = real.pulumi("up", "--yes", "--skip-preview")
    assert ran.returncode != 0
    assert f"no usable profile {SPEC.cloud.profile}" in ran.stdout
    assert "OS_CLIENT_CONFIG_FILE" in ran.stdout


PACK = str(ROOT / "stacks" / "plugin" / "pulumi-policy-govcloud")


def test_the_policy_pack_lets_a_stack_pass_that_keeps_every_rule(plain: Checkout) -> None:
    assert changes(plain.pulumi("preview", "--json", "--policy-pack", PACK)) == {"create": len(build(SPEC)) + 1}


def test_the_policy_pack_refuses_what_another_program_would_register(plain: Checkout) -> None:
    lax = executable(plain.folder / "lax" / "pulumi-language-govcloud", "lax_host.py")
    settings = yaml.safe_load((plain.folder / "Pulumi.yaml").read_text(encoding="utf-8"))
    settings["plugins"]["languages"][0]["path"] = str(lax)
    (plain.folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    assert plain.pulumi("preview").returncode == 0
    refused = plain.pulumi("preview", "--policy-pack", PACK)
    assert refused.returncode != 0
    assert "BANDWIDTH_NOT_AS_APPROVED(C-6(四)): 各出口出向带宽合计92000 kbit/s，批复为20000 kbit/s" in refused.stdout


def test_the_program_itself_refuses_a_spec_that_breaks_a_rule(plain: Checkout) -> None:
    plain.describe(replace(SPEC, gateway_kbps=20_000))
    refused = plain.pulumi("preview")
    assert refused.returncode != 0
    assert "BANDWIDTH_NOT_AS_APPROVED(C-6(四))" in refused.stdout + refused.stderr
