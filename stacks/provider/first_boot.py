"""The first-boot configuration that servers were made with, as Nova tells it: to whom its rules show it alone."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from stacks.provider.pages import Item

_USER_DATA: Final = "OS-EXT-SRV-ATTR:user_data"


def first_boots(servers: Iterable[Item]) -> Mapping[str, str | None]:
    """The digest of each server's configuration by the server's id; None: it has none.

    A server whose configuration is not shown to who listed it is left out.
    """
    return {item["id"]: _digest(item[_USER_DATA]) for item in servers if _USER_DATA in item}


def digest_of(user_data: str) -> str:
    """What stands for a configuration where it is compared and told: it may be long, and may hold what it must not."""
    return "sha256:" + hashlib.sha256(user_data.encode()).hexdigest()


def _digest(encoded: str | None) -> str | None:
    if not encoded:
        return None
    try:
        content = base64.b64decode(encoded)
    except (binascii.Error, ValueError):
        content = encoded.encode()
    return "sha256:" + hashlib.sha256(content).hexdigest()
