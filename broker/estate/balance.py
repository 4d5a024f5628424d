"""What a numbered approval (入云批复) gives its systems, what they have drawn down of it, and what is left (C-11)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from broker.documents.cases import OnboardingApprovalSpec, OnboardingRequestSpec
from broker.documents.envelope import Spec
from broker.estate.amount import Shape, amount_of
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.estate.system import DEPLOYED, Estate, Lifecycle, System, deployment_of
from broker.registry.filed import Filed, Registry
from broker.registry.things import numbered
from quotas.amount import Amount

NOT_ADMITTED: Final = "not admitted"


@dataclass(frozen=True, slots=True)
class Line:
    """One system in one zone."""

    system: str
    zone: str
    stage: str
    """Its lifecycle; `NOT_ADMITTED` where the approval has had no effect on it."""
    granted: Amount
    """By the approval itself: what the request asked for."""
    entitled: Amount
    """By the approval and what was decided since; nothing once it has left. Elastic grants end and are not counted."""
    drawn: Amount
    """What assignments have ordered for it so far."""

    @property
    def left(self) -> Amount:
        """What may still be assigned without another approval."""
        return self.drawn.shortfall(self.entitled)


@dataclass(frozen=True, slots=True)
class Balance:
    """The account of one approval."""

    number: str
    document: str
    decision: str
    decided_on: date
    valid_until: date | None
    lines: tuple[Line, ...]

    @property
    def left(self) -> Amount:
        """What is left of it in all."""
        return Amount.total(line.left for line in self.lines)


def balance_of(number: str, registry: Registry, as_of: datetime) -> Balance | None:
    """The balance of the approval with that number, however its zeros are written; None where no approval has it.

    Raises:
        ValueError: The text has not the form of a number.
        RegistryBroken: An admitted document no longer fits what came before it.
    """
    wanted = numbered(number)
    found = next((f for f in registry.in_force(OnboardingApprovalSpec) if numbered(f.spec.number) == wanted), None)
    if found is None:
        return None
    admissions, shapes = admissions_of(registry.records), platform_of(registry).flavors
    now = fold(registry.filed, admissions, as_of)
    ahead = fold(registry.filed, admissions, as_of, anticipate=True)
    requests = (registry.get(name) for name in found.spec.requests)
    lines = tuple(line for request in requests if request for line in _lines(found.id, request, now, ahead, shapes))
    return Balance(
        found.spec.number, found.id, found.spec.decision, found.spec.decided_on, found.spec.valid_until, lines
    )


def _lines(
    approval: str, request: Filed[Spec], now: Estate, ahead: Estate, shapes: Mapping[str, Shape]
) -> Iterator[Line]:
    if not isinstance(request.spec, OnboardingRequestSpec):
        return
    name = request.spec.system
    system, promised = now.system(name), ahead.system(name)
    for layout in request.spec.zones:
        if system is None or promised is None or approval not in system.matters:
            yield Line(name, layout.zone, NOT_ADMITTED, Amount(), Amount(), Amount())
            continue
        retired, deployed = system.lifecycle is Lifecycle.RETIRED, system.lifecycle in DEPLOYED
        yield Line(
            system=name,
            zone=layout.zone,
            stage=system.lifecycle,
            granted=amount_of(deployment_of(layout), (), shapes, now.as_of),
            entitled=Amount() if retired else _amount(promised, layout.zone, shapes, now),
            drawn=_amount(system, layout.zone, shapes, now) if deployed else Amount(),
        )


def _amount(system: System, zone: str, shapes: Mapping[str, Shape], now: Estate) -> Amount:
    deployment = system.deployment(zone)
    return amount_of(deployment, (), shapes, now.as_of) if deployment else Amount()
