"""What a Key document takes as a key, for each purpose."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from broker.documents.organisations import KeySpec

PLAIN = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEA8wJmyPuCHCYttWoOnO/2hBDSof8NOkJYrR7leD/C6"
AGE = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
SECURITY_KEY = (
    "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIPmxXXjVzP3bsXD/Xrx30Dql"
    "RmIk7t4wBgU1HcsXPh+IAAAABHNzaDo="
)


def key(public_key: str, purpose: str) -> KeySpec:
    given: dict[str, Any] = {"person": "p", "purpose": purpose, "public_key": public_key}
    return KeySpec.model_validate({**given, "valid_from": datetime(2026, 1, 1, tzinfo=UTC)})


@pytest.mark.parametrize(
    ("public_key", "purpose"), [(PLAIN, "sign"), (SECURITY_KEY, "sign"), (PLAIN, "receive"), (AGE, "receive")]
)
def test_a_key_is_taken_for_what_it_can_do(public_key: str, purpose: str) -> None:
    assert key(public_key, purpose).public_key == public_key


@pytest.mark.parametrize(
    ("public_key", "purpose", "said"),
    [
        (AGE, "sign", "give a key of ssh-ed25519 or sk-ssh-ed25519@openssh.com: others cannot sign"),
        (SECURITY_KEY, "receive", "give a key of age or ssh-ed25519: others cannot receive"),
        ("ssh-ed25519 AAAA", "sign", "copy the whole line"),
        (PLAIN[:-4], "sign", "copy the whole line"),
        (PLAIN + "AAAA", "sign", "copy the whole line"),
        (PLAIN + "A", "sign", "copy the whole line"),
        (PLAIN.replace("ssh-ed25519 ", "sk-ssh-ed25519@openssh.com "), "sign", "copy the whole line"),
        ("ssh-ed25519", "sign", "pattern"),
        ("ssh-rsa AAAAB3NzaC1yc2E=", "sign", "pattern"),
        ("ecdsa-sha2-nistp256 AAAA", "sign", "pattern"),
        (f"{PLAIN} director@office", "sign", "pattern"),
        (AGE[:-1], "receive", "pattern"),
    ],
)
def test_another_text_is_refused_with_what_to_give(public_key: str, purpose: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        key(public_key, purpose)
