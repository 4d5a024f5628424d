"""Closing a month in order: is it over, what was metered, what was used, what holds; frozen, kept, and on record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from broker.clock import Clock
from broker.documents.closings import MonthClosed
from broker.ledger.months import ClosedMonth
from broker.ledger.usage import Usage
from broker.registry.filed import Registry
from monitoring.metering import facts
from monitoring.metering.allocation import taken
from monitoring.metering.close import Books, close
from monitoring.metering.facts import MonthFacts
from monitoring.metering.gather import Sources, gather
from monitoring.metering.period import Month
from monitoring.metering.policy import Policy

LOOK_BACK: int = 12
"""Months before it that a close corrects; deliveries are looked for as far back."""


class NotClosable(Exception):
    """The month cannot be closed as things stand; the text says what cures it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What closing needs; made by wiring."""

    registry: Registry
    usages: Callable[[datetime, datetime], Sequence[Usage]]
    closed: Callable[[str], ClosedMonth | None]
    """The kept facts of a month."""
    keep: Callable[[ClosedMonth], ClosedMonth]
    """Freezes a month, unless it is frozen: gives what is kept."""
    record: Callable[[MonthClosed], None]
    """Writes the record to its branch, signed with the broker's key."""
    sources: Sources
    policy: Callable[[Month], Policy]
    """The thresholds of a month."""
    clock: Clock
    cloud_of: Mapping[tuple[str, str], str]
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed month. `fresh` False: it was closed before, and stays as it was."""

    facts: MonthFacts
    digest: str
    fresh: bool


def close_month(desk: Desk, month: Month, accepted: str) -> Closed:
    """The month, closed; one that is closed already is given back as it was, and is on record in any case.

    Raises:
        NotClosable: It is not over, or its frozen facts are not those on record.
        CoverageLow: Too little is known of its use, and `accepted` gives no reason.
        SourceFailed: A source does not answer.
    """
    kept = desk.closed(str(month))
    fresh = kept is None
    if kept is None:
        if desk.clock() < month.end:
            raise NotClosable(f"closing {month}: it ends at {month.end.isoformat()}; close it after that")
        found = _facts(desk, month, accepted)
        at = desk.clock()
        kept = desk.keep(ClosedMonth(str(month), facts.digest_of(found), facts.written(found), at))
    _on_record(desk, kept)
    return Closed(facts.facts_from(kept.facts), kept.digest, fresh)


def _facts(desk: Desk, month: Month, accepted: str) -> MonthFacts:
    earlier, start = [], month
    for _ in range(LOOK_BACK):
        start = start.before
        if before := desk.closed(str(start)):
            earlier.append(facts.facts_from(before.facts))
    usages = desk.usages(start.start, month.end)
    policy = desk.policy(month)
    use = gather(taken(usages, month.span), month, desk.sources, policy.idle_advice)
    return close(Books(month, desk.registry, usages, use, policy, earlier, desk.cloud_of, accepted))


def _on_record(desk: Desk, kept: ClosedMonth) -> None:
    """A process that was killed between keeping and recording left no record: it is written now."""
    on_record = [r for r in desk.registry.records if isinstance(r, MonthClosed) and r.month == kept.month]
    if any(record.facts != kept.digest for record in on_record):
        raise NotClosable(
            f"closing {kept.month}: the ledger has {kept.digest}, the record says {on_record[0].facts}; "
            f"restore the ledger whose facts are on record"
        )
    if not on_record:
        desk.record(_record(kept, simulated=desk.simulated))


def _record(kept: ClosedMonth, *, simulated: bool) -> MonthClosed:
    found = facts.facts_from(kept.facts)
    return MonthClosed(
        month=kept.month,
        facts=kept.digest,
        size_bytes=len(kept.facts),
        policy=found.policy,
        policy_digest=found.policy_digest,
        registry=found.registry,
        at=kept.closed_at,
        simulated=simulated,
    )
