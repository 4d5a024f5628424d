"""The facts about one document, whatever its kind."""

from broker.decide.case import Case
from broker.decide.intent import decision_facts, form_facts
from broker.decide.onboarding import approval_facts, request_facts
from broker.decide.order import assignment_facts, go_live_facts, hand_over_facts
from broker.documents.cases import (
    AssignmentSpec,
    GoLiveSpec,
    HandOverSpec,
    IntentDecisionSpec,
    OnboardingApprovalSpec,
    OnboardingRequestSpec,
    ServiceIntentFormSpec,
)
from broker.documents.envelope import Spec
from broker.registry.filed import Filed
from policies.facts import Facts


def facts_of(filed: Filed[Spec], around: Case) -> Facts | None:  # noqa: PLR0911 - one line per kind
    """The facts about a document, or None for a kind that no rule of this set judges."""
    match filed.spec:
        case OnboardingRequestSpec() as spec:
            return request_facts(spec, around)
        case OnboardingApprovalSpec() as spec:
            return approval_facts(spec, around)
        case ServiceIntentFormSpec() as spec:
            return form_facts(spec, filed, around)
        case IntentDecisionSpec() as spec:
            return decision_facts(spec, filed, around)
        case AssignmentSpec() as spec:
            return assignment_facts(spec, filed, around)
        case GoLiveSpec() as spec:
            return go_live_facts(spec, around)
        case HandOverSpec() as spec:
            return hand_over_facts(spec, around)
        case _:
            return None
