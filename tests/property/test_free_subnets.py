"""The proposed subnet is free, lies in the pool, and no lower one is free."""

from ipaddress import IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from broker.registry.free_subnets import lowest_free

POOL = IPv4Network("10.0.0.0/24")
EVERY = tuple(POOL.subnets(new_prefix=28))
TAKEN = st.lists(
    st.tuples(st.integers(0, 287), st.integers(24, 32)).map(
        lambda drawn: IPv4Network((int(POOL.network_address) + drawn[0], drawn[1]), strict=False)
    ),
    max_size=20,
)


@given(TAKEN)
def test_the_lowest_subnet_that_overlaps_nothing_is_found(taken: list[IPv4Network]) -> None:
    free = [subnet for subnet in EVERY if not any(subnet.overlaps(network) for network in taken)]
    assert lowest_free(POOL, 28, taken) == (free[0] if free else None)
