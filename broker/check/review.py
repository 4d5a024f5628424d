"""The review of a merge request: what is wrong with it and what it would do once merged and fully signed."""

import operator
from dataclasses import dataclass, replace
from datetime import datetime

from broker.admit import Admissions, RuleSet, admit
from broker.check import moot
from broker.check.base import UNMERGED, Base, base_of
from broker.check.cost import Cost, costs, monthly_cents
from broker.check.difference import Difference, differences
from broker.check.headroom import Headroom, Level, headroom, levels
from broker.check.lack import Lack, lacks
from broker.check.manual import measures, new_load_balancers
from broker.check.suppose import Supposed, suppose
from broker.decide.decide import problems_of
from broker.documents.records import Admitted
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import Platform, platform_of
from broker.estate.system import Estate
from broker.problem import Problem
from broker.registry.authority import authorised_after
from broker.registry.filed import Registry

MISSING = "SIGNATURE_MISSING"
TRUST_ROOT = "TRUST_ROOT"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A document of the change that lacks signatures: how many hold, and what would cure it."""

    path: str
    fact: str
    cure: str


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that a merge request should say. Money in cents (分) a month."""

    problems: tuple[Problem, ...]
    differences: tuple[Difference, ...]
    headroom: tuple[Headroom, ...]
    costs: tuple[Cost, ...]
    unsigned: tuple[Unsigned, ...]
    lacks: tuple[Lack, ...] = ()
    """The room that what is refused would have wanted."""
    before: tuple[Problem, ...] = ()
    """What is refused in the base already, whatever the change does: none of its faults."""
    uncommitted: tuple[str, ...] = ()
    """Registry files of the work tree that no commit holds as they lie there: nobody looked at them."""


@dataclass(frozen=True, slots=True)
class _Side:
    platform: Platform
    admissions: Admissions
    estate: Estate


@dataclass(frozen=True, slots=True)
class Merged:
    """The estate with a change and without it, and the review of what lies between."""

    before: Estate
    after: Estate
    platform_before: Platform
    platform: Platform
    review: Review
    supposed: tuple[Supposed, ...] = ()
    """Decisions that are still missing and were taken as made."""


def merged(  # noqa: PLR0913 - each part named at the call
    base: Registry,
    change: Registry,
    trust_root: str | None,
    rules: RuleSet,
    as_of: datetime,
    *,
    supposing: bool = False,
    known: Base | None = None,
) -> Merged:
    """What `change` adds to `base`; signatures of neither have been judged yet.

    `known`: what `base_of` gives for this base and trust root, where that was worked out before and holds at `as_of`.

    The effect is that of the change with every signature it still needs, so that those who are to sign see what they
    sign. A change that was approved counts from its decision, before it is assigned.

    Raises:
        RegistryBroken: An admitted document no longer fits what came before it.
    """
    start = known or base_of(base, trust_root, as_of)
    held, platform, standing = start.judged.held, start.platform, start.standing
    judged = authorised_after(start.judged, change, trust_root, as_of)
    before = _side(held, platform, admit(held, platform, rules, as_of, simulated=False, known=standing), as_of)
    signed = as_if_merged(_as_if_signed(held, change))
    fresh = frozenset(filed.id for filed in change.filed if not filed.commit)
    whole, supposed = suppose(signed, fresh, as_of) if supposing else (signed, ())
    platform_after = platform_of(whole)
    alike = platform_after == platform and _recorded_alike(held, whole)
    judged_after = admit(whole, platform_after, rules, as_of, simulated=False, known=standing if alike else None)
    after = _side(whole, platform_after, judged_after, as_of)
    new = (set(judged.problems) - set(held.problems)) | set(new_load_balancers(held, signed))
    new |= set(measures(signed)) - set(measures(held))
    if vain := set(moot.orders(whole, after.admissions.outcomes)):  # seldom: the base is asked only then
        new |= vain - set(moot.orders(held, before.admissions.outcomes))
    # another first key than the one asked for is a fault of everything, and of the base too
    new |= {problem for problem in held.refused if problem.code == TRUST_ROOT}
    outcomes = [o.decision for o in after.admissions.outcomes if o.decision.filed.id in fresh]
    found = {problem for decision in outcomes for problem in problems_of(decision)}
    review = Review(
        problems=tuple(sorted(new | found)),
        differences=differences(before.estate, after.estate),
        headroom=headroom(_levels(before, as_of), _levels(after, as_of)),
        costs=costs(_cents(before, as_of), _cents(after, as_of)),
        unsigned=tuple(Unsigned(p.place.path, p.fact, p.cure) for p in sorted(new) if p.code == MISSING),
        lacks=lacks(outcomes, after.admissions.standing, platform_after.flavors, as_of),
        before=tuple(sorted(problem for problem in held.refused if problem.code != TRUST_ROOT)),
    )
    return Merged(before.estate, after.estate, before.platform, after.platform, review, supposed)


def _as_if_signed(held: Registry, merged: Registry) -> Registry:
    """What holds of the base, and every well-formed document of the change."""
    known = {filed.id for filed in held.filed}
    return replace(merged, filed=tuple(filed for filed in merged.filed if not filed.commit or filed.id in known))


def as_if_merged(registry: Registry) -> Registry:
    """The same with a commit for what is not merged yet, so that it can be judged as if it were."""
    filed = tuple(one if one.commit else replace(one, commit=UNMERGED) for one in registry.filed)
    signatures = tuple(one if one.commit else replace(one, commit=UNMERGED) for one in registry.signatures)
    return replace(registry, filed=filed, signatures=signatures)


def _side(registry: Registry, platform: Platform, admissions: Admissions, as_of: datetime) -> _Side:
    estate = admissions.standing.promised(as_of)
    if estate is None:
        outcomes = admissions_of((*registry.records, *(outcome.admitted for outcome in admissions.outcomes)))
        estate = fold(registry.filed, outcomes, as_of, anticipate=True)
    return _Side(platform, admissions, estate)


def _recorded_alike(held: Registry, whole: Registry) -> bool:
    """Whether every document that a record tells of is in both: these alone make the standing that both begin with."""
    recorded = {record.document for record in whole.records if isinstance(record, Admitted)}
    one, other = ([f for f in side.filed if f.digest in recorded] for side in (held, whole))
    return held.records == whole.records and len(one) == len(other) and all(map(operator.is_, one, other))


def _levels(side: _Side, as_of: datetime) -> dict[str, Level]:
    return levels(side.platform, side.admissions.standing, as_of)


def _cents(side: _Side, as_of: datetime) -> dict[tuple[str, str], int | None]:
    return monthly_cents(side.platform, side.admissions.standing, as_of)
