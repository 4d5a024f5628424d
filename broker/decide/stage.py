"""The facts about a step in a system's life: whether its stage allows it, and what would have to come first."""

from collections.abc import Collection, Iterable, Iterator

from broker.decide.case import Case
from broker.documents.cases import (
    ExitIntent,
    GoLiveSpec,
    RelocationIntent,
    ResumptionOrderSpec,
    ServiceIntentFormSpec,
    SuspensionOrderSpec,
)
from broker.documents.envelope import Spec
from broker.documents.operation import HarmInterruptionOrderSpec, ServiceRestorationSpec
from broker.documents.readiness import TrialRunSpec, TripartiteAcceptanceSpec
from broker.documents.security import CompulsoryMeasureOrderSpec
from broker.estate import lifecycle
from broker.estate.lifecycle import STAGE_ZH, Step, needed, possible
from broker.estate.measure import CLOSABLE, under
from broker.estate.system import Lifecycle
from policies.facts import StepFact


def steps(spec: Spec, case: Case) -> tuple[StepFact, ...]:  # noqa: PLR0911 - one line per kind
    """Every step of the document that cannot be made now; empty for a document that makes none."""
    match spec:
        case CompulsoryMeasureOrderSpec():
            return _measured(spec, case)
        case TrialRunSpec(system=system):
            return tuple(_impossible([("spec.system", system)], lifecycle.TRIAL_RUN, case))
        case TripartiteAcceptanceSpec(system=system):
            return tuple(_impossible([("spec.system", system)], lifecycle.ACCEPTANCE, case))
        case GoLiveSpec(system=system):
            return tuple(_impossible([("spec.system", system)], lifecycle.GO_LIVE, case))
        case SuspensionOrderSpec(system=system):
            return tuple(_impossible([("spec.system", system)], lifecycle.SUSPENSION, case))
        case HarmInterruptionOrderSpec(systems=systems):
            return tuple(_impossible(_each(systems), lifecycle.INTERRUPTION, case))
        case ServiceIntentFormSpec(system=system, intent=ExitIntent() | RelocationIntent()):
            return tuple(_impossible([("spec.system", system)], lifecycle.EXIT, case))
        case ResumptionOrderSpec(suspension=order):
            return tuple(_not_under(order, "spec.suspension", lifecycle.RESUMPTION, case))
        case ServiceRestorationSpec(order=order):
            return tuple(_not_under(order, "spec.order", lifecycle.RESTORATION, case))
        case _:
            return ()


def _measured(spec: CompulsoryMeasureOrderSpec, case: Case) -> tuple[StepFact, ...]:
    """A stop is a step of the system's life; public access is closed in any stage that has some."""
    if spec.action == "other":
        return ()
    also = CLOSABLE if spec.action == "close_public_access" else frozenset[Lifecycle]()
    return tuple(_impossible(_each(spec.systems), lifecycle.MEASURE, case, also))


def _each(systems: Iterable[str]) -> list[tuple[str, str]]:
    return [(f"spec.systems[{n}]", system) for n, system in enumerate(systems)]


def _impossible(
    named: Iterable[tuple[str, str]], step: Step, case: Case, also: Collection[Lifecycle] = ()
) -> Iterator[StepFact]:
    """`also`: stages in which the document does what it says without a step of the system's life."""
    for field, name in named:
        system = case.standing.systems.get(name)
        stage = system.lifecycle if system else None
        if not possible(stage, step) and stage not in also:
            first = needed(stage, step)
            first_zh = tuple(before.name_zh for before in first) if first is not None else None
            yield StepFact(field, name, STAGE_ZH[stage] if stage else "未登记", step.name_zh, first_zh)


def _not_under(order: str, field: str, step: Step, case: Case) -> Iterator[StepFact]:
    """An order is ended only while it holds for some system, or a resumption calls it off before it begins."""
    if step is lifecycle.RESUMPTION and _to_come(order, case):
        return
    if not any(under(system, order) for system in case.standing.systems.values()):
        yield StepFact(field, order, "未在执行", step.name_zh, ())


def _to_come(order: str, case: Case) -> bool:
    """Whether the order was admitted, counts, and has not begun; what people carry out is nothing to resume."""
    found = case.registry.get(order)
    if found is None or not case.standing.was_admitted(found.digest) or not case.standing.evidence.stands(order):
        return False
    match found.spec:
        case SuspensionOrderSpec(effective_at=begins):
            return begins > case.as_of
        case CompulsoryMeasureOrderSpec(effective_at=begins, action=action):
            return action != "other" and begins > case.as_of
        case _:
            return False
