"""A signature as it lies in the registry, beside the documents it covers."""

from dataclasses import dataclass

from broker.signatures.payload import Payload


@dataclass(frozen=True, slots=True)
class Signature:
    """One `.sig` file: what was signed, and the armored SSHSIG over its canonical JSON."""

    payload: Payload
    armor: str
    path: str
    digest: str
    """`sha256:` of the file's canonical JSON: the name under which its receipt is recorded."""
    commit: str = ""
    sequence: int = 0
