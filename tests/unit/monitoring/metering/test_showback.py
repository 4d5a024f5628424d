"""Prices of contracts, in Decimal and by their validity; and the FOCUS table of it."""

import csv
import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from broker.documents.platform import CatalogueItem, ServiceContractSpec
from broker.ledger.intervals import Deployment
from broker.ledger.usage import Taking, Usage
from monitoring.metering.focus import COLUMNS, NoPrice, table
from monitoring.metering.period import Month
from monitoring.metering.showback import cost_lines, difference, monthly, priced, total
from quotas.amount import Amount
from tests.unit.monitoring.metering.month import facts

OCTOBER = Month(2026, 10)
HALL = Deployment("gov-service", "online-hall", "internet", "provider-a")


def contract(number: str, start: date, end: date, **cents: int) -> ServiceContractSpec:
    items = tuple(
        CatalogueItem(item=item.replace("_", "-"), name_zh=item, measure="1", price_cents_per_month=price)
        for item, price in cents.items()
    )
    return ServiceContractSpec(provider="provider-a", number=number, valid_from=start, valid_until=end, catalogue=items)


WHOLE = contract("CT-1", date(2026, 1, 1), date(2026, 12, 31), vcpu=3000, memory=1000, block_standard=30)


def used(amount: Amount, start: datetime, end: datetime | None) -> Usage:
    taking = Taking("server-web-1", "govcloud:openstack:Server", "1", amount)
    return Usage("online-hall.internet.provider-a", HALL, taking, start, end)


def test_a_whole_month_costs_its_price_and_half_of_it_half() -> None:
    whole = cost_lines([used(Amount(vcpu=4), OCTOBER.start, None)], [WHOLE], OCTOBER.span)
    assert [(one.item, one.cost_yuan, one.quantity_hours) for one in whole] == [("vcpu", "120.00", "2976")]
    half = OCTOBER.start + (OCTOBER.end - OCTOBER.start) / 2
    (line,) = cost_lines([used(Amount(vcpu=4), half, None)], [WHOLE], OCTOBER.span)
    assert (line.cost_yuan, line.contract) == ("60.00", "CT-1")


def test_a_price_that_changes_within_the_month_makes_two_lines() -> None:
    first = contract("CT-1", date(2026, 1, 1), date(2026, 10, 10), vcpu=3100)
    second = contract("CT-2", date(2026, 10, 11), date(2026, 12, 31), vcpu=6200)
    lines = cost_lines([used(Amount(vcpu=1), OCTOBER.start, None)], [second, first], OCTOBER.span)
    assert [(one.contract, one.cost_yuan) for one in lines] == [("CT-1", "10.00"), ("CT-2", "42.00")]
    assert lines[0].end == lines[1].start == "2026-10-11T00:00:00+08:00"


def test_a_line_is_rounded_once_and_half_up() -> None:
    seconds = OCTOBER.span.seconds // 2000  # half a fen of a vCPU at ten yuan
    cheap = contract("CT-1", date(2026, 1, 1), date(2026, 12, 31), vcpu=1000)
    end = OCTOBER.start + timedelta(seconds=seconds)
    (line,) = cost_lines([used(Amount(vcpu=1), OCTOBER.start, end)], [cheap], OCTOBER.span)
    exact = Decimal(seconds) * 10 / OCTOBER.span.seconds
    assert abs(Decimal(line.cost_yuan or "") - exact) <= Decimal("0.005")


def test_without_a_contract_there_is_no_cost_and_never_a_zero() -> None:
    (line,) = cost_lines([used(Amount(vcpu=1), OCTOBER.start, None)], [], OCTOBER.span)
    assert (line.contract, line.price_yuan_per_month, line.cost_yuan) == ("", None, None)
    assert total(["1.00", None]) is None
    assert total(["1.00", "2.05"]) == "3.05"


def test_of_two_valid_contracts_the_later_one_holds() -> None:
    later = contract("CT-9", date(2026, 10, 5), date(2026, 12, 31), vcpu=1)
    parts = priced("provider-a", [WHOLE, later], OCTOBER.span)
    assert [part.contract.number if part.contract else "" for part in parts] == ["CT-1", "CT-9"]


def test_a_smaller_server_with_more_memory_costs_the_difference() -> None:
    assert difference({"vcpu": 4, "memory_gib": -2}, WHOLE) == "100.00"
    assert monthly({"object_gib": 1}, WHOLE) is None


def test_the_focus_table_has_its_columns_and_adds_up_to_the_facts() -> None:
    found = facts()
    rows = list(csv.DictReader(io.StringIO(table(found))))
    assert tuple(rows[0]) == COLUMNS
    # of FOCUS 1.2 those that every row must have and that may not be empty for usage
    mandatory = (
        *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd"),
        *("BillingPeriodStart", "ChargeCategory", "ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart"),
        *("ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit"),
        *("ProviderName", "PublisherName", "ServiceCategory", "ServiceName"),
    )
    assert all(row[column] for row in rows for column in mandatory)
    usual = [row for row in rows if row["ChargeClass"] != "Correction"]
    assert sum(Decimal(row["BilledCost"]) for row in usual) == Decimal(
        total(one.cost_yuan for one in found.costs) or ""
    )
    assert {row["BillingPeriodStart"] for row in rows} == {"2026-09-30T16:00:00Z"}


def test_what_has_no_price_is_no_row_but_an_error_that_names_it() -> None:
    found = facts()
    line = replace(found.costs[0], cost_yuan=None)
    with pytest.raises(NoPrice, match=f"{line.provider} {line.item}"):
        table(replace(found, costs=(line, *found.costs[1:])))
