"""What systems cost in a month: what they hold at the prices of their provider's contract (C-11(一), C-26)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from broker.clock import day_of
from broker.decide.standing import Standing
from broker.documents.platform import ServiceContractSpec
from broker.estate.amount import holds
from broker.estate.platform import Platform
from broker.estate.system import Deployment
from quotas.amount import Amount


@dataclass(frozen=True, slots=True)
class Cost:
    """One system in one zone, in cents (分) a month. None: no contract has a price for something that it holds."""

    system: str
    zone: str
    before: int | None
    after: int | None


def monthly_cents(platform: Platform, standing: Standing, as_of: datetime) -> dict[tuple[str, str], int | None]:
    """Whole cents a month for each (system, zone) that holds anything at `as_of`."""
    providers = {contract.provider for contract in platform.contracts}
    prices = {provider: _prices(_contract(platform, provider, as_of)) for provider in providers}
    return {
        (system.id, deployment.zone): _cents(
            prices.get(system.provider, {}), standing.held(system.id, deployment.zone), deployment
        )
        for system in standing.systems.values()
        if holds(system)
        for deployment in system.deployments
    }


def costs(
    before: Mapping[tuple[str, str], int | None], after: Mapping[tuple[str, str], int | None]
) -> tuple[Cost, ...]:
    """What each (system, zone) costs before and after, sorted; one that is not there costs nothing."""
    return tuple(Cost(*key, before.get(key, 0), after.get(key, 0)) for key in sorted(before.keys() | after.keys()))


def _contract(platform: Platform, provider: str, as_of: datetime) -> ServiceContractSpec | None:
    day = day_of(as_of)
    valid = [c for c in platform.contracts if c.provider == provider and c.valid_from <= day <= c.valid_until]
    return max(valid, key=lambda contract: contract.valid_from, default=None)


def _prices(contract: ServiceContractSpec | None) -> dict[str, int]:
    return {item.item: item.price_cents_per_month for item in contract.catalogue} if contract else {}


def _cents(prices: Mapping[str, int], held: Amount, deployment: Deployment) -> int | None:
    counted = {item: count for item, count in _counted(held, deployment).items() if count}
    if counted.keys() - prices.keys():
        return None
    return sum(count * prices[item] for item, count in counted.items())


def _counted(held: Amount, deployment: Deployment) -> dict[str, int]:
    return {
        "vcpu": held.vcpu,
        "memory": held.memory_gib,
        "block-standard": held.block_gib - held.block_high_performance_gib,
        "block-high-performance": held.block_high_performance_gib,
        "object": held.object_gib,
        "bandwidth": held.bandwidth_mbps,
        "public-address": held.public_addresses,
        "load-balancer": deployment.load_balancers,
    }
