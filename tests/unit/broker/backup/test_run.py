"""A round of backups on clouds that behave in memory: what is made, recorded, found again, erased."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from broker.backup.due import Make, existing
from broker.backup.run import Desk, Ended, Vaults, backup, rounds
from broker.backup.subject import Place, Subject, Thing
from broker.backup.vault import Made
from broker.documents.backups import BackupErased, BackupRun, RestoreTest
from broker.documents.records import Admitted, Record
from broker.errors import CloudError, Stopped
from broker.registry.filed import Registry
from tests.fixtures import demo_district as demo

STACK = "grid-governance.extranet.provider-b"
GIVES_BACK = "urban-v2.extranet.provider-b"
GIVEN_BACK = "urban-v2-extranet-app-4-"
"""Two volumes that a form gives back on 16 September."""
ALL_OF_IT = 7
"""Three machines with two volumes each, and a bucket."""


@dataclass
class MemoryVault:
    """Keeps backups by key; refuses what is named in `failing`. After `stops_after` makes the round is told to stop."""

    made: dict[str, Make] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)
    """Names of which the cloud does not say what it has."""
    calls: int = 0
    stops_after: int = 0
    waits: bool = False
    """What it is at when the stop comes waits for the cloud, which has begun."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def there(self, thing: Subject | Thing) -> frozenset[str]:
        if thing.name in self.unseen:
            raise CloudError(f"looking for backups of {thing.name}: the cloud answered 503")
        return frozenset(key for key, make in self.made.items() if make.subject.name == thing.name)

    async def make(self, make: Make) -> Made:
        self.calls += 1
        if self.calls == self.stops_after:
            self.stopping.set()
            if self.waits:
                self.made[make.key] = make
                raise Stopped(f"backing up {make.subject.name}: the run was asked to stop")
        if make.subject.name in self.failing:
            raise CloudError(f"backing up {make.subject.name}: Service not found for creating backup.")
        self.made.setdefault(make.key, make)
        return Made(make.mode, f"id-{make.key}", 1)

    async def erase(self, run: BackupRun) -> None:
        newer = [make for make in self.made.values() if make.subject.name == run.name and make.day > run.day]
        if any(make.mode == "incremental" for make in newer[:1]):
            raise CloudError(f"erasing the backup {run.key} of {run.name}: newer ones stand on it")
        self.made.pop(run.key, None)

    async def restored(self, run: BackupRun) -> str:
        if run.key not in self.made:
            raise CloudError(f"restoring {run.key}: it is not there")
        return f"{run.name}: as it was"


@dataclass
class Office:
    """A deployment whose clock is set by the test. `dies`: the process is killed before it records anything."""

    vault: MemoryVault = field(default_factory=MemoryVault)
    records: tuple[Record, ...] = ()
    taken: set[str] = field(default_factory=set)
    dies: bool = False

    def desk(self, now: datetime) -> Desk:
        registry = demo.registry()
        judged = tuple(_admitted(registry, now))
        known = Registry(registry.head, registry.filed, records=(*judged, *self.records))
        stop = self.vault.stopping
        return Desk(known, self._open, self._append, lambda: now, stop, simulated=True, parallel_stacks=2)

    @asynccontextmanager
    async def _open(self, place: Place) -> AsyncIterator[Vaults | None]:
        yield None if place.stack in self.taken else {"volume": self.vault, "bucket": self.vault}

    async def _append(self, records: tuple[Record, ...]) -> None:
        if not self.dies:
            self.records += records

    def round(self, now: datetime, *, stack: str = STACK, try_restoring: bool = False) -> Ended:
        (ended,) = asyncio.run(backup(self.desk(now), frozenset({stack}), try_restoring=try_restoring))
        return ended

    def killed(self, now: datetime, *, stack: str = STACK) -> None:
        self.dies = True
        self.round(now, stack=stack)
        self.dies = False

    def kept_of(self, name: str) -> list[date]:
        return sorted(make.day for make in self.vault.made.values() if make.subject.name.startswith(name))


