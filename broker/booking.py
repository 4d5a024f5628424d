"""What a round of admission asks of the ledger's counters: limits, what every system holds, what documents change.

Pure: `reconcile` hands it to the ledger, which takes all of it or nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from broker.admit import Admissions, Outcome
from broker.announcement import announcements
from broker.clock import SHANGHAI, day_of
from broker.decide.standing import Holding
from broker.documents.records import Admitted
from broker.errors import OperatorError
from broker.estate.platform import Platform
from broker.ledger.outbox import Notice
from broker.registry.acts import act_of
from broker.registry.filed import Registry
from quotas.account import AccountId, Level, Line, cloud, district, unit
from quotas.amount import NOTHING, Amount
from quotas.claim import Claim

DISTRICT = "district"
"""Name of the account above all units. No document limits it: its ceiling is what all clouds of the zone have."""


class WentBack(OperatorError):
    """A round would be held before one that was held already: time goes forward only."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One outcome, and what the systems it speaks of then hold. What is given back comes before what is taken."""

    admitted: Admitted
    claims: tuple[Claim, ...]
    filed_by: str = ""
    """The person who filed the document."""
    signed_by: tuple[str, ...] = ()
    """Whose signatures lie beside it: `person (role)`."""
    notices: tuple[Notice, ...] = ()
    """What parties are told of it: queued with the outcome, or there is no outcome."""
    act: str = ""
    """The act (C-17) that the document is part of; empty: none."""


@dataclass(frozen=True, slots=True)
class Booking:
    """One round as the counters have to follow it. Claims have one id for ever: `system/zone`."""

    head: str
    """The commit of main that it was decided on."""
    records: int
    """How many records the round was decided on: who knows fewer than the ledger decides on old news."""
    recorded: frozenset[str]
    """Digests of the documents whose outcome is among them."""
    limits: Mapping[AccountId, Amount]
    before: Mapping[str, Claim]
    movements: tuple[Movement, ...]
    as_of: datetime

    @property
    def after(self) -> dict[str, Claim]:
        """What every system holds once all outcomes are taken."""
        return dict(self.before) | {claim.id: claim for movement in self.movements for claim in movement.claims}


@dataclass(frozen=True, slots=True)
class Taken:
    """The round holds: its claims are held, and its outcomes are kept until they are recorded."""


@dataclass(frozen=True, slots=True)
class Behind:
    """Another process was first; nothing was changed. `waiting`: outcomes that have to be recorded before."""

    why: str
    waiting: tuple[Admitted, ...] = ()


def goes_on(as_of: datetime, last: datetime) -> None:
    """Nothing, where a round at `as_of` comes at the instant of the last one or after it.

    Raises:
        WentBack: It comes before.
    """
    if as_of < last:
        asked, held = (at.astimezone(SHANGHAI).isoformat() for at in (as_of, last))
        raise WentBack(
            f"holding a round at {asked}: the last one was held at {held}, and time goes forward only; "
            f"give --as-of that instant or a later one; commands that only read, like `broker plan`, may look back"
        )


def booking(registry: Registry, platform: Platform, admissions: Admissions, as_of: datetime) -> Booking:
    """The round as the counters have to follow it."""
    return Booking(
        head=registry.head,
        records=len(registry.records) - registry.waiting,
        recorded=frozenset(record.document for record in registry.records if isinstance(record, Admitted)),
        limits=limits(platform, as_of),
        before=_claims(admissions.before),
        movements=tuple(_movement(outcome, registry) for outcome in admissions.outcomes),
        as_of=as_of,
    )


def limits(platform: Platform, as_of: datetime) -> dict[AccountId, Amount]:
    """The ceiling of every account at the instant: quotas in force, and what the clouds have."""
    ceilings = {cloud(provider, zone): spec.capacity.counted for (provider, zone), (_, spec) in platform.clouds.items()}
    for account in tuple(ceilings):
        top = district(DISTRICT, account.zone)
        ceilings[top] = ceilings.get(top, NOTHING) + ceilings[account]
    day = day_of(as_of)
    for (name, zone), quotas in platform.quotas.items():
        in_force = [quota for quota in quotas if quota.valid_from <= day]
        ceilings[unit(name, zone)] = in_force[-1].amount.counted if in_force else NOTHING
    return ceilings


def used(claims: Iterable[Claim]) -> dict[AccountId, Amount]:
    """What the claims use of each account, those above included."""
    totals: dict[AccountId, Amount] = {}
    for line in (line for claim in claims for line in claim.lines):
        for account in _chain(line.account):
            totals[account] = totals.get(account, NOTHING) + line.amount
    return totals


def above(account: AccountId) -> AccountId | None:
    """The account that this one is charged to."""
    return district(DISTRICT, account.zone) if account.level is Level.UNIT else None


def _chain(account: AccountId) -> Iterator[AccountId]:
    yield account
    if top := above(account):
        yield top


def _movement(outcome: Outcome, registry: Registry) -> Movement:
    filed = outcome.decision.filed
    signed_by = tuple(f"{s.payload.person} ({s.payload.role})" for s in filed.signatures)
    told = announcements(filed, outcome.admitted, registry)
    filed_by, act = filed.document.metadata.filed_by, act_of(filed.spec, registry)
    return Movement(outcome.admitted, _moved(outcome.moved), filed_by, signed_by, told, act)


def _claims(holdings: Iterable[Holding]) -> dict[str, Claim]:
    """By id; of several holdings of one system in one zone the last holds."""
    return {_id(holding): _claim(holding) for holding in holdings}


def _moved(holdings: tuple[Holding, ...]) -> tuple[Claim, ...]:
    gives_back = {_id(holding): holding.before.covers(holding.after) for holding in holdings}
    return tuple(sorted(_claims(holdings).values(), key=lambda claim: not gives_back[claim.id]))


def _id(holding: Holding) -> str:
    return f"{holding.system}/{holding.zone}"


def _claim(holding: Holding) -> Claim:
    lines = tuple(Line(AccountId.parse(account), holding.after) for account in holding.accounts)
    return Claim(_id(holding), holding.system, lines)
