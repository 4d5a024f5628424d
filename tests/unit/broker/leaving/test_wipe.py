"""What a wipe tells of content that it removed, also where it breaks off."""

import asyncio

import pytest

from broker.errors import CloudError
from broker.leaving.evidence import Emptied
from broker.leaving.wipe import removed_of
from tests.fixtures.memory_store import MemoryStore


def emptied(source: MemoryStore, copies: MemoryStore) -> Emptied:
    return asyncio.run(removed_of("p", source.buckets(), source, copies, None))


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
