"""How a plain run reaches clouds: clouds.yaml and object stores as the person's own environment names them."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from openstack.config import OpenStackConfig
from openstack.connection import Connection
from openstack.exceptions import ConfigException

from stacks.plugin.spec_file import PlainRunError
from stacks.provider.cloud_session import CloudSession
from stacks.provider.operation import ObjectStore
from stacks.provider.trying import Door
from stacks.spec import CloudTarget, ObjectStoreKind

STORES_VARIABLE = "BROKER_OBJECT_STORES"
_STORE_KEYS = ("endpoint", "region", "access_key", "secret_key")


def connect(target: CloudTarget) -> Connection:
    """The connection of the person's account on the target's cloud; it logs in at its first request.

    Raises:
        PlainRunError: No clouds.yaml has the profile.
    """
    try:
        config: Any = OpenStackConfig()
        region = config.get_one(target.profile)
    except ConfigException as error:
        raise PlainRunError(
            f"logging in to cloud {target.id}: no usable profile {target.profile} ({error}); "
            "set OS_CLIENT_CONFIG_FILE to the clouds.yaml that has it"
        ) from error
    region.set_session_constructor(partial(CloudSession, door=Door(cloud=target.id)))
    return Connection(config=region)


def object_store(target: CloudTarget, environment: Mapping[str, str]) -> Callable[[], ObjectStore] | None:
    """The admin side of the target's S3 gateway, read when it is needed; None where buckets are Swift's."""
    if target.object_store is ObjectStoreKind.SWIFT:
        return None
    return lambda: _object_store(target, environment.get(STORES_VARIABLE, ""))


def _object_store(target: CloudTarget, given: str) -> ObjectStore:
    try:
        entry = json.loads(Path(given).read_bytes()) if given else {}
        profile = entry[target.object_profile]
        return ObjectStore(**{key: profile[key] for key in _STORE_KEYS}, cloud=target.id)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PlainRunError(
            f"reaching the object store of cloud {target.id}: no complete profile {target.object_profile} in "
            f"{given or 'any file'}; set {STORES_VARIABLE} to the JSON file that has it"
        ) from error
