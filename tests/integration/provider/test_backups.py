"""Backups, a restore and a hand-over's snapshot on a real Cinder and a real Swift."""

import asyncio
import io
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal, TypeVar

import pytest

from broker.backup.cinder import CinderVault
from broker.backup.copies import CopyVault, copy_bucket
from broker.backup.due import Make, key_of
from broker.backup.subject import Place, Subject
from broker.backup.swift import SwiftStore
from broker.backup.vault import Made
from broker.clock import start_of
from broker.documents.backups import BackupRun
from broker.errors import CloudError
from broker.leaving.remains import Remains
from broker.plan.rhythm import RHYTHMS
from stacks.provider.cloud import Cloud
from stacks.provider.operation import Operation, Permit
from tests.integration.provider.conftest import Sandbox
from tests.integration.provider.stack_spec import TARGET

pytestmark = [
    pytest.mark.cloud,
    # of openstacksdk, about its own settings, whatever they are
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]
DAY = date(2026, 11, 2)
MEBIBYTE = 1 << 20
T = TypeVar("T")


class Bench:
    """A project with one volume, whose device is the one small file that the sandbox lends all volumes."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        name = f"backup-{secrets.token_hex(3)}"
        self.place = Place(f"{name}.internet.provider-a", name, "office", "internet", TARGET)
        admin: Any = sandbox.admin
        domain = admin.identity.find_domain(TARGET.domain)
        self.project_id = admin.identity.create_project(name=self.place.project_name, domain_id=domain.id).id
        role = admin.identity.find_role("member")
        admin.identity.assign_project_role_to_user(self.project_id, admin.current_user_id, role.id)
        volume = sandbox.inside(self.project_id).block_storage.create_volume(size=1, name=f"{name}-data")
        admin.block_storage.wait_for_status(volume, "available", interval=0.3, wait=30)
        self.subject = Subject(self.place, "volume", f"{name}-data", 1, RHYTHMS["backup"])
        self.device = sandbox.layout.state / "data" / "cinder" / "device"

    def operation(self) -> Operation:
        return Operation(
            target=TARGET,
            project_name=self.place.project_name,
            known_ids=frozenset(),
            unclean=False,
            permit=Permit(),
            fence=lambda: None,
            hand_over=lambda _what, _fields: None,
            connect=self.sandbox.connect,
        )

    def on_cloud(self, work: Callable[[Cloud], Awaitable[T]]) -> T:
        async def run() -> T:
            cloud = Cloud(self.operation())
            try:
                return await work(cloud)
            finally:
                cloud.session.close()

        return asyncio.run(run())

    def make(self, day: int, mode: Literal["full", "incremental"]) -> Made:
        on = DAY + timedelta(days=day)
        make = Make(self.subject, key_of(self.subject, on), mode, on)
        return self.on_cloud(lambda cloud: CinderVault(cloud, self.place, 60).make(make))

    def run(self, day: int, made: Made) -> BackupRun:
        on = DAY + timedelta(days=day)
        return BackupRun(
            key=key_of(self.subject, on),
            stack=self.place.stack,
            kind="volume",
            name=self.subject.name,
            mode=made.mode,
            day=on,
            at=start_of(on),
            made=True,
            reference=made.reference,
        )

    def vault(self, work: Callable[[CinderVault], Awaitable[T]]) -> T:
        return self.on_cloud(lambda cloud: work(CinderVault(cloud, self.place, 60)))

    def count(self, what: str) -> int:
        return self.sandbox.count(f"/{what}", self.project_id, "block_storage")


@pytest.fixture(scope="module")
def bench(sandbox: Sandbox) -> Bench:
    return Bench(sandbox)


def test_a_chain_of_one_full_and_two_incremental_backups_gives_back_every_byte(bench: Bench) -> None:
    parts = [secrets.token_bytes(MEBIBYTE // 4) for _ in range(4)]
    bench.device.write_bytes(b"".join(parts))
    runs = [bench.run(0, bench.make(0, "full"))]
    for day in (1, 2):
        parts[day] = secrets.token_bytes(MEBIBYTE // 4)
        bench.device.write_bytes(b"".join(parts))
        runs.append(bench.run(day, bench.make(day, "incremental")))
    assert [run.mode for run in runs] == ["full", "incremental", "incremental"]
    bench.device.write_bytes(bytes(MEBIBYTE))
    told = bench.vault(lambda vault: vault.restored(runs[-1]))
    assert bench.device.read_bytes() == b"".join(parts)
    assert "1 GiB" in told
    scratch = f"restore-test-{bench.place.stack}-{bench.subject.name}"
    assert bench.sandbox.admin.block_storage.find_volume(scratch, ignore_missing=True) is None
    # made again, as by a run that was killed before it recorded: the same backup, no other
    assert bench.make(2, "incremental").reference == runs[-1].reference
    assert bench.count("backups") == 3
    # a chain goes from its end
    with pytest.raises(CloudError, match="erasing the backup"):
        bench.vault(lambda vault: vault.erase(runs[0]))
    for run in reversed(runs):
        bench.vault(lambda vault, run=run: vault.erase(run))  # type: ignore[misc]  # bound at once
    assert bench.count("backups") == 0


def test_a_backup_that_no_record_knows_is_told_by_its_key(bench: Bench) -> None:
    def there() -> frozenset[str]:
        return bench.on_cloud(lambda cloud: CinderVault(cloud, bench.place, 60).there(bench.subject))

    assert there() == frozenset()
    made = bench.make(0, "full")
    assert there() == {key_of(bench.subject, DAY)}
    assert bench.make(0, "full") == made
    bench.vault(lambda vault: vault.erase(bench.run(0, made)))
    assert there() == frozenset()


def test_an_incremental_backup_with_nothing_to_build_on_becomes_a_full_one(bench: Bench) -> None:
    made = bench.make(10, "incremental")
    assert made.mode == "full"
    bench.vault(lambda vault: vault.erase(bench.run(10, made)))


def test_a_volume_that_is_not_there_is_said_so(bench: Bench) -> None:
    missing = replace(bench.subject, name="nobody-has-this")
    make = Make(missing, key_of(missing, DAY), "full", DAY)
    with pytest.raises(CloudError, match="has 0 of this name"):
        bench.vault(lambda vault: vault.make(make))


def test_the_snapshot_of_a_hand_over_is_taken_once_and_removed(bench: Bench) -> None:
    async def twice_then_removed(cloud: Cloud) -> tuple[str, str, int]:
        remains = Remains(cloud, bench.project_id)
        first = await remains.take(bench.subject.name, "gch-test")
        second = await remains.take(bench.subject.name, "gch-test")
        for item in await remains.snapshots():
            await remains.remove("snapshots", item)
            await remains.gone("snapshots", item)
        return first.id, second.id, len(await remains.snapshots())

    first, second, left = bench.on_cloud(twice_then_removed)
    assert first == second
    assert left == 0


def test_a_bucket_on_swift_is_copied_to_the_brokers_own_account_and_given_back(bench: Bench) -> None:
    connection = bench.sandbox.connect()
    source = SwiftStore(connection, bench.project_id, lambda: None)
    copies = SwiftStore(connection, None, lambda: None)
    bucket = f"{bench.place.system}-objects"
    source.make(bucket)
    for key in ("照片/一月.jpg", "empty", "a//b"):
        source.write(bucket, key, io.BytesIO(key.encode()), len(key.encode()))
    subject = Subject(bench.place, "bucket", bucket, 1, RHYTHMS["backup"])
    make = Make(subject, key_of(subject, DAY), "copy", DAY)
    vault = CopyVault(source, copies)
    made = asyncio.run(vault.make(make))
    run = bench.run(0, made).model_copy(
        update={"key": make.key, "kind": "bucket", "name": bucket, "content_digest": made.content_digest}
    )
    assert "3 objects" in asyncio.run(vault.restored(run))
    assert copy_bucket(bucket) in copies.buckets()
    asyncio.run(vault.erase(run))
    assert copy_bucket(bucket) not in copies.buckets()
    assert sum(map(len, source.empty(bucket))) == 3
    source.remove(bucket)
    assert source.buckets() == ()
