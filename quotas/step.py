"""What can be done to claims in one go, one step after another: each is done or refused by itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from quotas.account import Line, merged
from quotas.claim import Claim


@dataclass(frozen=True, slots=True)
class Resize:
    """The live claim has other lines."""

    id: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", merged(self.lines))


@dataclass(frozen=True, slots=True)
class Commit:
    """What the live claim holds exists now."""

    id: str


@dataclass(frozen=True, slots=True)
class Void:
    """The held claim is as if it had never been."""

    id: str


@dataclass(frozen=True, slots=True)
class Release:
    """The committed claim's room is free again."""

    id: str


Step = Claim | Resize | Commit | Void | Release
"""A claim as a step is claimed. Only it and `Resize` can lack room."""


def check_steps(steps: Iterable[Step]) -> None:
    """Nothing, if every claim is named once.

    >>> check_steps([Commit("RY-1"), Void("RY-2"), Release("RY-1")])
    Traceback (most recent call last):
    ValueError: steps on claims: RY-1 is named twice; take the second in a call of its own

    Raises:
        ValueError: Two steps are on one claim.
    """
    seen: set[str] = set()
    for step in steps:
        if step.id in seen:
            raise ValueError(f"steps on claims: {step.id} is named twice; take the second in a call of its own")
        seen.add(step.id)
