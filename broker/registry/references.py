"""What documents say of one another: every reference is there, no line of documents is bent, no thing stands twice.

Of two documents that do not fit together the one that entered later is refused; so a new document can never put an
old one out of force. What is refused takes those along that refer to it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from broker.documents.envelope import Nature, Spec
from broker.problem import Problem
from broker.registry.addresses import address_problems
from broker.registry.filed import Filed
from broker.registry.links import Link, links
from broker.registry.things import names, things

_PREFIX: Final = 3


@dataclass(slots=True)
class Index:
    """What can be referred to, by namespace and name, with the document that brought it in."""

    named: dict[tuple[str, str], Filed[Spec]] = field(default_factory=dict)
    by_id: dict[str, Filed[Spec]] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    """Position of each commit; what is not merged comes last."""
    line: dict[str, list[Filed[Spec]]] = field(default_factory=dict)
    """By the id of the first document: every version of a thing, in order."""
    near: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Names by namespace and first letters, to answer a wrong one with."""
    faulty: set[str] = field(default_factory=set)
    """Documents found wrong in this round."""

    def version(self, name: str, at: Filed[Spec]) -> Filed[Spec] | None:
        """The thing with this id as it was when the document was filed."""
        versions = self.line.get(name, [])
        return next((f for f in reversed(versions) if f.sequence < at.sequence), versions[0] if versions else None)


def checked(
    filed: Iterable[Filed[Spec]], broken: Iterable[str] = ()
) -> tuple[tuple[Filed[Spec], ...], tuple[Problem, ...]]:
    """The documents that fit together, in order, and what is wrong with the others.

    `broken` are ids of files that are not well-formed: a reference to one is told apart from one to nothing.
    """
    refused = set(broken)
    kept, problems = _once(filed)
    while True:
        index = index_of(kept)
        faults = _faults(kept, index, refused)
        faults += _doubled(kept, index) if not faults else []
        faults += address_problems(kept) if not faults else []
        if not faults:
            return tuple(kept), tuple(problems)
        problems += [problem for _, problem in faults]
        bad = {id(f) for f, _ in faults}
        refused |= {f.id for f, _ in faults}
        kept = [f for f in kept if id(f) not in bad]


def _faults(kept: list[Filed[Spec]], index: Index, refused: set[str]) -> list[tuple[Filed[Spec], Problem]]:
    """In order, so that a line of documents whose first one is refused falls in one round."""
    faults = []
    for f in kept:
        found = [(f, problem) for problem in _problems(f, index, refused)]
        if found:
            index.faulty.add(f.id)
            faults += found
    return faults


def index_of(filed: Iterable[Filed[Spec]]) -> Index:
    """The index of these documents."""
    index = Index()
    first: dict[str, str] = {}
    for f in filed:
        before = f.document.metadata.supersedes
        first[f.id] = first.get(before, before) if before else f.id
        index.line.setdefault(first[f.id], []).append(f)
        index.order.setdefault(f.commit, len(index.order))
        index.by_id[f.id] = f
        for name in names(f):
            if index.named.setdefault(name, f) is f:
                index.near.setdefault((name[0], name[1][:_PREFIX]), []).append(name[1])
    return index


def _once(filed: Iterable[Filed[Spec]]) -> tuple[list[Filed[Spec]], list[Problem]]:
    first: dict[str, Filed[Spec]] = {}
    problems = []
    for f in filed:
        if f.id in first:
            fact = f"the id {f.id} is already that of {first[f.id].path}"
            problems.append(Problem(f.place("metadata.id"), "ID_TWICE", fact, "give the document an id of its own"))
        else:
            first[f.id] = f
    return list(first.values()), problems


def _problems(f: Filed[Spec], index: Index, refused: set[str]) -> Iterator[Problem]:
    for link in links(f):
        if problem := _unresolved(f, link, index, refused):
            yield problem
    yield from _line_problems(f, index, refused)
    yield from _standing(f, index)


