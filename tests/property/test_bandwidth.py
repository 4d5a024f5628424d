from hypothesis import given
from hypothesis import strategies as st

from broker.plan.bandwidth import shares

figures = st.integers(1, 100_000)


@given(mbps=figures, addresses=st.integers(0, 50), routed=st.booleans())
def test_what_leaves_together_has_exactly_the_approved_figure(*, mbps: int, addresses: int, routed: bool) -> None:
    out = shares(mbps, addresses, routed=routed or addresses > 0)
    assert out.gateway_kbps + sum(out.addresses_kbps) == (mbps * 1000 if routed or addresses else 0)
    assert len(out.addresses_kbps) == addresses


@given(figures, st.integers(1, 50))
def test_every_way_out_can_be_used_and_addresses_share_evenly(mbps: int, addresses: int) -> None:
    out = shares(mbps, addresses, routed=True)
    assert min(out.gateway_kbps, *out.addresses_kbps) > 0
    assert max(out.addresses_kbps) - min(out.addresses_kbps) < addresses
