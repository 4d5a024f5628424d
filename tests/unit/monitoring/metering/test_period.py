import doctest
import itertools
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.clock import SHANGHAI
from monitoring.metering import period
from monitoring.metering.period import Month, Span, span_of, total_s, union, without

SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: Span(pair[0], pair[0] + pair[1])), max_size=8
)


def seconds(spans: list[Span] | tuple[Span, ...]) -> set[int]:
    return {second for span in spans for second in range(span.start_s, span.end_s)}


@given(SPANS)
def test_a_union_covers_each_second_once(spans: list[Span]) -> None:
    merged = union(spans)
    assert seconds(merged) == seconds(spans)
    assert total_s(spans) == len(seconds(spans))
    assert all(one.end_s < other.start_s for one, other in itertools.pairwise(merged))


@given(SPANS, SPANS)
def test_what_is_taken_away_is_gone_and_nothing_else(spans: list[Span], taken: list[Span]) -> None:
    assert seconds(without(spans, taken)) == seconds(spans) - seconds(taken)


def test_a_month_begins_and_ends_at_midnight_in_shanghai() -> None:
    october = Month.read("2026-10")
    assert october.start == datetime(2026, 10, 1, tzinfo=SHANGHAI)
    assert october.end == datetime(2026, 11, 1, tzinfo=SHANGHAI)
    assert (october.days, Month(2026, 1).before, Month(2026, 12).next) == (31, Month(2025, 12), Month(2027, 1))


def test_an_open_time_lasts_to_the_end_of_the_month_and_one_outside_is_none() -> None:
    october = Month(2026, 10).span
    assert span_of(datetime(2026, 10, 31, 23, 59, tzinfo=SHANGHAI), None, october) == Span(
        october.end_s - 60, october.end_s
    )
    assert span_of(datetime(2026, 11, 1, tzinfo=SHANGHAI), None, october) is None


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "october", "2026-10-01"])
def test_what_is_no_month_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no month; write it as 2026-10"):
        Month.read(text)


def test_the_examples_hold() -> None:
    assert doctest.testmod(period).failed == 0
