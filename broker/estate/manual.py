"""What documents grant or order and no cloud does for the broker: done by people, open until evidence is filed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from broker.documents.envelope import Spec
from broker.documents.readiness import CompletionSpec, ManualWorkSpec
from broker.documents.security import CompulsoryMeasureOrderSpec, RectificationAcceptanceSpec
from broker.estate.balancing import by_hand
from broker.estate.cases import Admission
from broker.estate.platform import Platform
from broker.estate.system import DEPLOYED, Estate
from broker.registry.filed import Filed, Registry
from broker.registry.rectification import acceptances

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


@dataclass(frozen=True, slots=True)
class OpenMeasure:
    """A compulsory measure that people carry out, and of which nobody has said yet that it is done."""

    order: str
    systems: tuple[str, ...]
    measure: str
    since: datetime


def open_items(estate: Estate, registry: Registry, platform: Platform) -> tuple[ManualItem, ...]:
    """What is still to be made by hand for systems that are deployed, sorted by stack."""
    return tuple(sorted(item for item in _items(estate, registry, platform) if item.made < item.wanted))


def open_measures(registry: Registry, admissions: Mapping[str, Admission], as_of: datetime) -> tuple[OpenMeasure, ...]:
    """What people still have to carry out at `as_of`, in the order of main."""

    def counts(filed: Filed[Spec]) -> bool:
        return (outcome := admissions.get(filed.digest)) is not None and outcome.admitted

    return tuple(
        OpenMeasure(f.id, f.spec.systems, f.spec.measure, f.spec.effective_at)
        for f in measures_by_people(registry, counts)
        if f.spec.effective_at <= as_of
    )


def measures_by_people(
    registry: Registry, counts: Callable[[Filed[Spec]], bool]
) -> Iterator[Filed[CompulsoryMeasureOrderSpec]]:
    """The compulsory measures that people carry out; `counts`: whether an order or acceptance in force has its effect.

    Each is open until a `Completion` names it, or the rectification that it compels is accepted after all.
    """
    first = registry.first  # papers may name any version of what they are about
    done = {first(filed.spec.matter) for filed in registry.in_force(CompletionSpec)}
    accepted = acceptances(registry, filter(counts, registry.in_force(RectificationAcceptanceSpec)))
    for order in registry.in_force(CompulsoryMeasureOrderSpec):
        over = first(order.id) in done or first(order.spec.rectification) in accepted
        if order.spec.action == "other" and not over and counts(order):
            yield order


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
