"""Bucket copies on a store in memory, on moto and on a real gateway: the same tests."""

import asyncio
import hashlib
import io
import secrets
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pytest

from broker.backup.copies import CopyVault, copy_bucket
from broker.backup.due import Make, key_of
from broker.backup.s3 import S3Store
from broker.backup.store import Store
from broker.backup.subject import Place, Subject
from broker.clock import start_of
from broker.documents.backups import BackupRun
from broker.errors import CloudError
from broker.plan.rhythm import RHYTHMS
from tests.fixtures.memory_store import MemoryStore
from tests.fixtures.stack_specs import target

if TYPE_CHECKING:
    from tests.contract.object_store.conftest import Endpoint

pytestmark = pytest.mark.cloud
PLACE = Place("hall.internet.provider-a", "hall", "office", "internet", target())


@dataclass
class Desk:
    """A bucket of a unit and the vault of its copies; each round is one day."""

    source: Store
    copies: Store
    bucket: str
    day: date = date(2026, 11, 1)
    encrypted: bool = False

    def put(self, key: str, content: bytes) -> None:
        self.source.write(self.bucket, key, io.BytesIO(content), len(content))

    @property
    def vault(self) -> CopyVault:
        return CopyVault(self.source, self.copies)

    def copy(self, day: int) -> BackupRun:
        on = self.day.replace(day=day)
        subject = Subject(PLACE, "bucket", self.bucket, 1, RHYTHMS["backup"], self.encrypted)
        make = Make(subject, key_of(subject, on), "copy", on)
        made = asyncio.run(self.vault.make(make))
        return BackupRun(
            key=make.key,
            stack=PLACE.stack,
            kind="bucket",
            name=self.bucket,
            mode="copy",
            day=on,
            at=start_of(on),
            made=True,
            reference=made.reference,
            size_bytes=made.size_bytes,
            content_digest=made.content_digest,
        )

    def there(self) -> frozenset[str]:
        return asyncio.run(self.vault.there(Subject(PLACE, "bucket", self.bucket, 1, RHYTHMS["backup"])))

    def restore(self, run: BackupRun) -> str:
        return asyncio.run(self.vault.restored(run))

    def erase(self, run: BackupRun) -> None:
        asyncio.run(self.vault.erase(run))

    def contents(self) -> set[str]:
        found = self.copies.objects(copy_bucket(self.bucket), "contents/")
        return {stored.key.removeprefix("contents/") for stored in found}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(params=["memory", "moto", "ceph"])
def desk(request: pytest.FixtureRequest) -> Desk:
    bucket = f"objects-{secrets.token_hex(4)}"
    if request.param == "memory":
        made = Desk(MemoryStore(), MemoryStore(), bucket)
    else:
        endpoint: Endpoint = request.getfixturevalue(request.param)
        made = Desk(S3Store(endpoint.client()), S3Store(endpoint.client()), bucket)
    made.source.make(bucket)
    return made


def test_a_copy_holds_every_object_with_its_checksum_and_gives_it_back(desk: Desk) -> None:
    desk.put("photos/2026 十月.jpg", b"a photo")
    desk.put("empty", b"")
    run = desk.copy(1)
    assert desk.contents() == {sha256(b"a photo"), sha256(b"")}
    assert run.size_bytes == 7
    assert "2 objects, 7 bytes" in desk.restore(run)


def test_what_did_not_change_is_kept_once(desk: Desk) -> None:
    desk.put("one", b"same")
    desk.put("two", b"same")
    desk.copy(1)
    desk.put("three", b"new")
    desk.copy(2)
    assert desk.contents() == {sha256(b"same"), sha256(b"new")}


def test_a_copy_of_a_killed_run_is_found_again_and_not_made_anew(desk: Desk) -> None:
    desk.put("one", b"as it was")
    first = desk.copy(1)
    desk.put("one", b"changed meanwhile")
    assert desk.copy(1) == first
    assert desk.contents() == {sha256(b"as it was")}


def test_what_is_there_is_told_by_the_keys_of_its_days(desk: Desk) -> None:
    desk.put("one", b"one")
    runs = [desk.copy(1), desk.copy(2)]
    assert desk.there() == {run.key for run in runs}
    desk.erase(runs[0])
    assert desk.there() == {runs[1].key}


def test_an_erased_copy_takes_only_what_no_other_copy_names(desk: Desk) -> None:
    desk.put("stays", b"stays")
    desk.put("goes", b"goes")
    first = desk.copy(1)
    desk.source.delete(desk.bucket, "goes")
    second = desk.copy(2)
    desk.erase(first)
    desk.erase(first)
    assert desk.contents() == {sha256(b"stays")}
    assert "1 objects" in desk.restore(second)


def test_the_last_copy_takes_its_bucket_with_it(desk: Desk) -> None:
    desk.put("one", b"one")
    desk.erase(desk.copy(1))
    assert list(desk.copies.objects(copy_bucket(desk.bucket))) == []


def test_a_damaged_copy_does_not_pass_the_restore_test(desk: Desk) -> None:
    desk.put("one", b"content")
    run = desk.copy(1)
    desk.copies.write(copy_bucket(desk.bucket), f"contents/{sha256(b'content')}", io.BytesIO(b"damaged"), 7)
    with pytest.raises(CloudError, match="one has another checksum"):
        desk.restore(run)
    with pytest.raises(CloudError, match="manifest is not the one recorded"):
        desk.restore(run.model_copy(update={"content_digest": "sha256:" + "0" * 64}))


def test_unchanged_objects_are_not_read_again() -> None:
    source = MemoryStore()
    desk = Desk(source, MemoryStore(), "objects")
    source.make("objects")
    desk.put("one", b"one")
    desk.copy(1)
    desk.put("two", b"two")
    desk.copy(2)
    assert source.read_keys == ["one", "two"]


def test_an_emptied_bucket_holds_nothing_and_says_what_was_removed(desk: Desk) -> None:
    desk.put("one", b"1")
    desk.put("二", b"2")
    assert sum(map(len, desk.source.empty(desk.bucket))) == 2
    assert list(desk.source.objects(desk.bucket)) == []
    desk.source.remove(desk.bucket)
    assert list(desk.source.empty(desk.bucket)) == []


def test_the_copy_of_an_encrypted_bucket_is_encrypted_and_that_of_another_is_not(moto: "Endpoint") -> None:
    client = moto.client()
    store = S3Store(client)
    for encrypted in (False, True):
        desk = Desk(store, store, f"objects-{secrets.token_hex(4)}", encrypted=encrypted)
        store.make(desk.bucket)
        desk.put("letter", b"a letter")
        run = desk.copy(1)
        (held,) = store.objects(copy_bucket(desk.bucket), "contents/")
        told = client.head_object(Bucket=copy_bucket(desk.bucket), Key=held.key)
        assert (told.get("ServerSideEncryption") == "AES256") is encrypted
        assert "1 objects, 8 bytes" in desk.restore(run)
