"""The branch `records`: what the broker knows, in signed batches that follow one another; read and written by plumbing.

`batches/<thousands>/<sequence>.jsonl`: a line with sequence and digest of the batch before, one line per record, a line
with the signature over all lines before it. Nobody else writes the branch, nothing on it ever changes.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter, ValidationError

from broker.canonical import canonical
from broker.documents.records import Record
from broker.errors import OperatorError, RegistryBroken
from broker.registry.git import blobs, git, tree
from broker.signatures.key import fingerprint
from broker.signatures.sshsig import NotSigned, sign, signer

BRANCH: Final = "refs/heads/records"
NAMESPACE: Final = "record@govcloud"
MAX_BATCH_BYTES: Final = 64 * 1024 * 1024
_SHARD: Final = 1000
_NONE: Final = "0" * 40
_RECORD: Final[TypeAdapter[Record]] = TypeAdapter(Record)


class RecordsMoved(OperatorError):
    """Another process wrote the branch in between; read it again, and write only under the lease of records."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as it lies on the branch."""

    sequence: int
    digest: str
    records: tuple[Record, ...]
    key: str


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
    files = sorted((file for file in tree(repository, head) if file.path.startswith("batches/")), key=lambda f: f.path)
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


def append(repository: Path, records: Iterable[Record], key: Ed25519PrivateKey, at: datetime, remote: str = "") -> str:
    """The commit that adds the records as one batch; the branch moves only from where it was read. Pushes to `remote`.

    Raises:
        RecordsMoved: The branch, here or on the remote, moved in between.
        RegistryBroken: git could not write.
    """
    head = head_of_records(repository)
    sequence, previous = _last(repository, head) if head else (-1, "")
    data = _written(tuple(records), sequence + 1, previous, key)
    blob = git(repository, "hash-object", "-w", "--stdin", data=data).decode().strip()
    commit = _commit(repository, _tree(repository, head, sequence + 1, blob), head, at)
    _move(repository, commit, head)
    if remote:
        _push(repository, remote)
    return commit


def head_of_records(repository: Path) -> str | None:
    """The newest commit of the branch; None = there is no record yet."""
    found = git(repository, "for-each-ref", "--format=%(objectname)", BRANCH).decode().strip()
    return found or None


def _last(repository: Path, head: str) -> tuple[int, str]:
    """Sequence and digest of the newest batch, found shard by shard."""
    shard = _listed(repository, f"{head}:batches")[-1]
    name, blob = _listed(repository, f"{head}:batches/{shard[0]}")[-1]
    data = git(repository, "cat-file", "blob", blob)
    return int(name.removesuffix(".jsonl")), _digest(data)


def _listed(repository: Path, name: str) -> list[tuple[str, str]]:
    lines = git(repository, "ls-tree", name).decode().splitlines()
    return [(line.split("\t")[1], line.split("\t")[0].split(" ")[2]) for line in lines]


def _tree(repository: Path, head: str | None, sequence: int, blob: str) -> str:
    shard, name = _path(sequence).split("/")[1:]
    shards = _listed(repository, f"{head}:batches") if head else []
    inside = _listed(repository, f"{head}:batches/{shard}") if shard in dict(shards) else []
    files = "".join(f"100644 blob {old}\t{file}\n" for file, old in [*inside, (name, blob)])
    folder = git(repository, "mktree", data=files.encode()).decode().strip()
    folders = "".join(f"040000 tree {old}\t{part}\n" for part, old in {**dict(shards), shard: folder}.items())
    top = git(repository, "mktree", data=folders.encode()).decode().strip()
    return git(repository, "mktree", data=f"040000 tree {top}\tbatches\n".encode()).decode().strip()


def _commit(repository: Path, tree_id: str, head: str | None, at: datetime) -> str:
    date = f"{int(at.timestamp())} +0800"
    who = {
        f"GIT_{part}_{what}": value
        for part in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "broker"), ("EMAIL", "broker@govcloud.invalid"), ("DATE", date))
    }
    parents = ("-p", head) if head else ()
    made = git(repository, "commit-tree", tree_id, *parents, data=b"records\n", environment=who)
    return made.decode().strip()


def _move(repository: Path, commit: str, head: str | None) -> None:
    try:
        git(repository, "update-ref", "-m", "records", BRANCH, commit, head or _NONE)
    except RegistryBroken as error:
        if head_of_records(repository) == head:
            raise
        raise RecordsMoved(f"writing records to {repository}: the branch moved meanwhile; read it again") from error


def _push(repository: Path, remote: str) -> None:
    try:
        git(repository, "push", "--quiet", remote, f"{BRANCH}:{BRANCH}")
    except RegistryBroken as error:
        if "rejected" not in str(error):
            raise
        raise RecordsMoved(f"pushing records to {remote}: it has others; fetch them and write again") from error


def _written(records: tuple[Record, ...], sequence: int, previous: str, key: Ed25519PrivateKey) -> bytes:
    head: dict[str, Any] = {"v": 1, "sequence": sequence, "previous": previous}
    lines = [canonical(head), *(canonical(record.model_dump(mode="json", exclude_none=True)) for record in records)]
    body = b"".join(line + b"\n" for line in lines)
    return body + canonical({"signature": sign(body, key, NAMESPACE)}) + b"\n"


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