def _unresolved(f: Filed[Spec], link: Link, index: Index, refused: set[str]) -> Problem | None:
    found = next((index.named[n, link.name] for n in link.namespaces if (n, link.name) in index.named), None)
    wanted = " or ".join(link.namespaces)
    if found is not None and found.id not in index.faulty and index.order[found.commit] <= index.order[f.commit]:
        return None
    if found is not None and found.id not in index.faulty:
        fact, cure = f"{wanted} {link.name} was filed only later", "file this document anew, after it"
    elif found is not None or link.name in refused:
        fact, cure = f"{link.name} is itself refused", "mend that document first"
        return Problem(f.place(link.field), "REFERENCE_REFUSED", fact, cure)
    elif (other := index.by_id.get(link.name)) is not None and other.kind in link.namespaces:
        first = other.document.metadata.supersedes
        fact, cure = f"{link.name} is a later version of {first}", "name the first document of the line"
    else:
        fact = f"there is no {wanted} {link.name}"
        cure = f"mend the name, or file the {wanted} first{_like(link, index)}"
    return Problem(f.place(link.field), "REFERENCE_UNKNOWN", fact, cure)


def _like(link: Link, index: Index) -> str:
    near = [name for space in link.namespaces for name in index.near.get((space, link.name[:_PREFIX]), ())[:3]]
    return f" (there is {', '.join(near)})" if near else ""


def _line_problems(f: Filed[Spec], index: Index, refused: set[str]) -> Iterator[Problem]:
    metadata = f.document.metadata
    for name, fieldname in ((metadata.supersedes, "supersedes"), (metadata.withdraws, "withdraws")):
        if name is None:
            continue
        if fault := _line_fault(f, name, fieldname, index, refused):
            yield Problem(f.place(f"metadata.{fieldname}"), *fault)


def _line_fault(  # noqa: PLR0911 - one line per fault
    f: Filed[Spec], name: str, fieldname: str, index: Index, refused: set[str]
) -> tuple[str, str, str] | None:
    """Code, fact and cure of what is wrong with replacing or taking back the document of that name."""
    target = index.by_id.get(name)
    if name == f.id:
        return "CYCLE", f"the document {fieldname} itself", "name the earlier document"
    if name in index.faulty or (target is None and name in refused):
        return "REFERENCE_REFUSED", f"{name} is itself refused", "mend that document first"
    if target is None:
        return "REFERENCE_UNKNOWN", f"there is no document {name}", "mend the id"
    if target.sequence > f.sequence:
        return _later(f, target, index)
    if fieldname == "supersedes" and (fact := _bent(f, target)):
        return "SUPERSEDES_OTHER", fact, "supersede a document about the same thing"
    if fieldname == "withdraws" and (fact := _overreach(f, target)):
        return "WITHDRAWAL_NOT_ALLOWED", fact, "let those who decided it withdraw it"
    return None


def _later(f: Filed[Spec], target: Filed[Spec], index: Index) -> tuple[str, str, str]:
    seen, name = {f.id}, target.id
    while name not in seen and (found := index.by_id.get(name)):
        seen.add(name)
        name = found.document.metadata.supersedes or found.document.metadata.withdraws or ""
    if name == f.id:
        return "CYCLE", f"{f.id} and {target.id} take the place of each other", "leave one of the two out"
    fact = f"{target.id} comes after this document"
    return "REFERENCE_UNKNOWN", fact, "only an earlier document can be replaced; file this one later"


def _bent(f: Filed[Spec], target: Filed[Spec]) -> str | None:
    if target.kind != f.kind:
        return f"{target.id} is a {target.kind}, this document a {f.kind}"
    for name in ("unit", "system", "person"):
        before, after = vars(target.spec).get(name), vars(f.spec).get(name)
        if before != after:
            return f"{target.id} is about {name} {before}, this document about {after}"
    return None


def _overreach(f: Filed[Spec], target: Filed[Spec]) -> str | None:
    """A unit cannot take back what the office decided, nor what another unit filed."""
    if f.kind == target.kind:
        return _bent(f, target)
    if f.kind == "FilingWithdrawal" and target.spec.nature is Nature.FILING:
        mine, its = vars(f.spec)["unit"], vars(target.spec).get(target.spec.filer)
        return None if mine == its else f"{target.id} was filed for {its}, not for {mine}"
    if f.spec.nature is Nature.DECISION and target.spec.nature in {Nature.DECISION, Nature.FILING}:
        return None
    return f"a {f.kind} cannot withdraw a {target.kind}"


