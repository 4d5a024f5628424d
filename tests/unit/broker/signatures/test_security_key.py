"""Signatures of FIDO security keys: as PROTOCOL.u2f has them, and as OpenSSH itself checks them."""

import base64
import hashlib
import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from broker.signatures.sshsig import SECURITY_KEY, NotSigned, sign, signer

MESSAGE, SPACE = b'{"decision":"approved"}', "decision@govcloud"


def string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


@dataclass(frozen=True)
class Token:
    """What a security key does inside: it signs its application, flags, a counter and the hash of what it is given."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    application: bytes = b"ssh:"
    flags: int = 1
    algorithm: bytes = SECURITY_KEY.encode()
    tail: bytes = b""

    @property
    def blob(self) -> bytes:
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return string(SECURITY_KEY.encode()) + string(raw) + string(self.application)

    @property
    def public(self) -> str:
        return f"{SECURITY_KEY} {base64.b64encode(self.blob).decode()}"

    def sign(self, data: bytes) -> bytes:
        state = struct.pack(">BI", self.flags, 7)
        signed = hashlib.sha256(self.application).digest() + state + hashlib.sha256(data).digest()
        return string(self.algorithm) + string(self.key.sign(signed)) + state + self.tail


def test_a_touched_security_key_is_named_by_its_signature() -> None:
    token = Token()
    assert signer(MESSAGE, sign(MESSAGE, token, SPACE), SPACE) == token.public


def test_openssh_accepts_what_is_accepted_here(tmp_path: Path) -> None:
    token = Token()
    (tmp_path / "allowed").write_text(f"director {token.public}\n")
    (tmp_path / "signature").write_text(sign(MESSAGE, token, SPACE))
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "director", "-n", SPACE, "-s", "signature"]
    done = subprocess.run(command, cwd=tmp_path, input=MESSAGE, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (Token(flags=0), "touched"),
        (Token(flags=4), "touched"),
        (Token(algorithm=b"ssh-ed25519"), "no signature of a security key"),
        (Token(tail=b"x"), "no signature of a security key"),
    ],
)
def test_a_signature_without_touch_or_of_another_form_is_none(token: Token, why: str) -> None:
    with pytest.raises(NotSigned, match=why):
        signer(MESSAGE, sign(MESSAGE, token, SPACE), SPACE)


def test_another_message_or_purpose_is_not_what_was_signed() -> None:
    armor = sign(MESSAGE, Token(), SPACE)
    with pytest.raises(NotSigned):
        signer(MESSAGE + b" ", armor, SPACE)
    with pytest.raises(NotSigned, match="namespace"):
        signer(MESSAGE, armor, "git")


@dataclass(frozen=True)
class Mislabelled:
    """A plain key whose signature claims another algorithm."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> str:
        return self.key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

    def sign(self, data: bytes) -> bytes:
        return string(b"rsa-sha2-512") + string(self.key.sign(data))


def test_a_signature_that_claims_another_algorithm_is_refused_and_stops_nothing() -> None:
    with pytest.raises(NotSigned):
        signer(MESSAGE, sign(MESSAGE, Mislabelled(), SPACE), SPACE)


@pytest.mark.parametrize("name", [b"md5", b"shake_128", b"none"])
def test_a_signature_over_another_hash_is_refused(name: bytes) -> None:
    armor = sign(MESSAGE, Ed25519PrivateKey.generate(), SPACE)
    blob = base64.b64decode("".join(armor.splitlines()[1:-1])).replace(string(b"sha512"), string(name))
    forged = "-----BEGIN SSH SIGNATURE-----\n" + base64.b64encode(blob).decode() + "\n-----END SSH SIGNATURE-----\n"
    with pytest.raises(NotSigned, match="its hash is"):
        signer(MESSAGE, forged, SPACE)
