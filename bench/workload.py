"""What every tool makes: n servers with limited ports and attached volumes, one network, one address, one bucket."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

FLAVOR = "m1.tiny"
IMAGE = "debian-12"
EXTERNAL_NETWORK = "ext-internet-a"
DOMAIN = "provider-a"
RULES = (("tcp", 22), ("tcp", 80), ("tcp", 443), ("icmp", None))
CIDR = "10.144.0.0/18"
DATA_GIB = 1
BOOT_GIB = 10


class Shape(StrEnum):
    """What a server runs from: its flavor's own disk, or a boot volume as the product makes it for a unit."""

    PLAIN = "plain"
    DISKS = "disks"


@dataclass(frozen=True, slots=True)
class Workload:
    """One run's workload. `name` is the system's, and the prefix of every name that a peer gives."""

    servers: int
    shape: Shape
    name: str

    @property
    def boots_from_volume(self) -> bool:
        """Whether each server has a boot volume beside its data volume."""
        return self.shape is Shape.DISKS

    @property
    def volumes(self) -> int:
        """How many volumes there are then."""
        return self.servers * (2 if self.boots_from_volume else 1)


def new(servers: int, shape: Shape) -> Workload:
    """A workload under a name of its own."""
    return Workload(servers, shape, f"bench-{secrets.token_hex(3)}")


def environment(workload: Workload, ids: Mapping[str, str]) -> dict[str, str]:
    """How a peer is told what to make; `ids` are those of image, flavor and external network."""
    named = {f"BENCH_{name.upper()}": id_ for name, id_ in ids.items()}
    shape = {"BENCH_SERVERS": str(workload.servers), "BENCH_BOOT_GIB": str(BOOT_GIB * workload.boots_from_volume)}
    return {**named, **shape, "BENCH_NAME": workload.name}


def told() -> tuple[Workload, Mapping[str, str]]:
    """What `environment` told, read by a peer's own process."""
    known = {name.removeprefix("BENCH_").lower(): value for name, value in os.environ.items() if name[:6] == "BENCH_"}
    shape = Shape.DISKS if int(known["boot_gib"]) else Shape.PLAIN
    return Workload(int(known["servers"]), shape, known["name"]), known
