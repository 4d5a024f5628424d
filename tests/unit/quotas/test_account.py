import doctest

import pytest

from quotas import account, book, heads
from quotas.account import Account, AccountId, Level, Line, both_chains, cloud, district, merged, system, unit
from quotas.amount import RESOURCES, Amount


@pytest.mark.parametrize("module", [account, book, heads])
def test_the_examples_in_the_documentation_are_true(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]  # modules
    assert (result.attempted > 1, result.failed) == (True, 0)


@pytest.mark.parametrize("level", list(Level))
def test_an_account_is_read_as_it_is_written(level: Level) -> None:
    assert AccountId.parse(str(AccountId(level, "a-1", "internet"))) == AccountId(level, "a-1", "internet")


@pytest.mark.parametrize(
    "text", ["", "unit:a", "a/internet", "pool:a/internet", "unit:/internet", "unit:a/", "unit:a/b/c"]
)
def test_what_is_no_account_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="account"):
        AccountId.parse(text)


def test_accounts_sort_in_claiming_order() -> None:
    shuffled = [
        cloud("a", "z"),
        district("a", "z"),
        system("b", "z"),
        unit("a", "z"),
        system("a-b", "z"),
        system("a", "z"),
    ]
    assert [str(one) for one in sorted(shuffled)] == [
        *("system:a-b/z", "system:a/z", "system:b/z", "unit:a/z", "district:a/z", "cloud:a/z")
    ]


def test_lines_of_one_account_are_one_line_and_nothing_is_none() -> None:
    hall, pool = both_chains("hall", "z", "a", Amount(vcpu=1))
    assert merged([pool, hall, hall, Line(unit("u", "z"), Amount())]) == (Line(hall.account, Amount(vcpu=2)), pool)


@pytest.mark.parametrize(
    ("one", "parent"),
    [
        (system("s", "z"), None),
        (system("s", "z"), district("d", "z")),
        (system("s", "z"), unit("u", "other")),
        (unit("u", "z"), None),
        (district("d", "z"), cloud("c", "z")),
        (cloud("c", "z"), district("d", "z")),
    ],
)
def test_a_crooked_chain_is_refused(one: AccountId, parent: AccountId | None) -> None:
    with pytest.raises(ValueError, match=r"stands below|different zones"):
        Account(one, parent, Amount())


def test_more_kept_than_may_be_used_is_refused() -> None:
    with pytest.raises(ValueError, match="keeps vcpu=2, more than its ceiling vcpu=1"):
        Account(cloud("c", "z"), None, Amount(vcpu=1), Amount(vcpu=2))


def test_every_resource_has_a_head_and_every_head_a_name() -> None:
    assert set(heads.HEAD_OF) == set(RESOURCES)
    assert [heads.NAME_ZH[figure.head] for figure in heads.figures(Amount())] == ["计算", "内存", "存储", "网络带宽"]


def test_heads_count_no_resource_twice() -> None:
    figures = heads.figures(Amount(1, 2, 30, 4, 50, 6, 7))
    assert [(figure.total, figure.unit) for figure in figures] == [(1, "vCPU"), (2, "GiB"), (80, "GiB"), (6, "Mbps")]
    assert figures[2].parts == (("block_gib", 30), ("block_high_performance_gib", 4), ("object_gib", 50))
    assert figures[3].parts == (("bandwidth_mbps", 6), ("public_addresses", 7))
