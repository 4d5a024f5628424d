"""Work on the papers of a registry alone: verify, check, ask what if. No deployment, ledger, cloud or network."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from broker.admit import RuleSet, admit
from broker.cache_folder import broker_cache
from broker.calendar.calendar import calendar_of
from broker.check import moot
from broker.check.base import Base, base_of
from broker.check.headroom import Level, levels
from broker.check.manual import load_balancers, measures
from broker.check.review import Merged, Review, as_if_merged, merged
from broker.clocks.clock import Reading
from broker.clocks.papers import papers_of
from broker.clocks.read import read as read_clocks
from broker.clocks.table import CLOCKS
from broker.decide.decide import problems_of
from broker.documents.calendar import CalendarNoticeSpec
from broker.dossier import Dossier, dossier, with_orders
from broker.errors import RegistryBroken
from broker.estate.platform import platform_of
from broker.nearest import unknown
from broker.problem import Problem
from broker.registry import named
from broker.registry.authority import authorised
from broker.registry.filed import Filed, Registry
from broker.registry.files import uncommitted
from broker.registry.git import is_repository
from broker.registry.listing import listing_without
from broker.registry.parse import Parsed, parse
from broker.registry.read import read_change, read_commit, read_folder, read_listing, without_collection
from broker.registry.snapshot import keep_snapshot, kept_snapshot
from broker.signatures.key import fingerprint
from policies.catalogue import RULES
from policies.evaluate import rule_set_digest

ROOT = Path(__file__).parents[1]
WORTH_KEEPING = 2_000
"""Documents from which on a registry that was judged is kept: fewer are judged faster than they are written."""


@dataclass(frozen=True, slots=True)
class Endorsement:
    """A signature that holds for a document, as people read it."""

    document: str
    kind: str
    person: str
    role: str
    fingerprint: str
    path: str

    def __str__(self) -> str:
        return f"{self.document} ({self.kind})  {self.person} as {self.role}  {self.fingerprint}  {self.path}"


def now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)  # noqa: TID251 - the clock of the commands that need no deployment


def rule_set() -> RuleSet:
    """The rules now in force, named by their declarations and the source text of the package they stand in."""
    sources = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "policies").rglob("*.py"))]
    return RuleSet(RULES, rule_set_digest(RULES, sources))


def check(folder: Path, trust_root: str | None = None) -> tuple[Problem, ...]:
    """Every problem of a registry: documents, signatures, and what the rules say to those not judged yet.

    Raises:
        RegistryBroken: There is no such folder, it has no document at all, or git cannot read it.
    """
    at, known = now(), read(folder)
    if not known.filed and not known.problems:
        raise RegistryBroken(f"checking {folder}: it has no document; name the folder of a registry")
    registry = authorised(known, trust_root, at)
    judged = admit(as_if_merged(registry), platform_of(registry), rule_set(), at, simulated=False)
    found = (problem for outcome in judged.outcomes for problem in problems_of(outcome.decision))
    notices = (*load_balancers(registry), *measures(registry), *moot.orders(registry, judged.outcomes))
    return tuple(sorted({*registry.problems, *found, *notices}))


def check_change(folder: Path, base: str, head: str, trust_root: str | None) -> Review:
    """The review of a merge request: `head` as it would be merged into `base`.

    Raises:
        RegistryBroken: There is no such folder or revision, or the two have no common history.
    """
    if not folder.is_dir():
        raise RegistryBroken(f"reading the registry {folder}: there is no such folder; name that of the registry")
    with without_collection():
        before, change = read_change(folder, base, head)
        found = merged(before, change, trust_root, rule_set(), now()).review
    return replace(found, uncommitted=uncommitted(folder))


def what_if(folder: Path, file: Path, worth_keeping: int = WORTH_KEEPING) -> Merged | tuple[Problem, ...]:
    """What a request or form would do if it were filed, approved and assigned; or why the file is no document.

    A registry of `worth_keeping` documents and more is kept as it was judged, for the next question.

    Raises:
        RegistryBroken: There is no such folder, or git cannot read it.
    """
    if not folder.is_dir():
        raise RegistryBroken(f"reading the registry {folder}: there is no such folder; name that of the registry")
    data, path = file.read_bytes(), f"cases/what-if/{file.name}"
    parsed = parse(data, path)
    if not isinstance(parsed, Parsed):
        return _named(parsed.problems, path, file)
    with without_collection():
        paper, at = Filed(parsed.document, path, parsed.digest, "", 0, text=data), now()
        base = _base_without(paper.id, folder, file, at, worth_keeping)
        known = base.judged.registry
        after = max((one.sequence for files in (known.filed, known.signatures) for one in files), default=0) + 1
        change = replace(known, filed=(*known.filed, replace(paper, sequence=after)))
        found = merged(known, change, None, rule_set(), at, supposing=True, known=base)
    return replace(found, review=replace(found.review, problems=_named(found.review.problems, path, file)))


def _base_without(document: str, folder: Path, file: Path, at: datetime, worth_keeping: int) -> Base:
    """The registry that a paper would be filed in, without the paper itself; kept for the next question."""
    cache, listing = broker_cache(os.environ), listing_without(folder, file)
    name = listing.name() if is_repository(folder) else ""
    kept = kept_snapshot(cache, folder, name, listing.texts()) if name else None
    if isinstance(kept, Base) and kept.holds_at(at) and kept.judged.registry.get(document) is None:
        return kept
    known = read_listing(listing)
    others = tuple(filed for filed in known.filed if filed.id != document)
    base = base_of(as_if_merged(replace(known, filed=others)), None, at)
    if name and len(others) == len(known.filed) >= worth_keeping and base.lasting:
        keep_snapshot(cache, folder, name, base)
    return base


def _named(problems: Iterable[Problem], path: str, file: Path) -> tuple[Problem, ...]:
    """The problems, those of the supposed document under the name of the file that it was read from."""
    return tuple(replace(p, place=replace(p.place, path=str(file))) if p.place.path == path else p for p in problems)


def room(folder: Path) -> dict[str, Level]:
    """What every account allows and holds now, by its name.

    Raises:
        RegistryBroken: There is no such folder, or git cannot read it.
    """
    registry, at = read(folder), now()
    platform = platform_of(registry)
    return levels(platform, admit(as_if_merged(registry), platform, rule_set(), at, simulated=False).standing, at)


def dossier_of(folder: Path, case: str) -> Dossier:
    """A case as a whole, with its signatures judged.

    Raises:
        CannotDraft: There is no such case.
        RegistryBroken: There is no such folder, or git cannot read it.
    """
    at = now()
    registry = authorised(read(folder), None, at)
    return with_orders(registry, dossier(registry, within(folder, case), platform_of(registry).flavors, at))


def within(folder: Path, case: str) -> str:
    """What a case is asked for by: of a path that is there, as it is typed or from the registry, its path in it."""
    root = folder.resolve()
    for path in (Path(case), folder / case):
        if path.exists() and path.resolve().is_relative_to(root):
            return path.resolve().relative_to(root).as_posix()
    return case


def verify(folder: Path, trust_root: str | None, document: str = "") -> tuple[Problem, ...]:
    """Every fault of the chain of signatures, from the first commit on; what the rules say is left to `check`.

    With `document` (an id) only what concerns this one and its signatures.

    Raises:
        RegistryBroken: There is no document whose signatures could be verified, or git cannot read the folder.
    """
    registry = _readable(folder, document)
    judged = authorised(registry, trust_root, now())
    found = {p for p in registry.problems if p.place.path.endswith(".sig") or p.code == "DOCUMENT_CHANGED"}
    found |= set(judged.problems) - set(registry.problems)
    if document and (filed := registry.get(document)):
        paths = {filed.path, *(signature.path for signature in filed.signatures)}
        found = {problem for problem in found if problem.place.path in paths}
    return tuple(sorted(found))


def endorsements(folder: Path, trust_root: str | None, document: str = "") -> tuple[Endorsement, ...]:
    """Who signed what, of every document that needs signatures and has them, or of one by its id.

    Raises:
        RegistryBroken: As `verify`.
    """
    registry = authorised(_readable(folder, document), trust_root, now())
    bad = {problem.place.path for problem in registry.problems}
    return tuple(
        Endorsement(filed.id, filed.kind, s.payload.person, s.payload.role, fingerprint(s.signer), s.path)
        for filed in registry.filed
        for s in filed.signatures
        if s.path not in bad and document in {"", filed.id}
    )


def _readable(folder: Path, document: str) -> Registry:
    registry = read(folder)
    if not registry.filed:
        raise RegistryBroken(f"verifying {folder}: it has no document; name the folder of a registry")
    if document and registry.get(document) is None:
        there = unknown("well-formed document", document, (filed.id for filed in registry))
        raise RegistryBroken(f"verifying {folder}: {there}; see `broker check`")
    return registry


def clocks(folder: Path, at: datetime) -> tuple[Reading, ...]:
    """Every clock at an instant. A folder without any signature is read as it is: a draft, or a test.

    Raises:
        RegistryBroken: There is no such folder, or git cannot read it.
    """
    registry = _of(folder)
    if registry.signatures:
        registry = authorised(registry, None, now())
    calendar = calendar_of(filed.spec for filed in registry.in_force(CalendarNoticeSpec))
    return read_clocks(CLOCKS, papers_of(registry, at), calendar)


def known_party(folder: Path, party: str) -> None:
    """Nothing, where a role, organisation, unit or provider of the registry has this name.

    Raises:
        NameUnknown: None has.
        RegistryBroken: There is no such folder, or git cannot read it.
    """
    named.party(_of(folder), party)


def known_organisation(folder: Path, name: str) -> None:
    """Nothing, where an organisation, unit or provider of the registry has this id. Raises as `known_party`."""
    named.organisation(_of(folder), name)


def _of(folder: Path) -> Registry:
    """The registry in a folder, or as merged in a bare repository."""
    return read_commit(folder) if is_repository(folder) and not (folder / ".git").exists() else read(folder)


def read(folder: Path, supposed: Mapping[str, bytes] = MappingProxyType({})) -> Registry:
    """The registry in a folder; signatures are not judged. `supposed`: files by path that are taken to lie there.

    Raises:
        RegistryBroken: There is no such folder, or git cannot read it.
    """
    if not folder.is_dir():
        raise RegistryBroken(f"reading the registry {folder}: there is no such folder; name that of the registry")
    return read_folder(folder, supposed=supposed)
