"""The clocks of a matter: from the provider's assignment to what is carried out, and anew from an objection (R3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from broker.clock import day_of
from broker.clocks.clock import Span
from broker.clocks.papers import Papers
from broker.documents.cases import (
    AssignmentSpec,
    ChangeIntent,
    ElasticIntent,
    GoLiveSpec,
    HandOverSpec,
    IntentDecisionSpec,
    Leaving,
    OnboardingApprovalSpec,
    OnboardingRequestSpec,
    ServiceIntentFormSpec,
)
from broker.documents.exceptions import ExceptionRequestSpec, ExpertReviewSpec
from broker.documents.operation import TemporaryInterruptionConsentSpec, TemporaryInterruptionRequestSpec
from broker.documents.planning import PlanDecisionSpec, YearlyPlanSpec
from broker.documents.readiness import AcceptanceSpec, CompletionSpec
from broker.documents.records import Provisioned
from broker.registry.filed import Filed


@dataclass(frozen=True, slots=True)
class _Matter:
    """What was assigned: its zones tell which stacks must have been provisioned."""

    id: str
    system: str
    zones: frozenset[str]
    """Empty where any stack of the system will do."""
    not_before: date | None = None


def test_resources(papers: Papers) -> Iterator[Span]:
    """Opening the test resources of each assigned onboarding (C-11(二))."""
    told = _told(papers)
    live = {f.spec.system: papers.received(f) for f in papers.of(GoLiveSpec)}
    for request in papers.of(OnboardingRequestSpec):
        zones = frozenset(layout.zone for layout in request.spec.zones)
        matter = _Matter(request.id, request.spec.system, zones)
        yield from _carried_out(papers, told, matter, certain=live.get(request.spec.system))


def changes(papers: Papers) -> Iterator[Span]:
    """Carrying out each assigned change or elastic grant (C-12(二))."""
    told = _told(papers)
    for form in papers.of(ServiceIntentFormSpec):
        asked = form.spec.not_before
        match form.spec.intent:
            case ChangeIntent(changes=wanted):
                zones = frozenset(zone for change in wanted if (zone := getattr(change, "zone", None)))
                matter = _Matter(form.id, form.spec.system, zones, day_of(asked) if asked else None)
                yield from _carried_out(papers, told, matter)
            case ElasticIntent():
                yield from _prepared(papers, told, form)


def exits(papers: Papers) -> Iterator[Span]:
    """Taking each assigned exit offline, not before the last day that the unit asked for (C-12(二))."""
    told = _told(papers)
    layouts = {f.spec.system: f.spec.zones for f in papers.of(OnboardingRequestSpec)}
    returned = {f.spec.form: papers.received(f) for f in papers.of(HandOverSpec)}
    for form in papers.of(ServiceIntentFormSpec):
        if isinstance(form.spec.intent, Leaving):
            zones = frozenset(layout.zone for layout in layouts.get(form.spec.system, ()))
            matter = _Matter(form.id, form.spec.system, zones, form.spec.intent.last_day)
            yield from _carried_out(papers, told, matter, certain=returned.get(form.id))


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of matters, each by the matter's id. Built once for all of them."""

    assigned: Mapping[str, Filed[AssignmentSpec]]
    done: Mapping[str, list[datetime]]
    """The provider's completions and the unit's yes."""
    objected: Mapping[str, list[datetime]]
    provisioned: Mapping[str, list[Provisioned]]


def _told(papers: Papers) -> _Told:
    done: dict[str, list[datetime]] = {}
    objected: dict[str, list[datetime]] = {}
    provisioned: dict[str, list[Provisioned]] = {}
    for completion in papers.of(CompletionSpec):
        at = max(completion.spec.completed_at, papers.received(completion))
        done.setdefault(completion.spec.matter, []).append(at)
    for answer in papers.of(AcceptanceSpec):
        told = done if answer.spec.result == "accepted" else objected
        told.setdefault(answer.spec.matter, []).append(papers.received(answer))
    for record in papers.provisioned:
        for matter in record.documents:
            provisioned.setdefault(matter, []).append(record)
    return _Told(assignments(papers, "provider"), done, objected, provisioned)


