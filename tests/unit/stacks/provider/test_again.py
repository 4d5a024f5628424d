"""Which answers put a call off, for how long, and what is sent again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from stacks.provider.again import Heard, PutOff, put_off

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def heard(status: int, code: str = "", **headers: str) -> Heard:
    return Heard(status, CaseInsensitiveDict({name.replace("_", "-"): text for name, text in headers.items()}), code)


@pytest.mark.parametrize(
    ("method", "answer", "expected"),
    [
        ("POST", heard(429, Retry_After="7"), PutOff(7, repeatable=True)),
        ("POST", heard(429, retry_after=" 7 "), PutOff(7, repeatable=True)),
        ("POST", heard(429), PutOff(None, repeatable=True)),
        ("POST", heard(429, Retry_After="soon"), PutOff(None, repeatable=True)),
        (
            "GET",
            heard(429, Retry_After="Sat, 28 Nov 2026 09:00:00 +99999999999999999999"),
            PutOff(None, repeatable=True),
        ),
        ("GET", heard(498, X_Retry_After="58"), PutOff(58, repeatable=True)),
        ("PUT", heard(503, code="SlowDown"), PutOff(None, repeatable=True)),
        ("POST", heard(503, Retry_After="3"), PutOff(3, repeatable=False)),
        ("PUT", heard(503, Retry_After="3"), PutOff(3, repeatable=True)),
        ("DELETE", heard(503, Retry_After="3"), PutOff(3, repeatable=True)),
        ("GET", heard(503, Retry_After="3"), PutOff(3, repeatable=True)),
        ("GET", heard(503), None),
        ("GET", heard(200, Retry_After="3"), None),
        # Cinder's word for a full quota: asking again would change nothing
        ("POST", heard(413, Retry_After="0"), None),
        ("PUT", heard(413), None),
        ("POST", heard(413, Retry_After="9"), PutOff(9, repeatable=True)),
    ],
)
def test_a_call_is_put_off_by_these_answers_and_sent_again_where_that_does_no_harm(
    method: str, answer: Heard, expected: PutOff | None
) -> None:
    assert put_off(method, answer, NOW) == expected


def test_a_date_counts_from_the_answers_own_date_whatever_this_machines_clock_says() -> None:
    cloud_now = NOW - timedelta(hours=3)
    until = format_datetime(cloud_now + timedelta(seconds=90), usegmt=True)
    answer = heard(429, Retry_After=until, Date=format_datetime(cloud_now, usegmt=True))
    assert put_off("GET", answer, NOW) == PutOff(90, repeatable=True)


def test_a_date_without_another_counts_from_now_and_a_past_one_is_now() -> None:
    later = heard(503, Retry_After=format_datetime(NOW + timedelta(seconds=20), usegmt=True))
    past = heard(503, Retry_After=format_datetime(NOW - timedelta(hours=1), usegmt=True))
    assert put_off("GET", later, NOW) == PutOff(20, repeatable=True)
    assert put_off("GET", past, NOW) == PutOff(0, repeatable=True)


@given(asked_s=st.floats(0, 1e6), times=st.integers(1, 1000), chance=st.floats(0, 1))
def test_nobody_comes_back_sooner_than_he_was_asked_to(asked_s: float, times: int, chance: float) -> None:
    assert asked_s <= PutOff(asked_s, repeatable=True).pause_s(times, chance) <= max(asked_s, 30) * 1.25 + 1e-6


@given(asked_s=st.none() | st.floats(0, 0.5), times=st.integers(1, 100_000), chance=st.floats(0, 1))
def test_where_no_time_is_named_or_none_to_speak_of_pauses_grow_to_half_a_minute(
    asked_s: float | None, times: int, chance: float
) -> None:
    unnamed = PutOff(asked_s, repeatable=True)
    assert 0.5 <= unnamed.pause_s(times, 0) <= unnamed.pause_s(times + 1, 0) <= 30
    assert unnamed.pause_s(times, 0) <= unnamed.pause_s(times, chance) <= 37.5
