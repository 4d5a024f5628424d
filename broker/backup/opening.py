"""Opens the vaults of one stack: its project on Cinder, its buckets' account and the broker's backup account."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Final

from broker.backup.cinder import CinderVault
from broker.backup.copies import CopyVault
from broker.backup.refusal import telling
from broker.backup.run import Vaults
from broker.backup.store import Store
from broker.backup.subject import Place
from broker.backup.swift import SwiftStore
from broker.errors import CloudError
from broker.hearing import hearing
from stacks.provider.again import READS
from stacks.provider.ceph.naming import gateway_uid
from stacks.provider.ceph.store_error import ObjectStoreError
from stacks.provider.cloud import Cloud
from stacks.provider.cloud_session import session_of
from stacks.provider.line import Caller
from stacks.provider.operation import ObjectStore, Operation
from stacks.provider.trying import Door

KEEPER_UID: Final = "govcloud_backup$keeper"
"""The broker's own account on a gateway: no unit's key opens it."""
_BUCKETS: Final = 100_000


@asynccontextmanager
async def opened(place: Place, operation: Operation, stop: asyncio.Event) -> AsyncIterator[Vaults]:
    """The vaults of the stack; every write passes the operation's fence, and once `stop` is set no wait goes on."""
    cloud = Cloud(operation)
    try:
        async with hearing(stop, cloud.interrupt):
            source, copies = await stores(place, operation, cloud)
            yield {"volume": CinderVault(cloud, place), "bucket": CopyVault(source, copies, stop.is_set)}
    finally:
        cloud.session.close()


async def stores(
    place: Place, operation: Operation, cloud: Cloud, project_id: str | None = None
) -> tuple[Store, Store]:
    """The account of the stack's buckets, and the broker's backup account on the same store.

    What interrupts the cloud's session interrupts both. `project_id`: of a project that may be gone; looked up by its
    name where it is not given.

    Raises:
        CloudError: The cloud or the gateway refuses, or the stack is not there.
        Stopped: It was asked to stop while it waited.
    """
    if operation.object_store is not None:
        opening = partial(_gateway, place, operation.object_store(), operation.fence, cloud.session.caller)
        return await asyncio.to_thread(opening)
    with telling(_asked(place)):
        project_id = project_id or await cloud.find_project(
            await cloud.session.domain_id(place.cloud.domain), place.project_name
        )
    connection = operation.connect()
    if session := session_of(connection):
        session.door = replace(session.door, caller=cloud.session.caller)
    # of a project that is gone nothing is read any more; its copies are the broker's own
    return SwiftStore(connection, project_id or place.stack, operation.fence), SwiftStore(
        connection, None, operation.fence
    )


def _gateway(place: Place, store: ObjectStore, fence: Callable[[], None], caller: Caller) -> tuple[Store, Store]:
    # they bring boto3, which takes 0.3 s: not for the stacks of a cloud without a gateway
    from broker.backup.s3 import S3Store  # noqa: PLC0415 - see above
    from stacks.provider.ceph.admin import Admin  # noqa: PLC0415 - see above
    from stacks.provider.ceph.client import s3_client  # noqa: PLC0415 - see above

    def watch(method: str) -> None:
        if method not in READS:
            fence()

    door = Door(store.budget, store.cloud, caller)
    admin = Admin(store, watch, caller)
    try:
        with telling(_asked(place)):
            owner = admin.user(gateway_uid(f"{place.unit}${place.system}-{place.zone}"))
            keeper = admin.user(KEEPER_UID) or admin.create_user(KEEPER_UID, "backups of the broker", _BUCKETS)
    except ObjectStoreError as error:
        raise CloudError(f"{_asked(place)}: {error}") from error
    finally:
        admin.close()
    copies = S3Store(s3_client(store.endpoint, store.region, keeper.keys[0], watch, door))
    if owner is None or not owner.keys:
        # the stack has no buckets, or is gone: only its copies may still be there
        return copies, copies
    return S3Store(s3_client(store.endpoint, store.region, owner.keys[0], watch, door)), copies


def _asked(place: Place) -> str:
    return f"opening the buckets of {place.stack}"
