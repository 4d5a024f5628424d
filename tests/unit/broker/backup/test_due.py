"""What is due and what may go, from schedule and records alone."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.backup.due import due, existing, expired, given_back, handed_over, key_of, left_behind, unrecorded
from broker.backup.subject import Place, Subject, Thing
from broker.backup.subject import given_back as things_given_back
from broker.clock import SHANGHAI, start_of
from broker.documents.backups import BackupErased, BackupRun
from broker.documents.records import Record
from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.plan.rhythm import RHYTHMS, Rhythm
from tests.fixtures import demo_district as demo
from tests.fixtures.stack_specs import target

PLACE = Place("hall.internet.provider-a", "hall", "office", "internet", target())
VOLUME = Subject(PLACE, "volume", "hall-internet-web-1-data", 100, RHYTHMS["none"])
BUCKET = Subject(PLACE, "bucket", "hall-internet-objects", 100, RHYTHMS["backup"])
FIRST = date(2026, 11, 1)


def noon(day: int) -> datetime:
    return start_of(FIRST + timedelta(days=day)) + timedelta(hours=12)


def run(subject: Subject, day: int, mode: str, *, made: bool = True) -> BackupRun:
    on = FIRST + timedelta(days=day)
    return BackupRun.model_validate(
        {
            "key": key_of(subject, on),
            "stack": subject.place.stack,
            "kind": subject.kind,
            "name": subject.name,
            "mode": mode,
            "day": on,
            "at": noon(day),
            "made": made,
            "failure": None if made else "the cloud was away",
        }
    )


def lived(subject: Subject, days: list[int], failing: frozenset[int] = frozenset()) -> tuple[list[Record], int]:
    """The records of rounds on these days, and the most backups that were there at once."""
    records: list[Record] = []
    most = 0
    for day in days:
        makes = due((subject,), tuple(records), noon(day))
        records += [run(subject, day, make.mode, made=day not in failing) for make in makes]
        most = max(most, sum(map(len, existing(records).values())))
        gone = expired((subject,), tuple(records))
        records += [BackupErased(key=e.run.key, stack=e.run.stack, at=noon(day), why=e.why) for e in gone]
    return records, most


def test_the_first_backup_of_a_volume_is_full_and_that_of_a_bucket_a_copy() -> None:
    assert [make.mode for make in due((VOLUME, BUCKET), (), noon(0))] == ["full", "copy"]


def test_nothing_is_due_twice_on_one_day() -> None:
    assert due((VOLUME,), (run(VOLUME, 0, "full"),), noon(0)) == ()


def test_the_day_begins_in_shanghai() -> None:
    before, after = (datetime(2026, 11, 1, hour, 59, tzinfo=SHANGHAI) for hour in (0, 23))
    assert due((VOLUME,), (), before)[0].key == due((VOLUME,), (), after)[0].key
    assert due((VOLUME,), (), after + timedelta(minutes=1))[0].key != due((VOLUME,), (), after)[0].key


def test_a_full_backup_comes_once_a_week_and_incremental_ones_between() -> None:
    records, _ = lived(VOLUME, list(range(15)))
    modes = [record.mode for record in records if isinstance(record, BackupRun)]
    assert modes == ["full", *["incremental"] * 6, "full", *["incremental"] * 6, "full"]


def test_a_failed_backup_is_tried_again_the_same_day_and_is_then_full() -> None:
    records = (run(VOLUME, 0, "full"), run(VOLUME, 1, "incremental", made=False))
    assert [make.mode for make in due((VOLUME,), records, noon(1))] == ["full"]


def test_a_chain_stays_until_as_many_newer_backups_are_made_as_are_kept() -> None:
    records = tuple(run(VOLUME, day, "incremental" if day % 7 else "full") for day in range(13))
    assert expired((VOLUME,), records) == ()
    gone = expired((VOLUME,), (*records, run(VOLUME, 13, "incremental")))
    assert [erase.run.day.day for erase in gone] == [7, 6, 5, 4, 3, 2, 1]


def test_failed_backups_replace_nothing() -> None:
    made = tuple(run(VOLUME, day, "incremental" if day % 7 else "full") for day in range(7))
    failed = tuple(run(VOLUME, day, "full", made=False) for day in range(7, 60))
    assert expired((VOLUME,), (*made, *failed)) == ()


def test_backups_of_a_volume_that_left_are_not_erased_by_age() -> None:
    records, _ = lived(VOLUME, list(range(40)))
    other = replace(VOLUME, name="hall-internet-web-2-data")
    assert expired((other,), tuple(records)) == ()


def test_every_backup_of_what_a_document_let_go_goes_and_none_of_what_stays() -> None:
    other = replace(VOLUME, name="hall-internet-web-2-data")
    records = (run(VOLUME, 0, "full"), run(other, 0, "full"), run(VOLUME, 1, "incremental"))
    gone = given_back((Thing(PLACE, "volume", VOLUME.name),), records)
    assert [(erase.run.name, erase.run.mode, erase.why) for erase in gone] == [
        (VOLUME.name, "incremental", "given_back"),
        (VOLUME.name, "full", "given_back"),
    ]


def test_what_a_form_discarded_is_let_go_from_its_day_on_and_what_lives_is_not() -> None:
    def names(when: str) -> list[str]:
        as_of = demo.at(when)
        known = demo.registry(until=as_of.date())
        estate = fold(known.filed, demo.admissions(known, as_of), as_of)
        return sorted(thing.name for thing in things_given_back(estate, platform_of(known)))

    assert names("2026-09-14T12:00") == []
    assert names("2026-09-16T12:00") == ["urban-v2-extranet-app-4-boot", "urban-v2-extranet-app-4-data"]


def test_after_the_hand_over_every_backup_of_the_stack_goes_and_none_of_another() -> None:
    elsewhere = replace(VOLUME, place=replace(PLACE, stack="desk.internet.provider-a"))
    records = (run(VOLUME, 0, "full"), run(VOLUME, 1, "incremental"), run(BUCKET, 0, "copy"), run(elsewhere, 0, "full"))
    gone = handed_over((PLACE,), records)
    assert [(erase.run.name, erase.run.mode) for erase in gone] == [
        (BUCKET.name, "copy"),
        (VOLUME.name, "incremental"),
        (VOLUME.name, "full"),
    ]


@pytest.mark.parametrize("dr_class", ["none", "backup", "warm", "hot"])
def test_there_are_never_more_backups_than_the_quota_has_room_for(dr_class: str) -> None:
    rhythm: Rhythm = next(found for name, found in RHYTHMS.items() if name == dr_class)
    _, most = lived(replace(VOLUME, rhythm=rhythm), list(range(90)))
    assert most == rhythm.most


rhythms = st.builds(Rhythm, st.integers(1, 9), st.integers(1, 12), st.booleans())
some_days = st.lists(st.integers(0, 60), unique=True, max_size=40).map(sorted)
failures = st.frozensets(st.integers(0, 60), max_size=30)


@given(rhythms, some_days, failures)
def test_whatever_fails_the_newest_made_backup_and_all_it_stands_on_are_there(
    rhythm: Rhythm, days: list[int], failing: frozenset[int]
) -> None:
    subject = replace(VOLUME, rhythm=rhythm)
    records, most = lived(subject, days, failing)
    made = [record for record in records if isinstance(record, BackupRun) and record.made]
    there = [found for runs in existing(records).values() for found in runs]
    assert most <= rhythm.most
    assert there[-1:] == made[-1:]
    assert len(there) >= min(len(made), rhythm.kept)
    assert not there or there[0].mode == "full"
    whole = [record for record in made if record.day >= there[0].day] if there else []
    assert there == whole


@given(
    there=st.frozensets(st.integers(0, 30)),
    made=st.frozensets(st.integers(0, 30)),
    failed=st.frozensets(st.integers(0, 30)),
    erased=st.frozensets(st.integers(0, 30)),
    today=st.integers(0, 31),
)
def test_what_no_record_knows_is_exactly_what_is_there_and_was_neither_made_nor_erased_by_one(
    there: frozenset[int], made: frozenset[int], failed: frozenset[int], erased: frozenset[int], today: int
) -> None:
    records: list[Record] = [
        *(run(VOLUME, day, "full", made=False) for day in failed),
        *(run(VOLUME, day, "full") for day in made),
        *(
            BackupErased(key=run(VOLUME, day, "full").key, stack=PLACE.stack, at=noon(day), why="retention")
            for day in erased
        ),
    ]
    keys = frozenset(run(VOLUME, day, "full").key for day in there) | {"gcb-of-somebody-else"}
    found = unrecorded(VOLUME, keys, records, noon(today))
    unknown = [FIRST + timedelta(days=day) for day in sorted(there - made - erased) if day <= today]
    assert [make.day for make in found] == [day for day in unknown if day < noon(today).date()]
    left = left_behind(Thing(PLACE, "volume", VOLUME.name), keys, records, noon(today))
    assert [(erase.run.key, erase.run.day) for erase in left] == [(key_of(VOLUME, day), day) for day in unknown]
