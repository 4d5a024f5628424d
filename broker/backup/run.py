"""One round of backups: what is due is made, what newer ones replaced is erased, and each is recorded as it ends."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal

from broker.backup.due import Erase, Make, due, existing, expired, handed_over, left_behind, newest_first, unrecorded
from broker.backup.due import given_back as given_up
from broker.backup.subject import Place, Subject, Thing, given_back, retired, subjects
from broker.backup.vault import Vault
from broker.clock import Clock
from broker.documents.backups import BackupErased, BackupRun, RestoreTest
from broker.documents.records import Provisioned, Record
from broker.errors import BrokerError, Stopped
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.nearest import all_known
from broker.plan.stack import stack_specs
from broker.registry.filed import Registry

Vaults = Mapping[Literal["volume", "bucket"], Vault]
AT_ONCE = 4
"""Backups of one stack that run beside one another."""
TEXT_LIMIT = 4000


@dataclass(frozen=True, slots=True)
class Desk:
    """What a round of backups needs of the world; made by wiring."""

    registry: Registry
    open: Callable[[Place], AbstractAsyncContextManager[Vaults | None]]
    """The vaults of a stack, for as long as this process alone may work on it; None where another does."""
    append: Callable[[tuple[Record, ...]], Awaitable[None]]
    clock: Clock
    stopping: asyncio.Event
    """Once set nothing more is begun, and no wait goes on; what is then made is recorded, the rest stays due."""
    simulated: bool
    parallel_stacks: int


@dataclass(frozen=True, slots=True)
class Round:
    """What is to be done on one stack."""

    place: Place
    subjects: tuple[Subject, ...]
    makes: tuple[Make, ...]
    gone: tuple[Erase, ...]
    """What documents let go; what retention lets go is known once the new ones are made."""
    let_go: tuple[Thing, ...]
    """Volumes that forms gave back: the cloud may have more backups of them than any record knows.

    Copies of buckets, and all of a stack that was handed over, went with the wipe (`broker.leaving.wipe`).
    """


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one stack's round.

    `busy`: another process works on the stack, it is done there or next time. `stopped`: told to stop before all of it
    was done; what is in no record and is no failure stays due, and what Cinder makes meanwhile is found by its key.
    """

    place: Place
    records: tuple[Record, ...] = ()
    failures: tuple[str, ...] = ()
    busy: bool = False
    stopped: bool = False


def rounds(desk: Desk, only: frozenset[str] = frozenset()) -> tuple[Round, ...]:
    """What is to be done now, stack by stack; reads nothing but documents and records. `only`: stacks, empty = all.

    Raises:
        NameUnknown: There is no stack of `only`, and there never was.
    """
    as_of, records = desk.clock(), desk.registry.records
    platform = platform_of(desk.registry)
    estate = fold(desk.registry.filed, admissions_of(records), as_of)
    wanted = subjects(estate, platform)
    gone = retired(estate, platform)
    places = {place.stack: place for place in (*(s.place for s in wanted), *gone)}
    makes = due(wanted, records, as_of)
    let_go = given_back(estate, platform)
    erased = (*handed_over(gone, records), *given_up(let_go, records))
    # one that holds nothing to back up is or was a stack all the same: there is nothing to do
    specs = (spec.name for spec in stack_specs(estate, platform))
    once = (record.stack for record in records if isinstance(record, Provisioned))
    all_known("stack", only, {*places, *specs, *once})
    return tuple(
        Round(
            place,
            tuple(s for s in wanted if s.place.stack == stack),
            tuple(make for make in makes if make.subject.place.stack == stack),
            tuple(erase for erase in erased if erase.place.stack == stack),
            tuple(thing for thing in let_go if thing.place.stack == stack and thing.kind == "volume"),
        )
        for stack, place in sorted(places.items())
        if not only or stack in only
    )


async def backup(desk: Desk, only: frozenset[str] = frozenset(), *, try_restoring: bool = False) -> tuple[Ended, ...]:
    """Everything that is due, made and recorded. Safe to repeat and to kill at any point."""
    room = asyncio.Semaphore(desk.parallel_stacks)

    async def one(to_do: Round) -> Ended:
        async with room:
            if desk.stopping.is_set():
                return Ended(to_do.place, stopped=True)
            try:
                async with desk.open(to_do.place) as vaults:
                    if vaults is None:
                        return Ended(to_do.place, busy=True)
                    ended = await _stack(to_do, vaults, desk, try_restoring=try_restoring)
            except Stopped:
                return Ended(to_do.place, stopped=True)
            except BrokerError as error:
                return Ended(to_do.place, failures=(str(error),))
            if ended.records:
                await desk.append(ended.records)
            return ended

    wanted = (found for found in rounds(desk, only) if found.makes or found.gone or (try_restoring and found.subjects))
    return tuple(await asyncio.gather(*map(one, wanted)))


