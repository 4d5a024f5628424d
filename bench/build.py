"""What the bench compares with and counts by, built once from Go modules into the user's cache."""

import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap import user_cache
from tools.pulumi_cli.build import environment
from tools.pulumi_cli.toolchain import toolchain

PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True, slots=True)
class Program:
    """A Go program: its folder in bench/peers, the package to build, and what the linker is told."""

    package: str
    stamp: str = "-s -w"


PROGRAMS: Mapping[str, tuple[str, Program]] = {
    "countproxy": ("countproxy", Program(".")),
    "opa": ("opa", Program(".")),
    "terraform-provider-openstack": (
        "provider",
        Program("github.com/terraform-provider-openstack/terraform-provider-openstack/v3"),
    ),
    "tofu": (
        "tofu",
        Program("github.com/opentofu/opentofu/cmd/tofu", "-s -w -X github.com/opentofu/opentofu/version.dev=no"),
    ),
}


def folder() -> Path:
    """Where the programs are."""
    return user_cache() / "bench"


def ensure(*names: str) -> Path:
    """The folder with the named programs in it; what is not there, or was built from another go.mod, is built."""
    for name in names:
        _ensure(name)
    return folder()


def _ensure(name: str) -> None:
    source, program = PEERS / PROGRAMS[name][0], PROGRAMS[name][1]
    parts = (file.read_bytes() for file in sorted(source.iterdir()) if file.suffix in {".mod", ".sum", ".go"})
    wanted = hashlib.sha256(b"\0".join((*parts, program.package.encode()))).hexdigest()
    target, mark = folder() / name, folder() / f".{name}.sha256"
    if target.exists() and mark.exists() and mark.read_text(encoding="ascii") == wanted:
        return
    folder().mkdir(parents=True, exist_ok=True)
    go = toolchain(folder() / "go")
    print(f"building {name} with {go.version}", flush=True)
    command = [str(go.path), "build", "-trimpath", "-ldflags", program.stamp, "-o", str(target), program.package]
    subprocess.run(command, cwd=source, env=environment(go, folder() / "go-cache"), check=True)
    mark.write_text(wanted, encoding="ascii")
