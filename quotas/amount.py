"""How much of each resource: the one vector in which quotas, claims and capacity are counted."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final, Self

LARGEST = 10**15
"""More of anything than a government cloud will own; below it every sum fits a database counter and JSON exactly."""


class NegativeAmountError(ValueError):
    """More was taken away than was there."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A whole number of each resource, none below zero.

    `block_gib` counts all block storage; its high-performance part is counted once more in
    `block_high_performance_gib`, because that tier has a limit of its own. GiB are 2^30 bytes, Mbps 10^6 bit/s.

    >>> held = Amount(vcpu=4, memory_gib=16, block_gib=100)
    >>> held + Amount(vcpu=2, memory_gib=4)
    Amount(vcpu=6, memory_gib=20, block_gib=100)
    >>> held * 3
    Amount(vcpu=12, memory_gib=48, block_gib=300)

    Taking away more than is there is refused, never a silent minus:

    >>> held - Amount(vcpu=5)
    Traceback (most recent call last):
    quotas.amount.NegativeAmountError: taking vcpu=5 from vcpu=4 leaves less than nothing

    Raises:
        ValueError: A part is negative, not whole, or above `LARGEST`.
    """

    vcpu: int = 0
    memory_gib: int = 0
    block_gib: int = 0
    block_high_performance_gib: int = 0
    object_gib: int = 0
    bandwidth_mbps: int = 0
    public_addresses: int = 0

    def __post_init__(self) -> None:
        values = self.values()
        if set(map(type, values)) == _WHOLE and min(values) >= 0 and max(values) <= LARGEST:
            return
        for name, value in zip(RESOURCES, values, strict=True):
            if type(value) is not int or not 0 <= value <= LARGEST:
                raise ValueError(f"amount of {name} is a whole number from 0 to {LARGEST}, not {value!r}")

    def __add__(self, other: Self) -> Self:
        return self._of(mine + theirs for mine, theirs in self._pairs(other))

    def __sub__(self, other: Self) -> Self:
        for name, mine, theirs in zip(RESOURCES, self.values(), other.values(), strict=True):
            if theirs > mine:
                raise NegativeAmountError(f"taking {name}={theirs} from {name}={mine} leaves less than nothing")
        return self._of(mine - theirs for mine, theirs in self._pairs(other))

    def __mul__(self, times: int) -> Self:
        return self._of(value * times for value in self.values())

    def __bool__(self) -> bool:
        """Whether there is anything at all.

        >>> bool(Amount()), bool(Amount(public_addresses=1))
        (False, True)
        """
        return any(self.values())

    def __repr__(self) -> str:
        return f"Amount({', '.join(f'{name}={value}' for name, value in self.parts().items())})"

    def __str__(self) -> str:
        """The resources of which there is some.

        >>> print(Amount(vcpu=2, memory_gib=4), "/", Amount())
        vcpu=2 memory_gib=4 / nothing
        """
        return " ".join(f"{name}={value}" for name, value in self.parts().items()) or "nothing"

    def covers(self, wanted: Self) -> bool:
        """Whether this is enough for `wanted`, in every resource.

        >>> Amount(vcpu=8, memory_gib=16).covers(Amount(vcpu=8, memory_gib=4))
        True
        >>> Amount(vcpu=8, memory_gib=16).covers(Amount(vcpu=1, object_gib=1))
        False
        """
        return all(mine >= theirs for mine, theirs in self._pairs(wanted))

    def shortfall(self, wanted: Self) -> Self:
        """What is missing here for `wanted`; nothing where there is enough.

        >>> free = Amount(vcpu=8, memory_gib=16)
        >>> free.shortfall(Amount(vcpu=12, memory_gib=8, bandwidth_mbps=20))
        Amount(vcpu=4, bandwidth_mbps=20)
        >>> free.shortfall(Amount(vcpu=8))
        Amount()
        """
        return self._of(max(theirs - mine, 0) for mine, theirs in self._pairs(wanted))

    def at_least(self, floor: Self) -> Self:
        """The larger of both, resource by resource: what a parent is charged for a child that keeps `floor`.

        >>> Amount(vcpu=3, memory_gib=64).at_least(Amount(vcpu=8, memory_gib=32))
        Amount(vcpu=8, memory_gib=64)
        """
        return self._of(max(mine, theirs) for mine, theirs in self._pairs(floor))

    def at_most(self, ceiling: Self) -> Self:
        """The smaller of both, resource by resource.

        >>> Amount(vcpu=3, memory_gib=64).at_most(Amount(vcpu=8, memory_gib=32))
        Amount(vcpu=3, memory_gib=32)
        """
        return self._of(min(mine, theirs) for mine, theirs in self._pairs(ceiling))

    def values(self) -> tuple[int, ...]:
        """All parts in the order of `RESOURCES`."""
        return (
            self.vcpu,
            self.memory_gib,
            self.block_gib,
            self.block_high_performance_gib,
            self.object_gib,
            self.bandwidth_mbps,
            self.public_addresses,
        )

    def parts(self) -> dict[str, int]:
        """The resources of which there is some, by name: what a record or a message writes down.

        >>> Amount(vcpu=2, memory_gib=4).parts()
        {'vcpu': 2, 'memory_gib': 4}
        """
        return {name: value for name, value in zip(RESOURCES, self.values(), strict=True) if value}

    @classmethod
    def from_parts(cls, parts: Mapping[str, int]) -> Self:
        """The amount that `parts` writes down.

        >>> Amount.from_parts({"memory_gib": 4})
        Amount(memory_gib=4)

        Raises:
            ValueError: A name is no resource, or a value is no amount.
        """
        if unknown := sorted(parts.keys() - set(RESOURCES)):
            raise ValueError(f"no such resource: {', '.join(unknown)}; the resources are {', '.join(RESOURCES)}")
        return cls(**parts)

    @classmethod
    def total(cls, amounts: Iterable[Self]) -> Self:
        """The sum of all.

        >>> Amount.total([Amount(vcpu=2), Amount(vcpu=4, object_gib=512)])
        Amount(vcpu=6, object_gib=512)
        >>> Amount.total([])
        Amount()
        """
        return sum(amounts, start=cls())

    def _pairs(self, other: Self) -> Iterator[tuple[int, int]]:
        return zip(self.values(), other.values(), strict=True)

    def _of(self, values: Iterable[int]) -> Self:
        return type(self)(*values)


_WHOLE: Final = {int}
RESOURCES: tuple[str, ...] = tuple(field.name for field in fields(Amount))
"""The names of the resources, in the order in which every table shows them."""

NOTHING = Amount()
"""None of anything."""
