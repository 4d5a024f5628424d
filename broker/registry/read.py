"""The registry at a commit, in a merge request or in a folder: every document, and everything that is wrong."""

import gc
import operator
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from broker.cache_folder import broker_cache
from broker.documents.envelope import Spec
from broker.documents.records import Admitted, Record
from broker.registry.cache import ParseCache, cache_in
from broker.registry.filed import Filed, Registry
from broker.registry.files import is_document, is_signature
from broker.registry.finished import finished
from broker.registry.git import commit_of, is_repository
from broker.registry.history import History, Walker, change, history, walked_anew, work_tree
from broker.registry.listing import Listing, listing_of
from broker.registry.order import kept_apart, places, rank
from broker.registry.records import read_records
from broker.registry.references import checked
from broker.registry.take import Found, take
from broker.registry.texts import Texts
from broker.registry.walk import Entry
from broker.registry.walks import walker_in
from broker.signatures.signature import Signature

MANY_OBJECTS: Final = 100_000
"""From so many new objects on the collector is told to leave them alone: a registry of some thousand documents."""


def read_commit(repository: Path, revision: str = "main", *, record_key: str = "", cached: bool = True) -> Registry:
    """The registry as merged at the revision, with the records of the `records` branch.

    `record_key` is the fingerprint (SHA256:…) of the broker's key; empty = all batches must be signed by one key.
    Signatures are there but not judged: `broker.registry.authority.authorised` does.

    Raises:
        RegistryBroken: No such revision, shallow or damaged repository, records that do not verify.
    """
    return read_head(repository, commit_of(repository, revision), record_key=record_key, cached=cached)


def read_head(repository: Path, head: str, *, record_key: str = "", cached: bool = True) -> Registry:
    """As `read_commit`, at a commit that `commit_of` has found."""
    with without_collection():
        past = history(repository, head, _walker(cached=cached))
        found = _taken(Found(), past.entries, Texts(repository, {}), _cache(cached=cached))
        return _fitted(found, past, read_records(repository, record_key))


def read_change(
    repository: Path, base: str, revision: str, *, record_key: str = "", cached: bool = True
) -> tuple[Registry, Registry]:
    """The registry at the base, and as it would be with the revision merged; its new documents have no commit.

    Raises:
        RegistryBroken: As `read_commit`; also where the two have no common history.
    """
    with without_collection():
        past = history(repository, commit_of(repository, base), _walker(cached=cached))
        ahead = change(repository, past, revision)
        texts, cache, records = Texts(repository, {}), _cache(cached=cached), read_records(repository, record_key)
        found = _taken(Found(), past.entries, texts, cache)
        before = _fitted(found, past, records)
        new = ahead.entries[len(past.entries) :]
        whole = _taken(found, new, texts, cache, at=len(past.entries))
        return before, _fitted(whole, ahead, records, before)


def read_folder(
    folder: Path,
    *,
    record_key: str = "",
    cached: bool = True,
    base: str = "HEAD",
    supposed: Mapping[str, bytes] = MappingProxyType({}),
) -> Registry:
    """The registry in a folder: a git work tree with what is not merged into `base` yet, or plain files.

    `supposed`: files by path that are taken to lie there, in place of what does.

    Raises:
        RegistryBroken: The folder is a repository that git cannot read.
    """
    return read_listing(listing_of(folder, supposed), record_key=record_key, cached=cached, base=base)


def read_listing(listing: Listing, *, record_key: str = "", cached: bool = True, base: str = "HEAD") -> Registry:
    """The registry of a folder whose files were listed before; see `read_folder`."""
    with without_collection():
        folder, files, texts = listing.folder, listing.files, listing.texts()
        if is_repository(folder):
            past = work_tree(folder, files, _walker(cached=cached), base)
            found = _taken(Found(), past.entries, texts, _cache(cached=cached))
            return _fitted(found, past, read_records(folder, record_key))
        entries = tuple(Entry(f.path, f.blob, f.mode, "", 0) for f in sorted(files, key=lambda f: f.path))
        found = _taken(Found(), entries, texts, _cache(cached=cached))
        return _fitted(found, History("", (), entries), ())


def _walker(*, cached: bool) -> Walker:
    return walker_in(broker_cache(os.environ)) if cached else walked_anew


