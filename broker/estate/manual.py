"""What documents grant and no cloud builds for the broker: done by people, open until their evidence is filed."""

from collections.abc import Iterator
from dataclasses import dataclass

from broker.documents.readiness import ManualWorkSpec
from broker.estate.balancing import by_hand
from broker.estate.platform import Platform
from broker.estate.system import DEPLOYED, Estate
from broker.registry.filed import Registry

LOAD_BALANCER = "load_balancer"


@dataclass(frozen=True, slots=True, order=True)
class ManualItem:
    """Something to be made by hand for a stack: how many are granted, of how many evidence says that they are there."""

    stack: str
    item: str
    wanted: int
    made: int

    def __str__(self) -> str:
        return f"{self.item}: {self.made} of {self.wanted} made"


def open_items(estate: Estate, registry: Registry, platform: Platform) -> tuple[ManualItem, ...]:
    """What is still to be made by hand for systems that are deployed, sorted by stack."""
    return tuple(sorted(item for item in _items(estate, registry, platform) if item.made < item.wanted))


def made(registry: Registry, system: str, zone: str) -> int:
    """How many load balancers evidence in force says were made for the system in the zone."""
    evidence = (filed.spec for filed in registry.in_force(ManualWorkSpec))
    return sum(e.count for e in evidence if (e.system, e.zone, e.item) == (system, zone, LOAD_BALANCER))


def _items(estate: Estate, registry: Registry, platform: Platform) -> Iterator[ManualItem]:
    for system in estate.systems:
        for deployment in system.deployments if system.lifecycle in DEPLOYED else ():
            _, cloud = platform.clouds.get((system.provider, deployment.zone), ("", None))
            if wanted := by_hand(deployment, cloud):
                stack = f"{system.id}.{deployment.zone}.{system.provider}"
                there = made(registry, system.id, deployment.zone)
                yield ManualItem(stack, LOAD_BALANCER, wanted, there)
