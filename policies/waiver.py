"""The one matcher: which findings a waiver or the office's decision on something held lifts, and by which paper."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from policies.rule import Finding, Level, Rule


@dataclass(frozen=True, slots=True)
class Waiver:
    """A rule that does not hold for the named kinds of document about one system, for a time."""

    id: str
    rule: str
    system: str
    kinds: tuple[str, ...]
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Ruling:
    """The office's recorded yes to what a rule holds for one system."""

    id: str
    rule: str
    system: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What is judged: the kind of document, every system that it is about, and the day."""

    kind: str
    systems: tuple[str, ...]
    day: date


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is left of the findings, and the papers that lifted the others."""

    findings: tuple[Finding, ...]
    lifted_by: tuple[str, ...] = ()


def judgement(
    found: Iterable[Finding],
    rules: Mapping[str, Rule],
    waivers: Iterable[Waiver],
    rulings: Iterable[Ruling],
    scope: Scope,
) -> Judgement:
    """The findings that stand, in their order, and the ids of the papers that lifted the rest.

    A finding is lifted only where the papers cover every system of the document; a document about none is never
    lifted. What a rule refuses needs a waiver of a rule that can be waived; what it holds needs such a waiver, or a
    ruling where the rule can be ruled upon.
    """
    found, waivers, rulings = tuple(found), tuple(waivers), tuple(rulings)
    left, used = [], set()
    for finding in found:
        by = _covering(finding, rules.get(finding.code), waivers, rulings, scope)
        used |= set(by)
        if not by:
            left.append(finding)
    return Judgement(tuple(left), tuple(sorted(used)))


def _covering(
    finding: Finding, rule: Rule | None, waivers: tuple[Waiver, ...], rulings: tuple[Ruling, ...], scope: Scope
) -> tuple[str, ...]:
    """The papers that lift the finding, one per system; empty where they do not cover every system."""
    if rule is None:
        return ()
    by_system: dict[str, str] = {}
    if rule.decidable and finding.level is Level.HOLD:
        by_system |= {r.system: r.id for r in rulings if r.rule == rule.code}
    if rule.waivable:
        by_system |= {w.system: w.id for w in waivers if w.rule == rule.code and live(w, scope)}
    found = [by_system.get(system, "") for system in scope.systems]
    return tuple(found) if all(found) else ()


def live(waiver: Waiver, scope: Scope) -> bool:
    """Whether the waiver holds on that day for that kind of document."""
    return scope.kind in waiver.kinds and waiver.first_day <= scope.day <= waiver.last_day
