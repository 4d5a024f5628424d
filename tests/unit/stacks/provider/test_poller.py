"""The shared waits, on a cloud that behaves but is no network: lists by path, a clock of its own."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from stacks.provider.cloud_error import CloudError, Interrupted
from stacks.provider.poller import SLOWEST_TICK_S, TICK_S, Poller, Query, Seen, timeout_s

ACTIVE = Query("/servers?status=ACTIVE&changes-since={since}")
FULL = Query("/servers", every=1000)


class Lists:
    """What each path lists now; `errors` are answered first."""

    def __init__(self) -> None:
        self.by_path: dict[str, list[Mapping[str, Any]]] = {}
        self.asked: list[str] = []
        self.errors: list[CloudError | Interrupted] = []

    async def fetch(self, path: str) -> list[Mapping[str, Any]]:
        self.asked.append(path)
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        return self.by_path.get(path.partition("&changes")[0], [])

    def poller(self) -> Poller:
        return Poller(self.fetch, lambda: 1_800_000_000.0, tick_s=0.001)


def seen(id_: str) -> Any:
    def test(found: Seen) -> Any:
        return found.get(id_)

    return test


async def test_one_list_serves_all_who_wait() -> None:
    lists = Lists()
    poller = lists.poller()
    waits = [asyncio.ensure_future(poller.wait((ACTIVE, seen(str(number))))) for number in range(50)]
    await asyncio.sleep(0)
    lists.by_path["/servers?status=ACTIVE"] = [{"id": str(number)} for number in range(50)]
    assert [item["id"] for item in await asyncio.gather(*waits)] == [str(number) for number in range(50)]
    assert len(lists.asked) <= 3


async def test_what_is_there_in_a_moment_is_not_waited_for_a_whole_tick() -> None:
    lists = Lists()
    lists.by_path["/servers?status=ACTIVE"] = [{"id": "a"}]
    poller = Poller(lists.fetch, lambda: 1_800_000_000.0, tick_s=3600)
    assert await asyncio.wait_for(poller.wait((ACTIVE, seen("a")), soon=True), 60) == {"id": "a"}


async def test_a_list_of_changes_is_asked_from_before_the_last_request() -> None:
    lists = Lists()
    lists.by_path["/servers?status=ACTIVE"] = [{"id": "a"}]
    await lists.poller().wait((ACTIVE, seen("a")))
    assert lists.asked == ["/servers?status=ACTIVE&changes-since=2027-01-15T07:59:56Z"]


async def test_what_a_list_of_changes_misses_the_full_list_finds() -> None:
    lists = Lists()
    lists.by_path["/servers"] = [{"id": "a"}]
    assert await lists.poller().wait((ACTIVE, seen("a")), (Query("/servers", every=3), seen("a"))) == {"id": "a"}
    assert [path.partition("?")[0] for path in lists.asked if "changes" not in path] == ["/servers"]
    assert len(lists.asked) == 3 + 1


async def test_a_test_that_raises_ends_only_its_own_wait() -> None:
    lists = Lists()
    poller = lists.poller()

    def broken(_found: Seen) -> Any:
        raise ValueError("in error")

    lists.by_path["/servers?status=ACTIVE"] = [{"id": "a"}]
    waits = (poller.wait((ACTIVE, seen("a"))), poller.wait((ACTIVE, broken)))
    ends: list[Any] = list(await asyncio.gather(*waits, return_exceptions=True))
    assert ends[0] == {"id": "a"}
    assert isinstance(ends[1], ValueError)


async def test_a_few_errors_of_the_cloud_are_borne_and_more_are_told() -> None:
    lists = Lists()
    lists.by_path["/servers?status=ACTIVE"] = [{"id": "a"}]
    lists.errors = [CloudError(503, "busy", "GET /servers") for _ in range(5)]
    assert await lists.poller().wait((ACTIVE, seen("a"))) == {"id": "a"}
    lists.errors = [CloudError(503, "busy", "GET /servers") for _ in range(6)]
    with pytest.raises(CloudError):
        await lists.poller().wait((ACTIVE, seen("a")))


async def test_errors_of_a_list_that_comes_seldom_count_though_others_go_well_meanwhile() -> None:
    lists = Lists()

    async def fetch(path: str) -> list[Mapping[str, Any]]:
        if path == "/servers":
            raise CloudError(500, "broken", "GET /servers")
        return await lists.fetch(path)

    poller = Poller(fetch, lambda: 1_800_000_000.0, tick_s=0.001)
    with pytest.raises(CloudError, match="broken"):
        await asyncio.wait_for(poller.wait((ACTIVE, seen("a")), (Query("/servers", every=2), seen("a"))), 60)
    assert len(lists.asked) == 2 * 6


@dataclass
class Time:
    """A clock that goes on by what is slept, and what is done at which of its seconds."""

    now_s: float = 1000.0
    ends: dict[int, list[str]] = field(default_factory=dict)
    slept: list[tuple[int, float]] = field(default_factory=list)
    """How many waited, and how long the pause before the next look was."""

    async def looks(self, monkeypatch: pytest.MonkeyPatch, waiting: int) -> list[tuple[int, float]]:
        """The pauses of a poller for which this many wait; `ends` says from which second on who is there."""
        sleep = asyncio.sleep

        async def slept(pause_s: float) -> None:
            self.now_s += pause_s
            if pause_s:
                self.slept.append((sum(not wait.done() for wait in waits), pause_s))
            await sleep(0)

        async def fetch(_path: str) -> list[Mapping[str, Any]]:
            return [{"id": id_} for at, ids in self.ends.items() if self.now_s >= 1000 + at for id_ in ids]

        monkeypatch.setattr("stacks.provider.poller.time.monotonic", lambda: self.now_s)
        monkeypatch.setattr("stacks.provider.poller.asyncio.sleep", slept)
        poller = Poller(fetch, lambda: 0.0)
        waits = [asyncio.ensure_future(poller.wait((ACTIVE, seen(str(number))))) for number in range(waiting)]
        await asyncio.gather(*waits)
        return self.slept


async def test_a_crowd_is_looked_for_ever_less_often_and_its_last_few_at_the_common_pace_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends = {number: [str(number)] for number in range(1, 10)} | {30: ["0"]}
    pauses = await Time(ends=ends).looks(monkeypatch, 10)
    assert pauses[0][1] == TICK_S
    crowd = [pause_s for waiting, pause_s in pauses if waiting > 4]
    few = [pause_s for waiting, pause_s in pauses if 1 < waiting <= 4]
    assert crowd[1:3] == [TICK_S, 2 * TICK_S], "early looks go apart"
    assert crowd[2:] == sorted(crowd[2:]), "each look takes from the cloud what it would build with"
    assert crowd[-1] > 2 * TICK_S
    assert few[1:] == [TICK_S] * len(few[1:])
    last = [pause_s for waiting, pause_s in pauses if waiting == 1]
    assert last == sorted(last), "the last one of all is waited for with patience"
    assert last[-1] == SLOWEST_TICK_S


async def test_a_few_who_were_never_a_crowd_are_looked_for_less_and_less_often_whoever_of_them_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses = await Time(ends={8: ["1"], 16: ["2"], 17: ["0"]}).looks(monkeypatch, 3)
    assert [pause_s for _, pause_s in pauses] == sorted(pause_s for _, pause_s in pauses)
    assert pauses[-1][1] == SLOWEST_TICK_S


async def test_a_wait_ends_when_its_time_is_over_and_says_how_long_it_was() -> None:
    timeout_s.set(0.02)
    with pytest.raises(TimeoutError, match="was not done after"):
        await Lists().poller().wait((ACTIVE, seen("never")))


async def test_an_interrupt_ends_every_wait() -> None:
    poller = Lists().poller()
    waits = [asyncio.ensure_future(poller.wait((ACTIVE, seen("never")))) for _ in range(3)]
    await asyncio.sleep(0)
    poller.interrupt()
    assert all(isinstance(end, Interrupted) for end in await asyncio.gather(*waits, return_exceptions=True))


async def test_who_comes_after_the_stop_ends_with_the_list_that_may_not_wait_for_its_turn() -> None:
    lists = Lists()
    lists.errors = [Interrupted("the run was asked to stop while it waited for its turn at the cloud")]
    poller = lists.poller()
    with pytest.raises(Interrupted, match="for its turn"):
        await asyncio.wait_for(poller.wait((ACTIVE, seen("a")), (FULL, seen("a"))), 60)
    lists.by_path["/servers?status=ACTIVE"] = [{"id": "a"}]
    assert await asyncio.wait_for(poller.wait((ACTIVE, seen("a"))), 60) == {"id": "a"}


async def test_who_comes_while_a_list_is_on_its_way_is_judged_by_the_next_one() -> None:
    lists = Lists()
    poller = lists.poller()
    gate, answers = asyncio.Event(), [[{"id": "old"}], []]

    async def slow(_path: str) -> list[Mapping[str, Any]]:
        await gate.wait()
        return list(answers.pop(0)) if answers else []

    poller = Poller(slow, lambda: 0.0, tick_s=0.001)
    first = asyncio.ensure_future(poller.wait((ACTIVE, seen("old"))))
    await asyncio.sleep(0.01)
    second = asyncio.ensure_future(poller.wait((ACTIVE, lambda found: "gone" if "old" not in found else None)))
    gate.set()
    assert await first == {"id": "old"}
    assert await second == "gone"
