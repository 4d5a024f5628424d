"""What a filing or decision would make of a system, and what that would hold."""

from typing import TypeVar, cast

from broker.documents.cases import ChangeIntent, OnboardingApprovalSpec, OnboardingRequestSpec, ServiceIntentFormSpec
from broker.documents.envelope import Spec
from broker.estate.change import apply_change
from broker.estate.conflict import ChangeConflict
from broker.estate.system import System
from broker.registry.filed import Filed, Registry

S = TypeVar("S", bound=Spec)


def requests_of(spec: OnboardingApprovalSpec, registry: Registry) -> tuple[Filed[OnboardingRequestSpec], ...]:
    """The requests that an approval names and the registry has."""
    found = (_as(OnboardingRequestSpec, registry.get(name)) for name in spec.requests)
    return tuple(request for request in found if request is not None)


def form_of(name: str, registry: Registry) -> Filed[ServiceIntentFormSpec] | None:
    """The intent form of that id."""
    return _as(ServiceIntentFormSpec, registry.get(name))


def request_of(name: str, registry: Registry) -> Filed[OnboardingRequestSpec] | None:
    """The onboarding request of that id."""
    return _as(OnboardingRequestSpec, registry.get(name))


def _as(spec: type[S], filed: Filed[Spec] | None) -> Filed[S] | None:
    return cast("Filed[S]", filed) if filed is not None and isinstance(filed.spec, spec) else None


def wished(system: System, form: ServiceIntentFormSpec, document: str) -> System | tuple[ChangeConflict, ...]:
    """The system after the form's changes, or everything that does not fit. A grant changes nothing here."""
    if not isinstance(form.intent, ChangeIntent):
        return system
    conflicts: list[ChangeConflict] = []
    for position, change in enumerate(form.intent.changes):
        after = apply_change(system, change, document)
        if isinstance(after, ChangeConflict):
            field = f"spec.intent.changes[{position}].{after.field}"
            conflicts.append(ChangeConflict(field, after.fact, after.cure))
        else:
            system = after
    return tuple(conflicts) or system
