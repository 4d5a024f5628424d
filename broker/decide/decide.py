"""The decision on one document: admitted, held or refused, with every reason."""

from dataclasses import dataclass

from broker.decide.case import Case
from broker.decide.facts import facts_of
from broker.decide.lifting import lifted
from broker.documents.envelope import Nature, Spec
from broker.problem import Problem, Severity
from broker.registry.filed import Filed
from policies.evaluate import RuleBook, evaluate
from policies.facts import ShortfallFact
from policies.rule import Finding, Level


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say to a document. Nothing has been done yet."""

    filed: Filed[Spec]
    findings: tuple[Finding, ...]
    lifted_by: tuple[str, ...] = ()
    """The waivers and decisions without which there would be more findings."""
    shortfalls: tuple[ShortfallFact, ...] = ()
    """The room that it lacks, where it is not admitted."""

    @property
    def admitted(self) -> bool:
        """Whether it has its effect: no rule refuses it and none holds it."""
        return not self.findings

    @property
    def at_the_door(self) -> bool:
        """Whether it may not even enter: decisions, orders and receipts that the rules forbid."""
        return bool(self.findings) and self.filed.spec.nature is not Nature.FILING


def decide(filed: Filed[Spec], case: Case, rules: RuleBook) -> Decision:
    """The decision on a document with the rules now in force; foundation documents are decided by their signatures."""
    facts = facts_of(filed, case, rules.by_code)
    if facts is None:
        return Decision(filed, ())
    left = lifted(evaluate(rules.judging(facts.subject), facts), filed, case, rules.by_code)
    return Decision(filed, left.findings, left.lifted_by, facts.shortfalls if left.findings else ())


def problems_of(decision: Decision) -> tuple[Problem, ...]:
    """The findings as problems with their place in the file."""
    return tuple(_problem(decision, finding) for finding in decision.findings)


def _problem(decision: Decision, finding: Finding) -> Problem:
    severity = Severity.HELD if finding.level is Level.HOLD else Severity.INADMISSIBLE
    if decision.at_the_door:
        severity = Severity.REFUSED
    return Problem(
        place=decision.filed.place(finding.field),
        code=finding.code,
        fact=finding.fact_zh,
        cure=finding.cure_zh,
        article=finding.article,
        severity=severity,
    )
