import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.provider.ceph.limits import (
    BLOCK_BYTES,
    Limit,
    counted_bytes,
    limit_of_gib,
    max_buckets_read,
    max_buckets_sent,
)


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [(0, 0), (1, BLOCK_BYTES), (BLOCK_BYTES, BLOCK_BYTES), (BLOCK_BYTES + 1, 2 * BLOCK_BYTES)],
)
def test_an_object_counts_in_whole_blocks(size_bytes: int, expected: int) -> None:
    assert counted_bytes(size_bytes) == expected


@given(st.integers(min_value=0, max_value=10**7))
def test_a_limit_survives_the_way_to_the_gateway_and_back(size_gib: int) -> None:
    limit = limit_of_gib(size_gib)
    assert limit.size_kib == size_gib * 2**20
    assert Limit(limit.size_kib * 1024) == limit
    assert limit.size_gib == size_gib


def test_what_is_no_whole_kib_is_rounded_down() -> None:
    assert Limit(2047).size_kib == 1


def test_no_limit_is_minus_one_for_the_gateway_and_none_for_documents() -> None:
    assert Limit(None).size_kib == -1
    assert Limit(None).size_gib is None


def test_a_limit_set_by_hand_shows_its_fraction() -> None:
    assert Limit(3 * 2**29).size_gib == 1.5


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_a_number_of_buckets_survives_the_way_to_the_gateway_and_back(count: int) -> None:
    # the gateway's 0 means any number
    assert max_buckets_sent(count) != 0
    assert max_buckets_read(max_buckets_sent(count)) == count


def test_zero_at_the_gateway_is_any_number() -> None:
    assert max_buckets_read(0) is None
