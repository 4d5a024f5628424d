"""What every sandbox cloud holds, as values; `seed.yaml` says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

RESELLER_ADMIN = "ResellerAdmin"
"""Whoever has this role may set the quota of any Swift account."""


@dataclass(frozen=True, slots=True)
class Flavor:
    """A size of server; `disk_gib` 0 lets it boot from a volume only."""

    name: str
    vcpu: int
    memory_gib: int
    disk_gib: int = 0


@dataclass(frozen=True, slots=True)
class Network:
    """An external network. Without `for_everyone` a project sees it only by an RBAC row of its own."""

    name: str
    cidr: str
    for_everyone: bool = False
    physical_network: str | None = None


@dataclass(frozen=True, slots=True)
class Seeds:
    """The whole of it; `accounts` are users of the default domain with their roles on the project `admin`."""

    domains: tuple[str, ...]
    accounts: Mapping[str, tuple[str, ...]]
    flavors: tuple[Flavor, ...]
    images: tuple[str, ...]
    default_volume_type: str
    volume_types: tuple[str, ...]
    networks: tuple[Network, ...]


def load() -> Seeds:
    """The seeds of `seed.yaml`."""
    raw = yaml.safe_load(Path(__file__).with_name("seed.yaml").read_text())
    return Seeds(
        domains=tuple(raw["domains"]),
        accounts={name: tuple(account["roles"]) for name, account in raw["accounts"].items()},
        flavors=tuple(Flavor(**row) for row in raw["flavors"]),
        images=tuple(raw["images"]),
        default_volume_type=raw["default_volume_type"],
        volume_types=tuple(raw["volume_types"]),
        networks=tuple(Network(**row) for row in raw["networks"]),
    )
