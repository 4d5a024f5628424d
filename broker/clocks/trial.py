"""The clock of test resources: to the last day that the approval or the newest extension gives them (C-11(二))."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from broker.clock import end_of, start_of
from broker.clocks.clock import Span
from broker.clocks.matters import assignments
from broker.clocks.papers import Papers
from broker.documents.cases import (
    AssignmentSpec,
    ChangeIntent,
    GoLiveSpec,
    IntentDecisionSpec,
    Leaving,
    OnboardingApprovalSpec,
    OnboardingRequestSpec,
    ServiceIntentFormSpec,
)
from broker.documents.changes import ExtendTest
from broker.registry.filed import Filed


def test_ends(papers: Papers) -> Iterator[Span]:
    """Of each system with test resources for a time: a span to each of their last days, until it goes live or leaves.

    The unit must act: it goes live, asks for more time, or gives them up. What is to come stops nothing yet.
    """
    assigned = assignments(papers, "provider")
    lasts = {request: f.spec.test_until for f in papers.of(OnboardingApprovalSpec) for request in _approved(f)}
    extended, left = _forms(papers, assigned)
    live = {f.spec.system: max(start_of(f.spec.live_from), papers.received(f)) for f in papers.of(GoLiveSpec)}
    for request in papers.of(OnboardingRequestSpec):
        until, assignment = lasts.get(request.id), assigned.get(request.id)
        if until is None or assignment is None:
            continue
        system, unit = request.spec.system, request.spec.unit
        start = _at(papers, assignment)
        for at, later in sorted(extended.get(system, ())):
            if at >= start and later > until:
                yield Span(system, unit, start, at, day=until)
                start, until = at, later
        leaves = _leaves(*left[system], until) if system in left else None
        over = [at for at in (live.get(system), leaves) if at is not None and at <= papers.as_of]
        yield Span(system, unit, start, min(over, default=None), day=until)


def _approved(approval: Filed[OnboardingApprovalSpec]) -> tuple[str, ...]:
    return approval.spec.requests if approval.spec.decision == "approved" else ()


def _forms(
    papers: Papers, assigned: Mapping[str, Filed[AssignmentSpec]]
) -> tuple[dict[str, list[tuple[datetime, date]]], dict[str, tuple[datetime, date]]]:
    """Of each system what gave its test resources more time, and how it leaves: what was agreed to only."""
    agreed = {f.spec.form for f in papers.of(IntentDecisionSpec) if f.spec.decision == "approved"}
    extended: dict[str, list[tuple[datetime, date]]] = {}
    left: dict[str, tuple[datetime, date]] = {}
    for form in papers.of(ServiceIntentFormSpec):
        assignment = assigned.get(form.id)
        if form.id not in agreed or assignment is None:
            continue
        at = _at(papers, assignment)
        at = max(at, form.spec.not_before or at)
        match form.spec.intent:
            case ChangeIntent(changes=changes) if at <= papers.as_of:
                days = [change.last_day for change in changes if isinstance(change, ExtendTest)]
                extended.setdefault(form.spec.system, []).extend((at, day) for day in days)
            case intent if isinstance(intent, Leaving):
                left[form.spec.system] = (at, intent.last_day)
            case _:
                pass
    return extended, left


def _leaves(agreed_at: datetime, last_day: date, until: date) -> datetime:
    """Who leaves within the time has acted when it was agreed to; who leaves later stands still until then."""
    return agreed_at if last_day <= until else max(agreed_at, end_of(last_day))


def _at(papers: Papers, assignment: Filed[AssignmentSpec]) -> datetime:
    return max(assignment.spec.assigned_at, papers.received(assignment))
