"""What the broker itself knows and writes to the `records` branch: facts, never decisions."""

from typing import Annotated, Literal

from pydantic import Field

from broker.canonical import Json
from broker.documents.backups import BackupErased, BackupRun, Discarded, RestoreTest, Wiped
from broker.documents.closings import MonthClosed
from broker.documents.fields import Amount, Article, Digest, Id, Instant, Line, Part, Text
from broker.documents.issuing import ReportDelivered, ReportIssued


class Reason(Part):
    """Why a document was not admitted."""

    code: Line
    article: Article
    fact: Text
    cure: Text

    @property
    def told(self) -> str:
        """All of it in one line, as people are told it."""
        return f"{self.code}({self.article}){self.fact}；{self.cure}"


class ClaimLine(Part):
    """What one account gave for the document; a release is a claim by a document that lowers use."""

    account: Line
    """Such as `unit:education/internet` or `cloud:provider-b/internet`."""
    before: Amount
    """What the claimant held there before the document."""
    after: Amount


class Received(Part):
    """The moment at which the broker first saw a document's digest on main; clocks count from it (decision 0030)."""

    type: Literal["received"] = "received"
    document: Digest
    at: Instant


class Admitted(Part):
    """The outcome of admission, once per document and for ever."""

    type: Literal["admitted"] = "admitted"
    document: Digest
    id: Id
    commit: Line
    sequence: Annotated[int, Field(ge=0)]
    as_of: Instant
    rule_set: Digest
    admitted: bool
    reasons: tuple[Reason, ...] = ()
    lifted_by: tuple[Id, ...] = ()
    """Waivers and decisions without which it would not have been admitted."""
    claims: tuple[ClaimLine, ...] = ()
    simulated: bool = False


class Provisioned(Part):
    """A stack was brought to a spec, with the clouds' answers; it stops the provider's clock (C-11(二), C-12(二))."""

    type: Literal["provisioned"] = "provisioned"
    stack: Line
    spec_digest: Line
    documents: tuple[Id, ...]
    """The matters that this brought about."""
    acts: tuple[Id, ...] = ()
    """The acts that it carried out: consent, jobs and notice have one id (C-17)."""
    at: Instant
    resources: Annotated[int, Field(ge=0)]
    manual_open: tuple[Line, ...] = ()
    """What was granted and is still to be made by hand."""
    simulated: bool = False


class Delivered(Part):
    """A hand-over package with a stack's secrets was made for its unit, encrypted to the unit's registered keys."""

    type: Literal["delivered"] = "delivered"
    stack: Line
    unit: Id
    package: Digest
    """Of the encrypted file."""
    secrets: Line
    """Which state of the stack's secrets it holds: a random word that tells nothing."""
    recipients: tuple[Id, ...]
    """The Key documents that open it."""
    at: Instant
    simulated: bool = False


class NoticeFailed(Part):
    """A channel gave a notice up: from now on the office has to see that its parties learn of it."""

    type: Literal["notice_failed"] = "notice_failed"
    notice: Line
    """Its key."""
    topic: Line
    channel: Line
    """The channel's name in the deployment's settings."""
    parties: tuple[Line, ...]
    at: Instant


class NoticeServed(Part):
    """A notice that a channel had given up reached its parties, over another channel or by hand."""

    type: Literal["notice_served"] = "notice_served"
    notice: Line
    channel: Line
    at: Instant
    how: Text | None = None
    """How it was handed over, where a person did it."""


Record = Annotated[
    Received
    | Admitted
    | Provisioned
    | Delivered
    | BackupRun
    | BackupErased
    | RestoreTest
    | Wiped
    | Discarded
    | MonthClosed
    | ReportIssued
    | ReportDelivered
    | NoticeFailed
    | NoticeServed,
    Field(discriminator="type"),
]


def written(record: Record) -> dict[str, Json]:
    """The record as it lies on its branch and waits in the ledger: what has no value is left out."""
    told: dict[str, Json] = record.model_dump(mode="json", exclude_none=True)
    return told
