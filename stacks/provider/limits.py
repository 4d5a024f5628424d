"""What one process asks of one cloud at most."""

from dataclasses import dataclass
from typing import Final

_AT_ONCE: Final = 48
"""Two stacks with all their threads: one process at its usual settings meets it never."""
_PATIENCE_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process asks of one cloud at most."""

    at_once: int = _AT_ONCE
    """Calls that are out at the same time; at least 1."""
    per_s: float = 0.0
    """Calls that begin within a second; 0 = as many as there are."""
    patience_s: float = _PATIENCE_S
    """How long one call waits and is tried again while the cloud puts calls off, seconds."""

    @property
    def told(self) -> str:
        """Calls at once and in a second, in words."""
        return f"{self.at_once} calls at once, {f'{self.per_s:g} a second' if self.per_s else 'any number a second'}"

    def narrowed(self, other: "Limits") -> "Limits":
        """The narrower of both in each."""
        rates = [rate for rate in (self.per_s, other.per_s) if rate]
        return Limits(
            min(self.at_once, other.at_once),
            min(rates, default=0.0),
            min(self.patience_s, other.patience_s),
        )


USUAL: Final = Limits()
"""Where nobody says otherwise."""
