"""SSHSIG signatures (PROTOCOL.sshsig): made here, since no PyPI library makes them, checked by the `sshsig` package."""

import base64
import binascii
import hashlib
import struct
from typing import Final

from cryptography.exceptions import InvalidSignature as CryptographicallyInvalid
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sshsig import InvalidSignature, check_signature

_MAGIC: Final = b"SSHSIG"
_VERSION: Final = struct.pack(">I", 1)
_HASH: Final = "sha512"
_WIDTH: Final = 70


class NotSigned(Exception):
    """The signature does not hold for the message; says why."""


def sign(message: bytes, key: Ed25519PrivateKey, namespace: str) -> str:
    """The armored signature over the message, as `ssh-keygen -Y sign -n NAMESPACE` makes it."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    public = _string(b"ssh-ed25519") + _string(raw)
    context = _string(namespace.encode()) + _string(b"") + _string(_HASH.encode())
    signature = key.sign(_MAGIC + context + _string(hashlib.new(_HASH, message).digest()))
    blob = _MAGIC + _VERSION + _string(public) + context + _string(_string(b"ssh-ed25519") + _string(signature))
    text = base64.b64encode(blob).decode()
    lines = (text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH))
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def signer(message: bytes, armor: str, namespace: str) -> str:
    """The public key that signed the message, as `ssh-ed25519 AAAA…`.

    Raises:
        NotSigned: Another message, namespace or algorithm, or no signature at all.
    """
    try:
        key = check_signature(message, armor, namespace)
    except (
        InvalidSignature,
        CryptographicallyInvalid,
        NotImplementedError,
        ValueError,
        EOFError,
        binascii.Error,
    ) as error:
        raise NotSigned(str(error) or "it does not fit the signed bytes") from None
    text = " ".join(key.openssh_str().split()[:2])
    if not text.startswith("ssh-ed25519 "):
        raise NotSigned(f"its algorithm is {text.split(' ', 1)[0]}, not ssh-ed25519")
    return text


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value
