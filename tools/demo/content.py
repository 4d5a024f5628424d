"""Objects in the demo's buckets: what the units put there, made from their names so that anybody can check them."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openstack.config import OpenStackConfig
from openstack.connection import Connection

from stacks.provider.ceph.admin import Admin
from stacks.provider.ceph.client import s3_client
from stacks.provider.operation import ObjectStore
from tools.demo.deployment import GATEWAY_PROFILE, Deployment

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

LEAVER = ("urban_mgmt$urban-v1-extranet", "urban-v1-extranet-objects")
"""User and bucket of the system that exits (D-05), on the gateway."""
ON_SWIFT = ("hotline-feedback/internet", "hotline-feedback-internet-objects")
PHOTOS = tuple(f"照片库/2021/{number:03}.jpg" for number in range(40))
LETTERS = tuple(f"来信/2026/{number:03}.txt" for number in range(10))


def content(key: str) -> bytes:
    """What an object of this key holds: 1 to 16 KiB."""
    block = hashlib.sha256(key.encode()).digest()
    return block * (32 + 32 * (block[0] % 16))


def fill(deployment: Deployment) -> int:
    """How many objects were put; those that are there already stay."""
    return _fill_gateway(deployment) + _fill_swift(deployment.clouds)


def _fill_gateway(deployment: Deployment) -> int:
    uid, bucket = LEAVER
    client = _client(deployment, uid)
    if client is None:
        return 0
    there = {found["Key"] for found in client.list_objects_v2(Bucket=bucket).get("Contents", [])}
    missing = [key for key in PHOTOS if key not in there]
    for key in missing:
        client.put_object(Bucket=bucket, Key=key, Body=content(key))
    return len(missing)


def _client(deployment: Deployment, uid: str) -> "S3Client | None":
    """The unit's own client; None once its user is gone."""
    entry = json.loads(deployment.object_stores.read_text(encoding="utf-8"))[GATEWAY_PROFILE]
    admin = Admin(ObjectStore(**entry))
    try:
        user = admin.user(uid)
    finally:
        admin.close()
    return s3_client(entry["endpoint"], entry["region"], user.keys[0]) if user else None


def _fill_swift(clouds: Path) -> int:
    project_name, container = ON_SWIFT
    region = OpenStackConfig(config_files=[str(clouds)], load_envvars=False).get_one("provider-a")
    connection: Any = Connection(config=region)
    projects = [p for p in connection.identity.projects(name=project_name) if p.name == project_name]
    if not projects:
        return 0
    store = connection.object_store
    account = store.get_endpoint().rsplit("/", 1)[0] + f"/AUTH_{projects[0].id}/{container}"
    there = {found["name"] for found in store.get(f"{account}?format=json").json()}
    missing = [key for key in LETTERS if key not in there]
    for key in missing:
        store.put(f"{account}/{key}", data=content(key)).raise_for_status()
    return len(missing)
