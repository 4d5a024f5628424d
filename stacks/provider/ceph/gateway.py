"""One Ceph gateway for one operation: the admin side, a client per owner, fenced writes, reads asked again."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

from stacks.provider.again import READS
from stacks.provider.ceph.account import Keys
from stacks.provider.ceph.naming import bucket_id
from stacks.provider.ceph.store_error import ObjectStoreError
from stacks.provider.line import Caller
from stacks.provider.operation import ObjectStore, Operation
from stacks.provider.resource_type import Refused
from stacks.provider.trying import Door

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

    from stacks.provider.ceph.admin import Admin

_T = TypeVar("_T")
_THREADS: Final = 16
_PAUSES_S: Final = (0.2, 1.0)


class Gateway:
    """What the resource types of a gateway share."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.adopted: list[str] = []
        """Ids of what existed already and was taken over."""
        self.calls = 0
        """Requests sent so far."""
        self._caller = Caller()
        self._counting = threading.Lock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="object-store")
        self._clients: dict[str, asyncio.Task[S3Client]] = {}

    @cached_property
    def store(self) -> ObjectStore:
        """Where the gateway is.

        Raises:
            Refused: The cloud has no credentials of a gateway.
        """
        if self.operation.object_store is None:
            raise Refused(
                f"{self.operation.target.id}: buckets on a Ceph gateway need its admin credentials: "
                f"enter them as {self.operation.target.object_profile}"
            )
        return self.operation.object_store()

    @cached_property
    def admin(self) -> "Admin":
        """The gateway's admin side."""
        # brings boto3, which takes 0.3 s: not for the stacks of a cloud without a gateway
        from stacks.provider.ceph.admin import Admin  # noqa: PLC0415 - see above

        return Admin(self.store, self._watch, self._caller)

    def interrupt(self) -> None:
        """End every wait for a turn at the gateway."""
        self._caller.stop()

    def close(self) -> None:
        """Give back threads and connections; who waits for a turn waits no longer, or a process could not exit."""
        self.interrupt()
        self._threads.shutdown(wait=False, cancel_futures=True)
        if "admin" in self.__dict__:
            self.admin.close()

    async def read(self, ask: Callable[[], _T]) -> _T:
        """What the blocking call gives back; asked again after a moment when the gateway is not itself.

        Raises:
            ObjectStoreError: The gateway refused.
        """
        for pause_s in _PAUSES_S:
            try:
                return await self._run(ask)
            except ObjectStoreError as error:
                if not error.is_transient:
                    raise
            await asyncio.sleep(pause_s)
        return await self._run(ask)

    async def write(self, step: str, change: Callable[[], _T]) -> _T:
        """What the blocking call gives back; sent once, its steps named around it.

        Raises:
            ObjectStoreError: The gateway refused.
            Fenced: The lease is another's now; nothing was sent.
        """

        def named() -> _T:
            self.operation.reached(f"{step}:before-call")
            answer = change()
            self.operation.reached(f"{step}:after-answer")
            return answer

        if self.operation.before_writes:
            await self.operation.before_writes()
        return await self._run(named)

    async def hand_over(self, owner_uid: str, keys: Keys) -> None:
        """Give the user's key to whom it is for; it goes nowhere else."""
        fields = {"endpoint": self.store.endpoint, "access_key": keys.access_key, "secret_key": keys.secret_key}

        def give() -> None:
            self.operation.fence()
            self.operation.hand_over(_what(owner_uid), fields)
            self.operation.reached("create:User:handed-over")

        await self._run(give)

    async def forget(self, owner_uid: str) -> None:
        """The user's key opens nothing any more."""
        await self._run(lambda: self.operation.hand_over(_what(owner_uid), {}))

    async def client(self, owner_uid: str) -> "S3Client":
        """The S3 client of the owner, with a key that the admin side knows: no key is ever kept by us.

        Raises:
            Refused: There is no such user, or it has no key.
        """
        task = self._clients.get(owner_uid)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._clients[owner_uid] = asyncio.ensure_future(self._make_client(owner_uid))
        return await asyncio.shield(task)

    def changed_keys(self, owner_uid: str) -> None:
        """The owner has other keys now: the next client is made anew."""
        self._clients.pop(owner_uid, None)

    async def unknown_buckets(self, owner_uid: str) -> tuple[str, ...]:
        """Ids of the owner's buckets that no state knows and this operation did not take over."""
        known = self.operation.known_ids.union(self.adopted)
        held = await self.read(lambda: self.admin.buckets(owner_uid))
        ids = (bucket_id(bucket.owner_uid, bucket.name) for bucket in held)
        return tuple(sorted(id_ for id_ in ids if id_ not in known))

    async def _make_client(self, owner_uid: str) -> "S3Client":
        user = await self.read(lambda: self.admin.user(owner_uid))
        if user is None:
            raise Refused(
                f"opening the buckets of {owner_uid}: there is no such user; `broker reconcile` makes it again"
            )
        if not user.keys:
            raise Refused(
                f"opening the buckets of {owner_uid}: all its keys were removed; make one on the gateway "
                f"(radosgw-admin key create --key-type s3 --gen-access-key --gen-secret --uid '{owner_uid}')"
            )
        from stacks.provider.ceph.client import s3_client  # noqa: PLC0415 - as in `admin`

        keys, store = user.keys[0], self.store
        door = Door(store.budget, store.cloud, self._caller)
        return await self._run(lambda: s3_client(store.endpoint, store.region, keys, self._watch, door))

    async def _run(self, function: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    def _watch(self, method: str) -> None:
        with self._counting:
            self.calls += 1
        if method not in READS:
            self.operation.fence()


def _what(owner_uid: str) -> str:
    return f"object store user {owner_uid}"
