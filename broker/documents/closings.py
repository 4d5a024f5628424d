"""The record of a closed month: which facts hold, for ever (C-7, C-9, C-19)."""

from typing import Annotated, Literal

from pydantic import Field

from broker.documents.fields import Digest, Instant, Line, Part
from broker.documents.reporting import Month


class MonthClosed(Part):
    """A month's facts were frozen; the ledger keeps the bytes, this binds them under the broker's signature."""

    type: Literal["month_closed"] = "month_closed"
    month: Month
    facts: Digest
    """Of the facts' canonical bytes."""
    size_bytes: Annotated[int, Field(ge=1)]
    policy: Line
    """Name and version of the utilisation policy."""
    policy_digest: Digest
    registry: Line
    """Commit of the documents that were read."""
    at: Instant
    simulated: bool = False
