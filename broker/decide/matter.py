"""Which system a document is about, and which documents stand behind it."""

from collections.abc import Iterable

from broker.documents.cases import (
    AssignmentSpec,
    GoLiveSpec,
    HandOverSpec,
    IntentDecisionSpec,
    OnboardingApprovalSpec,
    OnboardingRequestSpec,
    ResumptionOrderSpec,
    ServiceIntentFormSpec,
    SuspensionOrderSpec,
)
from broker.documents.envelope import Spec
from broker.documents.operation import HarmInterruptionOrderSpec, ServiceRestorationSpec
from broker.documents.readiness import TrialRunSpec, TripartiteAcceptanceSpec
from broker.documents.security import CompulsoryMeasureOrderSpec
from broker.registry.filed import Filed, Registry


def systems_of(filed: Filed[Spec], registry: Registry) -> tuple[str, ...]:  # noqa: PLR0911 - one line per kind
    """The systems that the document changes or speaks of; empty for a foundation document or an unknown matter."""
    match filed.spec:
        case OnboardingRequestSpec() | ServiceIntentFormSpec() | GoLiveSpec() | HandOverSpec() | SuspensionOrderSpec():
            return (filed.spec.system,)
        case TrialRunSpec() | TripartiteAcceptanceSpec():
            return (filed.spec.system,)
        case HarmInterruptionOrderSpec() | CompulsoryMeasureOrderSpec():
            return filed.spec.systems
        case ServiceRestorationSpec():
            return _systems((filed.spec.order,), registry)
        case OnboardingApprovalSpec():
            return _systems(filed.spec.requests, registry)
        case IntentDecisionSpec():
            return _systems((filed.spec.form,), registry)
        case AssignmentSpec():
            return _systems((filed.spec.matter,), registry)
        case ResumptionOrderSpec():
            return _systems((filed.spec.suspension,), registry)
        case _:
            return ()


def _systems(documents: Iterable[str], registry: Registry) -> tuple[str, ...]:
    behind = (registry.get(document) for document in documents)
    found = (system for filed in behind if filed is not None for system in systems_of(filed, registry))
    return tuple(dict.fromkeys(found))
