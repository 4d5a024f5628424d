"""The product on one screen: from the registry's head to clouds that hold what its documents say."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from broker.admit import Outcome as AdmissionOutcome
from broker.admit import RuleSet, admit
from broker.apply import Result
from broker.clock import Clock
from broker.documents.records import Provisioned, Record
from broker.errors import BrokerError, RegistryBroken
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import Platform, platform_of
from broker.estate.system import Estate
from broker.plan.target import Applied, Plan, Target, plan, targets
from broker.registry.authority import receipts
from broker.registry.filed import Registry

SHOWN_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Office:
    """What reconciling needs of the world; made by wiring."""

    read: Callable[[datetime], Registry]
    """The registry at the head of main with its records, its signatures judged; what is wrong is in `problems`."""
    append: Callable[[tuple[Record, ...]], Awaitable[None]]
    """Puts records on their branch; they are there when it comes back."""
    applied: Callable[[], Awaitable[Mapping[str, Applied]]]
    apply: Callable[[Target], Awaitable[Result]]
    rules: RuleSet
    program_digest: str
    clock: Clock
    reached: Callable[[str], None]
    simulated: bool
    parallel_stacks: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reconcile would do: nothing has been written yet."""

    registry: Registry
    platform: Platform
    admissions: tuple[AdmissionOutcome, ...]
    records: tuple[Record, ...]
    """What has to be recorded before anything is done: receipts and outcomes of admission."""
    estate: Estate
    plan: Plan


@dataclass(frozen=True, slots=True)
class Report:
    """What a reconcile did. `failed`: stacks whose run could not even be started, each with why."""

    draft: Draft
    results: tuple[Result, ...]
    failed: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether every changed stack is now as it should be."""
        return not self.failed and all(result.ok for result in self.results)


async def draft(office: Office, only: frozenset[str] = frozenset()) -> Draft:
    """What would be done now. Reads the registry and the ledger, writes nothing; `only` names stacks (empty = all).

    Raises:
        RegistryBroken: The registry cannot be trusted or read; nothing is decided on it.
    """
    # 1. The documents, in the order of main, with everything that is wrong with them.
    as_of = office.clock()
    registry = office.read(as_of)
    _trustworthy(registry)
    platform = platform_of(registry)
    # 2. Each document without a record is judged once, on what was decided before it.
    admissions = admit(registry, platform, office.rules, as_of, simulated=office.simulated)
    # 3. What must exist now.
    new: tuple[Record, ...] = (*receipts(registry, as_of), *(outcome.admitted for outcome in admissions.outcomes))
    estate = fold(registry.filed, admissions_of((*registry.records, *new)), as_of)
    # 4. What of it is not there yet.
    wanted = [target for target in targets(estate, platform) if not only or target.stack in only]
    changes = plan(wanted, await office.applied(), office.program_digest)
    return Draft(registry, platform, admissions.outcomes, new, estate, changes)


async def reconcile(office: Office, only: frozenset[str] = frozenset()) -> Report:
    """The clouds hold what the documents say. Safe to repeat and to kill at any point."""
    to_do = await draft(office, only)
    # 5. Outcomes are recorded before the first call to a cloud.
    if to_do.records:
        await office.append(to_do.records)
        office.reached("reconcile:recorded")
    # 6. Every changed stack by itself: one that fails holds up no other.
    results, failed = await _apply_all(to_do.plan.changed, office)
    # 7. What was brought about is recorded with the clouds' answers.
    done = tuple(provisioned(result, office.clock(), simulated=office.simulated) for result in results if result.ok)
    if done:
        await office.append(done)
        office.reached("reconcile:provisioned")
    return Report(to_do, results, failed)


async def _apply_all(changed: tuple[Target, ...], office: Office) -> tuple[tuple[Result, ...], dict[str, str]]:
    room = asyncio.Semaphore(office.parallel_stacks)
    failed: dict[str, str] = {}

    async def one(target: Target) -> Result | None:
        async with room:
            try:
                return await office.apply(target)
            except BrokerError as error:
                failed[target.stack] = str(error)
                return None

    results = await asyncio.gather(*(one(target) for target in changed))
    return tuple(result for result in results if result is not None), failed


def provisioned(result: Result, at: datetime, *, simulated: bool) -> Provisioned:
    """The record that a stack was brought to its target."""
    outcome = result.outcome
    return Provisioned(
        stack=result.target.stack,
        spec_digest=result.target.digest or "none",
        documents=result.target.documents,
        at=at,
        resources=sum(outcome.changes.values()) if outcome else 0,
        simulated=simulated,
    )


def _trustworthy(registry: Registry) -> None:
    if refused := registry.refused:
        shown = "; ".join(str(problem) for problem in refused[:SHOWN_PROBLEMS])
        more = f" and {len(refused) - SHOWN_PROBLEMS} more" if len(refused) > SHOWN_PROBLEMS else ""
        raise RegistryBroken(f"reading the registry at {registry.head[:12]}: {shown}{more}; see `broker check`")
