"""Checkpoints of the log as signed notes, in the open formats c2sp.org/signed-note and c2sp.org/tlog-checkpoint."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519: Final = b"\x01"
_TEXT: Final = re.compile(r"(?P<origin>[^\s+]+)\n(?P<size>0|[1-9][0-9]*)\n(?P<root>[A-Za-z0-9+/]{43}=)\n")
_NOTE: Final = re.compile(r"(?P<text>(?:[^\n—][^\n]*\n){3})\n(?P<signatures>(?:— [^\n]*\n)+)")


class NoCheckpoint(Exception):
    """The text is no checkpoint of this log that its key signed; says why."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many entries a log has, and the hash of the tree over them."""

    origin: str
    """The log's own name, which is also that of its key in signatures."""
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class LogKey:
    """Whoever signs the checkpoints: the broker's key."""

    public: bytes
    """32 bytes, as RFC 8032 has them."""

    @classmethod
    def of(cls, key: Ed25519PrivateKey) -> "LogKey":
        """The public half of the broker's key."""
        return cls(key.public_key().public_bytes_raw())

    @property
    def origin(self) -> str:
        """The log's name: one log for each key, since there is one broker's key for each deployment."""
        return f"govcloud.invalid/audit/{hashlib.sha256(self.public).hexdigest()[:16]}"

    @property
    def id(self) -> bytes:
        """The four bytes that name the key in a signature."""
        return hashlib.sha256(self.origin.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """The key as verifiers of signed notes take it: name, id and key."""
        return f"{self.origin}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"


def signed(size: int, root: bytes, key: Ed25519PrivateKey) -> str:
    """The note of a checkpoint."""
    log = LogKey.of(key)
    text = Checkpoint(log.origin, size, root).text
    signature = base64.b64encode(log.id + key.sign(text.encode())).decode()
    return f"{text}\n— {log.origin} {signature}\n"


def opened(note: str, log: LogKey) -> Checkpoint:
    """The checkpoint that the log's key signed. Signatures of others (witnesses) may stand beside.

    Raises:
        NoCheckpoint: The note has another form, is of another log, or the signature does not hold.
    """
    whole = _NOTE.fullmatch(note)
    told = _TEXT.fullmatch(whole["text"]) if whole else None
    if whole is None or told is None:
        raise NoCheckpoint("it has not the form of a checkpoint")
    if told["origin"] != log.origin:
        raise NoCheckpoint(f"it is of the log {told['origin']}, not of {log.origin}")
    ours = [s for s in map(_signature, whole["signatures"].splitlines()) if s[:2] == (log.origin, log.id)]
    if not ours:
        raise NoCheckpoint("the broker's key did not sign it")
    for _, _, signature in ours:
        try:
            Ed25519PublicKey.from_public_bytes(log.public).verify(signature, whole["text"].encode())
        except InvalidSignature:
            raise NoCheckpoint("the broker's signature does not fit it") from None
    return Checkpoint(told["origin"], int(told["size"]), base64.b64decode(told["root"]))


def notes(text: str) -> Iterator[str]:
    """Each note of a file that holds one after another; what has not their form comes back as it is, to be refused."""
    at = 0
    for found in _NOTE.finditer(text):
        if between := text[at : found.start()].strip("\n"):
            yield between
        yield found[0]
        at = found.end()
    if rest := text[at:].strip("\n"):
        yield rest


def _signature(line: str) -> tuple[str, bytes, bytes]:
    """Name, key id and signature; empty ones where the line has another form."""
    _, name, value = (*line.split(" "), "", "")[:3]
    try:
        raw = base64.b64decode(value, validate=True)
    except binascii.Error:
        return "", b"", b""
    return name, raw[:4], raw[4:]