def _carried_out(papers: Papers, told: _Told, matter: _Matter, *, certain: datetime | None = None) -> Iterator[Span]:
    """One span from the assignment, and one from each objection to what was done. `certain`: done by then at last."""
    assignment = told.assigned.get(matter.id)
    if assignment is None:
        return
    party = assignment.spec.provider or ""
    start = max(assignment.spec.assigned_at, papers.received(assignment))
    objections = sorted(told.objected.get(matter.id, ()))
    not_before = matter.not_before
    while True:
        done = _done(told, matter, start)
        exact = done is not None or certain is None or certain < start
        done = done if exact else certain
        yield Span(matter.id, party, start, done, exact=exact, not_before=not_before)
        again = next((at for at in objections if done is not None and at >= done), None)
        if again is None:
            return
        objections = [at for at in objections if at > again]
        start, not_before = again, None


def _done(told: _Told, matter: _Matter, since: datetime) -> datetime | None:
    """The first word that it was done after `since`: the clouds' answers, the provider's completion, the unit's yes."""
    found = [at for at in told.done.get(matter.id, ()) if at >= since]
    stacks: dict[str, datetime] = {}
    for record in told.provisioned.get(matter.id, ()):
        system, zone = record.stack.split(".")[:2]
        if system == matter.system and record.at >= since:
            stacks.setdefault(zone, record.at)
    if stacks and matter.zones <= stacks.keys():
        found.append(max(stacks[zone] for zone in matter.zones) if matter.zones else min(stacks.values()))
    return min(found, default=None)


def _prepared(papers: Papers, told: _Told, form: Filed[ServiceIntentFormSpec]) -> Iterator[Span]:
    """An elastic grant is prepared when its assignment is admitted: the broker then opens and closes it by date."""
    assignment = told.assigned.get(form.id)
    if assignment is None:
        return
    start = max(assignment.spec.assigned_at, papers.received(assignment))
    done = list(told.done.get(form.id, ()))
    if (admitted := papers.admitted.get(assignment.digest)) is not None:
        done.append(max(admitted, start))
    yield Span(form.id, assignment.spec.provider or "", start, min(done, default=None))


def assignments(papers: Papers, assignee: str) -> Mapping[str, Filed[AssignmentSpec]]:
    """The assignments to the provider, or to the operations department, by matter."""
    return {f.spec.matter: f for f in papers.of(AssignmentSpec) if f.spec.assignee == assignee}


def dispatches(papers: Papers) -> Iterator[Span]:
    """From the office's assignment to the operations department's own to the provider; the rule sets no figure."""
    onward = assignments(papers, "provider")
    for matter, assignment in assignments(papers, "ops_department").items():
        start = max(assignment.spec.assigned_at, papers.received(assignment))
        following = onward.get(matter)
        done = max(following.spec.assigned_at, papers.received(following)) if following else None
        yield Span(matter, papers.holder("ops_department"), start, done)


def reviews(papers: Papers) -> Iterator[Span]:
    """From each filing to the office's decision on it; the rule sets no figure (reading R7)."""
    decided = _decisions(papers)
    filings = (
        *papers.of(YearlyPlanSpec),
        *papers.of(OnboardingRequestSpec),
        *papers.of(ServiceIntentFormSpec),
        *papers.of(ExceptionRequestSpec),
        *papers.of(TemporaryInterruptionRequestSpec),
    )
    for filing in filings:
        yield Span(filing.id, papers.holder("cloud_office"), papers.received(filing), decided.get(filing.id))


def _decisions(papers: Papers) -> dict[str, datetime]:
    decided = {r: papers.received(f) for f in papers.of(OnboardingApprovalSpec) for r in f.spec.requests}
    decided |= {f.spec.form: papers.received(f) for f in papers.of(IntentDecisionSpec)}
    decided |= {f.spec.plan: papers.received(f) for f in papers.of(PlanDecisionSpec)}
    decided |= {f.spec.exception: papers.received(f) for f in papers.of(ExpertReviewSpec)}
    decided |= {f.spec.request: papers.received(f) for f in papers.of(TemporaryInterruptionConsentSpec)}
    return decided
