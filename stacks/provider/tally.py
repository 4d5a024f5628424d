"""Counts of calls to one service of a cloud."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the calls to one service."""

    calls: int = 0
    """Sent, those that were put off too."""
    put_off: int = 0
    """Of them those that the cloud put off."""
    waits: int = 0
    """Calls that had to wait, for others or for the cloud."""
    waited_s: float = 0.0
    """For how long, seconds, all together."""

    def __add__(self, other: "Tally") -> "Tally":
        return self._each(other, 1)

    def __sub__(self, other: "Tally") -> "Tally":
        return self._each(other, -1)

    def _each(self, other: "Tally", sign: int) -> "Tally":
        return Tally(
            self.calls + sign * other.calls,
            self.put_off + sign * other.put_off,
            self.waits + sign * other.waits,
            self.waited_s + sign * other.waited_s,
        )
