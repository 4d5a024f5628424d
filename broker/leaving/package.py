"""The hand-over package: objects as files with their checksums, volumes as snapshots, and the receipt to be signed.

`<zone>/<bucket>/…` holds the objects, `<zone>-<bucket>.sha256` their checksums (`sha256sum -c` in that folder),
`<zone>-<bucket>.json` which object each file is. A volume's content goes by its snapshot; its file tells which.
"""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from broker.backup.store import Store
from broker.canonical import canonical
from broker.documents.cases import HandedOver
from broker.leaving.items import Item

_UNFIT = frozenset({"", ".", ".."})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot of a volume, usable."""

    id: str
    volume_id: str
    size_gib: int
    created_at: str


@dataclass(frozen=True, slots=True)
class Packed:
    """One object of a bucket, and the file that it is in the package."""

    key: str
    file: str
    sha256: str
    size_bytes: int


class Snapshots(Protocol):
    """Takes snapshots on a cloud."""

    async def take(self, volume: str, key: str) -> Snapshot:
        """The snapshot of this key, found again or made and waited for."""


async def volume_packed(item: Item, snapshots: Snapshots, form: str, folder: Path) -> HandedOver:
    """One volume: its snapshot is there, and the folder tells which it is."""
    key = "gch-" + hashlib.sha256(f"{form}\0{item.cloud_name}".encode()).hexdigest()[:24]
    taken = await snapshots.take(item.cloud_name, key)
    told = canonical(
        {
            "snapshot": taken.id,
            "volume": taken.volume_id,
            "name": item.cloud_name,
            "size_gib": taken.size_gib,
            "created_at": taken.created_at,
        }
    )
    (folder / f"{item.zone}-{item.name}.json").write_bytes(told)
    return _handed_over(item, told, taken.size_gib << 30)


async def bucket_packed(item: Item, store: Store, folder: Path) -> HandedOver:
    """One bucket: every object is a file, its checksum taken from what was read."""
    return await asyncio.to_thread(_bucket, item, store, folder)


def _bucket(item: Item, store: Store, folder: Path) -> HandedOver:
    top = PurePosixPath(item.zone, item.name)
    keys = [stored.key for stored in store.objects(item.cloud_name)]
    lines = [_object(key, path, item, store, folder) for key, path in zip(keys, _files(keys, top), strict=True)]
    sums = "".join(f"{line.sha256}  {line.file}\n" for line in lines).encode()
    (folder / f"{item.zone}-{item.name}.sha256").write_bytes(sums)
    (folder / f"{item.zone}-{item.name}.json").write_bytes(canonical([asdict(line) for line in lines]))
    return _handed_over(item, sums, sum(line.size_bytes for line in lines))


def _object(key: str, path: str, item: Item, store: Store, folder: Path) -> Packed:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".part")
    digest, size_bytes = hashlib.sha256(), 0
    with draft.open("wb") as stream:
        for piece in store.read(item.cloud_name, key):
            digest.update(piece)
            size_bytes += stream.write(piece)
    draft.replace(target)
    return Packed(key, path, digest.hexdigest(), size_bytes)


def _files(keys: Iterable[str], top: PurePosixPath) -> list[str]:
    """A file for each key; one that is no safe path, or is also another's folder, goes by its checksum instead."""
    keys = list(keys)
    folders = {str(parent) for key in keys for parent in PurePosixPath(key).parents}
    return [str(top / (key if _fits(key, folders) else f"_other/{_name(key)}")) for key in keys]


def _fits(key: str, folders: set[str]) -> bool:
    parts = key.split("/")
    plain = key.isprintable() and "\\" not in key and not key.startswith("_other/")
    short = all(len(part.encode()) < 200 for part in parts)  # noqa: PLR2004 - file systems take 255 with `.part`
    return plain and short and not _UNFIT & set(parts) and key not in folders


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _handed_over(item: Item, told: bytes, size_bytes: int) -> HandedOver:
    digest = "sha256:" + hashlib.sha256(told).hexdigest()
    return HandedOver(zone=item.zone, kind=item.kind, name=item.name, content_digest=digest, size_bytes=size_bytes)
