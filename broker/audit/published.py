"""What of the audit log lies on the branch `records`, where the database cannot take it back.

`audit/entries/<ten thousands>/<index of the first>.jsonl`: entries, a line each, byte for byte as the tree has them.
`audit/checkpoints/<ten thousands>/<size>`: the signed checkpoint after each of these files; `audit/checkpoint` is the
newest. `audit/edge` is what the tree needs in order to grow: a hash of each complete subtree.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from broker.audit.note import Checkpoint, LogKey, NoCheckpoint, opened, signed
from broker.errors import RegistryBroken
from broker.ledger.merkle import Edge, leaf_hash
from broker.registry.branch import contents, folder, head_of_records

BATCH: Final = 500
"""Entries of one file, and so of one checkpoint, at most."""
NEWEST: Final = "audit/checkpoint"
_EDGE: Final = "audit/edge"
_SHARD: Final = 10_000
_LIMIT_BYTES: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything that is published: the entries in order, and every checkpoint as it was signed."""

    entries: tuple[bytes, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Files to be added to the branch, and the checkpoints that are new with them."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...]


def published_edge(repository: Path, log: LogKey) -> Edge:
    """The tree as far as it is published; empty where nothing is.

    Raises:
        RegistryBroken: The newest checkpoint is not the broker's, or the edge does not fit it.
    """
    head = head_of_records(repository)
    found = contents(repository, head, (NEWEST, _EDGE), _LIMIT_BYTES) if head else {}
    if not found:
        return Edge()
    try:
        checkpoint = opened(found.get(NEWEST, b"").decode(), log)
        nodes = tuple(base64.b64decode(line, validate=True) for line in found.get(_EDGE, b"").split())
        edge = Edge(checkpoint.size, nodes)
    except (NoCheckpoint, ValueError, binascii.Error) as error:
        raise RegistryBroken(f"reading what of the audit log is published: {error}; fetch `records` again") from None
    if edge.root != checkpoint.root:
        raise RegistryBroken("reading what of the audit log is published: edge and checkpoint differ; fetch `records`")
    return edge


def publication(repository: Path) -> Publication:
    """Everything that is published, as it lies there; nothing is checked.

    Raises:
        RegistryBroken: An object is missing.
    """
    head = head_of_records(repository)
    files = contents(repository, head, ("audit/entries", "audit/checkpoints"), _LIMIT_BYTES) if head else {}
    pages = [files[path] for path in sorted(files) if path.startswith("audit/entries/")]
    entries = tuple(line for page in pages for line in page.splitlines())
    notes = tuple(files[path].decode(errors="replace") for path in sorted(files) if "checkpoints/" in path)
    return Publication(entries, notes)


def months_there(repository: Path) -> dict[str, bytes]:
    """The facts of every closed month on the branch, by month; their digests stand in signed records."""
    head = head_of_records(repository)
    files = contents(repository, head, ("months",), _LIMIT_BYTES) if head else {}
    return {path.removeprefix("months/").removesuffix(".json"): content for path, content in files.items()}


def month_names(repository: Path) -> frozenset[str]:
    """The months whose facts are on the branch."""
    head = head_of_records(repository)
    names = folder(repository, f"{head}:months") if head else {}
    return frozenset(name.removesuffix(".json") for name in names)


def page(edge: Edge, entries: Sequence[bytes], key: Ed25519PrivateKey) -> Page:
    """The files that publish these entries after those of the edge, with a checkpoint after each of them."""
    files: dict[str, bytes] = {}
    notes: list[str] = []
    for at in range(0, len(entries), BATCH):
        batch = entries[at : at + BATCH]
        files[_path("entries", edge.size, edge.size) + ".jsonl"] = b"".join(line + b"\n" for line in batch)
        edge = edge.with_leaves(map(leaf_hash, batch))
        notes.append(signed(edge.size, edge.root, key))
        files[_path("checkpoints", edge.size - 1, edge.size)] = notes[-1].encode()
    if notes:
        files[NEWEST] = notes[-1].encode()
        files[_EDGE] = b"".join(base64.b64encode(node) + b"\n" for node in edge.nodes)
    return Page(files, tuple(notes))


def newest(notes: Iterable[str], log: LogKey) -> tuple[str, Checkpoint] | None:
    """The largest of the checkpoints that the log's key signed; None where there is none."""
    found: list[tuple[str, Checkpoint]] = []
    for note in notes:
        try:
            found.append((note, opened(note, log)))
        except NoCheckpoint:
            continue
    return max(found, key=lambda each: each[1].size, default=None)


def _path(what: str, index: int, name: int) -> str:
    return f"audit/{what}/{index // _SHARD:06d}/{name:010d}"
