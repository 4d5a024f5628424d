"""Why a request has no room: what is free of an account, what it wants, and who holds the rest until when (C-6(四))."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from broker.clock import day_of
from broker.decide.decide import Decision
from broker.decide.standing import Standing
from broker.documents.cases import ExitIntent, ServiceIntentFormSpec
from broker.registry.filed import Registry


@dataclass(frozen=True, slots=True)
class Taken:
    """What one system holds of the resource. `until`: the first day on which it holds less, as documents say."""

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


def lacks(decisions: Iterable[Decision], standing: Standing, registry: Registry, as_of: datetime) -> tuple[Lack, ...]:
    """What lacks room in what was refused, sorted by account; `standing` is that without the refused documents."""
    found: dict[tuple[str, str], Lack] = {}
    for fact in (fact for decision in decisions for fact in decision.shortfalls):
        holders = sorted(
            _holders(fact.account, fact.resource, standing, registry, as_of),
            key=lambda one: (one.until or date.max, -one.amount, one.system),
        )
        held = fact.wanted - fact.more
        lack = Lack(fact.account, fact.resource, fact.limit, held, fact.more, tuple(holders))
        found.setdefault((fact.account, fact.resource), lack)
    return tuple(found[name] for name in sorted(found))


def _holders(account: str, resource: str, standing: Standing, registry: Registry, as_of: datetime) -> Iterator[Taken]:
    for holding in standing.holdings():
        amount = getattr(holding.after, resource)
        if account in holding.accounts and amount:
            yield Taken(holding.system, amount, _until(holding.system, holding.zone, standing, registry, as_of))


def _until(name: str, zone: str, standing: Standing, registry: Registry, as_of: datetime) -> date | None:
    """The first day on which an elastic grant is over, or the system has left."""
    system = standing.systems[name]
    ends = [day_of(grant.end) for grant in system.grants if grant.zone == zone and grant.end > as_of]
    form = registry.get(system.exit_form) if system.exit_form else None
    if form is not None and isinstance(form.spec, ServiceIntentFormSpec) and isinstance(form.spec.intent, ExitIntent):
        ends.append(form.spec.intent.last_day + timedelta(days=1))
    return min(ends, default=None)
