"""Why a change does not fit a system as it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChangeConflict:
    """Why a change does not fit the system as it is: the fact, and what would cure it."""

    field: str
    fact: str
    cure: str
