"""Records of the reports that the rule asks for: what was issued, byte for byte, and what was delivered to whom."""

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from broker.documents.fields import Digest, Id, Instant, Line, Part
from broker.documents.reporting import Month, ReportKind

Format = Literal["html", "pdf", "docx", "xlsx"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)


class IssuedFile(Part):
    """One format of a report."""

    format: Format
    digest: Digest
    size_bytes: Annotated[int, Field(ge=1)]


class ReportIssued(Part):
    """A report of a closed month was made for one recipient. Its files lie in the attachment store; this binds them."""

    type: Literal["report_issued"] = "report_issued"
    name: Line
    """Such as `provider-2026-10-provider-a-health`; one report has it, for ever."""
    kind: ReportKind
    month: Month
    party: Id
    """Whose report it is, and who confirms it."""
    recipient: Id
    paper: Digest
    """Of the report's content, from which its code is made."""
    facts: Digest
    """Of the closed month's facts."""
    files: Annotated[tuple[IssuedFile, ...], Field(min_length=1)]
    at: Instant
    simulated: bool = False


class ReportDelivered(Part):
    """A confirmed report was handed over: its recipient was told, and may fetch it (C-7(五), C-9(二), C-13)."""

    type: Literal["report_delivered"] = "report_delivered"
    name: Line
    kind: ReportKind
    month: Month
    party: Id
    recipient: Id
    paper: Digest
    confirmation: Id
    """The document by which the party confirmed it."""
    at: Instant
    simulated: bool = False
