"""Turns at a project's quota, before a Cinder that counts as the real one does."""

import asyncio
from collections.abc import Iterable

import pytest

from stacks.provider.first_volumes import FirstVolumes


class Cinder:
    """Makes missing rows at the first request of a type and goes on with the figures that it read before."""

    def __init__(self) -> None:
        self.reserved = 0
        self.rows: set[str] = set()
        self.order: list[str] = []
        self.together = 0
        self._in_air = 0

    async def make(self, type_: str) -> None:
        self._in_air += 1
        self.together = max(self.together, self._in_air)
        self.order.append(type_)
        read, missing = self.reserved, type_ not in self.rows
        await asyncio.sleep(0)
        before = read if missing else self.reserved
        self.rows.add(type_)
        self.reserved = before + 1
        await asyncio.sleep(0)
        self.reserved = before if missing else self.reserved - 1
        self._in_air -= 1


async def make_all(turns: FirstVolumes, cinder: Cinder, types: Iterable[str]) -> None:
    async def one(type_: str) -> None:
        async with turns.turn(type_):
            await cinder.make(type_)

    await asyncio.gather(*(one(type_) for type_ in types))


async def test_the_first_of_each_type_goes_alone_and_before_all_others_which_then_go_together() -> None:
    cinder = Cinder()
    await make_all(FirstVolumes(), cinder, "aaaabbb")
    assert cinder.order[:2] == ["a", "b"]
    assert cinder.reserved == 0
    assert cinder.together == 5


async def test_without_turns_this_cinder_loses_count() -> None:
    cinder = Cinder()
    await asyncio.gather(*(cinder.make(type_) for type_ in "ab"))
    await asyncio.gather(*(cinder.make(type_) for type_ in "ca"))
    assert cinder.reserved != 0


async def test_types_that_the_project_has_already_go_together_at_once() -> None:
    turns, cinder = FirstVolumes(), Cinder()
    cinder.rows = {"a", "b"}
    turns.seen("ab")
    await make_all(turns, cinder, "abab")
    assert cinder.together == 4


async def test_a_refused_first_one_lets_the_next_go_alone() -> None:
    turns, cinder = FirstVolumes(), Cinder()

    async def refused() -> None:
        async with turns.turn("a"):
            await asyncio.sleep(0)
            raise ValueError("over quota")

    failing = asyncio.ensure_future(refused())
    await asyncio.gather(make_all(turns, cinder, "aa"), failing, return_exceptions=True)
    with pytest.raises(ValueError, match="over quota"):
        await failing
    assert cinder.order == ["a", "a"]
    assert cinder.together == 1


async def test_who_is_interrupted_while_he_waits_holds_nobody_up() -> None:
    turns, cinder = FirstVolumes(), Cinder()
    async with turns.turn("a"):
        waiting = asyncio.ensure_future(make_all(turns, cinder, "b"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
    async with asyncio.timeout(1):
        await make_all(turns, cinder, "aab")
    assert cinder.reserved == 0
