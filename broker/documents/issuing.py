"""Records of the reports that the rule asks for: what was issued, byte for byte, and what was delivered to whom."""

import base64
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from broker.documents.fields import Digest, Id, Instant, Line, Part
from broker.documents.reporting import Month, ReportKind

Format = Literal["html", "pdf", "docx", "xlsx"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
_CHARACTERS: Final = 20
_GROUP: Final = 4
_LETTERS: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "23456789ABCDEFGHJKLMNPQRSTUVWXYZ")


def code_of(digest: str) -> str:
    """The first hundred bits of a digest in groups of letters and digits that are not mistaken for each other.

    >>> code_of("sha256:" + "00" * 32)
    '2222-2222-2222-2222-2222'
    """
    letters = base64.b32encode(bytes.fromhex(digest.removeprefix("sha256:"))).decode()[:_CHARACTERS]
    plain = letters.translate(_LETTERS)
    return "-".join(plain[n : n + _GROUP] for n in range(0, _CHARACTERS, _GROUP))


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
