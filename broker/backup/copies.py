"""Copies of buckets in the broker's own backup account: contents by their SHA-256, and a manifest per day.

`copy-<bucket>` holds `contents/<sha256>` and `manifests/<key>.json`. What did not change since the newest manifest is
not read again; what no manifest names any more is removed. Only present versions of objects are copied.
"""

import asyncio
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import IO, Final, TypeVar

from broker.backup.due import Make
from broker.backup.store import Store, Stored
from broker.backup.subject import Subject, Thing
from broker.backup.vault import Made
from broker.canonical import canonical
from broker.documents.backups import BackupRun
from broker.errors import CloudError
from broker.hearing import unless

T = TypeVar("T")
_IN_MEMORY_BYTES: Final = 8 << 20
"""What is larger waits for its checksum in a temporary file."""
_CONTENTS: Final = "contents/"
_MANIFESTS: Final = "manifests/"


@dataclass(frozen=True, slots=True)
class Copied:
    """One line of a manifest."""

    key: str
    size_bytes: int
    mark: str
    sha256: str


class CopyVault:
    """The bucket copies of one stack: from the unit's account to the broker's."""

    def __init__(self, source: Store, copies: Store, stopped: Callable[[], bool] = lambda: False) -> None:
        """`stopped` is asked after each object, which may be one of millions: what is copied stays for the next run."""
        self._source = source
        self._copies = copies
        self._stopped = stopped

    async def there(self, thing: Subject | Thing) -> frozenset[str]:
        """Keys of the bucket's manifests."""
        place = copy_bucket(thing.name)
        listed = await asyncio.to_thread(lambda: tuple(self._copies.objects(place, _MANIFESTS)))
        return frozenset(one.key.removeprefix(_MANIFESTS).removesuffix(".json") for one in listed)

    async def make(self, make: Make) -> Made:
        """The copy of this key: found again, or made; every content that its manifest names is there."""
        return await asyncio.to_thread(self._make, make)

    async def erase(self, run: BackupRun) -> None:
        """Nothing; the manifest is gone, and what no other manifest names."""
        await asyncio.to_thread(self._erase, run)

    async def restored(self, run: BackupRun) -> str:
        """Every content of the copy, read back and compared with its checksum."""
        return await asyncio.to_thread(self._restored, run)

    def _make(self, make: Make) -> Made:
        bucket, place = make.subject.name, copy_bucket(make.subject.name)
        self._copies.make(place)
        if make.subject.encrypted:
            self._copies.encrypt(place)  # as its bucket: the same store has both
        name = _manifest(make.key)
        present = {stored.key: stored.size_bytes for stored in self._copies.objects(place)}
        if name not in present:
            known = self._known(place, present)
            objects = self._unless(self._source.objects(bucket), f"copying the bucket {bucket}")
            lines = [self._copied(bucket, place, stored, known, present) for stored in objects]
            manifest = canonical({"v": 1, "bucket": bucket, "objects": [asdict(line) for line in lines]})
            arrived = {stored.key: stored.size_bytes for stored in self._copies.objects(place, _CONTENTS)}
            missing = [line.key for line in lines if arrived.get(_CONTENTS + line.sha256) != line.size_bytes]
            if missing:
                raise CloudError(f"copying the bucket {bucket}: {len(missing)} contents did not arrive; run it again")
            with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as spool:
                spool.write(manifest)
                spool.seek(0)
                self._copies.write(place, name, spool, len(manifest))
        manifest = b"".join(self._copies.read(place, name))
        size_bytes = sum(line.size_bytes for line in _lines(manifest))
        return Made("copy", name, size_bytes, "sha256:" + hashlib.sha256(manifest).hexdigest())

    def _known(self, place: str, present: Mapping[str, int]) -> dict[tuple[str, int, str], str]:
        """SHA-256 by key, size and mark, from every manifest: what has the same mark has the same content."""
        known: dict[tuple[str, int, str], str] = {}
        for name in sorted(present):
            if name.startswith(_MANIFESTS):
                lines = _lines(b"".join(self._copies.read(place, name)))
                known |= {(line.key, line.size_bytes, line.mark): line.sha256 for line in lines}
        return known

    def _copied(
        self,
        bucket: str,
        place: str,
        stored: Stored,
        known: Mapping[tuple[str, int, str], str],
        present: dict[str, int],
    ) -> Copied:
        sha256 = known.get((stored.key, stored.size_bytes, stored.mark))
        if sha256 is not None and present.get(_CONTENTS + sha256) == stored.size_bytes:
            return Copied(stored.key, stored.size_bytes, stored.mark, sha256)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as spool:
            sha256, size_bytes = spooled(self._source.read(bucket, stored.key), spool)
            if present.get(_CONTENTS + sha256) != size_bytes:
                self._copies.write(place, _CONTENTS + sha256, spool, size_bytes)
                present[_CONTENTS + sha256] = size_bytes
        return Copied(stored.key, size_bytes, stored.mark, sha256)

    def _unless(self, things: Iterable[T], doing: str) -> Iterator[T]:
        return unless(self._stopped, things, f"{doing}: it was asked to stop; run it again, it goes on from there")

    def _erase(self, run: BackupRun) -> None:
        place = copy_bucket(run.name)
        self._copies.delete(place, _manifest(run.key))
        names = [stored.key for stored in self._copies.objects(place)]
        manifests = [name for name in names if name.startswith(_MANIFESTS)]
        used = {_CONTENTS + line.sha256 for name in manifests for line in _lines(self._whole(place, name))}
        for name in self._unless(names, f"erasing the copy {run.key} of {run.name}"):
            if name.startswith(_CONTENTS) and name not in used:
                self._copies.delete(place, name)
        if not manifests:
            self._copies.remove(place)

    def _restored(self, run: BackupRun) -> str:
        place = copy_bucket(run.name)
        manifest = self._whole(place, _manifest(run.key))
        if run.content_digest != "sha256:" + hashlib.sha256(manifest).hexdigest():
            raise CloudError(f"restoring the copy {run.key} of {run.name}: its manifest is not the one recorded")
        lines = _lines(manifest)
        for line in self._unless(lines, f"restoring the copy {run.key} of {run.name}"):
            digest = hashlib.sha256()
            for piece in self._copies.read(place, _CONTENTS + line.sha256):
                digest.update(piece)
            if digest.hexdigest() != line.sha256:
                raise CloudError(f"restoring the copy {run.key} of {run.name}: {line.key} has another checksum")
        size_bytes = sum(line.size_bytes for line in lines)
        return f"{run.name}: {len(lines)} objects, {size_bytes} bytes read back, every SHA-256 as in the manifest"

    def _whole(self, bucket: str, key: str) -> bytes:
        return b"".join(self._copies.read(bucket, key))


def copy_bucket(bucket: str) -> str:
    """The bucket of the backup account that holds the copies of this one."""
    return f"copy-{bucket}"


def spooled(content: Iterator[bytes], spool: IO[bytes]) -> tuple[str, int]:
    """SHA-256 and bytes of the content, which then stands in the spool from its beginning."""
    digest, size_bytes = hashlib.sha256(), 0
    for piece in content:
        digest.update(piece)
        size_bytes += len(piece)
        spool.write(piece)
    spool.seek(0)
    return digest.hexdigest(), size_bytes


def _manifest(key: str) -> str:
    return f"{_MANIFESTS}{key}.json"


def _lines(manifest: bytes) -> list[Copied]:
    return [Copied(**line) for line in json.loads(manifest)["objects"]]