async def _stack(to_do: Round, vaults: Vaults, desk: Desk, *, try_restoring: bool) -> Ended:
    # 1. What the unit was handed back leaves no copy behind.
    gone, unseen = await _gone(to_do, vaults, desk)
    erased = [*unseen, *[await _erased(erase, vaults, desk) for erase in gone]]
    # 2. What an earlier round did not come to record, then what is due, in the order in which it was due.
    room = asyncio.Semaphore(AT_ONCE)
    earlier = await _unrecorded(to_do, vaults, desk)
    begun = await asyncio.gather(*(_made(make, vaults, desk, room) for make in (*earlier, *to_do.makes)))
    made = tuple(run for run in begun if run is not None)
    # 3. What they replace goes only now, as they were looked at.
    known = (*desk.registry.records, *made)
    erased += [await _erased(erase, vaults, desk) for erase in expired(to_do.subjects, known)]
    # 4. Whether a backup gives back what was backed up.
    tried = await _tried(to_do, known, vaults, desk) if try_restoring else ()
    became = (*begun, *erased, *tried)
    failures = (
        *(f"{run.name}: {run.failure}" for run in made if not run.made),
        *(one for one in erased if isinstance(one, str)),
        *(test.told for test in tried if test is not None and not test.passed),
    )
    records = tuple(one for one in became if one is not None and not isinstance(one, str))
    return Ended(to_do.place, records, failures, stopped=None in became)


async def _gone(to_do: Round, vaults: Vaults, desk: Desk) -> tuple[tuple[Erase, ...], tuple[str, ...]]:
    """What documents let go, with what is in no record; and why that could not be looked for: of such it all waits."""
    gone, unseen = list(to_do.gone), []
    for thing in to_do.let_go:
        try:
            there = await vaults[thing.kind].there(thing)
        except Stopped:
            raise
        except BrokerError as error:
            unseen.append(f"{thing.name}: {error}")
            gone = [erase for erase in gone if (erase.run.kind, erase.run.name) != (thing.kind, thing.name)]
        else:
            gone += left_behind(thing, there, desk.registry.records, desk.clock())
    return newest_first(gone), tuple(unseen)


async def _unrecorded(to_do: Round, vaults: Vaults, desk: Desk) -> tuple[Make, ...]:
    """Backups of earlier days that are there: to `make` them finds them. None where nobody could look."""
    found: list[Make] = []
    for subject in (make.subject for make in to_do.makes):
        if desk.stopping.is_set():
            break
        with contextlib.suppress(BrokerError):  # what keeps the cloud from answering is told by what is due
            there = await vaults[subject.kind].there(subject)
            found += unrecorded(subject, there, desk.registry.records, desk.clock())
    return tuple(found)


async def _made(make: Make, vaults: Vaults, desk: Desk, room: asyncio.Semaphore) -> BackupRun | None:
    """How it went; None where it was not begun, or left off, because of a stop. As for all that follow."""
    subject = make.subject

    def record(**answer: object) -> BackupRun:
        fields = {"mode": make.mode, **answer}
        return BackupRun.model_validate(
            {
                "key": make.key,
                "stack": subject.place.stack,
                "kind": subject.kind,
                "name": subject.name,
                "day": make.day,
                "at": desk.clock(),
                "simulated": desk.simulated,
                **fields,
            }
        )

    async with room:
        if desk.stopping.is_set():
            return None
        try:
            made = await vaults[subject.kind].make(make)
        except Stopped:
            return None
        except BrokerError as error:
            return record(made=False, failure=str(error)[:TEXT_LIMIT])
    return record(
        made=True,
        mode=made.mode,
        reference=made.reference,
        size_bytes=made.size_bytes,
        content_digest=made.content_digest,
    )


async def _erased(erase: Erase, vaults: Vaults, desk: Desk) -> BackupErased | str | None:
    run = erase.run
    if desk.stopping.is_set():
        return None
    try:
        await vaults[run.kind].erase(run)
    except Stopped:
        return None
    except BrokerError as error:
        return f"{run.name}: {error}"
    return BackupErased(key=run.key, stack=run.stack, at=desk.clock(), why=erase.why, simulated=desk.simulated)


async def _tried(to_do: Round, records: Iterable[Record], vaults: Vaults, desk: Desk) -> tuple[RestoreTest | None, ...]:
    """The newest backup of the smallest volume, and that of every bucket."""
    known = existing(records)
    volumes = sorted((s for s in to_do.subjects if s.kind == "volume"), key=lambda s: (s.size_gib, s.name))
    chosen = (*volumes[:1], *(s for s in to_do.subjects if s.kind == "bucket"))
    newest = (known[name][-1] for s in chosen if (name := (s.place.stack, s.kind, s.name)) in known)
    return tuple([await _test(run, vaults, desk) for run in newest])


async def _test(run: BackupRun, vaults: Vaults, desk: Desk) -> RestoreTest | None:
    if desk.stopping.is_set():
        return None
    try:
        passed, told = True, await vaults[run.kind].restored(run)
    except Stopped:
        return None
    except BrokerError as error:
        passed, told = False, str(error)[:TEXT_LIMIT]
    at, simulated = desk.clock(), desk.simulated
    return RestoreTest(key=run.key, stack=run.stack, at=at, passed=passed, told=told, simulated=simulated)
