"""What each admitted document does to a system, and when: the documents of a case as dated steps."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from broker.clock import end_of, start_of
from broker.documents.cases import (
    AssignmentSpec,
    ChangeIntent,
    ElasticIntent,
    ExitIntent,
    GoLiveSpec,
    HandOverSpec,
    IntentDecisionSpec,
    Leaving,
    OnboardingApprovalSpec,
    OnboardingRequestSpec,
    RelocationIntent,
    ServiceIntentFormSpec,
)
from broker.documents.envelope import Spec
from broker.documents.readiness import TrialRunSpec, TripartiteAcceptanceSpec
from broker.errors import RegistryBroken
from broker.estate import lifecycle
from broker.estate.cases import Cases
from broker.estate.change import apply_change
from broker.estate.conflict import ChangeConflict
from broker.estate.order import orders
from broker.estate.step import Change, Event, changed, move, moved, reach
from broker.estate.system import Grant, KeptVolume, Lifecycle, System, deployment_of
from broker.registry.filed import Filed


def in_order(cases: Cases, *, anticipate: bool = False) -> list[Event]:
    """Every step of every system, as they follow one another; see `events_of`."""
    return sorted(events_of(cases, anticipate=anticipate), key=lambda event: (event.at, event.sequence))


def events_of(cases: Cases, *, anticipate: bool = False) -> Iterator[Event]:
    """Every step of every system, in no order. With `anticipate`, changes and grants count from their decision."""
    yield from _onboarding(cases)
    yield from _promises(cases) if anticipate else _intents(cases)
    yield from orders(cases)
    yield from _hand_overs(cases)


def _onboarding(cases: Cases) -> Iterator[Event]:
    approvals = {
        r: f for f in cases.of(OnboardingApprovalSpec) if f.spec.decision == "approved" for r in f.spec.requests
    }
    assigned = _provider_assignments(cases)
    for request in cases.of(OnboardingRequestSpec):
        system = request.spec.system
        yield Event(cases.received(request), request.sequence, system, request.id, _file(request))
        if approval := approvals.get(request.id):
            yield Event(cases.received(approval), approval.sequence, system, approval.id, _approve(approval))
        if assignment := assigned.get(request.id):
            at = max(assignment.spec.assigned_at, cases.received(assignment))
            yield Event(at, assignment.sequence, system, assignment.id, _deploy(assignment))
    for trial in cases.of(TrialRunSpec):
        at = max(start_of(trial.spec.first_day), cases.received(trial))
        yield Event(at, trial.sequence, trial.spec.system, trial.id, reach(lifecycle.TRIAL_RUN, trial.id))
    for accepted in cases.of(TripartiteAcceptanceSpec):
        at = max(start_of(accepted.spec.accepted_on), cases.received(accepted))
        yield Event(at, accepted.sequence, accepted.spec.system, accepted.id, reach(lifecycle.ACCEPTANCE, accepted.id))
    for live in cases.of(GoLiveSpec):
        at = max(start_of(live.spec.live_from), cases.received(live))
        yield Event(at, live.sequence, live.spec.system, live.id, _go_live(live))


def _provider_assignments(cases: Cases) -> dict[str, Filed[AssignmentSpec]]:
    return {f.spec.matter: f for f in cases.of(AssignmentSpec) if f.spec.assignee == "provider"}


def filed_system(spec: OnboardingRequestSpec, request: str) -> System:
    """The system as its request alone makes it; `request` is the document's id."""
    return System(
        id=spec.system,
        unit=spec.unit,
        name_zh=spec.name_zh,
        provider=spec.provider,
        mlps=spec.mlps,
        dr_class=spec.dr_class,
        lifecycle=Lifecycle.FILED,
        request=request,
        approval_number=None,
        deployments=tuple(deployment_of(layout) for layout in spec.zones),
        flows=spec.flows,
        matters=(request,),
    )


def _file(request: Filed[OnboardingRequestSpec]) -> Change:
    system = filed_system(request.spec, request.id)
    return lambda before: system if before is None or before.lifecycle is Lifecycle.FILED else before


def _approve(approval: Filed[OnboardingApprovalSpec]) -> Change:
    number, until = approval.spec.number, approval.spec.test_until

    def step(system: System, noted: tuple[str, ...]) -> System:
        return replace(system, lifecycle=Lifecycle.APPROVED, approval_number=number, test_until=until, matters=noted)

    return moved(lifecycle.APPROVAL, approval.id, step)


def _deploy(assignment: Filed[AssignmentSpec]) -> Change:
    subnets = {s.zone: s.cidr for s in assignment.spec.subnets}

    def step(system: System, noted: tuple[str, ...]) -> System:
        deployments = tuple(replace(d, subnet=subnets.get(d.zone)) for d in system.deployments)
        return replace(system, lifecycle=Lifecycle.TESTING, deployments=deployments, matters=noted)

    return moved(lifecycle.ASSIGNMENT, assignment.id, step)


