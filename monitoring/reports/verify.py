"""Whether a file is a report that was issued here, byte for byte, and how far that report is: by the records alone."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from broker.documents.issuing import Format, ReportDelivered, ReportIssued, code_of
from broker.documents.reporting import ReportConfirmationSpec
from broker.issuance import confirmation, delivered
from broker.registry.filed import Filed, Registry
from monitoring.reports.formats.mark import code_in


@dataclass(frozen=True, slots=True)
class Verified:
    """The file is one that was issued. No confirmation: it is a draft still."""

    issued: ReportIssued
    format: Format
    confirmation: Filed[ReportConfirmationSpec] | None
    delivered: ReportDelivered | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """It is none; the text says why, and what cures it."""

    why: str


def verify(data: bytes, registry: Registry) -> Verified | Rejected:
    """What the records say of the file."""
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    issued = [record for record in registry.records if isinstance(record, ReportIssued)]
    for record in issued:
        for file in record.files:
            if file.digest == digest:
                return Verified(record, file.format, confirmation(registry, record), delivered(registry, record))
    return Rejected(_why(code_in(data), issued))


def _why(code: str, issued: Sequence[ReportIssued]) -> str:
    if not code:
        return "it has no verification code: no report of this product, or its code was taken out"
    named = next((record for record in issued if code_of(record.paper) == code), None)
    if named is None:
        return f"its code {code} was issued by nobody on record here; ask the deployment that it comes from"
    return (
        f"it says that it is {named.name}, issued {named.at.isoformat()}, and was changed since; "
        f"`broker report {named.kind} --month {named.month}` gives the issued files again"
    )
