"""The party's confirmation of its reports as a paper ready to be signed (C-7(五), C-9(二), C-13)."""

from datetime import date

import yaml

from broker.documents.envelope import API_VERSION
from broker.documents.issuing import ReportIssued
from broker.documents.reporting import REPORT_TITLES, ReportConfirmationSpec, ReportKind
from broker.issuance import standing
from broker.registry.filed import Registry
from monitoring.metering.papers import Paper, id_of


class NothingToConfirm(Exception):
    """No report of the party waits for it; the text says what cures it."""


def confirming(  # noqa: PLR0913, PLR0917 - what stands in the paper
    registry: Registry, kind: ReportKind, month: str, party: str, filed_by: str, filed_on: date
) -> Paper:
    """The paper that confirms every report of this kind and month that waits for the party.

    Raises:
        NothingToConfirm: None was issued, or all are confirmed already.
    """
    _, waiting = standing(registry)
    asked = [one.issued for one in waiting if (one.issued.kind, one.issued.month) == (kind, month)]
    own = [issued for issued in asked if party in {"", issued.party}]
    parties = sorted({issued.party for issued in own})
    if len(parties) > 1:
        raise NothingToConfirm(f"confirming {kind} of {month}: name one party by --party: {', '.join(parties)}")
    if not own:
        raise NothingToConfirm(
            f"confirming {kind} of {month}: nothing waits for {party or 'anybody'}; issue it by "
            f"`broker report {kind} --month {month}`, or it is confirmed already"
        )
    return _paper(tuple(own), filed_by, filed_on)


def _paper(own: tuple[ReportIssued, ...], filed_by: str, filed_on: date) -> Paper:
    first = own[0]
    id_ = id_of(f"{first.kind}-report-{first.month}-{first.party}")
    content = {
        "apiVersion": API_VERSION,
        "kind": ReportConfirmationSpec.kind,
        "metadata": {"id": id_, "filed_on": filed_on.isoformat(), "filed_by": filed_by},
        "spec": {
            "party": first.party,
            "report": first.kind,
            "month": first.month,
            "papers": [{"name": one.name, "paper": one.paper} for one in own],
        },
    }
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    head = f"# 报告确认：{REPORT_TITLES[first.kind]} {first.month}，共{len(own)}份；签名后由区网信办送达各接收单位\n"
    return Paper(f"{ReportConfirmationSpec.folder}/{id_}.yaml", head + text)
