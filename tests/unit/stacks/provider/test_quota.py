import pytest

from stacks.provider.quota import Figure


@pytest.mark.parametrize("figure", [Figure("a", "b"), Figure("a", "b", factor=1024), Figure("a", "b", spare=3)])
def test_a_claim_comes_back_from_the_clouds_figure(figure: Figure) -> None:
    assert [figure.claimed(figure.at_cloud(claim)) for claim in (0, 1, 17)] == [0, 1, 17]


def test_no_limit_at_the_cloud_is_told_as_minus_one() -> None:
    assert Figure("a", "b", factor=1024, spare=2).claimed(-1) == -1
