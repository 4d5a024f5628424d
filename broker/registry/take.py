"""Files one by one: each is a document or a signature, known from an earlier run or parsed now; or it has problems."""

from dataclasses import dataclass, field

from pydantic import ValidationError

from broker.documents.envelope import Spec
from broker.documents.kinds import DOCUMENTS
from broker.problem import Place, Problem
from broker.registry.cache import Cached, ParseCache
from broker.registry.filed import Filed
from broker.registry.files import is_document, is_signature, misfit
from broker.registry.parse import Parsed, parse
from broker.registry.texts import Texts
from broker.registry.walk import Entry
from broker.registry.yaml import MAX_BYTES
from broker.signatures.file import parse_signature
from broker.signatures.payload import Payload
from broker.signatures.signature import Signature


@dataclass(slots=True)
class Found:
    """What the files hold so far."""

    filed: list[Filed[Spec]] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    """Ids of documents that are not well-formed."""
    unfinished: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    """By path: the placeholders of documents in `filed` that are well-formed otherwise."""


def take(found: Found, entry: Entry, sequence: int, texts: Texts, cache: ParseCache) -> None:
    """Takes one file in."""
    if problem := misfit(entry):
        found.problems.append(problem)
        return
    signature = is_signature(entry)
    if not (signature or is_document(entry)):
        return
    kept = cache.get(entry.blob)
    known = _known_signature if signature else _known_document
    if kept is not None and known(found, entry, sequence, texts, kept):
        return
    data = texts.later(entry.blob)
    if data is None:
        fact = f"the file has more than {MAX_BYTES} bytes"
        found.problems.append(Problem(Place(entry.path), "FILE_TOO_LARGE", fact, "file large matter as an attachment"))
    elif signature:
        _new_signature(found, entry, sequence, data, cache)
    else:
        _new_document(found, entry, sequence, data, cache)


def _known_signature(found: Found, entry: Entry, sequence: int, _texts: Texts, kept: Cached) -> bool:
    """Whether the signature could be taken as an earlier run read it. Only one that held for its key is kept."""
    if not kept.kind.startswith(("ssh-", "sk-")):
        return False
    try:
        payload = Payload.model_validate_json(kept.json)
    except ValidationError:
        return False
    signer = kept.kind.replace("+", " ", 1)
    found.signatures.append(Signature(payload, signer, "", entry.path, kept.digest, entry.commit, sequence))
    return True


def _known_document(found: Found, entry: Entry, sequence: int, texts: Texts, kept: Cached) -> bool:
    """Whether the document could be taken as an earlier run read it. The models see its values again."""
    model = DOCUMENTS.get(kept.kind)
    if model is None:
        return False
    try:
        document = model.model_validate_json(kept.json)
    except ValidationError:
        return False
    if not entry.path.startswith(f"{document.spec.folder}/"):
        return False
    filed = Filed(document, entry.path, kept.digest, entry.commit, sequence, later=texts.reader(entry.blob))
    found.filed.append(filed)
    return True


def _new_signature(found: Found, entry: Entry, sequence: int, data: bytes, cache: ParseCache) -> None:
    parsed = parse_signature(data, entry.path)
    if isinstance(parsed, Problem):
        found.problems.append(parsed)
        return
    if parsed.signer:
        cache.put(entry.blob, Cached(parsed.signer.replace(" ", "+"), parsed.digest, parsed.payload_json))
    found.signatures.append(
        Signature(parsed.payload, parsed.signer, parsed.fault, entry.path, parsed.digest, entry.commit, sequence)
    )


def _new_document(found: Found, entry: Entry, sequence: int, data: bytes, cache: ParseCache) -> None:
    parsed = parse(data, entry.path)
    if isinstance(parsed, Parsed):
        cache.put(entry.blob, Cached(parsed.document.kind, parsed.digest, parsed.json))
        found.filed.append(Filed(parsed.document, entry.path, parsed.digest, entry.commit, sequence, text=data))
    elif parsed.unfinished is not None:
        whole = parsed.unfinished
        found.filed.append(Filed(whole.document, entry.path, whole.digest, entry.commit, sequence, text=data))
        found.unfinished[entry.path] = parsed.problems
    else:
        found.problems.extend(parsed.problems)
        found.broken.update(filter(None, [parsed.id]))
