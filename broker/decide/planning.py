"""The facts about the decision on a yearly plan, and about the item of a plan that a request names (C-11)."""

from collections.abc import Iterator

from broker.clock import day_of, start_of
from broker.decide.case import Case
from broker.documents.cases import OnboardingRequestSpec
from broker.documents.planning import PlanDecisionSpec, YearlyPlanSpec
from broker.registry.filed import Filed
from policies.facts import Facts, GapFact, Subject


def plan_decision_facts(spec: PlanDecisionSpec, case: Case) -> Facts:
    """The facts about the decision: every item once, and a late plan is taken only in so many words (reading R18)."""
    plans = (f for f in case.registry.of(YearlyPlanSpec) if f.id == spec.plan)
    gaps = tuple(gap for plan in plans for gap in _decision_gaps(spec, plan, case))
    return Facts(Subject.PLAN_DECISION, gaps=gaps)


def _decision_gaps(spec: PlanDecisionSpec, plan: Filed[YearlyPlanSpec], case: Case) -> Iterator[GapFact]:
    filed, decided = [item.item for item in plan.spec.items], [item.item for item in spec.items]
    for n, name in enumerate(decided):
        if name not in filed:
            yield GapFact(f"spec.items[{n}].item", f"{plan.id} 没有事项 {name}", f"计划中的事项：{'、'.join(filed)}")
        elif name in decided[:n]:
            yield GapFact(f"spec.items[{n}].item", f"事项 {name} 决定了两次", "每个事项只写一个决定")
    if missing := [name for name in filed if name not in decided]:
        yield GapFact("spec.items", f"没有逐项决定：{'、'.join(missing)}", "对计划的每个事项写明决定，可以是 deferred")
    dated = start_of(plan.document.metadata.filed_on)
    came_on = day_of(case.arrivals.get(plan.digest, dated))
    taken = any(item.result == "approved" for item in spec.items)
    if plan.spec.late_on(came_on) and taken and not spec.accepted_late:
        fact = f"{plan.id} 于{came_on}收到，晚于{plan.spec.last_day}"
        yield GapFact("spec.accepted_late", fact, "区网信办决定受理的，写明 accepted_late: true")


def plan_item_gaps(spec: OnboardingRequestSpec, case: Case) -> Iterator[GapFact]:
    """That the item named is not of a plan, or the office did not agree to it.

    Nothing where no plan of the unit for that year is on record: it was decided before the broker was there.
    """
    if spec.plan_item is None:
        return
    plans, field = case.standing.evidence.of(YearlyPlanSpec, spec.unit), "spec.plan_item"
    cure = "填写已同意的计划事项编号，或删去并说明计划外理由(out_of_plan_reason)"
    named = [plan for plan in plans if any(item.item == spec.plan_item for item in plan.spec.items)]
    if not named and any(plan.spec.year == spec.wanted_from.year for plan in plans):
        yield GapFact(field, f"{spec.unit} 的{spec.wanted_from.year}年使用计划没有事项 {spec.plan_item}", cure)
    for plan in named[-1:]:
        decisions = case.standing.evidence.of(PlanDecisionSpec, plan.id)
        results = [item.result for f in decisions[-1:] for item in f.spec.items if item.item == spec.plan_item]
        if not results:
            yield GapFact(field, f"区网信办对 {plan.id} 的事项 {spec.plan_item} 尚未作出决定", cure)
        elif results[-1] != "approved":
            yield GapFact(field, f"区网信办没有同意 {plan.id} 的事项 {spec.plan_item}", cure)
