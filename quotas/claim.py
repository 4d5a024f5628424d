"""A claim on room in both chains, from the moment it is held until it is given back."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from quotas.account import Line, merged


class ClaimState(StrEnum):
    """Where a claim stands. Only `HELD` and `COMMITTED` use room; `VOID` and `RELEASED` are final."""

    HELD = "held"
    COMMITTED = "committed"
    VOID = "void"
    RELEASED = "released"


LIVE = frozenset({ClaimState.HELD, ClaimState.COMMITTED})
"""The states in which a claim uses room."""


class ClaimConflictError(ValueError):
    """The claim is not in a state in which this can be done to it, or its id stands for something else."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Room asked for in one go: all lines or none.

    `holder` says whose it is, as a refusal names it. `until` is the first day on which it is given back, where that
    is known (an elastic window, a test resource); nothing ends by itself on that day.
    """

    id: str
    holder: str
    lines: tuple[Line, ...]
    until: date | None = None
    state: ClaimState = ClaimState.HELD

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", merged(self.lines))

    @property
    def live(self) -> bool:
        """Whether it uses room."""
        return self.state in LIVE

    def same_as(self, other: "Claim") -> bool:
        """Whether both ask for the same, in whatever state."""
        return (self.id, self.holder, self.lines, self.until) == (other.id, other.holder, other.lines, other.until)
