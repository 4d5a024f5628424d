"""The turns at one cloud: how many at once, whose is next, and what a cloud that puts calls off makes of it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from random import Random

import pytest

from stacks.provider.budget import Budget
from stacks.provider.cloud_error import Interrupted, StillPutOff
from stacks.provider.limits import Limits
from stacks.provider.line import Caller
from tests.fixtures.busy_cloud import Clock

CLOUD = "a-internet"


class Crowd:
    """Threads at a budget. Each that has to wait is awaited before the next one comes."""

    def __init__(self, limits: Limits) -> None:
        self.budget = Budget(limits, wait=self._wait)
        self.went: list[str] = []
        self._waits = threading.Semaphore(0)
        self._threads = ThreadPoolExecutor(64)

    def _wait(self, changed: threading.Condition, limit_s: float | None) -> None:
        self._waits.release()
        changed.wait(limit_s)

    def come(self, caller: Caller, name: str, *, content: bool = False) -> "Future[None]":
        """One more call, which waits by the time this comes back."""
        done = self._threads.submit(self._go, caller, name, content=content)
        assert self._waits.acquire(timeout=300)
        return done

    def _go(self, caller: Caller, name: str, *, content: bool) -> None:
        with self.budget.turn(caller, CLOUD, "network", content=content):
            self.went.append(name)

    @contextmanager
    def closing(self) -> Iterator[None]:
        yield
        self._threads.shutdown()


def test_no_stack_waits_for_all_calls_of_another() -> None:
    crowd, busy, small = Crowd(Limits(at_once=1)), Caller(), Caller()
    with crowd.closing(), crowd.budget.turn(busy, CLOUD, "network"):
        for number in range(6):
            crowd.come(busy, f"busy {number}")
        crowd.come(small, "small 0")
        crowd.come(small, "small 1")
    # one of each in turn, as long as both wait
    assert crowd.went[:4] == ["busy 0", "small 0", "busy 1", "small 1"]
    assert crowd.went[4:] == ["busy 2", "busy 3", "busy 4", "busy 5"]


def test_who_is_told_to_stop_waits_no_longer_and_keeps_nobody_from_his_turn() -> None:
    crowd, stopped, other = Crowd(Limits(at_once=1)), Caller(), Caller()
    with crowd.closing(), crowd.budget.turn(Caller(), CLOUD, "network"):
        given_up = crowd.come(stopped, "stopped")
        crowd.come(other, "other")
        stopped.stop()
        with pytest.raises(Interrupted, match="asked to stop while it waited for its turn"):
            given_up.result(30)
    assert crowd.went == ["other"]


def test_what_need_not_wait_goes_out_after_the_stop() -> None:
    caller, budget = Caller(), Budget()
    caller.stop()
    with budget.turn(caller, CLOUD, "network"):
        pass
    assert budget.tallies()[CLOUD, "network"].calls == 1


def test_a_call_that_its_fence_keeps_back_gives_its_turn_back() -> None:
    class FencedError(Exception):
        pass

    def fence() -> None:
        raise FencedError

    budget, caller = Budget(Limits(at_once=1)), Caller()
    for _ in range(2):
        with pytest.raises(FencedError), budget.turn(caller, CLOUD, "network", fence):
            pytest.fail("it went out")
    with budget.turn(caller, CLOUD, "network"):
        assert budget.most_out == 1


def test_so_many_begin_within_a_second_and_a_rest_saves_up_no_burst() -> None:
    clock, began_s = Clock(), []
    budget, caller = clock.budget(Limits(per_s=4)), Caller()

    def three() -> None:
        for _ in range(3):
            with budget.turn(caller, CLOUD, "network", lambda: began_s.append(clock.now_s)):
                pass

    three()
    clock.now_s += 100
    three()
    assert began_s == [1000, 1000.25, 1000.5, 1100.5, 1100.75, 1101]


def test_a_service_that_put_a_call_off_is_left_alone_and_the_others_are_not() -> None:
    clock, went = Clock(), []
    budget, caller = clock.budget(), Caller()

    def go(service: str) -> Callable[[], None]:
        return lambda: went.append((service, clock.now_s))

    budget.put_off(CLOUD, "network", 7, clock.now_s)
    with budget.turn(caller, CLOUD, "compute", go("compute")):
        pass
    with budget.turn(caller, CLOUD, "network", go("network")):
        pass
    assert went == [("compute", 1000), ("network", 1007)]
    tally = budget.tallies()[CLOUD, "network"]
    assert (tally.calls, tally.put_off, tally.waits, tally.waited_s) == (1, 1, 1, 7)


def test_nobody_waits_for_a_service_that_wants_to_be_left_alone_for_longer_than_his_patience() -> None:
    clock = Clock()
    budget = clock.budget(Limits(patience_s=100))
    budget.put_off(CLOUD, "network", 101, clock.now_s)
    told = f"cloud {CLOUD} puts calls to network off and wants none before another 101 s"
    with pytest.raises(StillPutOff, match=told), budget.turn(Caller(), CLOUD, "network"):
        pytest.fail("it went out")
    assert clock.waits_s == []
    clock.now_s += 1  # a call that comes now has patience until it opens
    with budget.turn(Caller(), CLOUD, "network"):
        assert clock.waits_s == [100]


def test_who_waits_already_is_let_go_when_the_cloud_wants_a_longer_rest() -> None:
    crowd, caller = Crowd(Limits(at_once=1, patience_s=100)), Caller()
    with crowd.closing(), crowd.budget.turn(Caller(), CLOUD, "compute"):
        waits = crowd.come(caller, "network")
        crowd.budget.put_off(CLOUD, "network", 1000, crowd.budget.now_s())
        with pytest.raises(StillPutOff):
            waits.result(300)
    assert crowd.went == []


def test_content_on_its_way_keeps_no_turn_from_others_and_waits_for_its_own() -> None:
    crowd = Crowd(Limits(at_once=1))
    with crowd.closing(), crowd.budget.turn(Caller(), CLOUD, "network"):
        upload = crowd.come(Caller(), "upload", content=True)
        assert crowd.went == []
    upload.result(300)
    budget = Budget(Limits(at_once=1), wait=_nobody_waits)
    with budget.turn(Caller(), CLOUD, "object-store", content=True), budget.turn(Caller(), CLOUD, "network"):
        assert budget.most_out == 1


def _nobody_waits(_changed: threading.Condition, _limit_s: float | None) -> None:
    raise AssertionError("a call waits for an upload")


@pytest.mark.parametrize("asked_s", [7200.0, 1e20, float("inf")])
def test_whatever_a_cloud_asks_for_one_call_asks_anew_after_an_hour(asked_s: float) -> None:
    clock = Clock()
    budget = clock.budget(Limits(patience_s=1e6))
    budget.put_off(CLOUD, "network", asked_s, clock.now_s)
    with budget.turn(Caller(), CLOUD, "network"):
        assert clock.waits_s == [3600]


def test_a_cloud_that_puts_off_gets_half_at_once_and_more_again_as_it_goes_well() -> None:
    clock = Clock()
    budget = clock.budget(Limits(at_once=8))
    budget.put_off(CLOUD, "network", 1, clock.now_s)
    assert budget.allowed == 4
    # seven more that were out at the same time are the same word
    for _ in range(7):
        budget.put_off(CLOUD, "network", 1, clock.now_s - 1)
    assert budget.allowed == 4
    clock.now_s += 2
    for _ in range(5):
        budget.put_off(CLOUD, "network", 1, clock.now_s)
        clock.now_s += 2
    assert budget.allowed == 1
    seen = []
    for _ in range(1 + 2 + 3 + 4 + 5 + 6 + 7 + 50):
        budget.went_well()
        seen.append(budget.allowed)
    assert sorted(set(seen)) == [2, 3, 4, 5, 6, 7, 8]
    assert seen == sorted(seen)


def test_the_narrower_of_two_limits_holds() -> None:
    budget = Budget(Limits(at_once=8, per_s=0, patience_s=60))
    budget.tighten(Limits(at_once=20, per_s=5, patience_s=30))
    assert budget.limits == Limits(at_once=8, per_s=5, patience_s=30)
    budget.tighten(Limits(at_once=2, per_s=0))
    assert (budget.limits.at_once, budget.limits.per_s, budget.allowed) == (2, 5, 2)


@pytest.mark.parametrize("limits", [Limits(at_once=3), Limits(at_once=3, per_s=5000)], ids=["at once", "and a second"])
def test_nobody_is_forgotten_whatever_is_put_off_meanwhile(limits: Limits) -> None:
    budget, services = Budget(limits), ("network", "compute", "image")

    def stack(seed: int) -> int:
        caller, chance = Caller(), Random(seed)  # noqa: S311 - nothing is secret
        for _ in range(40):
            service = chance.choice(services)
            turn = budget.turn(caller, CLOUD, service)
            with turn:
                pass
            if chance.random() < 0.1:
                budget.put_off(CLOUD, service, 0.001, turn.began_s)
            else:
                budget.went_well()
        return seed

    with ThreadPoolExecutor(24) as threads:
        done = list(threads.map(stack, range(24), timeout=120))
    assert done == list(range(24))
    assert budget.most_out <= 3
    assert sum(tally.calls for tally in budget.tallies().values()) == 24 * 40
