import doctest

import pytest

import quotas.amount
from quotas.amount import LARGEST, RESOURCES, Amount, NegativeAmountError


def test_the_examples_in_the_documentation_are_true() -> None:
    attempted, failed = doctest.testmod(quotas.amount).attempted, doctest.testmod(quotas.amount).failed
    assert (attempted > 10, failed) == (True, 0)


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("value", [-1, 1.5, True, "4", LARGEST + 1])
def test_an_amount_is_a_whole_number_from_zero(resource: str, value: object) -> None:
    with pytest.raises(ValueError, match=resource):
        Amount(**{resource: value})  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_resource_is_counted_by_every_operation(resource: str) -> None:
    one, three = Amount(**{resource: 1}), Amount(**{resource: 3})
    assert one + one + one == three == one * 3
    assert three - one - one == one
    assert three.covers(one)
    assert not one.covers(three)
    assert one.shortfall(three) == one + one
    assert one.at_least(three) == three
    assert three.at_most(one) == one
    assert three.parts() == {resource: 3}
    with pytest.raises(NegativeAmountError, match=resource):
        one - three


def test_a_sum_beyond_what_a_counter_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="vcpu"):
        Amount(vcpu=LARGEST) + Amount(vcpu=1)


def test_parts_of_an_unknown_resource_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"no such resource: gpu, ram; the resources are vcpu"):
        Amount.from_parts({"ram": 1, "gpu": 2, "vcpu": 1})


def test_parts_and_back_is_the_same_amount() -> None:
    amount = Amount(1, 2, 3, 4, 5, 6, 7)
    assert Amount.from_parts(amount.parts()) == amount
    assert Amount.from_parts({}) == Amount()
