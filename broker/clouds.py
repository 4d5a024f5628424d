"""Credentials of clouds and gateways: read from the deployment's files when they are needed, held by nobody else."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from broker.errors import SettingsError
from broker.settings import Settings
from stacks.masked import masked

if TYPE_CHECKING:
    from openstack.connection import Connection

    from stacks.provider.operation import ObjectStore
    from stacks.spec import CloudTarget

_STORE_KEYS = ("endpoint", "region", "access_key", "secret_key")


def connect(settings: Settings, target: "CloudTarget") -> "Connection":
    """The connection of the broker's account on the target's cloud; it logs in at its first request.

    Raises:
        SettingsError: clouds.yaml has no such profile, or its address holds a password.
    """
    # openstacksdk takes 0.4 s to import: not for commands that call no cloud, and only while the CLI boots.
    from openstack.config import OpenStackConfig  # noqa: PLC0415 - see above
    from openstack.connection import Connection  # noqa: PLC0415 - see above
    from openstack.exceptions import ConfigException  # noqa: PLC0415 - see above

    try:
        config: Any = OpenStackConfig(config_files=[str(settings.clouds)], load_envvars=False)
        region = config.get_one(target.profile)
        if region.config.get("auth_type") == "password" and str(region.auth.get("auth_url", "")).endswith("/v3"):
            # the address names the version: the general plugin would ask for it, one more request per run
            region = config.get_one(target.profile, auth_type="v3password")
    except ConfigException as error:
        raise SettingsError(
            f"logging in to cloud {target.id}: {settings.clouds} has no usable profile {target.profile} "
            f"({masked(str(error))}); add it, see docs/settings.md"
        ) from None
    address = str(region.auth.get("auth_url", ""))
    _plain(address, f"logging in to cloud {target.id}: the auth_url of profile {target.profile} in {settings.clouds}")
    return Connection(config=region)


def _plain(url: str, told: str) -> None:
    """Refuses an address that holds a name or password: libraries quote addresses in their errors."""
    if "@" in url:
        raise SettingsError(
            f"{told} holds a name or a password; write these in fields of their own, see docs/settings.md"
        )


def object_store(settings: Settings, target: "CloudTarget") -> "Callable[[], ObjectStore] | None":
    """The admin side of the target's S3 gateway; None where buckets are Swift's."""
    if target.object_store.value == "swift":
        return None
    return lambda: _object_store(settings, target)


def _object_store(settings: Settings, target: "CloudTarget") -> "ObjectStore":
    from stacks.provider.operation import ObjectStore  # noqa: PLC0415 - brings openstacksdk with it

    entry = stores(settings.object_stores).get(target.object_profile)
    missing = [key for key in _STORE_KEYS if not entry or key not in entry]
    if entry is None or missing:
        raise SettingsError(
            f"reaching the object store of cloud {target.id}: {settings.object_stores} has no complete profile "
            f"{target.object_profile} (missing: {', '.join(missing)}); see docs/settings.md"
        )
    asked = f"reaching the object store of cloud {target.id}"
    _plain(entry["endpoint"], f"{asked}: the endpoint of {target.object_profile} in {settings.object_stores}")
    return ObjectStore(**{key: entry[key] for key in _STORE_KEYS})


def stores(file: Path) -> Mapping[str, Mapping[str, str]]:
    """Profiles of S3 gateways by name; empty where there is no file.

    Raises:
        SettingsError: The file is no JSON.
    """
    try:
        read: Mapping[str, Mapping[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise SettingsError(f"reading {file}: it is no JSON ({error}); see docs/settings.md") from error
    return read
