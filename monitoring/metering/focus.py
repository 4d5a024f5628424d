"""The showback of a month as a FOCUS 1.2 data set: one row per cost line, and one per correction of an earlier month.

Source: FinOps Open Cost and Usage Specification 1.2 (focus.finops.org), column ids, units and allowed values. The unit
is the billing account, its system in a zone the sub-account. Periods are half-open and UTC.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from monitoring.metering.facts import CostLine, MonthFacts, SystemFacts
from monitoring.metering.period import HOUR_S, Month

_SERVICES: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "vcpu": ("Compute", "Virtual Machines", "vCPU", "vCPU-Hours"),
    "memory": ("Compute", "Virtual Machines", "Memory", "GiB-Hours"),
    "block-standard": ("Storage", "Block Storage", "Block storage, standard", "GiB-Hours"),
    "block-high-performance": ("Storage", "Block Storage", "Block storage, high performance", "GiB-Hours"),
    "object": ("Storage", "Object Storage", "Object storage", "GiB-Hours"),
    "bandwidth": ("Networking", "Network Connectivity", "Bandwidth", "Mbps-Hours"),
    "public-address": ("Networking", "Network Infrastructure", "Public address", "Address-Hours"),
}
"""Category, subcategory, name and unit of each item of the catalogue that is metered."""

COLUMNS: Final = (
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
)
_HEAD_ITEMS: Final = {
    "vcpu": "vcpu",
    "memory_gib": "memory",
    "block_gib": "block-standard",
    "block_high_performance_gib": "block-high-performance",
    "object_gib": "object",
    "bandwidth_mbps": "bandwidth",
    "public_addresses": "public-address",
}


class NoPrice(Exception):
    """A line has no price, and FOCUS has no row without a cost; file the contract with the item, or close anew."""


def table(facts: MonthFacts) -> str:
    """The data set as CSV (RFC 4180) in UTF-8.

    Raises:
        NoPrice: Of these items there is no price; all are named.
    """
    missing = sorted({f"{line.provider} {line.item}" for line in facts.costs if line.cost_yuan is None})
    missing += sorted({f"{c.provider} {c.head} of {c.month}" for c in facts.corrections if c.cost_yuan is None})
    if missing:
        raise NoPrice(f"exporting {facts.month}: no contract has a price for {', '.join(missing)}")
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_rows(facts))
    return out.getvalue()


def _rows(facts: MonthFacts) -> Iterator[dict[str, str]]:
    of = {(system.system, system.zone): system for system in facts.systems}
    hours = Decimal(Month.read(facts.month).span.seconds) / HOUR_S
    for line in facts.costs:
        yield _row(line, of[line.system, line.zone], facts, hours)
    for one in facts.corrections:
        month = Month.read(one.month)
        quantity = str(Decimal(one.amount_s) / HOUR_S)
        item = _HEAD_ITEMS[one.head]
        period = (month.start.isoformat(), month.end.isoformat())
        line = CostLine(
            one.unit, one.system, one.zone, one.provider, "", item, *period, quantity, None, one.cost_yuan, "central"
        )
        system = of.get((one.system, one.zone))
        yield {**_row(line, system, facts, hours), "ChargeClass": "Correction"}


def _row(line: CostLine, system: SystemFacts | None, facts: MonthFacts, hours: Decimal) -> dict[str, str]:
    category, subcategory, name, unit = _SERVICES[line.item]
    cost = line.cost_yuan or ""
    price = "" if line.price_yuan_per_month is None else f"{Decimal(line.price_yuan_per_month) / hours:.10f}"
    return {
        "BilledCost": cost,
        "BillingAccountId": line.unit,
        "BillingAccountName": system.unit_name if system else line.unit,
        "BillingAccountType": "使用单位",
        "BillingCurrency": "CNY",
        "BillingPeriodEnd": _utc(facts.end),
        "BillingPeriodStart": _utc(facts.start),
        "ChargeCategory": "Usage",
        "ChargeClass": "",
        "ChargeDescription": f"{name}, {system.system_name if system else line.system}, {line.zone}",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": _utc(line.end),
        "ChargePeriodStart": _utc(line.start),
        "ConsumedQuantity": line.quantity_hours,
        "ConsumedUnit": unit,
        "ContractedCost": cost,
        "ContractedUnitPrice": price,
        "EffectiveCost": cost,
        "InvoiceIssuerName": line.provider,
        "ListCost": cost,
        "ListUnitPrice": price,
        "PricingCategory": "Standard",
        "PricingQuantity": line.quantity_hours,
        "PricingUnit": unit,
        "ProviderName": line.provider,
        "PublisherName": line.provider,
        "RegionId": line.zone,
        "RegionName": line.zone,
        "ServiceCategory": category,
        "ServiceName": name,
        "ServiceSubcategory": subcategory,
        "SkuId": line.item,
        "SkuMeter": unit,
        "SkuPriceId": f"{line.contract}/{line.item}" if line.contract else "",
        "SubAccountId": f"{line.system}/{line.zone}",
        "SubAccountName": system.system_name if system else line.system,
        "SubAccountType": "业务信息系统",
        "Tags": json.dumps({"cost_bearer": line.cost_bearer, "zone": line.zone}, ensure_ascii=False, sort_keys=True),
    }


def _utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
