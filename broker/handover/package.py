"""The hand-over package: a stack's secrets as JSON, encrypted with age to the keys of the unit, and to no other."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

import pyrage

from broker.errors import OperatorError
from broker.handover.recipient import Recipient
from broker.handover.store import StackSecrets

FORMAT = 1


class NoRecipient(OperatorError):
    """A package cannot be made for a unit, because none of its registered keys can be encrypted to."""


@dataclass(frozen=True, slots=True)
class Package:
    """An encrypted package: only its recipients can open it, the broker cannot."""

    stack: str
    unit: str
    content: bytes = field(repr=False)
    recipients: tuple[str, ...]
    """Ids of the key documents that open it."""

    @property
    def digest(self) -> str:
        """Of the encrypted bytes: what the unit compares with the registry before it opens them."""
        return "sha256:" + sha256(self.content).hexdigest()


def packed(stack: str, unit: str, kept: StackSecrets, to: Iterable[Recipient]) -> Package:
    """The package of all present secrets of a stack.

    Raises:
        NoRecipient: The unit has no registered key for receiving, or one of them is no key.
    """
    to = tuple(to)
    if not to:
        raise NoRecipient(
            f"packing the secrets of {stack}: {unit} has no key for receiving in force; file a Key document with "
            f"`purpose: receive` for one of its people"
        )
    system, zone, provider = stack.split(".", 2)
    content = {
        "v": FORMAT,
        "system": system,
        "zone": zone,
        "provider": provider,
        "unit": unit,
        "secrets": [{"what": what, **fields} for what, fields in sorted(kept.secrets.items())],
    }
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    sealed = pyrage.encrypt(text.encode(), [_key(recipient, stack) for recipient in to])
    return Package(stack, unit, bytes(sealed), tuple(recipient.key for recipient in to))


def _key(recipient: Recipient, stack: str) -> object:
    make = pyrage.x25519.Recipient if recipient.public_key.startswith("age1") else pyrage.ssh.Recipient
    try:
        return make.from_str(recipient.public_key)
    except pyrage.RecipientError as error:
        raise NoRecipient(
            f"packing the secrets of {stack}: nothing can be encrypted to the key {recipient.key} ({error}); file an "
            f"age1… or ssh-ed25519 key in its place"
        ) from error
