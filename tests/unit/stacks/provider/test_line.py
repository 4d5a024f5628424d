"""Whose turn is next at a cloud: callers in turn, each with his calls in their order, past what is shut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from stacks.provider.line import Caller, Line, Place


def anything(_service: str) -> bool:
    return True


def test_a_caller_who_had_his_turn_goes_behind_all_who_wait() -> None:
    line, busy, small = Line(), Caller(), Caller()
    first, second = Place(busy, "network"), Place(busy, "network")
    other = Place(small, "network")
    for place in (first, second, other):
        line.join(place)
    went = []
    while (place_ := line.first(anything)) is not None:
        went.append(place_)
        line.leave(place_)
    assert went == [first, other, second]


def test_what_is_shut_keeps_nobody_else_from_his_turn() -> None:
    line, caller, other = Line(), Caller(), Caller()
    shut, open_ = Place(caller, "compute"), Place(caller, "network")
    for place in (shut, open_, Place(other, "network")):
        line.join(place)
    assert line.first(lambda service: service == "network") is open_
    assert line.first(lambda service: service == "image") is None
    line.leave(open_)
    found = line.first(lambda service: service == "network")
    assert found is not None
    assert found.caller is other


@given(st.lists(st.integers(0, 3), min_size=1, max_size=24))
def test_between_two_turns_of_a_caller_nobody_who_waits_has_more_than_one(whose: list[int]) -> None:
    line, callers = Line(), [Caller() for _ in range(4)]
    for number in whose:
        line.join(Place(callers[number], "network"))
    went = []
    while (place := line.first(anything)) is not None:
        line.leave(place)
        went.append(callers.index(place.caller))
    assert sorted(went) == sorted(whose)
    for number in set(whose):
        turns = [n for n, one in enumerate(went) if one == number]
        for before, after in pairwise(turns):
            between = went[before + 1 : after]
            assert len(between) == len(set(between))


def test_who_stops_wakes_every_place_where_he_may_wait_once() -> None:
    caller, woken = Caller(), []

    def here() -> None:
        woken.append("here")

    caller.waits_at(here)
    caller.waits_at(here)
    caller.waits_at(lambda: woken.append("there"))
    assert not caller.stopped
    caller.stop()
    assert (caller.stopped, sorted(woken)) == (True, ["here", "there"])