def _cache(*, cached: bool) -> ParseCache:
    return cache_in(broker_cache(os.environ) if cached else None)


@contextmanager
def without_collection() -> Iterator[None]:
    """Nothing made here is garbage: looking for it among a million objects, now and later, takes a third of the time.

    What was read is freed by its reference counts, once nothing holds it any more. Who judges at once what he reads
    does both inside.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > MANY_OBJECTS:
            gc.freeze()
        if was:
            gc.enable()


def _taken(found: Found, entries: Sequence[Entry], texts: Texts, cache: ParseCache, at: int = 0) -> Found:
    """What was found before with what these entries hold; the first of them is number `at`."""
    texts.load((entry.blob for entry in entries if is_document(entry) or is_signature(entry)), cache)
    for n, entry in enumerate(entries, at):
        take(found, entry, n, texts, cache)
    cache.save()
    return found


def _fitted(found: Found, past: History, records: tuple[Record, ...], base: Registry | None = None) -> Registry:
    """The registry of what was found; what stands in `base` as it stands here is the same value."""
    found = finished(found, records)
    sequence = _sequences(found, past.entries, records)
    known = {one.path: one for one in (base.signatures if base else ())}
    placed = (_at(known.get(s.path, s), sequence[s.path]) for s in found.signatures)
    signatures = sorted(placed, key=lambda s: s.sequence)
    covering, fitted = _covering(signatures), {f.path: f for f in (base.filed if base else ())}
    filed = sorted(
        (_fitted_in(fitted.get(f.path, f), sequence[f.path], covering.get(f.id, ())) for f in found.filed),
        key=lambda f: f.sequence,
    )
    entered = {filed.path for filed in found.filed} | {signature.path for signature in found.signatures}
    problems = [problem for problem in found.problems if problem.place.path not in past.gone]
    problems += [
        problem for problem in past.problems if problem.place.path in entered or problem.place.path not in past.gone
    ]
    kept, unfit = checked(filed, found.broken)
    every = tuple(sorted({*problems, *unfit}))
    return Registry(past.head, kept, records, every, tuple(signatures))


def _sequences(found: Found, entries: Iterable[Entry], records: Iterable[Record]) -> dict[str, int]:
    """The sequence of each path: by commit, and within it as `order` says; what was judged keeps what it had."""
    judged = {record.document: record.sequence for record in records if isinstance(record, Admitted)}
    free: dict[str, list[int]] = {}
    for n, entry in enumerate(entries):
        free.setdefault(entry.commit, []).append(n)
    filed = sorted(found.filed, key=lambda f: rank(f.document, f.path))
    brought: dict[str, list[tuple[str, str]]] = {}
    for commit, path, digest in (
        *((f.commit, f.path, f.digest) for f in filed),
        *((s.commit, s.path, s.digest) for s in found.signatures),
    ):
        brought.setdefault(commit, []).append((path, digest))
    sequence: dict[str, int] = {}
    for commit, files in brought.items():
        recorded = {path: judged[digest] for path, digest in files if digest in judged}
        sequence |= places([path for path, _ in files], free[commit], recorded)
    here = {path: digest for files in brought.values() for path, digest in files}
    known = {path: judged[digest] for path, digest in here.items() if digest in judged}
    return kept_apart(sequence, known, frozenset(judged.values()))


def _at(signature: Signature, sequence: int) -> Signature:
    return signature if signature.sequence == sequence else replace(signature, sequence=sequence)


def _fitted_in(f: Filed[Spec], sequence: int, covering: Sequence[Signature]) -> Filed[Spec]:
    """The document at its place and with its signatures; written out, since `replace` takes twice as long."""
    signatures = tuple(covering)
    alike = len(signatures) == len(f.signatures) and all(map(operator.is_, signatures, f.signatures))
    if f.sequence == sequence and alike:
        return f
    return Filed(f.document, f.path, f.digest, f.commit, sequence, signatures, f.text, f.later)


def _covering(signatures: Iterable[Signature]) -> dict[str, list[Signature]]:
    """The signatures that name each document, in order."""
    covering: dict[str, list[Signature]] = {}
    for signature in signatures:
        for name in {signed.id for signed in signature.payload.documents}:
            covering.setdefault(name, []).append(signature)
    return covering
