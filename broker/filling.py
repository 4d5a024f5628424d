"""What git alone tells of a lost ledger: records of admission, and the published entries of the audit log. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from broker.documents.backups import Wiped
from broker.documents.closings import MonthClosed
from broker.documents.records import Admitted, Provisioned, Record, written
from broker.ledger.admissions import Admission
from broker.ledger.intervals import Deployment
from broker.ledger.months import ClosedMonth
from broker.ledger.refill import Filling, Receipt, Sent
from broker.ledger.usage import Taking, Usage
from quotas.amount import Amount

EPOCH_GAP: Final = 1000
"""More than there can be entries that were not published: an epoch of before the loss is never given out again."""


def filling(records: tuple[Record, ...], entries: tuple[bytes, ...], months: Mapping[str, bytes]) -> Filling:
    """The ledger as records and published entries tell of it. `months`: the facts of closed months by name."""
    told: list[dict[str, Any]] = [json.loads(entry) for entry in entries]
    stacks = _stacks(records)
    epochs = _epochs(told)
    return Filling(
        entries=tuple((datetime.fromisoformat(one["at"]), entry) for one, entry in zip(told, entries, strict=True)),
        admissions=tuple(_admission(record) for record in records if isinstance(record, Admitted)),
        epochs={stack: epochs.get(stack, 0) + EPOCH_GAP for stack in {*epochs, *stacks}},
        stacks=stacks,
        usage=_usage(told),
        messages=_messages(told),
        receipts=_receipts(told),
        months=tuple(_months(records, months)),
    )


def brought_to(records: Iterable[Record]) -> dict[str, str]:
    """The digest of the spec that each stack was last brought to, as records tell; `none` once it was removed."""
    return {record.stack: record.spec_digest for record in records if isinstance(record, Provisioned)}


def _stacks(records: Iterable[Record]) -> frozenset[str]:
    """Those that are on their clouds: brought about, and neither removed nor wiped since."""
    there: set[str] = set()
    for record in records:
        if isinstance(record, Wiped) or (isinstance(record, Provisioned) and record.spec_digest == "none"):
            there.discard(record.stack)
        elif isinstance(record, Provisioned):
            there.add(record.stack)
    return frozenset(there)


def _admission(record: Admitted) -> Admission:
    return Admission(record.sequence, record.document, record.admitted, record.as_of, written(record), pushed=True)


def _epochs(told: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in told:
        body = entry["body"]
        if isinstance(body, dict) and isinstance(body.get("epoch"), int):
            found[body["stack"]] = max(found.get(body["stack"], 0), body["epoch"])
    return found


def _usage(told: Iterable[Mapping[str, Any]]) -> tuple[Usage, ...]:
    """Every interval that a run began, closed where a later run ended it."""
    still: dict[tuple[str, str, str], Usage] = {}
    over: list[Usage] = []
    for body in (entry["body"] for entry in told if isinstance(entry["body"], dict) and "metered" in entry["body"]):
        stack, metered = body["stack"], body["metered"]
        for end in metered["ended"]:
            begun = still.pop((stack, end["resource"], end["external_id"]))
            ended_at = datetime.fromisoformat(end["at"])
            over.append(Usage(stack, begun.deployment, begun.taking, begun.started_at, ended_at))
        for start in metered["began"]:
            still[stack, start["resource"], start["external_id"]] = _begun(stack, metered["unit"], start)
    return (*over, *still.values())


def _begun(stack: str, unit: str, start: Mapping[str, Any]) -> Usage:
    system, zone, provider = stack.split(".")
    amount = Amount(**start["amount"])
    taking = Taking(start["resource"], start["type"], start["external_id"], amount, start["running"])
    return Usage(stack, Deployment(unit, system, zone, provider), taking, datetime.fromisoformat(start["at"]), None)


def _messages(told: Iterable[Mapping[str, Any]]) -> tuple[Sent, ...]:
    """Every message that was queued; one that everybody got is never sent again."""
    found: dict[str, Sent] = {}
    for entry in told:
        body, at = entry["body"], datetime.fromisoformat(entry["at"])
        if entry["action"] == "notice":
            found.setdefault(body["key"], Sent(body["key"], body["topic"], body["body"], at, None))
        elif entry["action"] == "told" and body["key"] in found:
            found[body["key"]] = replace(found[body["key"]], told_at=at)
    return tuple(found.values())


def _receipts(told: Iterable[Mapping[str, Any]]) -> tuple[Receipt, ...]:
    """How each message ended on each channel; what took it after it was given up, took it."""
    found: dict[tuple[str, str], Receipt] = {}
    for entry in told:
        body = entry["body"]
        if entry["action"] in {"sent", "unsent"}:
            at, failed = datetime.fromisoformat(entry["at"]), entry["action"] == "unsent"
            found[body["key"], body["channel"]] = Receipt(body["key"], body["channel"], tuple(body["to"]), at, failed)
        elif entry["action"] == "retry":
            found = {place: one for place, one in found.items() if place[0] != body["key"] or not one.failed}
    return tuple(found.values())


def _months(records: Iterable[Record], facts: Mapping[str, bytes]) -> Iterable[ClosedMonth]:
    for record in records:
        if isinstance(record, MonthClosed) and record.month in facts:
            yield ClosedMonth(record.month, record.facts, facts[record.month], record.at)
