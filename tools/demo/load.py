"""How the demo's servers are used: synthetic loads by what each server is for, the same in every run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from tools.load.curve import Curve, Shape

BUSY_BYTES_PER_S: Final = 10**6
QUIET_BYTES_PER_S: Final = 2000
"""A server that idles moves less than five megabytes a day."""
MISSING: Final = "assistance-check-extranet-exchange-node-1"
"""Of this one nothing is told: no exporter runs on its host."""
BY_TIER: Final[Mapping[str, tuple[Curve, Curve]]] = {
    "web": (Curve(Shape.PEAK, 0.65), Curve(Shape.FLAT, 0.55)),
    "app": (Curve(Shape.PEAK, 0.55), Curve(Shape.FLAT, 0.5)),
    "db": (Curve(Shape.FLAT, 0.45), Curve(Shape.FLAT, 0.65)),
    "all-in-one": (Curve(Shape.FLAT, 0.12), Curve(Shape.FLAT, 0.35)),
    "exchange-node": (Curve(Shape.FLAT, 0.05), Curve(Shape.FLAT, 0.2)),
}
"""CPU and memory of a server, by the tier that its name has in it."""
BY_NAME: Final[Mapping[str, tuple[Curve, Curve]]] = {
    "haitang-site-internet-web-1": (Curve(Shape.IDLE), Curve(Shape.FLAT, 0.12)),
    "hotline-feedback-internet-web-1": (Curve(Shape.FLAT, 0.92), Curve(Shape.FLAT, 0.88)),
    "hotline-feedback-internet-web-2": (Curve(Shape.FLAT, 0.92), Curve(Shape.FLAT, 0.88)),
}
"""One that idles, and a pair that has too little."""
UNDERUSED: Final = ("chronic-followup-", (Curve(Shape.FLAT, 0.11), Curve(Shape.FLAT, 0.33)))
"""The system whose growth is refused for that (D-11)."""


@dataclass(frozen=True, slots=True)
class Used:
    """A server of the sandbox and its load. `labels` are those that recorded series have, as they are written."""

    name: str
    labels: str
    cpu: Curve
    memory: Curve
    traffic_bytes_per_s: int
    """At full load, in each direction."""


def used(page: str) -> Iterator[Used]:
    """Every server that runs by a page of the exporter's, with its load.

    Raises:
        KeyError: A server's name has no tier in it that loads are given for.
    """
    families = {family.name: family.samples for family in text_string_to_metric_families(page)}
    states = families.get("govcloud_server_state", [])
    running = {s.labels["server_id"] for s in states if s.labels["state"] == "active" and s.value}
    for sample in families.get("govcloud_server_info", []):
        of = sample.labels
        # a project that is not the broker's is no system of the district
        if of["cloud"] and of["server_id"] in running and of["server_name"] != MISSING:
            yield _used(of)


def _used(of: Mapping[str, str]) -> Used:
    name = of["server_name"]
    usual = UNDERUSED[1] if name.startswith(UNDERUSED[0]) else BY_TIER[tier_of(name)]
    cpu, memory = BY_NAME.get(name, usual)
    labels = ",".join(f'{label}="{of[label]}"' for label in ("cloud", "project_id", "server_id"))
    return Used(name, labels, cpu, memory, QUIET_BYTES_PER_S if cpu.shape is Shape.IDLE else BUSY_BYTES_PER_S)


def tier_of(name: str) -> str:
    """The tier in a server's name, such as `app` of `urban-v2-extranet-app-3`.

    Raises:
        KeyError: There is none of those that loads are given for.
    """
    stem = name.rpartition("-")[0]
    found = [tier for tier in BY_TIER if stem.endswith(f"-{tier}")]
    if not found:
        raise KeyError(f"{name}: loads are given for {', '.join(BY_TIER)}")
    return found[0]