def _admitted(registry: Registry, as_of: datetime) -> list[Admitted]:
    found = demo.admissions(registry, as_of)
    return [
        Admitted(
            document=f.digest,
            id=f.id,
            commit=f.commit,
            sequence=f.sequence,
            as_of=found[f.digest].received_at,
            rule_set="sha256:" + "0" * 64,
            admitted=found[f.digest].admitted,
        )
        for f in registry.filed
        if f.digest in found
    ]


NOON = demo.at("2026-11-02T12:00")


def test_everything_of_a_stack_is_made_and_recorded_once_a_day() -> None:
    office = Office()
    office.round(NOON)
    assert [type(record) for record in office.records] == [BackupRun] * ALL_OF_IT
    assert {make.mode for make in office.vault.made.values()} == {"full", "copy"}
    assert not any(to_do.makes for to_do in rounds(office.desk(NOON), frozenset({STACK})))


def test_a_dry_look_says_what_is_due_and_touches_nothing() -> None:
    office = Office()
    (to_do,) = rounds(office.desk(NOON), frozenset({STACK}))
    assert len(to_do.makes) == ALL_OF_IT
    assert office.vault.calls == 0


def test_a_round_that_was_killed_before_it_recorded_makes_nothing_twice() -> None:
    office = Office(dies=True)
    office.round(NOON)
    office.dies = False
    office.round(NOON + timedelta(hours=1))
    assert len(office.vault.made) == ALL_OF_IT
    assert len(existing(office.records)) == ALL_OF_IT


def test_what_a_killed_round_made_is_recorded_the_day_after_and_erased_in_its_time() -> None:
    office = Office()
    office.round(NOON - timedelta(days=1))
    office.dies = True
    office.round(NOON)
    office.dies = False
    tomorrow = office.round(NOON + timedelta(days=1)).records
    made = [record for record in tomorrow if isinstance(record, BackupRun)]
    assert [run.day for run in made] == [NOON.date()] * ALL_OF_IT + [NOON.date() + timedelta(days=1)] * ALL_OF_IT
    for day in range(2, 60):
        office.round(NOON + timedelta(days=day))
    recorded = {run.key for runs in existing(office.records).values() for run in runs}
    assert recorded == office.vault.made.keys()
    assert min(make.day for make in office.vault.made.values()) > NOON.date() + timedelta(days=1)


def test_what_killed_rounds_made_of_a_volume_goes_with_the_rest_once_the_volume_is_given_back() -> None:
    office, day = Office(), demo.at("2026-09-10T12:00")
    office.killed(day, stack=GIVES_BACK)
    for later in (1, 2):
        office.round(day + timedelta(days=later), stack=GIVES_BACK)
    office.killed(day + timedelta(days=3), stack=GIVES_BACK)
    assert len(office.kept_of(GIVEN_BACK)) == 2 * 4
    ended = office.round(day + timedelta(days=6), stack=GIVES_BACK)
    assert (ended.failures, office.kept_of(GIVEN_BACK)) == ((), [])
    erased = [record for record in ended.records if isinstance(record, BackupErased)]
    assert [record.why for record in erased] == ["given_back"] * 2 * 4
    assert office.round(day + timedelta(days=7), stack=GIVES_BACK).failures == ()
    assert office.kept_of("urban-v2-extranet-app-1-data")[0] == day.date(), "what stays keeps its own"


def test_of_what_the_cloud_does_not_say_what_it_has_nothing_is_let_go_until_it_does() -> None:
    office, day = Office(), demo.at("2026-09-13T12:00")
    office.round(day, stack=GIVES_BACK)
    office.killed(day + timedelta(days=1), stack=GIVES_BACK)
    office.vault.unseen.add(f"{GIVEN_BACK}data")
    ended = office.round(day + timedelta(days=3), stack=GIVES_BACK)
    assert [told.split(": ")[0] for told in ended.failures] == [f"{GIVEN_BACK}data"]
    assert len(office.kept_of(f"{GIVEN_BACK}data")) == 2
    assert office.kept_of(f"{GIVEN_BACK}boot") == []
    office.vault.unseen.clear()
    assert office.round(day + timedelta(days=3, hours=1), stack=GIVES_BACK).failures == ()
    assert office.kept_of(GIVEN_BACK) == []


