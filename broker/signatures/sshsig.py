"""SSHSIG signatures (PROTOCOL.sshsig): made here, since no PyPI library makes them, checked by the `sshsig` package.

Signatures of FIDO security keys (PROTOCOL.u2f), which that package does not know, are checked here too.
"""

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterator
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature as CryptographicallyInvalid
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sshsig import InvalidSignature, check_signature
from sshsig.sshsig import SshsigSignature

PLAIN: Final = "ssh-ed25519"
SECURITY_KEY: Final = "sk-ssh-ed25519@openssh.com"
ALGORITHMS: Final = (PLAIN, SECURITY_KEY)

_MAGIC: Final = b"SSHSIG"
_VERSION: Final = struct.pack(">I", 1)
_HASH: Final = "sha512"
_HASHES: Final = (b"sha256", b"sha512")
_WIDTH: Final = 70
_TOUCHED: Final = 0x01


class SigningKey(Protocol):
    """A key that somebody else holds: an agent."""

    @property
    def public(self) -> str:
        """As `ssh-ed25519 AAAA…`."""

    def sign(self, data: bytes) -> bytes:
        """The signature as SSH writes one: its algorithm, then its bytes."""


class NotSigned(Exception):
    """The signature does not hold for the message; says why."""


def sign(message: bytes, key: Ed25519PrivateKey | SigningKey, namespace: str) -> str:
    """The armored signature over the message, as `ssh-keygen -Y sign -n NAMESPACE` makes it."""
    context = _context(namespace, _HASH)
    data = _MAGIC + context + _string(hashlib.new(_HASH, message).digest())
    blob = _MAGIC + _VERSION + _string(_public_blob(key)) + context + _string(_signed(key, data))
    text = base64.b64encode(blob).decode()
    lines = (text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH))
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def signer(message: bytes, armor: str, namespace: str) -> str:
    """The public key that signed the message, as `ssh-ed25519 AAAA…`.

    Raises:
        NotSigned: Another message, namespace or algorithm, or no signature at all.
    """
    try:
        outer = SshsigSignature.from_armored(armor)
        if outer.hash_algo not in _HASHES:
            raise NotSigned(f"its hash is {outer.hash_algo.decode('ascii', 'replace')}, not sha256 or sha512")
        if outer.public_key.startswith(_string(SECURITY_KEY.encode())):
            return _touched(outer, message, namespace)
        key = check_signature(message, armor, namespace)
    except (
        AssertionError,  # the package asserts that key and signature are of one algorithm
        InvalidSignature,
        CryptographicallyInvalid,
        NotImplementedError,
        ValueError,
        EOFError,
        binascii.Error,
    ) as error:
        raise NotSigned(str(error) or "it does not fit the signed bytes") from None
    text = " ".join(key.openssh_str().split()[:2])
    if not text.startswith(f"{PLAIN} "):
        raise NotSigned(f"its algorithm is {text.split(' ', 1)[0]}, not {' or '.join(ALGORITHMS)}")
    return text


def _touched(outer: SshsigSignature, message: bytes, namespace: str) -> str:
    """The security key that signed, with its owner's touch: it signs the hash of its application first."""
    if outer.namespace != namespace.encode():
        raise NotSigned(f"its namespace is {outer.namespace.decode('ascii', 'replace')}, not {namespace}")
    _, raw, application = _strings(outer.public_key)
    algorithm, rest = _first(outer.signature)
    signature, flags_and_counter = _first(rest)
    if algorithm != SECURITY_KEY.encode() or len(flags_and_counter) != struct.calcsize(">BI"):
        raise NotSigned("it is no signature of a security key")
    if not flags_and_counter[0] & _TOUCHED:
        raise NotSigned("nobody touched the security key")
    name = outer.hash_algo.decode("ascii")
    data = _MAGIC + _context(namespace, name) + _string(hashlib.new(name, message).digest())
    signed = hashlib.sha256(application).digest() + flags_and_counter + hashlib.sha256(data).digest()
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, signed)
    return f"{SECURITY_KEY} {base64.b64encode(outer.public_key).decode()}"


def _public_blob(key: Ed25519PrivateKey | SigningKey) -> bytes:
    if not isinstance(key, Ed25519PrivateKey):
        return base64.b64decode(key.public.split()[1])
    return _string(PLAIN.encode()) + _string(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def _signed(key: Ed25519PrivateKey | SigningKey, data: bytes) -> bytes:
    if not isinstance(key, Ed25519PrivateKey):
        return key.sign(data)
    return _string(PLAIN.encode()) + _string(key.sign(data))


def _context(namespace: str, hash_name: str) -> bytes:
    return _string(namespace.encode()) + _string(b"") + _string(hash_name.encode())


def _strings(data: bytes) -> Iterator[bytes]:
    while data:
        first, data = _first(data)
        yield first


def _first(data: bytes) -> tuple[bytes, bytes]:
    """The first string of the bytes, and what is left."""
    end = 4 + int.from_bytes(data[:4])
    if len(data) < end:
        raise ValueError("it is cut off")
    return data[4:end], data[end:]


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value
