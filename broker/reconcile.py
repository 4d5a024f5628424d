"""The product on one screen: from the registry's head to clouds that hold what its documents say."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from broker.admit import Outcome as AdmissionOutcome
from broker.admit import RuleSet, admit
from broker.apply import Result
from broker.booking import Behind, Booking, Taken, booking, goes_on
from broker.clock import Clock
from broker.documents.records import Delivered, Received, Record
from broker.errors import BrokerError, NameUnknown, OperatorError
from broker.estate.fold import admissions_of, fold
from broker.estate.manual import ManualItem, open_items
from broker.estate.platform import Platform, platform_of
from broker.estate.stranded import Stranded, stranded
from broker.estate.system import Estate
from broker.handover.delivery import Delivery, Waiting
from broker.hold import holds, trusted
from broker.ledger.audit import Entry
from broker.nearest import all_known, unknown
from broker.plan.act import with_acts
from broker.plan.target import Applied, Plan, Target, plan, targets
from broker.preview import Previewed
from broker.problem import Problem
from broker.registry.authority import receipts
from broker.registry.filed import Registry

ROUNDS = 20
"""How often a round is held again because another process was first, before that itself is the fault."""


class AlwaysBehind(OperatorError):
    """However often the round was held again, the ledger knew better."""


@dataclass(frozen=True, slots=True)
class Office:
    """What reconciling needs of the world; made by wiring."""

    read: Callable[[datetime], Registry]
    """The registry at the head of main with its records, its signatures judged; what is wrong is in `problems`."""
    text: Callable[[str, str], str]
    """What lies at a commit under a path, however malformed; empty where nothing does."""
    take: Callable[[Booking], Awaitable[Taken | Behind]]
    """Claims what a round decided, in one transaction, and keeps its outcomes until they are recorded."""
    newest: Callable[[], Awaitable[datetime | None]]
    """The instant of the newest round that was held; None: there was none."""
    append: Callable[[tuple[Record, ...]], Awaitable[None]]
    """Puts records on their branch, after the facts that wait in the ledger; they are there when it comes back."""
    note: Callable[[tuple[Entry, ...]], Awaitable[None]]
    """Puts entries in the audit log."""
    applied: Callable[[], Awaitable[Mapping[str, Applied]]]
    apply: Callable[[Target], Awaitable[Result]]
    attend: Callable[[Target, tuple[str, ...]], Awaitable[int]]
    """Runs a person's own `pulumi` command on a stack; its exit code."""
    preview: Callable[[Target], Awaitable[Previewed]]
    """What Pulumi would do to a stack; writes nothing."""
    deliver: Callable[[Registry, Estate], Awaitable[Delivery]]
    """Packs the secrets that clouds made and no record says are delivered, each for its unit alone."""
    rules: RuleSet
    program_digest: str
    clock: Clock
    reached: Callable[[str], None]
    stopping: asyncio.Event
    """Once set, what runs is interrupted and kept, and nothing more is begun."""
    simulated: bool
    parallel_stacks: int
    away: Callable[[], str] = lambda: ""
    """Why the git host could not be asked when the registry was read last; empty = it answered, or there is none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reconcile would do: nothing has been written yet."""

    registry: Registry
    platform: Platform
    admissions: tuple[AdmissionOutcome, ...]
    records: tuple[Record, ...]
    """What has to be recorded before anything is done: receipts and outcomes of admission."""
    estate: Estate
    held: Mapping[str, Problem]
    """Stacks that stay as they are because a document of their system was refused at the door, each with one."""
    plan: Plan
    booking: Booking
    """What the round asks of the counters."""
    by_hand: tuple[ManualItem, ...] = ()
    """What documents grant and people still have to make."""
    away: str = ""
    """Why the git host could not be asked: nothing new is admitted, what was admitted is carried out."""
    stranded: tuple[Stranded, ...] = ()
    """Systems to be moved, since their provider lost its right to serve."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a reconcile did. `failed`: stacks whose run could not even be started, each with why."""

    draft: Draft
    results: tuple[Result, ...]
    failed: Mapping[str, str]
    waiting: tuple[Waiting, ...] = ()
    """Stacks whose new secrets cannot go to their unit yet."""
    delivered: tuple[Delivered, ...] = ()
    """Packages of new secrets, each for one unit."""

    @property
    def ok(self) -> bool:
        """Whether every stack is now as it should be, none of them held up."""
        return not self.failed and not self.draft.held and all(result.ok for result in self.results)


async def draft(office: Office, only: frozenset[str] = frozenset()) -> Draft:
    """What would be done now. Reads the registry and the ledger, writes nothing; `only` names stacks (empty = all).

    Raises:
        RegistryBroken: The registry cannot be trusted or read; nothing is decided on it.
        NameUnknown: Neither documents nor ledger know a stack of `only`.
    """
    # 1. The documents, in the order of main, with everything that is wrong with them.
    as_of = office.clock()
    registry = await asyncio.to_thread(office.read, as_of)  # it may ask the git host
    away = office.away()
    trusted(registry, lambda path: office.text(registry.head, path))
    platform = platform_of(registry)
    # 2. Each document without a record is judged once, on what was decided before it, where that can be recorded.
    to_judge = registry.recorded() if away else registry
    admissions = admit(to_judge, platform, office.rules, as_of, simulated=office.simulated)
    # 3. What must exist now.
    received = () if away else receipts(registry, as_of)
    new: tuple[Record, ...] = (*received, *(outcome.admitted for outcome in admissions.outcomes))
    estate = fold(registry.filed, admissions_of((*registry.records, *new)), as_of)
    # 4. What of it is not there yet; a system with a refused document stays as it is.
    wanted = targets(estate, platform)
    refused = holds(registry, estate, lambda path: office.text(registry.head, path))
    held = {target.stack: refused[target.system] for target in wanted if target.system in refused}
    applied = await office.applied()
    all_known("stack", only, {*applied, *(target.stack for target in wanted)})
    changes = plan(wanted, applied, office.program_digest).without(held)
    by_hand = open_items(estate, registry, platform)
    changes = replace(changes, changed=_by_hand(with_acts(changes.changed, registry), by_hand))
    if only:
        held, changes = {stack: held[stack] for stack in held.keys() & only}, changes.only(only)
    asked = booking(registry, platform, admissions, as_of)
    to_move = stranded(estate, platform)
    return Draft(registry, platform, admissions.outcomes, new, estate, held, changes, asked, by_hand, away, to_move)


