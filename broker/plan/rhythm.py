"""How often what holds data is backed up and how long backups are kept, by DR class (C-9(二), C-14)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from broker.documents.fields import DrClass


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One backup a day; every `full_every_days` a full one, the others hold what changed since the one before."""

    full_every_days: int
    kept: int
    """How many of the newest backups of one volume or bucket stay."""
    copies_buckets: bool
    """Whether buckets are copied too; the class `none` promises volumes alone."""

    @property
    def most(self) -> int:
        """The most backups of one volume at any moment: the kept ones, and a whole chain that may not go in parts."""
        return self.kept + self.full_every_days


RHYTHMS: Final[Mapping[DrClass, Rhythm]] = {
    "none": Rhythm(full_every_days=7, kept=7, copies_buckets=False),
    "backup": Rhythm(full_every_days=7, kept=30, copies_buckets=True),
    # replicas of `warm` and `hot` at a partner are promised, not delivered: until then they are backed up daily
    "warm": Rhythm(full_every_days=7, kept=30, copies_buckets=True),
    "hot": Rhythm(full_every_days=7, kept=30, copies_buckets=True),
}
