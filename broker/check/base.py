"""What a change is laid upon: a registry with its signatures judged, and what its records make of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from broker.admit import recalled
from broker.decide.standing import Standing
from broker.estate.platform import Platform, platform_of
from broker.registry.authority import Judged, arrived_by, judged
from broker.registry.filed import Registry

UNMERGED: Final = "0" * 40
"""Stands for the commit that will merge a document, as git writes `no commit`: an admission always names one."""


@dataclass(frozen=True, slots=True)
class Base:
    """The registry as it was judged at `since`; it is left as it is by whoever goes on from it."""

    judged: Judged
    platform: Platform
    standing: Standing
    since: datetime

    @property
    def lasting(self) -> bool:
        """Whether nothing in it but the standing hangs on the instant: all is merged, and came as records tell."""
        registry = self.judged.registry
        commits = {f.commit for f in registry.filed} | {s.commit for s in registry.signatures}
        return commits.isdisjoint({"", UNMERGED}) and arrived_by(registry, self.since)

    def holds_at(self, as_of: datetime) -> bool:
        """Whether a lasting base would be the same then: no change, window or grant comes or goes by date meanwhile."""
        until = self.standing.next_change_at
        return self.since <= as_of and (until is None or as_of < until)


def base_of(registry: Registry, trust_root: str | None, as_of: datetime) -> Base:
    """The base at an instant; what has no record yet is not decided here.

    Raises:
        RegistryBroken: An admitted document no longer fits what came before it.
    """
    found = judged(registry, trust_root, as_of)
    platform = platform_of(found.held)
    return Base(found, platform, recalled(found.held, platform, as_of), as_of)
