"""What a paper would do, and what is wrong with it, as tables in Chinese."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from broker.check.review import MISSING, Merged
from broker.desk import vocabulary, words
from broker.desk.cabinet import Cabinet
from broker.dossier import Dossier
from broker.problem import Problem, Severity


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, in Chinese as far as it is known in Chinese."""

    code: str
    article: str
    fact: str
    cure: str
    tone: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What would happen: faults, differences, quota and cost as tables."""

    faults: tuple[Fault, ...]
    differences: tuple[tuple[str, ...], ...]
    headroom: tuple[tuple[str, ...], ...]
    short: frozenset[int]
    """Rows of `headroom` that would be below zero."""
    costs: tuple[tuple[str, ...], ...]
    supposed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Amounts:
    """One row per zone and resource: asked first, asked now, approved."""

    rows: tuple[tuple[str, str, str, str, str], ...]


def faults_of(problems: Iterable[Problem]) -> tuple[Fault, ...]:
    """The faults, the worst first; a missing signature is said elsewhere."""
    tones = {Severity.REFUSED: "bad", Severity.INADMISSIBLE: "bad", Severity.HELD: "warn", Severity.NOTICE: "calm"}
    shown = sorted(
        (p for p in problems if p.code not in {MISSING, "TRUST_ROOT"}),
        key=lambda p: (list(tones).index(p.severity), p.place.path, p.code),
    )
    return tuple(_fault(problem, tones[problem.severity]) for problem in shown)


def effect_of(done: Merged, cabinet: Cabinet) -> Effect:
    """The review of a change as tables."""
    review = done.review
    rows = [
        (
            _account(h.account, cabinet),
            vocabulary.RESOURCES.get(h.resource, h.resource),
            str(h.limit),
            str(h.before),
            str(h.after),
        )
        for h in review.headroom
    ]
    moved = [(c.system, c.zone, c.before, c.after) for c in review.costs if c.before != c.after]
    return Effect(
        faults=faults_of(review.problems),
        differences=tuple(
            (
                vocabulary.VERBS[d.verb],
                d.system,
                vocabulary.ZONES.get(d.zone, d.zone),
                words.resource(d.kind, d.name),
                words.differing(d.told),
            )
            for d in review.differences
        ),
        headroom=tuple(rows),
        short=frozenset(n for n, h in enumerate(review.headroom) if h.after < 0),
        costs=tuple(
            (system, vocabulary.ZONES.get(zone, zone), _yuan(before), _yuan(after), _moved(before, after))
            for system, zone, before, after in moved
        ),
        supposed=tuple(each.what for each in done.supposed),
    )


def amounts_of(found: Dossier) -> Amounts | None:
    """What was asked first, is asked now and was approved; None where the kind asks for no amounts."""
    if found.requested is None:
        return None
    columns = (found.original or {}, found.requested, found.decided or {})
    rows = [
        (vocabulary.ZONES.get(zone, zone), vocabulary.RESOURCES[resource], *shown)
        for zone in dict.fromkeys(zone for column in columns for zone in column)
        for resource in vocabulary.RESOURCES
        if resource.endswith(("_gib", "_mbps", "vcpu", "public_addresses"))
        for shown in [_three(columns, zone, resource)]
        if set(shown) - {"0", "—"}
    ]
    return Amounts(tuple(rows))


def _fault(problem: Problem, tone: str) -> Fault:
    told = vocabulary.FAULTS.get(problem.code)
    fact, cure = (problem.fact, problem.cure) if told is None else (told, "")
    return Fault(problem.code, problem.article, fact, cure, tone)


def _three(columns: tuple[Any, ...], zone: str, resource: str) -> tuple[str, str, str]:
    first, now, decided = (str(getattr(column[zone], resource)) if zone in column else "—" for column in columns)
    return first, now, decided


def _account(account: str, cabinet: Cabinet) -> str:
    side, _, rest = account.partition(":")
    party, _, zone = rest.partition("/")
    name = cabinet.names.get(party, party)
    return f"{name} {'配额' if side == 'unit' else '资源池'}（{vocabulary.ZONES.get(zone, zone)}）"


def _yuan(cents: int | None) -> str:
    return "无价格" if cents is None else f"{cents / 100:,.2f}"


def _moved(before: int | None, after: int | None) -> str:
    return "—" if before is None or after is None else f"{(after - before) / 100:+,.2f}"
