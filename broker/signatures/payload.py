"""What a signature is over: the decision in canonical JSON, never the YAML bytes."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from broker.documents.fields import Day, Digest, Id, Instant, Line, Part, Text
from broker.documents.organisations import Role

NAMESPACE = "decision@govcloud"

Nonce = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class SignedDocument(Part):
    """One document that the signature covers."""

    id: Id
    digest: Digest


def _once_each(documents: tuple[SignedDocument, ...]) -> tuple[SignedDocument, ...]:
    names = [signed.id for signed in documents]
    if len(set(names)) != len(names):
        raise ValueError("a document is named twice; a signature is over one text of each")
    return documents


class Payload(Part):
    """The decision that a person put his key to; what is signed is its JSON as written, by RFC 8785."""

    v: Literal[1] = 1
    case: Line
    """The matter, such as `cases/2026/RY-2026-011`: the folder of the first document."""
    documents: Annotated[tuple[SignedDocument, ...], Field(min_length=1), AfterValidator(_once_each)]
    role: Role
    """The role in which the person signs."""
    person: Id
    decision: Line
    """Such as `approved`, `refused`, `issued`, `received`."""
    number: Line | None = None
    conditions: tuple[Text, ...] = ()
    decided_on: Day
    expires: Instant
    """A signature that the broker receives later than this is refused."""
    nonce: Nonce
    algorithm: Literal["ssh-ed25519", "sk-ssh-ed25519@openssh.com"] = "ssh-ed25519"
    """The second is a FIDO security key's. Another algorithm (SM2) is another value behind the same verifier."""
