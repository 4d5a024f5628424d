"""The registry at a commit, in a merge request or in a folder: every document, and everything that is wrong."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from broker.documents.envelope import Spec
from broker.documents.kinds import DOCUMENTS
from broker.documents.records import Record
from broker.problem import Place, Problem
from broker.registry.cache import Kept, ParseCache, cache_in, user_folder
from broker.registry.filed import Filed, Registry
from broker.registry.files import files_in, is_document, is_signature, misfit
from broker.registry.git import blobs, is_repository
from broker.registry.history import Entry, History, change, history, work_tree
from broker.registry.parse import Parsed, parse
from broker.registry.records import read_records
from broker.registry.references import checked
from broker.registry.yaml import MAX_BYTES
from broker.signatures.file import SignatureFile, parse_signature
from broker.signatures.payload import Payload
from broker.signatures.signature import Signature


@dataclass(slots=True)
class _Found:
    filed: list[Filed[Spec]] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    """Ids of documents that are not well-formed."""


def read_commit(repository: Path, revision: str = "main", *, record_key: str = "", cached: bool = True) -> Registry:
    """The registry as merged at the revision, with the records of the `records` branch.

    `record_key` is the fingerprint (SHA256:…) of the broker's key; empty = all batches must be signed by one key.
    Signatures are there but not judged: `broker.registry.authority.authorised` does.

    Raises:
        RegistryBroken: No such revision, shallow or damaged repository, records that do not verify.
    """
    return _from_objects(repository, history(repository, revision), record_key, cached=cached)


def read_change(repository: Path, base: str, revision: str, *, record_key: str = "", cached: bool = True) -> Registry:
    """The registry as it would be with the revision merged into the base; its new documents have no commit.

    Raises:
        RegistryBroken: As `read_commit`; also where the two have no common history.
    """
    return _from_objects(repository, change(repository, base, revision), record_key, cached=cached)


def read_folder(folder: Path, *, record_key: str = "", cached: bool = True) -> Registry:
    """The registry in a folder: a git work tree with what is not merged yet, or plain files.

    Raises:
        RegistryBroken: The folder is a repository that git cannot read.
    """
    files, contents = files_in(folder)
    if is_repository(folder):
        past = work_tree(folder, files)
        contents |= dict(blobs(folder, _wanted(past, contents), MAX_BYTES))
        return _assembled(past, contents, read_records(folder, record_key), cached=cached)
    entries = tuple(Entry(f.path, f.blob, f.mode, "", 0) for f in sorted(files, key=lambda f: f.path))
    return _assembled(History("", (), entries), contents, (), cached=cached)


def _from_objects(repository: Path, past: History, record_key: str, *, cached: bool) -> Registry:
    contents = dict(blobs(repository, _wanted(past, {}), MAX_BYTES))
    return _assembled(past, contents, read_records(repository, record_key), cached=cached)


def _wanted(past: History, have: Mapping[str, bytes | None]) -> list[str]:
    entries = (entry for entry in past.entries if is_document(entry) or is_signature(entry))
    return [entry.blob for entry in entries if entry.blob not in have]


def _assembled(
    past: History, contents: Mapping[str, bytes | None], records: tuple[Record, ...], *, cached: bool
) -> Registry:
    with _without_collection():
        return _fitted(past, contents, records, cache_in(user_folder() if cached else None))


@contextmanager
def _without_collection() -> Iterator[None]:
    """Nothing read here is garbage; looking for it among a million new objects takes a quarter of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _fitted(
    past: History, contents: Mapping[str, bytes | None], records: tuple[Record, ...], cache: ParseCache
) -> Registry:
    found = _Found()
    for sequence, entry in enumerate(past.entries):
        _take(found, entry, sequence, contents, cache)
    cache.save()
    entered = {filed.path for filed in found.filed} | {signature.path for signature in found.signatures}
    found.problems = [problem for problem in found.problems if problem.place.path not in past.gone]
    found.problems += [
        problem for problem in past.problems if problem.place.path in entered or problem.place.path not in past.gone
    ]
    kept, problems = checked(found.filed, found.broken)
    return Registry(
        past.head,
        _with_signatures(kept, found),
        records,
        tuple(sorted({*found.problems, *problems})),
        tuple(found.signatures),
    )


def _with_signatures(kept: tuple[Filed[Spec], ...], found: _Found) -> tuple[Filed[Spec], ...]:
    covering: dict[str, list[Signature]] = {}
    for signature in found.signatures:
        for name in {signed.id for signed in signature.payload.documents}:
            covering.setdefault(name, []).append(signature)
    return tuple(
        replace(filed, signatures=tuple(covering[filed.id])) if filed.id in covering else filed for filed in kept
    )


def _take(found: _Found, entry: Entry, sequence: int, contents: Mapping[str, bytes | None], cache: ParseCache) -> None:
    if problem := misfit(entry):
        found.problems.append(problem)
        return
    if not (is_document(entry) or is_signature(entry)):
        return
    data = contents[entry.blob]
    if data is None:
        fact = f"the file has more than {MAX_BYTES} bytes"
        found.problems.append(Problem(Place(entry.path), "FILE_TOO_LARGE", fact, "file large matter as an attachment"))
    elif is_signature(entry):
        _take_signature(found, entry, sequence, data, cache)
    else:
        _take_document(found, entry, sequence, data, cache)


def _take_signature(found: _Found, entry: Entry, sequence: int, data: bytes, cache: ParseCache) -> None:
    parsed = _signature_from_cache(entry, cache) or parse_signature(data, entry.path)
    if isinstance(parsed, Problem):
        found.problems.append(parsed)
        return
    if parsed.signer:
        cache.put(entry.blob, Kept(parsed.signer.replace(" ", "+"), parsed.digest, parsed.payload_json))
    found.signatures.append(
        Signature(parsed.payload, parsed.signer, parsed.fault, entry.path, parsed.digest, entry.commit, sequence)
    )


def _signature_from_cache(entry: Entry, cache: ParseCache) -> SignatureFile | None:
    kept = cache.get(entry.blob)
    if kept is None or not kept.kind.startswith("ssh-"):
        return None
    try:
        payload = Payload.model_validate_json(kept.json)
    except ValidationError:
        return None
    return SignatureFile(payload, kept.json, kept.digest, kept.kind.replace("+", " ", 1), "")


def _take_document(found: _Found, entry: Entry, sequence: int, data: bytes, cache: ParseCache) -> None:
    parsed = _from_cache(entry, cache) or parse(data, entry.path)
    if isinstance(parsed, Parsed):
        cache.put(entry.blob, Kept(parsed.document.kind, parsed.digest, parsed.json))
        found.filed.append(Filed(parsed.document, entry.path, parsed.digest, entry.commit, sequence, text=data))
    else:
        found.problems.extend(parsed.problems)
        found.broken.update(filter(None, [parsed.id]))


def _from_cache(entry: Entry, cache: ParseCache) -> Parsed | None:
    kept = cache.get(entry.blob)
    model = DOCUMENTS.get(kept.kind) if kept else None
    if kept is None or model is None:
        return None
    try:
        document = model.model_validate_json(kept.json)
    except ValidationError:
        return None
    folder = entry.path.split("/", 1)[0]
    return Parsed(document, kept.digest, kept.json) if document.spec.folder == folder else None
