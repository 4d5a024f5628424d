"""Keys that sign: made, stored and named as OpenSSH does, so that its tools can check what we write."""

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)

from broker.errors import SettingsError


class KeyLocked(SettingsError):
    """The key file has a password, and none was given."""


def generate(path: Path) -> Ed25519PrivateKey:
    """A new key, written to `path` (0600) and its public half to `path.pub`.

    Raises:
        FileExistsError: There is a key already; none is ever overwritten.
    """
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    path.with_name(path.name + ".pub").write_text(public_text(key) + "\n")
    return key


def load(path: Path, password: bytes | None = None) -> Ed25519PrivateKey:
    """The key in an OpenSSH private key file.

    Raises:
        KeyLocked: The file has a password, and none was given.
        SettingsError: No such file, no ed25519 key, or a wrong password.
    """
    try:
        key = load_ssh_private_key(path.read_bytes(), password)
    except TypeError:
        if password is None:
            raise KeyLocked(
                f"reading the signing key {path}: it has a password; give it, or use the ssh-agent"
            ) from None
        raise SettingsError(f"reading the signing key {path}: it has no password, but one was given") from None
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise SettingsError(f"reading the signing key {path}: {error}; give an ed25519 key of ssh-keygen") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(
            f"reading the signing key {path}: it is no ed25519 key; make one with ssh-keygen -t ed25519"
        )
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half as `ssh-ed25519 AAAA…`, the form of a `Key` document."""
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def fingerprint(public_key: str) -> str:
    """`SHA256:…` as `ssh-keygen -l` shows it.

    Raises:
        ValueError: The text is no OpenSSH public key.
    """
    blob = base64.b64decode(public_key.split()[1], validate=True) if " " in public_key.strip() else b""
    if not blob:
        raise ValueError(f"{public_key} is no OpenSSH public key")
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
