"""What was taken at the prices of the contracts, in Decimal: each line is rounded once, half up, to 分 (C-26, C-27)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Final

from broker.clock import end_of, start_of
from broker.documents.platform import CatalogueItem, ServiceContractSpec
from broker.ledger.usage import Usage
from monitoring.metering.allocation import summed, taken
from monitoring.metering.facts import CostLine
from monitoring.metering.period import HOUR_S, Span, instant

CENT: Final = Decimal("0.01")
_CENTS: Final = Decimal(100)
_HOURS: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Priced:
    """A part of the month in which one contract of a provider, or none, was valid."""

    span: Span
    contract: ServiceContractSpec | None


def cost_lines(usages: Sequence[Usage], contracts: Iterable[ServiceContractSpec], month: Span) -> tuple[CostLine, ...]:
    """Every item of every system in every zone, sorted; a price that changes within the month makes two lines."""
    known = tuple(contracts)
    providers = sorted({usage.deployment.provider for usage in usages})
    return tuple(sorted(_lines(usages, known, providers, month), key=_order))


def priced(provider: str, contracts: Iterable[ServiceContractSpec], month: Span) -> tuple[Priced, ...]:
    """The month in parts of one contract each, in order. Of two that are valid the one that began later holds."""
    own = [contract for contract in contracts if contract.provider == provider]
    spans = {id(contract): span for contract in own if (span := _valid(contract).cut(month))}
    edges = sorted(
        {month.start_s, month.end_s, *(edge for span in spans.values() for edge in (span.start_s, span.end_s))}
    )
    parts = []
    for start_s, end_s in pairwise(edges):
        valid = [c for c in own if id(c) in spans and spans[id(c)].start_s <= start_s < spans[id(c)].end_s]
        parts.append(Priced(Span(start_s, end_s), max(valid, key=lambda c: c.valid_from, default=None)))
    return tuple(parts)


def items_of(heads: Mapping[str, int]) -> dict[str, int]:
    """Items of the catalogue by what was taken of each head; those of nothing are left out."""
    fast = heads.get("block_high_performance_gib", 0)
    counted = {
        "vcpu": heads.get("vcpu", 0),
        "memory": heads.get("memory_gib", 0),
        "block-standard": heads.get("block_gib", 0) - fast,
        "block-high-performance": fast,
        "object": heads.get("object_gib", 0),
        "bandwidth": heads.get("bandwidth_mbps", 0),
        "public-address": heads.get("public_addresses", 0),
    }
    return {item: count for item, count in counted.items() if count}


def total(costs: Iterable[str | None]) -> str | None:
    """The sum of rounded amounts; None as soon as one has no price."""
    found = list(costs)
    known = [Decimal(cost) for cost in found if cost is not None]
    return str(sum(known, Decimal("0.00"))) if len(known) == len(found) else None


def monthly(heads: Mapping[str, int], contract: ServiceContractSpec | None) -> str | None:
    """What an amount costs in a month, in yuan; None where the contract has no price for something of it."""
    prices = _prices(contract)
    items = items_of(heads)
    if not items.keys() <= prices.keys():
        return None
    cents = sum(count * prices[item].price_cents_per_month for item, count in items.items())
    return str((Decimal(cents) / _CENTS).quantize(CENT))


def difference(saving: Mapping[str, int], contract: ServiceContractSpec | None) -> str | None:
    """What it costs less in a month where some heads shrink and others grow (negative), in yuan."""
    less = monthly({head: value for head, value in saving.items() if value > 0}, contract)
    more = monthly({head: -value for head, value in saving.items() if value < 0}, contract)
    return None if less is None or more is None else str(Decimal(less) - Decimal(more))


def cost_of(item: str, amount_s: int, contract: ServiceContractSpec | None, month: Span) -> str | None:
    """Amount-seconds of one item at the contract's price of a month of this length, in yuan."""
    found = _prices(contract).get(item)
    if found is None:
        return None
    yuan = Decimal(amount_s) * found.price_cents_per_month / month.seconds / _CENTS
    return str(yuan.quantize(CENT, ROUND_HALF_UP))


def _lines(
    usages: Sequence[Usage], contracts: tuple[ServiceContractSpec, ...], providers: list[str], month: Span
) -> Iterator[CostLine]:
    for provider in providers:
        own = [usage for usage in usages if usage.deployment.provider == provider]
        for part in priced(provider, contracts, month):
            for (unit, system, zone, _), heads in summed(taken(own, part.span)).items():
                for item, amount_s in items_of(heads).items():
                    yield _line((unit, system, zone, provider), item, amount_s, part, month)


def _line(whose: tuple[str, str, str, str], item: str, amount_s: int, part: Priced, month: Span) -> CostLine:
    unit, system, zone, provider = whose
    found = _prices(part.contract).get(item)
    return CostLine(
        unit=unit,
        system=system,
        zone=zone,
        provider=provider,
        contract=part.contract.number if part.contract else "",
        item=item,
        start=instant(part.span.start_s),
        end=instant(part.span.end_s),
        quantity_hours=f"{(Decimal(amount_s) / HOUR_S).quantize(_HOURS, ROUND_HALF_UP).normalize():f}",
        price_yuan_per_month=str((Decimal(found.price_cents_per_month) / _CENTS).quantize(CENT)) if found else None,
        cost_yuan=cost_of(item, amount_s, part.contract, month),
        cost_bearer=found.cost_bearer if found else "central",
    )


def _prices(contract: ServiceContractSpec | None) -> Mapping[str, CatalogueItem]:
    return {item.item: item for item in contract.catalogue} if contract else {}


def _valid(contract: ServiceContractSpec) -> Span:
    first, last = start_of(contract.valid_from), end_of(contract.valid_until)
    return Span(int(first.timestamp()), int(last.timestamp()))


def _order(line: CostLine) -> tuple[str, ...]:
    return line.unit, line.system, line.zone, line.provider, line.item, line.start


def counted(lines: Iterable[CostLine]) -> dict[tuple[str, str], list[str | None]]:
    """The costs of each (system, zone)."""
    found: dict[tuple[str, str], list[str | None]] = {}
    for line in lines:
        found.setdefault((line.system, line.zone), []).append(line.cost_yuan)
    return found
