"""Reports between their party's confirmation and their recipient: which may be handed over, and what is told. Pure."""

from dataclasses import dataclass
from datetime import datetime

from broker.documents.issuing import ReportDelivered, ReportIssued, code_of
from broker.documents.reporting import REPORT_ARTICLES, REPORT_TITLES, ReportConfirmationSpec
from broker.ledger.outbox import Notice
from broker.registry.filed import Filed, Registry


@dataclass(frozen=True, slots=True)
class Deliverable:
    """A report that its party confirmed and that was not handed over yet."""

    issued: ReportIssued
    confirmation: str
    """The id of the document."""


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A report that waits for its party, and why: not signed for, or for another content."""

    issued: ReportIssued
    other: str = ""
    """A confirmation that names this report with another digest."""


def standing(registry: Registry) -> tuple[tuple[Deliverable, ...], tuple[Unconfirmed, ...]]:
    """Reports that may be handed over, and those that wait; the registry's signatures were judged before."""
    ready, waiting = [], []
    for issued in (record for record in registry.records if isinstance(record, ReportIssued)):
        if delivered(registry, issued) is not None:
            continue
        found = confirmation(registry, issued)
        if found is not None:
            ready.append(Deliverable(issued, found.id))
        else:
            waiting.append(Unconfirmed(issued, _other(registry, issued)))
    return tuple(ready), tuple(waiting)


def confirmation(registry: Registry, issued: ReportIssued) -> Filed[ReportConfirmationSpec] | None:
    """The document by which the party confirmed this very report."""
    for filed in registry.in_force(ReportConfirmationSpec):
        spec = filed.spec
        named = any((one.name, one.paper) == (issued.name, issued.paper) for one in spec.papers)
        if named and (spec.party, spec.report, spec.month) == (issued.party, issued.kind, issued.month):
            return filed
    return None


def delivered(registry: Registry, issued: ReportIssued) -> ReportDelivered | None:
    """The record that it was handed over."""
    told = (r for r in registry.records if isinstance(r, ReportDelivered))
    return next((r for r in told if (r.name, r.paper) == (issued.name, issued.paper)), None)


def _other(registry: Registry, issued: ReportIssued) -> str:
    named = (f for f in registry.in_force(ReportConfirmationSpec) if any(p.name == issued.name for p in f.spec.papers))
    return next((filed.id for filed in named), "")


def handed_over(one: Deliverable, at: datetime, *, simulated: bool) -> ReportDelivered:
    """The record of the delivery."""
    issued = one.issued
    return ReportDelivered(
        name=issued.name,
        kind=issued.kind,
        month=issued.month,
        party=issued.party,
        recipient=issued.recipient,
        paper=issued.paper,
        confirmation=one.confirmation,
        at=at,
        simulated=simulated or issued.simulated,
    )


def message(one: Deliverable) -> Notice:
    """The message to the recipient; the same report and content is told once for ever."""
    issued = one.issued
    return Notice(
        key=f"report:{issued.name}:{issued.paper}",
        topic="report",
        body={
            "to": [issued.recipient],
            "report": issued.name,
            "title_zh": REPORT_TITLES[issued.kind],
            "article": REPORT_ARTICLES[issued.kind],
            "month": issued.month,
            "party": issued.party,
            "recipient": issued.recipient,
            "confirmation": one.confirmation,
            "code": code_of(issued.paper),
            "files": [{"format": f.format, "digest": f.digest, "size_bytes": f.size_bytes} for f in issued.files],
        },
        request=f"report {issued.name}",
    )
