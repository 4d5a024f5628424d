"""A signature as it lies in the registry, beside the documents it covers."""

from dataclasses import dataclass

from broker.signatures.payload import Payload


@dataclass(frozen=True, slots=True)
class Signature:
    """One `.sig` file: what was signed, and by which key."""

    payload: Payload
    signer: str
    """The public key for which the signature holds over the payload, as `ssh-ed25519 AAAA…`; empty = it does not."""
    fault: str
    """Why it does not hold."""
    path: str
    digest: str
    """Of the file's canonical JSON: the name under which its receipt is recorded."""
    commit: str = ""
    sequence: int = 0
