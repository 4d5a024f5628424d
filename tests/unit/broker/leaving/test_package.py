"""The hand-over package: what the unit gets, and what a receipt then says."""

import asyncio
import hashlib
import subprocess
from pathlib import Path

import pytest
import yaml

from broker.backup.subject import Place
from broker.documents.kinds import DOCUMENTS
from broker.errors import OperatorError
from broker.estate.fold import fold
from broker.estate.platform import platform_of
from broker.leaving.items import Item, items, leaving
from broker.leaving.package import Snapshot, bucket_packed, volume_packed
from broker.leaving.receipt import receipt
from tests.fixtures import demo_district as demo
from tests.fixtures.memory_store import MemoryStore
from tests.fixtures.stack_specs import target

PLACE = Place("hall.extranet.provider-a", "hall", "office", "extranet", target())
BUCKET = Item(PLACE, "extranet", "bucket", "objects")
VOLUME = Item(PLACE, "extranet", "volume", "db-1-data")
FORM = "urban-v1-exit-2026"


def store(**contents: bytes) -> MemoryStore:
    return MemoryStore({"hall-extranet-objects": dict(contents)})


class Camera:
    """Takes the same snapshot of a volume however often it is asked."""

    def __init__(self) -> None:
        self.taken: dict[str, Snapshot] = {}

    async def take(self, volume: str, key: str) -> Snapshot:
        return self.taken.setdefault(key, Snapshot(f"snapshot-of-{volume}", "v-1", 200, "2026-11-26T02:00:00"))


def test_every_object_is_a_file_that_the_units_own_tools_can_check(tmp_path: Path) -> None:
    found = MemoryStore({"hall-extranet-objects": {"photos/一月.jpg": b"a photo", "empty": b""}})
    given = asyncio.run(bucket_packed(BUCKET, found, tmp_path))
    assert (tmp_path / "extranet/objects/photos/一月.jpg").read_bytes() == b"a photo"
    sums = tmp_path / "extranet-objects.sha256"
    checked = subprocess.run(["sha256sum", "-c", "--strict", sums.name], cwd=tmp_path, check=True, capture_output=True)
    assert checked.stdout.count(b": OK") == 2
    assert given.content_digest == "sha256:" + hashlib.sha256(sums.read_bytes()).hexdigest()
    assert given.size_bytes == 7


@pytest.mark.parametrize(
    "key", ["../../../stolen", "/etc/passwd", "a//b", "dir/", "./x", "back\\slash", "new\nline", "x" * 900]
)
def test_a_key_that_is_no_safe_path_stays_inside_the_package(tmp_path: Path, key: str) -> None:
    folder = tmp_path / "package"
    folder.mkdir()
    found = MemoryStore({"hall-extranet-objects": {key: b"content"}})
    asyncio.run(bucket_packed(BUCKET, found, folder))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["package"]
    aside = folder / "extranet/objects/_other" / hashlib.sha256(key.encode()).hexdigest()
    assert aside.read_bytes() == b"content"


def test_an_object_that_is_also_a_folder_of_others_loses_nothing(tmp_path: Path) -> None:
    asyncio.run(bucket_packed(BUCKET, MemoryStore({"hall-extranet-objects": {"a": b"1", "a/b": b"2"}}), tmp_path))
    files = [path.read_bytes() for path in (tmp_path / "extranet").rglob("*") if path.is_file()]
    assert sorted(files) == [b"1", b"2"]


def test_packing_again_gives_the_same_digests(tmp_path: Path) -> None:
    camera, found = Camera(), store(one=b"1", two=b"2")
    once = (
        asyncio.run(bucket_packed(BUCKET, found, tmp_path)),
        asyncio.run(volume_packed(VOLUME, camera, FORM, tmp_path)),
    )
    again = (
        asyncio.run(bucket_packed(BUCKET, found, tmp_path)),
        asyncio.run(volume_packed(VOLUME, camera, FORM, tmp_path)),
    )
    assert once == again
    assert len(camera.taken) == 1


def test_the_receipt_is_a_document_that_covers_everything_the_rules_ask_for(tmp_path: Path) -> None:
    registry, as_of = demo.registry(), demo.at("2026-11-23T12:00")
    estate = fold(registry.filed, demo.admissions(registry, as_of), as_of)
    wanted = items(leaving(estate, FORM), platform_of(registry), FORM)
    assert [(item.zone, item.kind, item.name) for item in wanted] == [
        ("extranet", "volume", "all-in-one-1-data"),
        ("extranet", "bucket", "objects"),
    ]
    found = MemoryStore({"urban-v1-extranet-objects": {"one": b"1"}})
    given = [
        asyncio.run(volume_packed(wanted[0], Camera(), FORM, tmp_path)),
        asyncio.run(bucket_packed(wanted[1], found, tmp_path)),
    ]
    text = receipt(FORM, "urban-v1", "urban-mgmt-clerk", as_of.date(), given)
    assert "以快照方式交接" in text
    document = demo.filed(yaml.safe_load(text), "cases/hand-over.yaml", 0)
    assert document.kind in DOCUMENTS
    assert document.spec.wipe is True  # type: ignore[attr-defined]  # of a HandOver


def test_nothing_is_packed_for_a_system_that_does_not_leave() -> None:
    registry, as_of = demo.registry(), demo.at("2026-10-14T12:00")
    estate = fold(registry.filed, demo.admissions(registry, as_of), as_of)
    with pytest.raises(OperatorError, match="no system is leaving by this form now"):
        leaving(estate, FORM)
