"""The facts about a step in a system's life: whether its stage allows it, and what would have to come first."""

from collections.abc import Iterable, Iterator

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
from broker.estate import lifecycle
from broker.estate.lifecycle import STAGE_ZH, Step, needed, possible
from policies.facts import StepFact


def steps(spec: Spec, case: Case) -> tuple[StepFact, ...]:  # noqa: PLR0911 - one line per kind
    """Every step of the document that cannot be made now; empty for a document that makes none."""
    match spec:
        case TrialRunSpec(system=system):
            return tuple(_impossible([("spec.system", system)], lifecycle.TRIAL_RUN, case))
        case TripartiteAcceptanceSpec(system=system):
            return tuple(_impossible([("spec.system", system)], lifecycle.ACCEPTANCE, case))
        case GoLiveSpec(system=system):
            return tuple(_impossible([("spec.system", system)], lifecycle.GO_LIVE, case))
        case SuspensionOrderSpec(system=system):
            return tuple(_impossible([("spec.system", system)], lifecycle.SUSPENSION, case))
        case HarmInterruptionOrderSpec(systems=systems):
            named = [(f"spec.systems[{n}]", system) for n, system in enumerate(systems)]
            return tuple(_impossible(named, lifecycle.INTERRUPTION, case))
        case ServiceIntentFormSpec(system=system, intent=ExitIntent() | RelocationIntent()):
            return tuple(_impossible([("spec.system", system)], lifecycle.EXIT, case))
        case ResumptionOrderSpec(suspension=order):
            return tuple(_not_under(order, "spec.suspension", lifecycle.RESUMPTION, case))
        case ServiceRestorationSpec(order=order):
            return tuple(_not_under(order, "spec.order", lifecycle.RESTORATION, case))
        case _:
            return ()


def _impossible(named: Iterable[tuple[str, str]], step: Step, case: Case) -> Iterator[StepFact]:
    for field, name in named:
        system = case.standing.systems.get(name)
        stage = system.lifecycle if system else None
        if not possible(stage, step):
            first = needed(stage, step)
            first_zh = tuple(before.name_zh for before in first) if first is not None else None
            yield StepFact(field, name, STAGE_ZH[stage] if stage else "未登记", step.name_zh, first_zh)


def _not_under(order: str, field: str, step: Step, case: Case) -> Iterator[StepFact]:
    """An order is ended only while some system stands still under it."""
    if not any(system.suspended_by == order for system in case.standing.systems.values()):
        yield StepFact(field, order, "未在执行", step.name_zh, ())
