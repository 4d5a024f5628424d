"""The first-boot configuration that servers were made with, as Nova tells it: to whom its rules show it alone."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Final

from stacks.provider.cloud_error import CloudError
from stacks.provider.scope import Service
from stacks.provider.session import Session

_USER_DATA: Final = "OS-EXT-SRV-ATTR:user_data"
_PAGE: Final = 1000
_FORBIDDEN: Final = 403


async def first_boots(session: Session, project_id: str) -> Mapping[str, str | None]:
    """The digest of each server's configuration by the server's id; None: it has none.

    Asked with the broker's own token: a member of the project is never shown it. A server whose configuration is not
    shown to the broker's account either is left out.
    """
    path = f"/servers/detail?all_tenants=1&project_id={project_id}&limit={_PAGE}"
    try:
        servers = await session.listed(Service.COMPUTE, path, "servers")
    except CloudError as error:
        if error.status != _FORBIDDEN:
            raise
        return {}
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
