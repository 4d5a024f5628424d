"""What has been decided so far: systems as they stand, and what each holds. Grows document by document, in order."""

from bisect import insort
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from broker.decide.evidence import Evidence
from broker.decide.matter import systems_of
from broker.documents.cases import IntentDecisionSpec, OnboardingApprovalSpec
from broker.documents.envelope import Spec
from broker.errors import RegistryBroken
from broker.estate.amount import amount_of, holds
from broker.estate.cases import Admission, Cases, cases_of
from broker.estate.fold import folded
from broker.estate.platform import Platform
from broker.estate.system import Estate, System
from broker.registry.filed import Filed, Registry
from quotas.amount import Amount

_AT_LAST = datetime.max.replace(tzinfo=UTC)


def unit_account(unit: str, zone: str) -> str:
    """The entitlement account of a unit in a zone."""
    return f"unit:{unit}/{zone}"


def cloud_account(provider: str, zone: str) -> str:
    """The capacity account of a provider in a zone."""
    return f"cloud:{provider}/{zone}"


@dataclass(frozen=True, slots=True)
class Holding:
    """What one system held in a zone before a document and holds after it, and the accounts that give it."""

    system: str
    zone: str
    accounts: tuple[str, ...]
    before: Amount
    after: Amount


class Standing:
    """Systems, their holdings, and the sums per account, after the documents admitted so far.

    Only the documents of the systems concerned are folded again when one is added, so that a registry of 20,000
    documents is admitted in time that grows with its length, not with its square.
    """

    def __init__(self, registry: Registry, platform: Platform) -> None:
        self._registry = registry
        self._platform = platform
        self._documents: dict[str, list[Filed[Spec]]] = {}
        self._replacing: list[Filed[Spec]] = []
        self._admissions: dict[str, Admission] = {}
        self._systems: dict[str, System] = {}
        self._ahead: dict[str, Estate] = {}
        self._held: dict[tuple[str, str], Amount] = {}
        self._accounts: dict[str, Amount] = {}
        self._approved_for: dict[str, set[str]] = {}
        self._changes: dict[str, datetime] = {}
        self.approved: set[str] = set()
        """Requests and forms that an admitted decision has approved."""
        self.evidence = Evidence()
        """Admitted papers that later steps must stand on."""
        self.subnets: dict[tuple[str, str], str] = {}
        """CIDR by (system, zone)."""

    def forked(self, registry: Registry) -> "Standing":
        """A standing of its own that goes on from here, with a registry that has all of this one's documents."""
        fork = Standing(registry, self._platform)
        fork._replacing = list(self._replacing)
        fork._documents = {name: list(documents) for name, documents in self._documents.items()}
        fork._admissions, fork._systems, fork._ahead = dict(self._admissions), dict(self._systems), dict(self._ahead)
        fork._held, fork._accounts = dict(self._held), dict(self._accounts)
        fork._approved_for, fork.approved = dict(self._approved_for), set(self.approved)
        fork._changes = dict(self._changes)
        fork.evidence, fork.subnets = self.evidence.forked(), dict(self.subnets)
        return fork

    def concerned(self, filed: Filed[Spec]) -> tuple[str, ...]:
        """The systems of the document, and those of the one whose place it takes or which it takes back."""
        replaced = (self._registry.get(name) for name in filed.document.metadata.replaces)
        documents = (filed, *(document for document in replaced if document is not None))
        return tuple(dict.fromkeys(name for f in documents for name in systems_of(f, self._registry)))

    def promised(self, as_of: datetime) -> Estate | None:
        """The estate at `as_of` with what was promised: what `fold` gives with `anticipate`, system by system.

        None where a document takes back or replaces another in a way that reaches beyond the systems of both, so that
        only all documents together tell what counts. `as_of` is that of the last document taken in.
        """
        if not all(map(self._reaches, self._replacing)):
            return None
        systems = [one for name, ahead in self._ahead.items() if (one := ahead.system(name)) is not None]
        changes = [ahead.next_change_at for ahead in self._ahead.values() if ahead.next_change_at is not None]
        return Estate(as_of, tuple(sorted(systems, key=lambda system: system.id)), min(changes, default=None))

    def _reaches(self, filed: Filed[Spec]) -> bool:
        """Whether the document stands with every system of those that it replaces, and of what these replaced."""
        replaced = (self._registry.get(name) for name in filed.document.metadata.replaces)
        concerned = set(self.concerned(filed))
        return all(concerned.issuperset(self.concerned(before)) for before in replaced if before is not None)

    @property
    def next_change_at(self) -> datetime | None:
        """The first instant after `as_of` at which documents taken in so far make another standing; None = never.

        `as_of` is that of the last document taken in.
        """
        return min(self._changes.values(), default=None)

    @property
    def systems(self) -> Mapping[str, System]:
        """Every system that an admitted document knows."""
        return self._systems

    def held(self, system: str, zone: str) -> Amount:
        """What the system holds in the zone: what it has, or what was already approved for it if that is more."""
        return self._held.get((system, zone), Amount())

    def holdings(self) -> tuple[Holding, ...]:
        """What every system holds in every zone now: `before` and `after` are the same."""
        found = ((self._systems[name], zone, amount) for (name, zone), amount in self._held.items() if amount)
        return tuple(Holding(s.id, zone, _accounts(s, zone), amount, amount) for s, zone, amount in found)

    def share(self, account: str, system: str, zone: str) -> Amount:
        """What the system holds of this account: nothing where another unit or provider gives it what it has."""
        known = self._systems.get(system)
        return self.held(system, zone) if known and account in _accounts(known, zone) else Amount()

    def total(self, account: str) -> Amount:
        """What all systems together hold of an account."""
        return self._accounts.get(account, Amount())

    def was_admitted(self, digest: str) -> bool:
        """Whether a document with this digest was admitted."""
        return digest in self._admissions and self._admissions[digest].admitted

    def fits(self, filed: Filed[Spec], as_of: datetime) -> bool:
        """Whether every dated step of its systems can still be made if the document is admitted at `as_of`.

        Two changes may each fit the system as it is and yet not fit each other, the later due first.
        """
        admissions = ChainMap({filed.digest: Admission(as_of, admitted=True)}, self._admissions)
        try:
            for name in self.concerned(filed):
                documents = sorted((*self._documents.get(name, ()), filed), key=lambda f: f.sequence)
                cases = cases_of(tuple(documents), admissions)
                folded(cases, _AT_LAST)
                folded(cases, _AT_LAST, anticipate=True)
        except RegistryBroken:
            return False
        return True

    def recall(self, filed: Iterable[Filed[Spec]], admissions: Mapping[str, Admission], as_of: datetime) -> None:
        """Takes in what earlier rounds decided, as it stands at `as_of`. Each system is folded once."""
        touched: dict[str, None] = {}
        for document in filed:
            touched |= dict.fromkeys(self._take(document, admissions[document.digest]))
        for name in touched:
            self._settle(name, as_of)

    def record(self, filed: Filed[Spec], admission: Admission, as_of: datetime) -> tuple[Holding, ...]:
        """Takes the outcome of one document in, admitted at `as_of`; gives back what it made systems hold."""
        moved = [holding for name in self._take(filed, admission) for holding in self._settle(name, as_of)]
        return tuple(holding for holding in moved if holding.before != holding.after)

    def _take(self, filed: Filed[Spec], admission: Admission) -> tuple[str, ...]:
        self._admissions[filed.digest] = admission
        if admission.admitted:
            self.evidence.take(filed)
            if filed.document.metadata.supersedes or filed.document.metadata.withdraws:
                self._replacing.append(filed)
        concerned = self.concerned(filed) if admission.admitted else ()
        for name in concerned:
            insort(self._documents.setdefault(name, []), filed, key=lambda f: f.sequence)
        return concerned

    def _settle(self, name: str, as_of: datetime) -> tuple[Holding, ...]:
        cases = cases_of(tuple(self._documents[name]), self._admissions)
        self._approve(name, cases)
        return tuple(self._refold(name, cases, as_of))

    def _approve(self, name: str, cases: Cases) -> None:
        self.approved -= self._approved_for.get(name, set())
        decisions = (*cases.of(OnboardingApprovalSpec), *cases.of(IntentDecisionSpec))
        self._approved_for[name] = {matter for decision in decisions for matter in _approves(decision)}
        self.approved |= self._approved_for[name]

    def _refold(self, name: str, cases: Cases, as_of: datetime) -> Iterator[Holding]:
        before, _ = self._systems.pop(name, None), self._ahead.pop(name, None)
        estate = folded(cases, as_of)
        now = estate.system(name)
        self._note_change(name, estate)
        if before is not None:
            yield from self._let_go(before, now)
        if now is None:
            return
        # only what was decided on a form can be promised and not yet be there
        promised = bool(cases.of(IntentDecisionSpec))
        self._ahead[name] = folded(cases, as_of, anticipate=True) if promised else estate
        self._note_change(name, estate, self._ahead[name])
        ahead = (self._ahead[name].system(name) if promised else None) or now
        self._systems[name] = now
        for deployment in now.deployments:
            if deployment.subnet:
                self.subnets[name, deployment.zone] = deployment.subnet
            yield self._hold(now, deployment.zone, _most(now, ahead, deployment.zone, self._platform, as_of))

    def _note_change(self, name: str, *estates: Estate) -> None:
        changes = [estate.next_change_at for estate in estates if estate.next_change_at is not None]
        self._changes.pop(name, None)
        self._changes |= {name: min(changes)} if changes else {}

    def _let_go(self, before: System, now: System | None) -> Iterator[Holding]:
        """What the system no longer has: its request was taken back, or another took its place."""
        same = now is not None and (now.unit, now.provider) == (before.unit, before.provider)
        for deployment in before.deployments:
            after = now.deployment(deployment.zone) if now else None
            if after is None or not same:
                yield self._hold(before, deployment.zone, Amount())
            if after is None or after.subnet is None:
                self.subnets.pop((before.id, deployment.zone), None)

    def _hold(self, system: System, zone: str, amount: Amount) -> Holding:
        before = self.held(system.id, zone)
        self._held[system.id, zone] = amount
        accounts = _accounts(system, zone)
        for account in accounts:
            total = self.total(account)
            self._accounts[account] = (total - before if before else total) + amount
        return Holding(system.id, zone, accounts, before, amount)


def _accounts(system: System, zone: str) -> tuple[str, ...]:
    return unit_account(system.unit, zone), cloud_account(system.provider, zone)


def _approves(filed: Filed[Spec]) -> Iterable[str]:
    match filed.spec:
        case OnboardingApprovalSpec(decision="approved"):
            return filed.spec.requests
        case IntentDecisionSpec(decision="approved"):
            return (filed.spec.form,)
        case _:
            return ()


def _most(now: System, ahead: System, zone: str, platform: Platform, as_of: datetime) -> Amount:
    amounts = [
        amount_of(deployment, system.grants, platform.flavors, as_of)
        for system in ((now,) if ahead is now else (now, ahead))
        if holds(system) and (deployment := system.deployment(zone)) is not None
    ]
    most = Amount()
    for amount in amounts:
        most = most.at_least(amount)
    return most
