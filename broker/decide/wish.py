"""What a filing or decision would make of a system, and what that would hold."""

from broker.documents.cases import ChangeIntent, OnboardingApprovalSpec, OnboardingRequestSpec, ServiceIntentFormSpec
from broker.estate.change import apply_change
from broker.estate.conflict import ChangeConflict
from broker.estate.system import System
from broker.registry.filed import Filed, Registry


def requests_of(spec: OnboardingApprovalSpec, registry: Registry) -> tuple[Filed[OnboardingRequestSpec], ...]:
    """The requests that an approval names and the registry has."""
    named = {request.id: request for request in registry.of(OnboardingRequestSpec)}
    return tuple(named[name] for name in spec.requests if name in named)


def form_of(name: str, registry: Registry) -> Filed[ServiceIntentFormSpec] | None:
    """The intent form of that id."""
    return next((form for form in registry.of(ServiceIntentFormSpec) if form.id == name), None)


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
