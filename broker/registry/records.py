"""The branch `records`: what the broker knows, in signed batches that follow one another; read and written by plumbing.

`batches/<thousands>/<sequence>.jsonl`: a line with sequence and digest of the batch before, one line per record, a line
with the signature over all lines before it. Nobody else writes the branch, nothing on it ever changes.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter, ValidationError

from broker.canonical import canonical
from broker.documents.records import Record, written
from broker.errors import RegistryBroken
from broker.registry.branch import folder, head_of_records, object_at, write
from broker.registry.git import blobs, git, tree
from broker.signatures.key import fingerprint
from broker.signatures.sshsig import NotSigned, sign, signer

NAMESPACE: Final = "record@govcloud"
MAX_BATCH_BYTES: Final = 64 * 1024 * 1024
_SHARD: Final = 1000
_RECORD: Final[TypeAdapter[Record]] = TypeAdapter(Record)


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as it lies on the branch."""

    sequence: int
    digest: str
    records: tuple[Record, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Newest:
    """The end of the branch: its head, and the newest batch as it lies there. -1 and no bytes where there is none."""

    head: str | None
    sequence: int = -1
    batch: bytes = b""

    def lacks(self, records: Iterable[Record]) -> tuple[Record, ...]:
        """Those of the records that the batch does not hold.

        Who died between writing a batch and saying so leaves its records to be written once more.
        """
        there = frozenset(self.batch.split(b"\n"))
        return tuple(record for record in records if _line(record) not in there)


def read_records(repository: Path, key: str = "") -> tuple[Record, ...]:
    """Every record, in order. `key` is the broker's fingerprint; empty = all batches must be of one key.

    Raises:
        RegistryBroken: A batch is missing, changed, out of order, or not signed with the broker's key.
    """
    return tuple(record for batch in read_batches(repository, key) for record in batch.records)


def read_batches(repository: Path, key: str = "") -> tuple[Batch, ...]:
    """Every batch, in order and verified; see `read_records`."""
    head = head_of_records(repository)
    if head is None:
        return ()
    files = sorted(tree(repository, head, "batches"), key=lambda file: file.path)
    contents = dict(blobs(repository, (file.blob for file in files), MAX_BATCH_BYTES))
    batches: list[Batch] = []
    for sequence, file in enumerate(files):
        if file.path != _path(sequence):
            raise RegistryBroken(
                f"reading records: {file.path} stands where {_path(sequence)} should; fetch them again"
            )
        before = batches[-1] if batches else None
        batches.append(_batch(contents[file.blob] or b"", file.path, sequence, before, key))
    return tuple(batches)


def append(  # noqa: PLR0913, PLR0917 - the parts of one commit
    repository: Path,
    records: Iterable[Record],
    key: Ed25519PrivateKey,
    at: datetime,
    remote: str = "",
    beside: Mapping[str, bytes] = MappingProxyType({}),
    after: Newest | None = None,
) -> str:
    """The commit that adds the records as one batch, and the files `beside` it, by path. Pushes to `remote`.

    `after` is the branch as the caller has read it; it is read here where that is left out.

    Raises:
        RecordsMoved: The branch, here or on the remote, moved in between.
        RegistryBroken: git could not write.
    """
    last = after or newest(repository)
    data = _written(tuple(records), last.sequence + 1, _digest(last.batch) if last.batch else "", key)
    return write(repository, {_path(last.sequence + 1): data, **beside}, last.head, at, remote)


def batches_of_records(repository: Path) -> str:
    """A name for all batches as they are now: another one once there are more. Empty = there are none."""
    return object_at(repository, "batches")


def newest(repository: Path) -> Newest:
    """The newest batch, found shard by shard."""
    head = head_of_records(repository)
    shards = folder(repository, f"{head}:batches") if head else {}
    if not shards:
        return Newest(head)
    files = folder(repository, f"{head}:batches/{max(shards)}")
    name = max(files)
    return Newest(head, int(name.removesuffix(".jsonl")), git(repository, "cat-file", "blob", files[name][1]))


def _written(records: tuple[Record, ...], sequence: int, previous: str, key: Ed25519PrivateKey) -> bytes:
    head: dict[str, Any] = {"v": 1, "sequence": sequence, "previous": previous}
    lines = [canonical(head), *(_line(record) for record in records)]
    body = b"".join(line + b"\n" for line in lines)
    return body + canonical({"signature": sign(body, key, NAMESPACE)}) + b"\n"


def _line(record: Record) -> bytes:
    return canonical(written(record))


def _batch(data: bytes, path: str, sequence: int, before: Batch | None, key: str) -> Batch:
    body, _, last = data.rstrip(b"\n").rpartition(b"\n")
    body += b"\n"
    try:
        public_key = fingerprint(signer(body, json.loads(last)["signature"], NAMESPACE))
        lines = body.rstrip(b"\n").split(b"\n")
        head = json.loads(lines[0])
        records = tuple(_RECORD.validate_json(line) for line in lines[1:])
    except (NotSigned, ValidationError, ValueError, KeyError, TypeError) as error:
        raise RegistryBroken(f"reading records: {path} does not hold: {error}; fetch the branch again") from None
    wanted = key or (before.key if before else public_key)
    if public_key != wanted:
        raise RegistryBroken(f"reading records: {path} is signed by {public_key}, not by the broker's key {wanted}")
    if head != {"v": 1, "sequence": sequence, "previous": before.digest if before else ""}:
        raise RegistryBroken(f"reading records: {path} does not follow the batch before it; fetch the branch again")
    return Batch(sequence, _digest(data), records, public_key)


def _digest(data: bytes) -> str:
    return "sha256:" + sha256(data).hexdigest()


def _path(sequence: int) -> str:
    return f"batches/{sequence // _SHARD:06d}/{sequence:09d}.jsonl"
