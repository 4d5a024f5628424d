"""Waivers and the office's decisions on what is held: what they may be about, and what they lift."""

from collections.abc import Iterable, Mapping
from typing import Any

from broker.decide.case import Case
from broker.decide.matter import systems_of
from broker.documents.envelope import Spec
from broker.documents.waivers import HoldDecisionSpec, WaiverSpec
from broker.registry.filed import Filed
from policies.facts import Facts, Subject
from policies.papers import HoldFact, WaiverFact
from policies.rule import Finding, Rule
from policies.waiver import Judgement, Ruling, Scope, Waiver, judgement


def waiver_facts(spec: WaiverSpec, rules: Mapping[str, Rule]) -> Facts:
    """Whether the rule that the waiver names can be waived at all, and for how long it is."""
    rule = rules.get(spec.rule)
    fact = WaiverFact(spec.rule, rule is not None, bool(rule and rule.waivable), spec.valid_from, spec.valid_until)
    return Facts(Subject.WAIVER, waiver=fact)


def hold_facts(spec: HoldDecisionSpec, rules: Mapping[str, Rule]) -> Facts:
    """Whether the rule that the decision names holds anything for one."""
    rule = rules.get(spec.rule)
    return Facts(Subject.HOLD_DECISION, hold=HoldFact(spec.rule, rule is not None, bool(rule and rule.decidable)))


def lifted(found: tuple[Finding, ...], filed: Filed[Spec], case: Case, rules: Mapping[str, Rule]) -> Judgement:
    """What is left of the findings after the papers in force have lifted what they cover."""
    if not found:
        return Judgement(())
    codes = sorted({finding.code for finding in found})
    waivers, rulings = waivers_in_force(codes, case), _rulings(codes, case)
    if not waivers and not rulings:
        return Judgement(found)
    return judgement(found, rules, waivers, rulings, Scope(filed.kind, _systems(filed, case), case.today))


def waivers_in_force(codes: Iterable[str], case: Case) -> tuple[Waiver, ...]:
    """The admitted waivers of these rules that no other paper replaced, live or not."""
    return tuple(waiver_of(f) for code in codes for f in case.standing.evidence.of(WaiverSpec, code))


def waiver_of(filed: Filed[WaiverSpec]) -> Waiver:
    """The waiver as the matcher knows it."""
    spec = filed.spec
    return Waiver(filed.id, spec.rule, spec.system, spec.document_kinds, spec.valid_from, spec.valid_until)


def _rulings(codes: Iterable[str], case: Case) -> tuple[Ruling, ...]:
    """The last word on each system holds: a later no takes an earlier yes back."""
    words = (f for code in codes for f in case.standing.evidence.of(HoldDecisionSpec, code))
    last = {(f.spec.rule, f.spec.system): f for f in words}
    return tuple(Ruling(f.id, *key) for key, f in last.items() if f.spec.decision == "approved")


def _systems(filed: Filed[Spec], case: Case) -> tuple[str, ...]:
    """Every system that the document is about; a notice names its own."""
    spec: Any = filed.spec
    return systems_of(filed, case.registry) or tuple(vars(spec).get("systems", ()))
