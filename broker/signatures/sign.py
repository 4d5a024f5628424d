"""Signing a decision: the bytes of a signature file for one or more documents."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.canonical import canonical
from broker.clock import day_of
from broker.documents.organisations import Role
from broker.signatures.agent import AgentKey
from broker.signatures.file import written
from broker.signatures.payload import NAMESPACE, Payload, SignedDocument
from broker.signatures.sshsig import PLAIN, SECURITY_KEY, sign
from broker.signatures.subject import Subject

VALIDITY = timedelta(days=30)
"""How long a signature may wait before the broker must have received it."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A person with the role he signs in and his key: of a file, or held by an agent."""

    person: str
    role: Role
    key: Ed25519PrivateKey | AgentKey

    @property
    def algorithm(self) -> Literal["ssh-ed25519", "sk-ssh-ed25519@openssh.com"]:
        """What his key signs with."""
        touched = isinstance(self.key, AgentKey) and self.key.public.startswith(f"{SECURITY_KEY} ")
        return SECURITY_KEY if touched else PLAIN


def payload_of(subjects: Iterable[Subject], signer: Signer, at: datetime, validity: timedelta = VALIDITY) -> Payload:
    """What the signer would sign for these documents now. Decision, number and conditions are those of the first.

    Raises:
        ValueError: No document is given.
    """
    documents = tuple(subjects)
    if not documents:
        raise ValueError("nothing to sign: name at least one document")
    spec = documents[0].document.spec
    return Payload(
        case=str(PurePosixPath(documents[0].path).parent),
        documents=tuple(SignedDocument(id=f.document.id, digest=f.digest) for f in documents),
        role=signer.role,
        person=signer.person,
        decision=getattr(spec, "decision", "issued"),
        number=getattr(spec, "number", None),
        conditions=getattr(spec, "conditions", ()),
        decided_on=getattr(spec, "decided_on", None) or day_of(at),
        expires=at + validity,
        nonce=secrets.token_hex(16),
        algorithm=signer.algorithm,
    )


def signature_file(payload: Payload, key: Ed25519PrivateKey | AgentKey) -> bytes:
    """The bytes of the `.sig` file for this payload."""
    raw = payload.model_dump(mode="json", exclude_none=True)
    return written(raw, sign(canonical(raw), key, NAMESPACE))


def signature_path(document_path: str, person: str) -> str:
    """Where the signature of a person lies: beside the document, with his name."""
    return f"{document_path.removesuffix('.yaml')}.{person}.sig"