def _by_hand(changed: tuple[Target, ...], items: tuple[ManualItem, ...]) -> tuple[Target, ...]:
    """The targets, each with what people still have to make of it."""
    return tuple(replace(t, by_hand=tuple(str(item) for item in items if item.stack == t.stack)) for t in changed)


def workable(to_do: Draft, stack: str) -> Target:
    """The target of a stack about which nothing is left to decide, so that a person may work on it.

    Raises:
        OperatorError: There is no such stack (NameUnknown), it is held up, or documents wait for their admission.
    """
    found = {target.stack: target for target in targets(to_do.estate, to_do.platform)}
    found |= {target.stack: target for target in to_do.plan.changed}  # with the acts that a run carries out
    if stack not in found:
        raise NameUnknown(f"working on {stack}: {unknown('stack in the documents', stack, found)}")
    if stack in to_do.held:
        raise OperatorError(f"working on {stack}: it is held up by {to_do.held[stack]}")
    if to_do.records:
        raise OperatorError(f"working on {stack}: documents wait for their admission; run `broker reconcile` first")
    return found[stack]


async def reconcile(office: Office, only: frozenset[str] = frozenset()) -> Report:
    """The clouds hold what the documents say. Safe to repeat and to kill at any point."""
    to_do = await decide(office, only)
    # 7. Every changed stack by itself: one that fails holds up no other.
    results, failed = await _apply_all(to_do.plan.changed, office)
    # 8. What was brought about waits in the ledger since its state was saved; it is recorded before the next can fail.
    if any(result.ok or result.evidence for result in results):
        await office.append(())
        office.reached("reconcile:provisioned")
    # 9. Secrets that clouds made are packed for their units; which package holds them is recorded.
    packed = await office.deliver(to_do.registry, to_do.estate)
    if packed.delivered:
        await office.append(packed.delivered)
    return Report(to_do, results, failed, packed.waiting, packed.delivered)


async def hand_over(office: Office) -> Delivery:
    """What waits is packed and recorded, without anything else being done."""
    known = await draft(office)
    packed = await office.deliver(known.registry, known.estate)
    if packed.delivered:
        await office.append(packed.delivered)
    return packed


async def decide(office: Office, only: frozenset[str] = frozenset()) -> Draft:
    """What is to be done, with every outcome claimed and recorded: nobody decides otherwise any more.

    Raises:
        AlwaysBehind: The round never held.
        WentBack: It would be held at a simulated instant before the last one.
        RegistryBroken: As `draft`.
    """
    await _forward(office)
    to_do = await draft(office, only)
    why = ""
    for _ in range(ROUNDS):
        if to_do.away:
            return to_do  # what is not recorded is not decided; what was decided before goes on
        # 5. Quota and capacity are claimed in one transaction; whoever was second holds the round again.
        answer = await office.take(to_do.booking)
        if isinstance(answer, Taken):
            office.reached("reconcile:claimed")
            # 6. Outcomes are recorded before the first call to a cloud.
            if to_do.records:
                await office.append(to_do.records)
                office.reached("reconcile:recorded")
            return to_do
        why = answer.why
        if answer.waiting:
            await office.append(_unreceived(answer, to_do.registry))
        await _forward(office)
        to_do = await draft(office, only)
    raise AlwaysBehind(f"claiming what {len(to_do.admissions)} documents take, {ROUNDS} times: {why}; fetch `records`")


async def _forward(office: Office) -> None:
    """Nothing, where a round may be held now. Machines' clocks differ by a little; a simulated instant was meant."""
    if office.simulated and (last := await office.newest()) is not None:
        goes_on(office.clock(), last)


def _unreceived(behind: Behind, registry: Registry) -> tuple[Received, ...]:
    """Receipts of waiting outcomes whose broker died before it wrote them: received when they were judged."""
    known = {record.document for record in registry.records if isinstance(record, Received)}
    return tuple(
        Received(document=waiting.document, at=waiting.as_of)
        for waiting in behind.waiting
        if waiting.document not in known
    )


async def _apply_all(changed: tuple[Target, ...], office: Office) -> tuple[tuple[Result, ...], dict[str, str]]:
    room = asyncio.Semaphore(office.parallel_stacks)
    failed: dict[str, str] = {}

    async def one(target: Target) -> Result | None:
        async with room:
            if office.stopping.is_set():
                failed[target.stack] = "not begun: the broker was told to stop; reconcile again"
                return None
            try:
                return await office.apply(target)
            except BrokerError as error:
                failed[target.stack] = str(error)
                return None

    results = await asyncio.gather(*(one(target) for target in changed))
    return tuple(result for result in results if result is not None), failed
