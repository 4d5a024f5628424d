"""The next moment at which something changes by date alone. Pure: until then nobody has to ask."""

from collections.abc import Iterator
from datetime import datetime

from broker.clock import start_of
from broker.estate.platform import Platform
from broker.reconcile import Draft


def next_moment(known: Draft, as_of: datetime) -> datetime | None:
    """The first instant after `as_of` at which the estate or a unit's quota is another one; None = there is none."""
    changes = (at for at in (known.estate.next_change_at, *_quotas(known.platform)) if at is not None)
    return min((at for at in changes if at > as_of), default=None)


def _quotas(platform: Platform) -> Iterator[datetime]:
    """When each quota begins to hold: the ledger's limits follow in the round of that moment."""
    return (start_of(quota.valid_from) for quotas in platform.quotas.values() for quota in quotas)
