"""What a wipe tells of content that it removed, also where it breaks off."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from broker.errors import CloudError
from broker.leaving.evidence import Emptied
from broker.leaving.remains import Remains, StillThere
from broker.leaving.wipe import removed_of
from tests.fixtures.memory_store import MemoryStore


def emptied(source: MemoryStore, copies: MemoryStore, stopped: Callable[[], bool] = lambda: False) -> Emptied:
    return asyncio.run(removed_of("p", source.buckets(), source, copies, None, stopped))


def test_every_bucket_is_told_with_what_it_held_and_its_copy_goes_too() -> None:
    source = MemoryStore({"forms": {"a": b"1", "b": b"2"}, "logs": {}})
    copies = MemoryStore({"copy-forms": {"contents/1": b"1"}})
    told = ("bucket forms: 2 objects and versions", "bucket logs: 0 objects and versions")
    assert emptied(source, copies) == Emptied("p", told, ("forms", "logs"), content=True)
    assert (source.contents, copies.contents) == ({"forms": {}, "logs": {}}, {})


def test_what_was_removed_before_it_broke_off_is_told_with_why() -> None:
    source = MemoryStore({"forms": {"a": b"1", "b": b"2"}, "logs": {"c": b"3"}}, kept={"b"})
    found = emptied(source, MemoryStore())
    assert found.removed == ("bucket forms: 1 objects and versions, then it broke off",)
    assert (found.content, found.trouble) == (True, "emptying the bucket forms: b is under a legal hold")
    assert source.contents == {"forms": {"b": b"2"}, "logs": {"c": b"3"}}


def test_what_breaks_off_before_anything_is_removed_is_an_error() -> None:
    source = MemoryStore({"forms": {"a": b"1"}}, kept={"a"})
    with pytest.raises(CloudError, match="a is under a legal hold"):
        emptied(source, MemoryStore())


def test_a_wipe_that_is_to_stop_leaves_off_after_what_it_was_at_and_tells_what_went() -> None:
    source = MemoryStore({"forms": {"a": b"1", "b": b"2", "c": b"3"}, "logs": {"d": b"4"}})
    copies = MemoryStore({"copy-forms": {"contents/1": b"1"}})
    found = emptied(source, copies, lambda: len(source.contents["forms"]) < 3)
    assert (found.removed, found.content) == (("bucket forms: 1 objects and versions, then it broke off",), True)
    assert found.trouble == "it was asked to stop; run `broker reconcile`, which goes on from here"
    assert source.contents == {"forms": {"b": b"2", "c": b"3"}, "logs": {"d": b"4"}}
    assert copies.contents == {"copy-forms": {"contents/1": b"1"}}
    assert emptied(source, copies).removed[0] == "bucket forms: 2 objects and versions"


@pytest.mark.parametrize(("every_s", "counts"), [(0.0, [1, 2, 2]), (3600.0, [2])])
def test_what_goes_is_told_every_few_seconds_and_at_the_end_and_an_empty_bucket_is_not(
    every_s: float, counts: list[int]
) -> None:
    source, told = MemoryStore({"forms": {"a": b"1", "b": b"2"}, "logs": {}}), list[tuple[str, int]]()

    def went(what: str, count: int) -> None:
        told.append((what, count))

    asyncio.run(removed_of("p", source.buckets(), source, MemoryStore(), None, lambda: False, went, every_s))
    assert told == [("objects and versions of the bucket forms", count) for count in counts]


class Cinder:
    """Two backups; the second goes and nobody can look, or it is listed still, as `error` says."""

    def __init__(self, error: CloudError) -> None:
        self._error = error

    async def backups(self) -> list[dict[str, str]]:
        return [{"id": "b1", "name": "one"}, {"id": "b2", "name": "two"}]

    async def snapshots(self) -> list[dict[str, str]]:
        return []

    async def remove(self, what: str, item: dict[str, str]) -> str:
        return f"{what} {item['id']}"

    async def gone(self, _what: str, item: dict[str, str]) -> None:
        if item["id"] == "b2":
            raise self._error


def wiped(error: CloudError) -> tuple[Emptied, list[tuple[str, int]]]:
    told = list[tuple[str, int]]()

    def went(what: str, count: int) -> None:
        told.append((what, count))

    remains = cast("Remains", Cinder(error))
    found = asyncio.run(removed_of("p", (), MemoryStore(), MemoryStore(), remains, lambda: False, went))
    return found, told


def test_what_goes_while_nobody_can_look_is_told_as_not_seen_gone() -> None:
    found, told = wiped(CloudError("the cloud puts calls off"))
    assert (found.removed, found.unseen) == (("backups b1",), ("backups b2",))
    assert (found.trouble, told) == ("the cloud puts calls off", [("backups b1", 1), ("backups b2", 1)])


def test_what_cinder_could_not_remove_is_told_as_gone_by_no_line_and_taken_back_in_the_journal() -> None:
    found, told = wiped(StillThere("removing /backups/b2: it is error_deleting"))
    assert (found.removed, found.unseen) == (("backups b1",), ())
    assert told == [("backups b1", 1), ("backups b2", 1), ("backups b2", 0)]
