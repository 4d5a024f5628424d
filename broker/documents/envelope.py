"""What every document has around its content."""

from enum import StrEnum
from typing import Annotated, ClassVar, Generic, Literal, TypeVar

from pydantic import Field

from broker.documents.fields import Day, Id, Part, Text

API_VERSION = "govcloud/v1"


class Nature(StrEnum):
    """What a document is in the procedure; it decides which gate holds at the door."""

    FOUNDATION = "foundation"
    """Organisations, platform, contracts, quotas: decisions that need an office key already in force."""
    FILING = "filing"
    """Asks for something; one that the rules forbid enters and is answered with a refusal record."""
    DECISION = "decision"
    """Decides or orders; one that the rules forbid is refused at the door."""
    EVIDENCE = "evidence"
    """Says what happened, signed by the party that answers for it."""


class Metadata(Part):
    """Who filed the document, when, and which earlier one it takes the place of."""

    id: Id
    """Unique in the whole registry, for ever."""
    filed_on: Day
    """The date on the paper (Asia/Shanghai). What counts for clocks is when the broker received it."""
    filed_by: Id
    """The person who filed it, by the id of his `Person` document."""
    supersedes: Id | None = None
    """The document of the same kind that this one replaces from now on."""
    withdraws: Id | None = None
    """The document that this one takes back."""
    note: Text | None = None

    @property
    def replaces(self) -> tuple[str, ...]:
        """The documents that no longer stand once this one does: the superseded one and the withdrawn one."""
        return tuple(name for name in (self.supersedes, self.withdraws) if name)


class Spec(Part):
    """The content of one kind of document."""

    kind: ClassVar[str]
    nature: ClassVar[Nature]
    folder: ClassVar[str]
    """Where in the registry its files lie."""
    signed_by: ClassVar[tuple[str, ...]] = ()
    """Roles of which one must sign; empty for a filing, which its unit's right to file covers."""
    signatures: ClassVar[int] = 1
    """How many different people must sign, where somebody must."""
    filer: ClassVar[str] = "unit"
    """Of a filing: the field that names the organisation whose people may file it."""
    signer: ClassVar[str] = ""
    """The field that names the organisation whose people must sign, whatever their role; empty = the role decides."""


S = TypeVar("S", bound=Spec)


class Document(Part, Generic[S]):
    """One YAML file of the registry."""

    api_version: Annotated[Literal["govcloud/v1"], Field(alias="apiVersion")]
    kind: str
    metadata: Metadata
    spec: S

    @property
    def id(self) -> str:
        """The document's id."""
        return self.metadata.id
