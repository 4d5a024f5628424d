"""A refusal for want of room: which level lacks it, how much, who holds it, and when some of it frees up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from quotas.account import AccountId
from quotas.amount import Amount


@dataclass(frozen=True, slots=True)
class Holder:
    """Who uses room of an account: a claim (`claim` is its id, `name` whose it is), or what an account keeps unused."""

    name: str
    amount: Amount
    claim: str | None = None
    until: date | None = None
    """The first day on which it is no longer held; None = no end is known."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One account that lacks room: `wanted` more of it was asked for than `free`."""

    account: AccountId
    wanted: Amount
    free: Amount
    holders: tuple[Holder, ...] | None
    """Everybody who uses its room; None: nobody asked who."""

    @property
    def lacking(self) -> Amount:
        """What is missing."""
        return self.free.shortfall(self.wanted)

    @property
    def frees_up(self) -> date | None:
        """The first day on which a holder of what is missing gives some back; None = no end is known."""
        return min((holder.until for holder in self.blocking if holder.until), default=None)

    @property
    def blocking(self) -> tuple[Holder, ...]:
        """The holders of what is missing, those that end soonest first."""
        missing = self.lacking.parts().keys()
        return tuple(holder for holder in self.holders or () if missing & holder.amount.parts().keys())

    def __str__(self) -> str:
        held = "; ".join(f"{holder.name} holds {holder.amount}{_end(holder)}" for holder in self.blocking)
        told = "" if self.holders is None else f" ({held or 'nobody holds any'})"
        return f"{self.account} lacks {self.lacking}: {self.wanted} wanted, {self.free} free{told}"


Refusal = tuple[Shortfall, ...]
"""Every account that lacks room, all at once, in claiming order."""


def _end(holder: Holder) -> str:
    return f" until {holder.until}" if holder.until else ""


def in_order(holders: Iterable[Holder]) -> tuple[Holder, ...]:
    """The holders, soonest end first, those without an end last, then by name and claim."""
    return tuple(sorted(holders, key=lambda h: (h.until or date.max, h.name, h.claim or "")))