def _standing(f: Filed[Spec], index: Index) -> Iterator[Problem]:
    """Whether the one who filed it may, and whether a person's roles fit the organisation (C-2, C-3)."""
    unit = vars(f.spec).get(f.spec.filer)
    if f.spec.nature is Nature.FILING and isinstance(unit, str):
        person = index.version(f.document.metadata.filed_by, f)
        if person and vars(person.spec).get("organisation") != unit:
            fact = f"{f.document.metadata.filed_by} does not act for {unit}"
            place = f.place("metadata.filed_by")
            yield Problem(place, "FILER_NOT_ENTITLED", fact, f"let a person of {unit} file it", "C-12")
        system = index.named.get(("system", str(vars(f.spec).get("system", ""))))
        if system and f.spec.filer == "unit" and vars(system.spec).get("unit", unit) != unit:
            fact = f"the system belongs to {getattr(system.spec, 'unit', '')}"
            yield Problem(f.place("spec.system"), "FILER_NOT_ENTITLED", fact, "let that unit file it", "C-12")
    if f.kind == "Person":
        yield from _roles(f, index)
    if f.kind == "CaseAnswer":
        yield from _asked_unit(f, index)


def _asked_unit(f: Filed[Spec], index: Index) -> Iterator[Problem]:
    """A question is answered by the unit whose matter it is about."""
    question = index.version(str(vars(f.spec)["question"]), f)
    matter = index.version(str(vars(question.spec)["matter"]), f) if question else None
    unit = vars(matter.spec).get("unit") if matter else None
    if unit is not None and unit != vars(f.spec)["unit"]:
        fact = f"the question is about a matter of {unit}"
        yield Problem(f.place("spec.unit"), "FILER_NOT_ENTITLED", fact, "let that unit answer", "C-12")


def _roles(f: Filed[Spec], index: Index) -> Iterator[Problem]:
    name = str(vars(f.spec).get("organisation", ""))
    spaces = {"Unit": "unit", "Provider": "provider"}
    fitting = {role for space, role in spaces.items() if (space, name) in index.named}
    if ("Organisation", name) in index.named and (organisation := index.version(name, f)):
        fitting.add(str(vars(organisation.spec).get("role", "")))
    for n, held in enumerate(getattr(f.spec, "roles", ())):
        if fitting and held.role not in fitting:
            fact = f"{name} is no {held.role}, but {' and '.join(sorted(fitting))}"
            cure = "give the role to a person of the organisation that has it"
            yield Problem(f.place(f"spec.roles[{n}].role"), "ROLE_NOT_OF_ORGANISATION", fact, cure, "C-3")


def _doubled(kept: list[Filed[Spec]], index: Index) -> list[tuple[Filed[Spec], Problem]]:
    """Two documents for one thing, where neither takes the place of the other."""
    replaced = {name for f in kept for name in f.document.metadata.replaces}
    superseded: dict[str, Filed[Spec]] = {}
    holders: dict[tuple[str, ...], Filed[Spec]] = {}
    faults = []
    for f in kept:
        before = f.document.metadata.supersedes
        if before is not None and (rival := superseded.setdefault(before, f)) is not f:
            fact = f"{before} is already superseded by {rival.id}"
            place = f.place("metadata.supersedes")
            faults.append((f, Problem(place, "SUPERSEDED_TWICE", fact, f"supersede {rival.id}")))
            continue
        for thing in things(f) if f.id not in replaced else ():
            holder = holders.setdefault(thing, f)
            if holder is not f and index.by_id.get(holder.id) is holder:
                fact = f"{' '.join(thing)} already stands in {holder.id} ({holder.path})"
                cure = f"supersede {holder.id}, or leave this document out"
                faults.append((f, Problem(f.place("spec"), "THING_TWICE", fact, cure)))
    return faults
