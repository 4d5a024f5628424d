"""The facts about one document, whatever its kind."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from broker.decide.case import Case
from broker.decide.entry import entry_facts
from broker.decide.harm import order_facts
from broker.decide.harm import request_facts as harm_request_facts
from broker.decide.intent import decision_facts, form_facts
from broker.decide.lifting import hold_facts, waiver_facts
from broker.decide.notice import notice_facts
from broker.decide.onboarding import approval_facts, request_facts
from broker.decide.order import assignment_facts, go_live_facts, hand_over_facts
from broker.decide.outside import cloud_facts, recheck_facts, review_facts
from broker.decide.planning import plan_decision_facts
from broker.decide.rectification import acceptance_facts, measure_facts, resumption_facts, suspension_facts
from broker.decide.replacing import replacing_gaps
from broker.decide.stage import steps
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
from broker.documents.dealings import FilingWithdrawalSpec
from broker.documents.envelope import Spec
from broker.documents.exceptions import DepartmentalCloudSpec, ExceptionRecheckSpec, ExpertReviewSpec
from broker.documents.operation import (
    HarmInterruptionOrderSpec,
    HarmInterruptionRequestSpec,
    ServiceRestorationSpec,
)
from broker.documents.planning import PlanDecisionSpec
from broker.documents.providing import EntrySpec
from broker.documents.readiness import TrialRunSpec, TripartiteAcceptanceSpec
from broker.documents.security import CompulsoryMeasureOrderSpec, RectificationAcceptanceSpec
from broker.documents.waivers import HoldDecisionSpec, WaiverSpec
from broker.registry.filed import Filed
from policies.facts import Facts, Subject
from policies.rule import Rule

_STEPS: Final[Mapping[type[Spec], Subject]] = {
    TrialRunSpec: Subject.TRIAL_RUN,
    TripartiteAcceptanceSpec: Subject.ACCEPTANCE,
    FilingWithdrawalSpec: Subject.FILING_WITHDRAWAL,
    ServiceRestorationSpec: Subject.RESTORATION,
}
"""Kinds of which nothing is judged but whether the system's stage allows them, and what they take the place of."""

_BY_KIND: Final[Mapping[type[Spec], Callable[[Any, Case], Facts]]] = {
    PlanDecisionSpec: plan_decision_facts,
    SuspensionOrderSpec: suspension_facts,
    HarmInterruptionRequestSpec: harm_request_facts,
    HarmInterruptionOrderSpec: order_facts,
    ResumptionOrderSpec: resumption_facts,
    RectificationAcceptanceSpec: acceptance_facts,
    CompulsoryMeasureOrderSpec: measure_facts,
    ExpertReviewSpec: review_facts,
    ExceptionRecheckSpec: recheck_facts,
    DepartmentalCloudSpec: cloud_facts,
    EntrySpec: entry_facts,
}


def facts_of(filed: Filed[Spec], around: Case, rules: Mapping[str, Rule]) -> Facts | None:
    """The facts about a document, or None for a kind that no rule of this set judges; `rules` by code."""
    facts = _facts_of(filed, around, rules)
    if facts is None:
        return None
    gaps, impossible = tuple(replacing_gaps(filed, around)), steps(filed.spec, around)
    if not gaps and not impossible:
        return facts
    return replace(facts, steps=impossible, gaps=(*facts.gaps, *gaps))


def _facts_of(  # noqa: PLR0911 - one line per kind
    filed: Filed[Spec], around: Case, rules: Mapping[str, Rule]
) -> Facts | None:
    match filed.spec:
        case OnboardingRequestSpec() as spec:
            return request_facts(spec, filed.id, around)
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
        case WaiverSpec() as spec:
            return waiver_facts(spec, rules)
        case HoldDecisionSpec() as spec:
            return hold_facts(spec, rules)
        case _:
            return _other_facts(filed, around)


def _other_facts(filed: Filed[Spec], around: Case) -> Facts | None:
    kind = type(filed.spec)
    if (facts := _BY_KIND.get(kind)) is not None:
        return facts(filed.spec, around)
    return Facts(_STEPS[kind]) if kind in _STEPS else notice_facts(filed, around)
