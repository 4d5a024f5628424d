"""Whether quota and capacity have room: the shortfalls of a wish, account by account."""

from collections.abc import Iterator
from dataclasses import dataclass

from broker.decide.case import Case
from broker.decide.standing import cloud_account, unit_account
from broker.estate.amount import amount_of
from broker.estate.system import Deployment, Grant
from policies.facts import ShortfallFact
from quotas.amount import NOTHING, RESOURCES, Amount

RESOURCES_ZH = {
    "vcpu": ("vCPU", "核"),
    "memory_gib": ("内存", "GiB"),
    "block_gib": ("块存储", "GiB"),
    "block_high_performance_gib": ("高性能块存储", "GiB"),
    "object_gib": ("对象存储", "GiB"),
    "bandwidth_mbps": ("网络带宽", "Mbps"),
    "public_addresses": ("公网地址", "个"),
}
"""The heads of C-6(四), as a refusal names them, each with its measure."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a document would make a system hold in a zone, beside what it holds already."""

    system: str
    """Empty where several systems wish together, none of which holds anything yet."""
    unit: str
    provider: str
    zone: str
    after: Amount
    field: str


def known_amount(deployment: Deployment, grants: tuple[Grant, ...], case: Case) -> Amount | None:
    """The amount, or None where a flavor is unknown: the catalogue rule speaks of that."""
    if any(tier.layout.flavor not in case.platform.flavors for tier in deployment.tiers):
        return None
    return amount_of(deployment, grants, case.platform.flavors, case.as_of)


def shortfalls(wish: Wish, case: Case) -> Iterator[ShortfallFact]:
    """Every resource of which the unit's quota or the cloud's capacity has not enough for the wish.

    Only what the wish raises is its own shortfall: an account that is over already refuses nothing else.
    """
    for account, account_zh, limit in _levels(wish, case):
        before = case.standing.share(account, wish.system, wish.zone)
        total = case.standing.total(account)
        parts = zip(RESOURCES, before.values(), wish.after.values(), total.values(), limit.values(), strict=True)
        for resource, had, asked, held, allowed in parts:
            if asked > had and (wanted := held - had + asked) > allowed:
                resource_zh, measure = RESOURCES_ZH[resource]
                yield ShortfallFact(
                    wish.field, account_zh, resource_zh, wanted, allowed, measure, account, resource, asked - had
                )


def _levels(wish: Wish, case: Case) -> Iterator[tuple[str, str, Amount]]:
    zone = case.platform.zones.get(wish.zone)
    zone_zh = zone.name_zh if zone else wish.zone
    unit = case.platform.units.get(wish.unit)
    quota = case.quotas.get((wish.unit, wish.zone), NOTHING)
    yield unit_account(wish.unit, wish.zone), f"{unit.name_zh if unit else wish.unit}在{zone_zh}", quota
    capacity = case.capacities.get((wish.provider, wish.zone))
    if capacity is not None:
        yield cloud_account(wish.provider, wish.zone), f"{wish.provider}在{zone_zh}的资源池", capacity
