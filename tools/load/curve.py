"""Load curves of a server and their exact integrals. Seconds since 1970; a day begins at 00:00 in Shanghai."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DAY_S: Final = 86_400
SHANGHAI_S: Final = 8 * 3600
WORK_FROM_S, WORK_TO_S = 8 * 3600, 20 * 3600
_WORK_S = WORK_TO_S - WORK_FROM_S


class Shape(StrEnum):
    """How a server is used."""

    IDLE = "idle"
    """One hundredth, always."""
    FLAT = "flat"
    """The curve's level, always."""
    PEAK = "peak"
    """A tenth at night; by day an arch from 08:00 to 20:00 that reaches the level at 14:00."""
    MISSING = "missing"
    """Nothing is told of it."""


IDLE_LEVEL: Final = 0.01
NIGHT_LEVEL: Final = 0.1


@dataclass(frozen=True, slots=True)
class Curve:
    """A shape and its highest utilisation, 0 to 1."""

    shape: Shape
    level: float = 0.5

    def at(self, t_s: float) -> float:
        """The utilisation at an instant."""
        if self.shape is not Shape.PEAK:
            return self._steady
        into = (t_s + SHANGHAI_S) % DAY_S - WORK_FROM_S
        if not 0 < into < _WORK_S:
            return NIGHT_LEVEL
        return NIGHT_LEVEL + (self.level - NIGHT_LEVEL) * math.sin(math.pi * into / _WORK_S)

    def integral(self, t_s: float) -> float:
        """Seconds of full use from 1970-01-01 00:00 in Shanghai to an instant, exactly."""
        if self.shape is not Shape.PEAK:
            return self._steady * (t_s + SHANGHAI_S)
        days, rest = divmod(t_s + SHANGHAI_S, DAY_S)
        height = (self.level - NIGHT_LEVEL) * _WORK_S / math.pi
        into = min(max(rest - WORK_FROM_S, 0.0), _WORK_S)
        arch = 1 - math.cos(math.pi * into / _WORK_S)
        return NIGHT_LEVEL * (t_s + SHANGHAI_S) + days * 2 * height + height * arch

    def mean(self, start_s: float, end_s: float) -> float:
        """The true mean utilisation between two instants."""
        return (self.integral(end_s) - self.integral(start_s)) / (end_s - start_s)

    @property
    def _steady(self) -> float:
        return IDLE_LEVEL if self.shape is Shape.IDLE else self.level
