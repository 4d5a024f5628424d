"""What the broker's own books say: approved and desired by system, limits and claims by account, stacks, documents."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from broker.backup.due import existing
from broker.backup.subject import subjects
from broker.calendar.calendar import calendar_of
from broker.clock import day_of
from broker.clocks.clock import Reading, State
from broker.clocks.papers import papers_of
from broker.clocks.read import read
from broker.clocks.table import CLOCKS
from broker.documents.calendar import CalendarNoticeSpec
from broker.documents.envelope import Nature
from broker.drift.finding import Standing, What
from broker.estate.amount import holdings
from broker.estate.cases import Admission
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import Platform, platform_of
from broker.estate.system import Estate
from broker.ledger.calls import Tallies
from broker.plan.target import targets
from broker.registry.filed import Registry
from monitoring import catalogue
from monitoring.family import Sample
from monitoring.places import Owner
from quotas.account import Account, AccountId, Level
from quotas.amount import NOTHING, Amount
from quotas.claim import Claim, ClaimState
from stacks.spec import StackSpec

GIB = 1 << 30
BYTES_PER_S_OF_A_MBPS = 125_000
_CLAIMED = {Level.SYSTEM, Level.CLOUD}
"""Levels on which claims have lines; those above are charged with what stands below them."""
_OPEN = frozenset({State.RUNNING, State.DUE_SOON, State.OVERDUE, State.PROVISIONAL})
STACK_STATES = ("applied", "pending", "unclean", "orphan")


@dataclass(frozen=True, slots=True)
class AppliedStack:
    """What the ledger knows of a stack. `applied_at_s` None: never to its end; seconds since 1970."""

    digest: str
    clean: bool
    applied_at_s: float | None


@dataclass(frozen=True, slots=True)
class Books:
    """One reading of registry and ledger."""

    registry: Registry
    as_of: datetime
    accounts: Iterable[Account]
    claims: Iterable[Claim]
    stacks: Mapping[str, AppliedStack]
    jobs: Mapping[tuple[str, str], int]
    """By (queue, status)."""
    drifts: Mapping[str, Standing] = field(default_factory=dict)
    calls: Tallies = field(default_factory=dict)


def samples(books: Books) -> Iterator[Sample]:
    """Everything that registry and ledger tell."""
    platform = platform_of(books.registry)
    admissions = admissions_of(books.registry.records)
    estate = fold(books.registry.filed, admissions, books.as_of)
    yield from _names(platform, estate)
    yield from _approved(platform, estate)
    yield from _stacks(platform, estate, books.stacks)
    yield from _drifts(books.drifts, books.stacks)
    yield from _backups(platform, estate, books)
    yield from _accounts(books.accounts, books.claims)
    yield from _calls(books.calls)
    yield from _documents(books.registry, admissions)
    yield from _clocks(books.registry, books.as_of)
    for (queue, status), count in sorted(books.jobs.items()):
        yield Sample(catalogue.JOBS, (queue, status), count)


def owners(registry: Registry, as_of: datetime) -> dict[str, Owner]:
    """Whose every project is, by the project's name: what a cloud's lists cannot tell."""
    clouds = platform_of(registry).clouds
    estate = fold(registry.filed, admissions_of(registry.records), as_of)
    return {
        f"{system.id}/{deployment.zone}": Owner(system.unit, system.id, clouds[system.provider, deployment.zone][0])
        for system in estate.systems
        for deployment in system.deployments
        if (system.provider, deployment.zone) in clouds
    }


def base_units(amount: Amount) -> dict[str, int]:
    """The parts of an amount in the base units of Prometheus, by a name that has the unit in it."""
    return {
        "vcpus": amount.vcpu,
        "memory_bytes": amount.memory_gib * GIB,
        "block_bytes": amount.block_gib * GIB,
        "block_high_performance_bytes": amount.block_high_performance_gib * GIB,
        "object_bytes": amount.object_gib * GIB,
        "bandwidth_bytes_per_second": amount.bandwidth_mbps * BYTES_PER_S_OF_A_MBPS,
        "public_addresses": amount.public_addresses,
    }


def _names(platform: Platform, estate: Estate) -> Iterator[Sample]:
    for (provider, zone), (cloud, _) in sorted(platform.clouds.items()):
        yield Sample(catalogue.CLOUD_INFO, (cloud, provider, zone), 1)
    for unit, spec in sorted(platform.units.items()):
        yield Sample(catalogue.UNIT_INFO, (unit, spec.name_zh), 1)
    for system in estate.systems:
        told = (system.id, system.name_zh, system.unit, str(system.mlps.grade), str(system.lifecycle))
        yield Sample(catalogue.SYSTEM_INFO, told, 1)


def _approved(platform: Platform, estate: Estate) -> Iterator[Sample]:
    for (system_id, zone), amount in sorted(holdings(estate, platform.flavors).items()):
        system = estate.system(system_id)
        if system is None:
            continue
        for resource, value in base_units(amount).items():
            of = (system.unit, system_id, zone, system.provider, resource)
            yield Sample(catalogue.APPROVED, of, value)


def _stacks(platform: Platform, estate: Estate, applied: Mapping[str, AppliedStack]) -> Iterator[Sample]:
    wanted = {target.stack: target for target in targets(estate, platform)}
    for stack in sorted(wanted.keys() | applied.keys()):
        target, known = wanted.get(stack), applied.get(stack)
        if target is not None and target.spec is None and known is None:
            continue  # gone, as it must be
        state = _state(target.digest if target else None, known)
        for one in STACK_STATES:
            yield Sample(catalogue.STACK_STATE, (stack, one), int(one == state))
        if known and known.applied_at_s is not None:
            yield Sample(catalogue.STACK_APPLIED, (stack,), known.applied_at_s)
        if target and target.spec:
            yield from _desired(target.spec)


def _state(wanted: str | None, known: AppliedStack | None) -> str:
    if wanted is None:
        return "orphan"
    if known is not None and not known.clean:
        return "unclean"
    return "applied" if known is not None and known.digest == wanted else "pending"


def _drifts(standings: Mapping[str, Standing], known: Mapping[str, AppliedStack]) -> Iterator[Sample]:
    for stack in sorted(known.keys() - standings.keys()):  # no alert sees what is absent
        yield Sample(catalogue.STACK_DRIFT_ASKED, (stack,), 0)
    for standing in standings.values():
        counted = Counter(finding.what for finding in standing.findings)
        for what in What:
            yield Sample(catalogue.STACK_DRIFT, (standing.stack, str(what)), counted[what])
        yield Sample(catalogue.STACK_DRIFT_ASKED, (standing.stack,), standing.asked_at.timestamp())
        if standing.since is not None:
            yield Sample(catalogue.STACK_DRIFT_SINCE, (standing.stack,), standing.since.timestamp())


def _calls(tallies: Tallies) -> Iterator[Sample]:
    for name, tally in sorted(tallies.items()):
        yield Sample(catalogue.CLOUD_CALLS, name, tally.calls)
        yield Sample(catalogue.CLOUD_CALLS_PUT_OFF, name, tally.put_off)
        yield Sample(catalogue.CLOUD_CALLS_WAITED, name, tally.waited_s)


def _desired(spec: StackSpec) -> Iterator[Sample]:
    quota = spec.quota
    parts = {
        "vcpus": quota.vcpu,
        "memory_bytes": quota.memory_gib * GIB,
        "block_bytes": quota.block_gib * GIB,
        "object_bytes": quota.object_gib * GIB,
        "public_addresses": quota.public_addresses,
    }
    for resource, value in parts.items():
        yield Sample(catalogue.DESIRED, (spec.unit, spec.system, spec.zone, spec.provider, resource), value)


def _backups(platform: Platform, estate: Estate, books: Books) -> Iterator[Sample]:
    """Of each stack that has data how many of its volumes and buckets were backed up neither today nor yesterday."""
    last_day = {name: runs[-1].day for name, runs in existing(books.registry.records).items()}
    yesterday = day_of(books.as_of) - timedelta(days=1)
    overdue: Counter[str] = Counter()
    for subject in subjects(estate, platform):
        stack = subject.place.stack
        overdue[stack] += last_day.get((stack, subject.kind, subject.name), date.min) < yesterday
    for stack, count in sorted(overdue.items()):
        yield Sample(catalogue.BACKUPS_OVERDUE, (stack,), count)


def _accounts(accounts: Iterable[Account], claims: Iterable[Claim]) -> Iterator[Sample]:
    committed: dict[AccountId, Amount] = {}
    for claim in claims:
        if claim.state is ClaimState.COMMITTED:
            for line in claim.lines:
                committed[line.account] = committed.get(line.account, NOTHING) + line.amount
    for account in accounts:
        of = (account.id.level.name.lower(), account.id.name, account.id.zone)
        told = {catalogue.QUOTA_LIMIT: account.ceiling, catalogue.QUOTA_HELD: account.used}
        if account.id.level in _CLAIMED:
            told[catalogue.QUOTA_COMMITTED] = committed.get(account.id, NOTHING)
        for family, amount in told.items():
            for resource, value in base_units(amount).items():
                yield Sample(family, (*of, resource), value)


def _documents(registry: Registry, admissions: Mapping[str, Admission]) -> Iterator[Sample]:
    counted: Counter[tuple[str, str]] = Counter()
    for filed in registry.filed:
        if filed.spec.nature is Nature.FOUNDATION:
            continue
        known = admissions.get(filed.digest)
        outcome = "pending" if known is None else "admitted" if known.admitted else "not_admitted"
        counted[filed.kind, outcome] += 1
    for of, count in sorted(counted.items()):
        yield Sample(catalogue.DOCUMENTS, of, count)


def _clocks(registry: Registry, as_of: datetime) -> Iterator[Sample]:
    calendar = calendar_of(filed.spec for filed in registry.in_force(CalendarNoticeSpec))
    readings = read(CLOCKS, papers_of(registry, as_of), calendar)
    for clock in CLOCKS:
        yield Sample(catalogue.CLOCK_INFO, (clock.id, clock.article, clock.title_zh), 1)
    counted = Counter((*_whose(reading), reading.state) for reading in readings)
    for whose in sorted({_whose(reading) for reading in readings}):
        for state in State:
            yield Sample(catalogue.CLOCKS, (*whose, str(state)), counted[*whose, state])
    # of two runs for the same matter the one that ends first is told
    due: dict[tuple[str, str, str], float] = {}
    for reading in readings:
        if reading.state in _OPEN:
            of = (reading.clock.id, reading.span.subject, _whose(reading)[2])
            due.setdefault(of, reading.due_at.timestamp())
    for of, at_s in sorted(due.items()):
        yield Sample(catalogue.CLOCK_DUE, of, at_s)


def _whose(reading: Reading) -> tuple[str, str, str]:
    """Clock, role, and the party that must act: the role where nobody holds it."""
    return reading.clock.id, reading.clock.role, reading.span.party or reading.clock.role
