"""A signature as it lies in the registry, beside the documents it covers."""

from dataclasses import dataclass

from broker.signatures.payload import Payload


@dataclass(frozen=True, slots=True)
class Signature:
    """One `.sig` file: what was signed, and the armored SSHSIG over its canonical JSON."""

    payload: Payload
    message: bytes
    """The signed bytes: the payload as the file has it, so that a field added to it later changes no signature."""
    armor: str
    path: str
    digest: str
    """Of the file's canonical JSON: the name under which its receipt is recorded."""
    commit: str = ""
    sequence: int = 0