def test_a_backup_that_the_cloud_refuses_is_recorded_with_why_and_holds_up_no_other() -> None:
    name = "grid-governance-extranet-db-1-data"
    office = Office(MemoryVault(failing={name}))
    ended = office.round(NOON)
    (failed,) = (record for record in office.records if isinstance(record, BackupRun) and not record.made)
    assert failed.name == name
    assert "Service not found" in (failed.failure or "")
    assert len(ended.failures) == 1
    office.vault.failing.clear()
    office.round(NOON + timedelta(hours=1))
    assert len(existing(office.records)) == ALL_OF_IT


def test_what_newer_backups_replaced_is_erased_and_what_is_recorded_is_what_is_there() -> None:
    office = Office()
    for day in range(45):
        office.round(NOON - timedelta(days=60) + timedelta(days=day))
        recorded = {run.key for runs in existing(office.records).values() for run in runs}
        assert recorded == office.vault.made.keys()
    assert any(isinstance(record, BackupErased) for record in office.records)


def test_nothing_is_done_on_a_stack_on_which_another_process_works() -> None:
    office = Office(taken={STACK})
    assert office.round(NOON).busy
    assert office.vault.calls == 0


def test_a_restore_is_tried_on_the_smallest_volume_and_on_every_bucket() -> None:
    office = Office()
    office.round(NOON, try_restoring=True)
    tests = [record for record in office.records if isinstance(record, RestoreTest)]
    assert [(test.passed, test.told.split(":")[0]) for test in tests] == [
        (True, "grid-governance-extranet-app-1-boot"),
        (True, "grid-governance-extranet-objects"),
    ]


def test_a_backup_that_gives_nothing_back_fails_the_test_and_is_recorded() -> None:
    office = Office()
    office.round(NOON)
    office.vault.made.clear()
    ended = office.round(NOON, try_restoring=True)
    assert [record.passed for record in ended.records if isinstance(record, RestoreTest)] == [False, False]
    assert len(ended.failures) == 2


def test_a_stop_lets_what_is_made_be_recorded_and_begins_nothing_more() -> None:
    office = Office(MemoryVault(stops_after=2))
    ended = office.round(NOON, try_restoring=True)
    assert ended.stopped
    assert ended.failures == ()
    assert [record.key for record in office.records if isinstance(record, BackupRun)] == list(office.vault.made)
    assert (office.vault.calls, len(office.records)) == (2, 2)
    assert office.round(NOON).records == ()
    office.vault.stopping.clear()
    assert not office.round(NOON).stopped
    assert office.vault.calls == ALL_OF_IT
    assert len(existing(office.records)) == ALL_OF_IT


def test_a_backup_that_the_cloud_still_makes_at_a_stop_is_no_failure_and_is_found_by_the_next_round() -> None:
    office = Office()
    office.round(NOON)
    office.vault.calls, office.vault.stops_after, office.vault.waits = 0, 1, True
    ended = office.round(NOON + timedelta(days=1))
    assert (ended.stopped, ended.records, ended.failures) == (True, (), ())
    office.vault.stopping.clear()
    ended = office.round(NOON + timedelta(days=1, hours=1))
    modes = [record.mode for record in ended.records if isinstance(record, BackupRun)]
    assert sorted(modes) == ["copy", *["incremental"] * (ALL_OF_IT - 1)]
    assert len(office.vault.made) == 2 * ALL_OF_IT


def test_a_stop_that_comes_first_lets_no_stack_be_opened_and_erases_nothing() -> None:
    office = Office()
    office.vault.stopping.set()
    assert office.round(NOON).stopped
    assert (office.vault.calls, office.records) == (0, ())
