"""The facts about one document, whatever its kind."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from broker.decide.case import Case
from broker.decide.intent import decision_facts, form_facts
from broker.decide.notice import notice_facts
from broker.decide.onboarding import approval_facts, request_facts
from broker.decide.order import assignment_facts, go_live_facts, hand_over_facts
from broker.decide.stage import steps
from broker.documents.cases import (
    AssignmentSpec,
    GoLiveSpec,
    HandOverSpec,
    IntentDecisionSpec,
    OnboardingApprovalSpec,
    OnboardingRequestSpec,
    ServiceIntentFormSpec,
    SuspensionOrderSpec,
)
from broker.documents.envelope import Spec
from broker.documents.operation import HarmInterruptionOrderSpec, ServiceRestorationSpec
from broker.documents.readiness import TrialRunSpec, TripartiteAcceptanceSpec
from broker.registry.filed import Filed
from policies.facts import Facts, Subject

_STEPS: Final[Mapping[type[Spec], Subject]] = {
    TrialRunSpec: Subject.TRIAL_RUN,
    TripartiteAcceptanceSpec: Subject.ACCEPTANCE,
    SuspensionOrderSpec: Subject.SUSPENSION,
    HarmInterruptionOrderSpec: Subject.INTERRUPTION,
    ServiceRestorationSpec: Subject.RESTORATION,
}
"""Kinds of which nothing is judged but whether the system's stage allows them."""


def facts_of(filed: Filed[Spec], around: Case) -> Facts | None:
    """The facts about a document, or None for a kind that no rule of this set judges."""
    facts = _facts_of(filed, around)
    return replace(facts, steps=steps(filed.spec, around)) if facts else None


def _facts_of(filed: Filed[Spec], around: Case) -> Facts | None:  # noqa: PLR0911 - one line per kind
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
        case spec:
            subject = _STEPS.get(type(spec))
            return Facts(subject) if subject else notice_facts(filed, around)
