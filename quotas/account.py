"""Where amounts are counted: the accounts of both chains, and which account stands above which."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from quotas.amount import NOTHING, Amount


class Level(IntEnum):
    """What an account counts for. The order is the one in which accounts are claimed: no two claims can block."""

    SYSTEM = 0
    UNIT = 1
    DISTRICT = 2
    CLOUD = 3


ABOVE = {Level.SYSTEM: Level.UNIT, Level.UNIT: Level.DISTRICT}
"""The level that a level is charged to. The district and the clouds are the tops of their chains."""


@dataclass(frozen=True, slots=True)
class AccountId:
    """One account: a level, whose it is, and the zone. Sorted in claiming order: by level, then as written.

    >>> print(AccountId(Level.UNIT, "education", "internet"))
    unit:education/internet
    >>> AccountId.parse("cloud:provider-a/internet").level.name
    'CLOUD'
    """

    level: Level
    name: str
    zone: str

    def __post_init__(self) -> None:
        for part in (self.name, self.zone):
            if not part or set(part) & set(":/"):
                raise ValueError(f"an account's name and zone are not empty and hold no ':' or '/': {part!r}")

    def __lt__(self, other: Self) -> bool:
        return (self.level, str(self)) < (other.level, str(other))

    def __str__(self) -> str:
        return f"{self.level.name.lower()}:{self.name}/{self.zone}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The account that `text` names.

        Raises:
            ValueError: It is not written `level:name/zone`, or there is no such level.
        """
        level, colon, rest = text.partition(":")
        name, slash, zone = rest.partition("/")
        if not (colon and slash) or level.upper() not in Level.__members__:
            raise ValueError(f"an account is written level:name/zone, such as unit:education/internet, not {text!r}")
        return cls(Level[level.upper()], name, zone)


def district(name: str, zone: str) -> AccountId:
    """The account of the whole district in a zone: top of the entitlement chain."""
    return AccountId(Level.DISTRICT, name, zone)


def unit(name: str, zone: str) -> AccountId:
    """The account of a unit in a zone; it spans all providers."""
    return AccountId(Level.UNIT, name, zone)


def system(name: str, zone: str) -> AccountId:
    """The account of a system in a zone."""
    return AccountId(Level.SYSTEM, name, zone)


def cloud(provider: str, zone: str) -> AccountId:
    """The account of what a provider has in a zone: the whole capacity chain."""
    return AccountId(Level.CLOUD, provider, zone)


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a claim: so much of one account (and, through it, of the accounts above)."""

    account: AccountId
    amount: Amount


def both_chains(system_name: str, zone: str, provider: str, amount: Amount) -> tuple[Line, Line]:
    """The lines of a deployment: the same amount as entitlement of the system and as capacity of the provider.

    >>> for line in both_chains("online-hall", "internet", "provider-a", Amount(vcpu=4)):
    ...     print(line.account, line.amount)
    system:online-hall/internet vcpu=4
    cloud:provider-a/internet vcpu=4
    """
    return Line(system(system_name, zone), amount), Line(cloud(provider, zone), amount)


def merged(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines in claiming order, one for each account, none of nothing."""
    sums: dict[AccountId, Amount] = {}
    for line in lines:
        sums[line.account] = sums.get(line.account, Amount()) + line.amount
    return tuple(Line(account, sums[account]) for account in sorted(sums) if sums[account])


@dataclass(frozen=True, slots=True)
class Account:
    """The limits of an account and how much of it is used.

    `ceiling` is never passed. `keep` is never lent to others: the account above is charged for it even while it is
    not used (the guaranteed part); what is used beyond it comes from what the account above has free (the elastic
    part).

    >>> top = district("shifan", "net")
    >>> desk = Account(unit("education", "net"), top, ceiling=Amount(vcpu=16), keep=Amount(vcpu=8))
    >>> desk.charge, desk.free
    (Amount(vcpu=8), Amount(vcpu=16))
    """

    id: AccountId
    parent: AccountId | None
    ceiling: Amount
    keep: Amount = NOTHING
    used: Amount = NOTHING

    def __post_init__(self) -> None:
        check_place(self.id, self.parent)
        check_limits(self.id, self.ceiling, self.keep)

    @property
    def charge(self) -> Amount:
        """What the account above is charged for this one."""
        return self.used.at_least(self.keep)

    @property
    def free(self) -> Amount:
        """What may still be claimed here; nothing where use is above a ceiling that is about to be refused."""
        return self.used.shortfall(self.ceiling)


def check_place(account: AccountId, parent: AccountId | None) -> None:
    """Nothing, if `parent` is one level above `account` in the same zone (or None where the chain ends).

    Raises:
        ValueError: The chain would be crooked.
    """
    expected = ABOVE.get(account.level)
    found = parent.level if parent else None
    if found != expected:
        wanted = f"a {expected.name.lower()}" if expected is not None else "nothing"
        raise ValueError(f"{account} stands below {wanted}, not below {parent}")
    if parent and parent.zone != account.zone:
        raise ValueError(f"{account} and {parent} are in different zones")


def check_limits(account: AccountId, ceiling: Amount, keep: Amount) -> None:
    """Nothing, if what is kept is within the ceiling.

    Raises:
        ValueError: More is kept than may ever be used.
    """
    if not ceiling.covers(keep):
        raise ValueError(f"{account} keeps {keep}, more than its ceiling {ceiling}")