def _go_live(live: Filed[GoLiveSpec]) -> Change:
    day = live.spec.live_from
    return moved(
        lifecycle.GO_LIVE,
        live.id,
        lambda s, noted: replace(s, lifecycle=Lifecycle.PRODUCTION, live_from=day, matters=noted),
    )


def _intents(cases: Cases) -> Iterator[Event]:
    """What was approved, from its assignment on."""
    approved = {f.spec.form for f in cases.of(IntentDecisionSpec) if f.spec.decision == "approved"}
    assigned = _provider_assignments(cases)
    for form in cases.of(ServiceIntentFormSpec):
        assignment = assigned.get(form.id)
        if form.id not in approved or assignment is None:
            continue
        at = max(
            assignment.spec.assigned_at, cases.received(assignment), form.spec.not_before or assignment.spec.assigned_at
        )
        yield from _intent(form, assignment, at)


def _promises(cases: Cases) -> Iterator[Event]:
    """What was approved, from its decision on; who leaves is there until he does, and is gone then."""
    decisions = {f.spec.form: f for f in cases.of(IntentDecisionSpec) if f.spec.decision == "approved"}
    leaving = {f.id for f in cases.of(ServiceIntentFormSpec) if isinstance(f.spec.intent, Leaving)}
    for form in cases.of(ServiceIntentFormSpec):
        decision = decisions.get(form.id)
        if decision is not None and form.id not in leaving:
            yield from _intent(form, decision, cases.received(decision))
    if leaving:
        yield from (event for event in _intents(cases) if event.document in leaving)


def _intent(form: Filed[ServiceIntentFormSpec], by: Filed[Spec], at: datetime) -> Iterator[Event]:
    system, sequence = form.spec.system, by.sequence
    match form.spec.intent:
        case ChangeIntent() as change:
            yield Event(at, sequence, system, form.id, changed(form.id, lambda s: _apply(s, change, form.id)))
        case ElasticIntent() as elastic:
            yield Event(at, sequence, system, form.id, changed(form.id, lambda s: _grant(s, elastic, form.id, at)))
        case ExitIntent() | RelocationIntent() as leave:
            offline = max(at, end_of(leave.last_day))
            step = moved(lifecycle.EXIT, form.id, lambda s, noted: _exit(s, form.id, noted))
            yield Event(offline, sequence, system, form.id, step)


def _apply(system: System, intent: ChangeIntent, document: str) -> System:
    for change in intent.changes:
        after = apply_change(system, change, document)
        if isinstance(after, ChangeConflict):
            raise RegistryBroken(
                f"folding {document}: it was admitted, but {after.fact}; withdraw it by a document ({after.cure})"
            )
        system = after
    if intent.mlps_grade is not None:
        return replace(system, mlps=system.mlps.model_copy(update={"grade": intent.mlps_grade}))
    return system


def _grant(system: System, intent: ElasticIntent, document: str, at: datetime) -> System:
    grant = Grant(
        document=document,
        zone=intent.zone,
        tier=intent.tier,
        count_ceiling=intent.count_ceiling,
        bandwidth_mbps_ceiling=intent.bandwidth_mbps_ceiling,
        start=max(at, start_of(intent.first_day)),
        end=end_of(intent.last_day),
    )
    return replace(system, grants=(*system.grants, grant))


def _exit(system: System, form: str, noted: tuple[str, ...]) -> System:
    return replace(
        system, lifecycle=Lifecycle.EXITING, exit_form=form, suspended_by=None, halted_in=None, matters=noted
    )


def _hand_overs(cases: Cases) -> Iterator[Event]:
    for hand_over in cases.of(HandOverSpec):
        at = cases.received(hand_over)
        yield Event(at, hand_over.sequence, hand_over.spec.system, hand_over.id, _hand_over(hand_over))


def _hand_over(filed: Filed[HandOverSpec]) -> Change:
    def step(system: System) -> System:
        if not filed.spec.wipe:
            return system
        if system.exit_form == filed.spec.form:
            return move(system, lifecycle.HAND_OVER, replace(system, lifecycle=Lifecycle.RETIRED))
        names: set[tuple[str, str]] = {(item.zone, item.name) for item in filed.spec.items}
        return _release(system, names)

    return changed(filed.id, step)


def _release(system: System, names: set[tuple[str, str]]) -> System:
    def left(zone: str, kept: tuple[KeptVolume, ...]) -> tuple[KeptVolume, ...]:
        return tuple(volume for volume in kept if (zone, volume.name) not in names)

    deployments = tuple(
        replace(
            d,
            kept=left(d.zone, d.kept),
            released=(*d.released, *(f"volume-{v.name}" for v in d.kept if (d.zone, v.name) in names)),
        )
        for d in system.deployments
    )
    return replace(system, deployments=deployments)
