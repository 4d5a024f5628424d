"""A stop is heard by the vaults of a stack: by Cinder's over real HTTP, by that of copies between two objects."""

import asyncio
import io
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest

from broker.backup.cinder import CinderVault
from broker.backup.copies import CopyVault, copy_bucket
from broker.backup.due import Make, key_of
from broker.backup.opening import opened
from broker.backup.s3 import S3Store
from broker.backup.subject import Place, Subject
from broker.clock import start_of
from broker.documents.backups import BackupRun
from broker.errors import Stopped
from broker.plan.rhythm import RHYTHMS
from stacks.provider.budget import Budget
from stacks.provider.ceph.account import Keys
from stacks.provider.ceph.client import s3_client
from stacks.provider.line import Caller
from stacks.provider.trying import Door
from tests.fixtures.busy_cloud import CLOUD, BusyCloud, Reply, busy_cloud
from tests.fixtures.memory_store import MemoryStore
from tests.fixtures.stack_specs import target

pytestmark = [  # openstacksdk warns of its own calls
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]
T = TypeVar("T")
PLACE = Place("hall.internet.provider-a", "hall", "office", "internet", target())
DAY = date(2026, 11, 2)
VOLUME = Subject(PLACE, "volume", "hall-internet-db-1-data", 1, RHYTHMS["backup"])
MAKE = Make(VOLUME, key_of(VOLUME, DAY), "full", DAY)
BACKUPS, VOLUMES = "/volume/v3/backups", "/volume/v3/volumes"
SCRATCH = "restore-test-hall.internet.provider-a-hall-internet-db-1-data"


def answer(body: object) -> Reply:
    return Reply(200, {"Content-Type": "application/json"}, json.dumps(body).encode())


def backup(status: str) -> dict[str, object]:
    return {"id": "b", "name": MAKE.key, "status": status, "size": 1, "is_incremental": False}


class Cinder:
    """One stack's project on a cloud. The stop comes right before the first write, where it comes."""

    def __init__(self, cloud: BusyCloud, folder: Path) -> None:
        self.cloud, self.folder = cloud, folder

    def on(self, work: Callable[[CinderVault], Awaitable[T]], *, stops: bool = False) -> T:
        async def run() -> T:
            stop, loop = asyncio.Event(), asyncio.get_running_loop()
            self.cloud.reply("GET", "/v3/projects", *[answer({"projects": [{"id": "p"}]})] * 2)

            def fence() -> None:
                if stops:
                    loop.call_soon_threadsafe(stop.set)

            operation = replace(self.cloud.operation(Budget(), self.folder, []), fence=fence)
            async with opened(PLACE, operation, stop) as vaults:
                vault = vaults["volume"]
                assert isinstance(vault, CinderVault)
                return await asyncio.wait_for(work(vault), 50)

        return asyncio.run(run())


@pytest.fixture
def cinder(tmp_path: Path) -> Iterator[Cinder]:
    with busy_cloud() as cloud:
        yield Cinder(cloud, tmp_path)


def test_a_backup_that_is_waited_for_at_a_stop_is_found_by_the_next_round_and_made_once(cinder: Cinder) -> None:
    cloud = cinder.cloud
    cloud.reply("GET", f"{BACKUPS}/detail", answer({"backups": []}), answer({"backups": [backup("creating")]}))
    cloud.reply("GET", VOLUMES, answer({"volumes": [{"id": "v"}]}))
    cloud.reply("POST", BACKUPS, answer({"backup": backup("creating")}))
    cloud.reply("GET", f"{BACKUPS}/b", answer({"backup": backup("creating")}), answer({"backup": backup("available")}))
    with pytest.raises(Stopped, match=r"backing up the volume .*: the run was asked to stop while it waited"):
        cinder.on(lambda vault: vault.make(MAKE), stops=True)
    made = cinder.on(lambda vault: vault.make(MAKE))
    assert (made.reference, cloud.times("POST", BACKUPS)) == ("b", 1)


