"""Every stack has its turn within the time set, and none has to wait for one that is never ready."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.drift.rotation import turns

AT = datetime(2026, 6, 8, 15, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(hours=6)


def test_who_was_never_asked_comes_first_then_who_waits_longest() -> None:
    asked = {"c": None, "b": AT - 2 * DAY, "a": AT - 3 * DAY, "fresh": AT - DAY + MINUTE}
    assert turns(asked, AT, 4 * MINUTE, MINUTE)[:1] == ("c",)
    assert turns(asked, AT, DAY, 6 * timedelta(hours=1)) == ("c", "a", "b")


def test_a_thousand_new_stacks_do_not_come_at_once() -> None:
    assert len(turns(dict.fromkeys(map(str, range(1000))), AT, DAY, MINUTE)) == 3


def test_a_span_shorter_than_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="less than a step"):
        turns({"a": None}, AT, timedelta(seconds=30), MINUTE)


@given(st.integers(1, 300), st.integers(1, 12))
def test_all_have_had_their_turn_when_the_time_is_over(count: int, hours: int) -> None:
    every = timedelta(hours=hours)
    asked: dict[str, datetime | None] = dict.fromkeys(map(str, range(count)))
    for minute in range(60 * hours):
        now = AT + minute * MINUTE
        asked |= dict.fromkeys(turns(asked, now, every, MINUTE), now)
    assert None not in asked.values()
    again = AT + every
    assert len(turns(asked, again, every, MINUTE)) <= -(-count // (60 * hours))
