"""The deployment's passphrase: the file that holds it, and the salt by which Pulumi verifies it.

Both are made once per deployment. A stack's state carries the salt, so that every stack of the deployment opens with
the one passphrase, and no stack pays for `pulumi stack init`.
"""

import base64
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.errors import SettingsError

_ROUNDS = 1_000_000
_KEY_BYTES = 32
_SALT_BYTES = 8
_NONCE_BYTES = 12
_PROOF = b"pulumi"
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Passphrase:
    """Where the passphrase is (the CLI reads it from there, never from the environment) and the salt of new stacks."""

    file: Path
    salt: str


def ensure(folder: Path) -> Passphrase:
    """The passphrase of the deployment whose secrets are in `folder` (0700), made on first use (file 0600, 256 bits).

    Two processes that come first at once agree on one. Takes about 0.5 s the first time, nothing later.

    Raises:
        SettingsError: The salt beside the passphrase does not belong to it, or others may read the file.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file, beside = folder / "pulumi-passphrase", folder / "pulumi-salt"
    _settle(file, secrets.token_urlsafe(_KEY_BYTES))
    _private(file)
    fresh = not beside.exists()
    if fresh:
        _settle(beside, salt_for(file.read_text(encoding="utf-8")))
    salt = beside.read_text(encoding="utf-8").strip()
    if not fresh and beside.stat().st_mtime_ns < file.stat().st_mtime_ns:
        _belongs(salt, file)
    return Passphrase(file, salt)


def salt_for(passphrase: str) -> str:
    """A new encryption salt in Pulumi's `v1` format: 8 random bytes, and a known text sealed with the derived key."""
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, _PROOF, None)
    return ":".join(("v1", _text(salt), "v1", _text(nonce), _text(sealed)))


def verifies(salt: str, passphrase: str) -> bool:
    """Whether the passphrase opens what was sealed under this salt; False too for a salt of another format."""
    parts = salt.split(":")
    if len(parts) != _FIELDS or (parts[0], parts[2]) != ("v1", "v1"):
        return False
    raw, nonce, sealed = (base64.b64decode(parts[i]) for i in (1, 3, 4))
    try:
        return AESGCM(_key(passphrase, raw)).decrypt(nonce, sealed, None) == _PROOF
    except (InvalidTag, ValueError):
        return False


def _key(passphrase: str, salt: bytes) -> bytes:
    # The CLI trims what it reads from the file.
    return hashlib.pbkdf2_hmac("sha256", passphrase.strip().encode(), salt, _ROUNDS, _KEY_BYTES)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _settle(path: Path, content: str) -> None:
    """Write the file whole unless another process was first: link() never replaces."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(content + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _private(file: Path) -> None:
    if file.stat().st_mode & 0o077:
        raise SettingsError(f"reading the passphrase {file}: others than its owner may read it; chmod 600 {file}")


def _belongs(salt: str, file: Path) -> None:
    if not verifies(salt, file.read_text(encoding="utf-8")):
        raise SettingsError(
            f"checking the salt beside {file}: the passphrase was exchanged and no longer opens the stacks; "
            f"put the old file back"
        )
