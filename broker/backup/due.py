"""Which backups are due at an instant, and which may go: from the schedule and the records alone. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, TypeAlias

from broker.backup.subject import Place, Subject, Thing
from broker.clock import day_of
from broker.documents.backups import BackupErased, BackupRun
from broker.documents.records import Record

Name: TypeAlias = tuple[str, str, str]
"""A subject in the records: stack, kind, name."""
_LOOKED_BACK: Final = 400
"""Days: a backup that no record knows is looked for so far back."""


@dataclass(frozen=True, slots=True)
class Make:
    """One backup to be made. `key` is the same at every attempt, so that a killed run's backup is found again."""

    subject: Subject
    key: str
    mode: Literal["full", "incremental", "copy"]
    day: date


@dataclass(frozen=True, slots=True)
class Erase:
    """One backup that may go, and why."""

    place: Place
    run: BackupRun
    why: Literal["retention", "hand_over", "given_back"]


def due(subjects: Iterable[Subject], records: Iterable[Record], as_of: datetime) -> tuple[Make, ...]:
    """The backups of the day of `as_of` that are not there yet, in the order of the subjects.

    A missed day is not made up for: a backup holds the present. After a failure the next one is full.
    """
    attempts = _attempts(records)
    day = day_of(as_of)
    return tuple(make for s in subjects if (make := _make(s, attempts.get(_name(s), ()), day)) is not None)


def unrecorded(subject: Subject, there: frozenset[str], records: Iterable[Record], as_of: datetime) -> tuple[Make, ...]:
    """Backups of days before that of `as_of` that are there and in no record, oldest first.

    A round was killed, or told to stop, between the cloud's answer and its record, and none came on the same day. Newer
    ones may build on it, and none of them could be erased. `there`: keys that the cloud has.
    """
    found = _in_no_record(subject, there, records, day_of(as_of) - timedelta(days=1))
    return tuple(Make(subject, key, _unseen_mode(subject), day) for key, day in found)


def expired(subjects: Iterable[Subject], records: Iterable[Record]) -> tuple[Erase, ...]:
    """Backups whose chain is older than as many made ones as are kept; the newest of a chain first, as clouds ask.

    A chain goes as a whole or not at all: an incremental backup is worth nothing without those before it. Backups of
    what is no longer there stay, unless a document let it go: no newer one takes their place.
    """
    known = existing(records)
    found: list[Erase] = []
    for subject in subjects:
        runs = known.get(_name(subject), ())
        newer = len(runs)
        for chain in _chains(runs):
            newer -= len(chain)
            if newer < subject.rhythm.kept:
                break
            found += [Erase(subject.place, run, "retention") for run in reversed(chain)]
    return tuple(found)


def handed_over(places: Iterable[Place], records: Iterable[Record]) -> tuple[Erase, ...]:
    """Every backup of these stacks, the newest first: the unit has its data, so no copy of them stays (C-12(二))."""
    known = existing(records)
    by_stack = {place.stack: place for place in places}
    return tuple(
        Erase(by_stack[stack], run, "hand_over")
        for (stack, _, _), runs in known.items()
        if stack in by_stack
        for run in reversed(runs)
    )


def given_back(things: Iterable[Thing], records: Iterable[Record]) -> tuple[Erase, ...]:
    """Every backup of what a document let go in a stack that stays, the newest first: its data are nowhere then."""
    known = existing(records)
    return tuple(
        Erase(thing.place, run, "given_back")
        for thing in things
        for run in reversed(known.get((thing.place.stack, thing.kind, thing.name), ()))
    )


def left_behind(thing: Thing, there: frozenset[str], records: Iterable[Record], as_of: datetime) -> tuple[Erase, ...]:
    """Backups of what was let go that are there and in no record: nothing else would ever ask for them to go.

    A round was killed, or told to stop, before it recorded them. `there`: keys that the cloud has.
    """

    def as_made(key: str, day: date) -> BackupRun:
        stack, kind, name = _name(thing)
        answer = {"stack": stack, "kind": kind, "name": name, "mode": _unseen_mode(thing), "made": True}
        return BackupRun.model_validate({"key": key, "day": day, "at": as_of, **answer})

    found = _in_no_record(thing, there, records, day_of(as_of))
    return tuple(Erase(thing.place, as_made(key, day), "given_back") for key, day in found)


