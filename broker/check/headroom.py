"""Quota and capacity before and after a change: what is allowed and what is held, account by account (C-6(四))."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from broker.clock import day_of
from broker.decide.standing import Standing, cloud_account, unit_account
from broker.estate.platform import Platform
from quotas.amount import RESOURCES, Amount


@dataclass(frozen=True, slots=True)
class Level:
    """What an account allows and what all systems together hold of it."""

    limit: Amount = Amount()  # noqa: RUF009 - an amount never changes
    held: Amount = Amount()  # noqa: RUF009 - as above

    def free(self, resource: str) -> int:
        """What is left; below zero where more is held than a later quota allows."""
        return int(getattr(self.limit, resource) - getattr(self.held, resource))


@dataclass(frozen=True, slots=True)
class Headroom:
    """One resource of one account that the change touches, or that it leaves below zero."""

    account: str
    resource: str
    before: int
    after: int
    limit: int


def levels(platform: Platform, standing: Standing, as_of: datetime) -> dict[str, Level]:
    """Every unit in a zone and every provider in a zone, with limit and holdings."""
    limits = dict(_limits(platform, as_of))
    return {account: Level(limit, standing.total(account)) for account, limit in limits.items()}


def headroom(before: Mapping[str, Level], after: Mapping[str, Level]) -> tuple[Headroom, ...]:
    """The accounts and resources whose limit or holdings the change moves, sorted by account."""
    return tuple(
        Headroom(account, resource, was.free(resource), now.free(resource), getattr(now.limit, resource))
        for account in sorted(before.keys() | after.keys())
        for was, now in [(before.get(account, Level()), after.get(account, Level()))]
        for resource in RESOURCES
        if (was.free(resource), getattr(was.limit, resource)) != (now.free(resource), getattr(now.limit, resource))
    )


def _limits(platform: Platform, as_of: datetime) -> Iterator[tuple[str, Amount]]:
    day = day_of(as_of)
    for unit in platform.units:
        for zone in platform.zones:
            in_force = [q for q in platform.quotas.get((unit, zone), ()) if q.valid_from <= day]
            yield unit_account(unit, zone), in_force[-1].amount.counted if in_force else Amount()
    for (provider, zone), (_, cloud) in platform.clouds.items():
        yield cloud_account(provider, zone), cloud.capacity.counted
