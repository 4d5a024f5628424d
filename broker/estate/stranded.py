"""Systems on a provider that lost its right to serve: they run on, and are to be moved (C-29)."""

from dataclasses import dataclass

from broker.estate.platform import Platform
from broker.estate.system import DEPLOYED, Estate

REVOKED = "revoked"


@dataclass(frozen=True, slots=True, order=True)
class Stranded:
    """A system that has resources on such a provider."""

    system: str
    provider: str

    def __str__(self) -> str:
        return f"{self.system}: the right of {self.provider} to serve was revoked (C-29)"


def stranded(estate: Estate, platform: Platform) -> tuple[Stranded, ...]:
    """Every such system, sorted. Nothing of it is touched: moving it is an onboarding and an exit of its unit."""
    gone = {name for name, provider in platform.providers.items() if provider.status == REVOKED}
    found = (s for s in estate.systems if s.lifecycle in DEPLOYED and s.provider in gone)
    return tuple(sorted(Stranded(system.id, system.provider) for system in found))
