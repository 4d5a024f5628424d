"""Why a request has no room: what is free of an account, what it wants, and who holds the rest until when (C-6(四))."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from broker.clock import day_of
from broker.decide.decide import Decision
from broker.decide.standing import Standing
from broker.estate.amount import Shape, amount_of
from broker.estate.system import System


@dataclass(frozen=True, slots=True)
class Taken:
    """What one system holds of the resource. `until`: the first day on which it holds less, as documents say.

    A system that leaves holds all of it until its data are handed over, and no document says when.
    """

    system: str
    amount: int
    until: date | None


@dataclass(frozen=True, slots=True)
class Lack:
    """One resource of one account of which there is not enough."""

    account: str
    resource: str
    limit: int
    held: int
    """By all systems, without what the document wants more."""
    wanted: int
    """More than now, by the document."""
    holders: tuple[Taken, ...]
    """Those whose hold ends soonest first, then the largest."""

    @property
    def free(self) -> int:
        """What is left; below zero where more is held than a later quota allows."""
        return self.limit - self.held


def lacks(
    decisions: Iterable[Decision], standing: Standing, shapes: Mapping[str, Shape], as_of: datetime
) -> tuple[Lack, ...]:
    """What lacks room in what was refused, sorted by account; `standing` is that without the refused documents."""
    found: dict[tuple[str, str], Lack] = {}
    for fact in (fact for decision in decisions for fact in decision.shortfalls):
        holders = sorted(
            _holders(fact.account, fact.resource, standing, shapes, as_of),
            key=lambda one: (one.until or date.max, -one.amount, one.system),
        )
        held = fact.wanted - fact.more
        lack = Lack(fact.account, fact.resource, fact.limit, held, fact.more, tuple(holders))
        found.setdefault((fact.account, fact.resource), lack)
    return tuple(found[name] for name in sorted(found))


def _holders(
    account: str, resource: str, standing: Standing, shapes: Mapping[str, Shape], as_of: datetime
) -> Iterator[Taken]:
    for holding in standing.holdings():
        amount = getattr(holding.after, resource)
        if account in holding.accounts and amount:
            until = _until(standing.systems[holding.system], holding.zone, resource, shapes, as_of)
            yield Taken(holding.system, amount, until)


def _until(system: System, zone: str, resource: str, shapes: Mapping[str, Shape], as_of: datetime) -> date | None:
    """The first day on which the end of an elastic grant leaves less of the resource."""
    deployment = system.deployment(zone)
    if deployment is None:
        return None

    def held(at: datetime) -> int:
        amount: int = getattr(amount_of(deployment, system.grants, shapes, at), resource)
        return amount

    ends = sorted(grant.end for grant in system.grants if grant.zone == zone and grant.end > as_of)
    return next((day_of(end) for end in ends if held(end) < held(as_of)), None)