def newest_first(erased: Iterable[Erase]) -> tuple[Erase, ...]:
    """The same, by volume and bucket, each one's newest first: no cloud lets one go on which a newer one stands."""
    return tuple(sorted(erased, key=lambda one: (one.run.kind, one.run.name, -one.run.day.toordinal())))


def existing(records: Iterable[Record]) -> dict[Name, tuple[BackupRun, ...]]:
    """The backups that were made and not erased, oldest first, by subject."""
    runs: dict[str, BackupRun] = {}
    for record in records:
        match record:
            case BackupRun(made=True):
                runs[record.key] = record
            case BackupErased():
                runs.pop(record.key, None)
    by_name: dict[Name, list[BackupRun]] = {}
    for run in runs.values():
        by_name.setdefault((run.stack, run.kind, run.name), []).append(run)
    return {name: tuple(sorted(found, key=lambda run: run.day)) for name, found in sorted(by_name.items())}


def key_of(thing: Subject | Thing, day: date) -> str:
    """`gcb-` and 24 hex digits for one volume's or bucket's backup of one day."""
    text = "\0".join([*_name(thing), day.isoformat()])
    return "gcb-" + hashlib.sha256(text.encode()).hexdigest()[:24]


def _in_no_record(
    thing: Subject | Thing, there: frozenset[str], records: Iterable[Record], newest: date
) -> Iterator[tuple[str, date]]:
    """Key and day, oldest first. Of most things that were let go nothing is there: their records are not read."""
    days = (newest - timedelta(days=back) for back in range(_LOOKED_BACK, -1, -1))
    if own := [(key, day) for day in days if (key := key_of(thing, day)) in there]:
        known = {r.key for r in records if isinstance(r, BackupErased) or (isinstance(r, BackupRun) and r.made)}
        yield from ((key, day) for key, day in own if key not in known)


def _unseen_mode(thing: Subject | Thing) -> Literal["copy", "full"]:
    """Of one that no record knows: the cloud knows better."""
    return "copy" if thing.kind == "bucket" else "full"


def _attempts(records: Iterable[Record]) -> dict[Name, tuple[BackupRun, ...]]:
    """Every attempt, made or failed, in the order of the records, without those whose backup was erased."""
    attempts: dict[Name, list[BackupRun]] = {}
    erased: set[str] = set()
    for record in records:
        match record:
            case BackupRun():
                attempts.setdefault((record.stack, record.kind, record.name), []).append(record)
            case BackupErased():
                erased.add(record.key)
    return {name: tuple(run for run in runs if run.key not in erased) for name, runs in attempts.items()}


def _make(subject: Subject, attempts: tuple[BackupRun, ...], day: date) -> Make | None:
    if any(run.made and run.day >= day for run in attempts):
        return None
    return Make(subject, key_of(subject, day), _mode(subject, attempts, day), day)


def _mode(subject: Subject, attempts: tuple[BackupRun, ...], day: date) -> Literal["full", "incremental", "copy"]:
    if subject.kind == "bucket":
        return "copy"
    fulls = [run for run in attempts if run.made and run.mode == "full"]
    broken = bool(attempts) and not attempts[-1].made
    if not fulls or broken or (day - fulls[-1].day).days >= subject.rhythm.full_every_days:
        return "full"
    return "incremental"


def _chains(runs: tuple[BackupRun, ...]) -> Iterator[tuple[BackupRun, ...]]:
    """The runs cut before each one that stands by itself, oldest first."""
    chain: list[BackupRun] = []
    for run in runs:
        if run.mode != "incremental" and chain:
            yield tuple(chain)
            chain = []
        chain.append(run)
    if chain:
        yield tuple(chain)


def _name(thing: Subject | Thing) -> Name:
    return thing.place.stack, thing.kind, thing.name