def test_no_volume_that_waits_for_another_at_a_stop_is_begun(cinder: Cinder) -> None:
    cloud = cinder.cloud
    cloud.reply("GET", f"{BACKUPS}/detail", answer({"backups": []}))
    cloud.reply("GET", VOLUMES, answer({"volumes": [{"id": "v"}]}))
    cloud.reply("POST", BACKUPS, answer({"backup": backup("creating")}))
    cloud.reply("GET", f"{BACKUPS}/b", *[answer({"backup": backup("creating")})] * 9)

    async def both(vault: CinderVault) -> list[object]:
        return list(await asyncio.gather(vault.make(MAKE), vault.make(MAKE), return_exceptions=True))

    assert [type(end) for end in cinder.on(both, stops=True)] == [Stopped, Stopped]
    assert cloud.times("POST", BACKUPS) == 1


def test_a_scratch_volume_that_a_stop_left_goes_before_the_next_test(cinder: Cinder) -> None:
    cloud = cinder.cloud
    run = BackupRun(
        key=MAKE.key,
        stack=PLACE.stack,
        kind="volume",
        name=VOLUME.name,
        mode="full",
        day=DAY,
        at=start_of(DAY),
        made=True,
        reference="b",
    )
    writing = {"id": "s", "name": SCRATCH, "status": "restoring-backup", "size": 1}
    there, none = answer({"volumes": [writing]}), answer({"volumes": []})
    cloud.reply("GET", f"{VOLUMES}/detail", none, there, there)
    cloud.reply("GET", f"{BACKUPS}/b", *[answer({"backup": backup("available")})] * 2)
    cloud.reply("POST", f"{BACKUPS}/b/restore", *[answer({"restore": {"volume_id": "s"}})] * 2)
    ready, gone = answer({"volume": {**writing, "status": "available"}}), Reply(404)
    cloud.reply("GET", f"{VOLUMES}/s", answer({"volume": writing}), ready, gone, ready, ready, gone)
    with pytest.raises(Stopped, match="restoring the backup"):
        cinder.on(lambda vault: vault.restored(run), stops=True)
    assert cloud.times("DELETE", f"{VOLUMES}/s") == 0
    assert "1 GiB" in cinder.on(lambda vault: vault.restored(run))
    assert cloud.times("DELETE", f"{VOLUMES}/s") == 2


def test_a_copy_leaves_off_after_the_object_that_it_is_at_and_writes_no_content_twice() -> None:
    class Counted(MemoryStore):
        def write(self, bucket: str, key: str, content: object, size_bytes: int) -> None:
            written.append(key)
            assert isinstance(content, io.IOBase) or hasattr(content, "read")
            super().write(bucket, key, content, size_bytes)  # type: ignore[arg-type]  # as it came

    written: list[str] = []
    source, copies = MemoryStore({"forms": {"a": b"1", "b": b"2", "c": b"3"}}), Counted()
    bucket = Subject(PLACE, "bucket", "forms", 1, RHYTHMS["backup"])
    make = Make(bucket, key_of(bucket, DAY), "copy", DAY)
    with pytest.raises(Stopped, match="copying the bucket forms: it was asked to stop"):
        asyncio.run(CopyVault(source, copies, lambda: len(source.read_keys) == 2).make(make))
    assert source.read_keys == ["a", "b"]
    assert list(copies.objects(copy_bucket("forms"), "manifests/")) == []
    made = asyncio.run(CopyVault(source, copies).make(make))
    assert made.size_bytes == 3
    assert len(written) == len(set(written)) == 4


@pytest.mark.parametrize(("method", "path"), [("PUT", "/forms/a"), ("GET", "/forms"), ("POST", "/forms")])
def test_whatever_waits_for_its_turn_at_a_gateway_ends_as_stopped(method: str, path: str) -> None:
    def wait(_changed: threading.Condition, _limit_s: float | None) -> None:
        caller.stopped = True

    caller = Caller()
    listed = b"<ListVersionsResult><Version><Key>a</Key><VersionId>1</VersionId></Version></ListVersionsResult>"
    with busy_cloud() as cloud:
        cloud.reply("GET", "/forms", Reply(200, body=listed))
        cloud.reply(method, path, Reply(429, {"Retry-After": "60"}))
        store = S3Store(s3_client(cloud.url, "r", Keys("a", "s"), door=Door(Budget(wait=wait), CLOUD, caller)))
        with pytest.raises(Stopped, match="the run was asked to stop while it waited for its turn"):
            store.write("forms", "a", io.BytesIO(b"1"), 1) if method == "PUT" else list(store.empty("forms"))
        assert cloud.times(method, path) == 1
