"""Who may sign at a point of the registry's order: people, their roles and keys, as accepted documents made them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from broker.clock import day_of
from broker.documents.cases import OnboardingRequestSpec
from broker.documents.envelope import Nature, Spec
from broker.documents.organisations import KeySpec, OrganisationSpec, PersonSpec, UnitSpec
from broker.signatures.subject import Subject

OFFICE: Final = "cloud_office"
OPERATIONS: Final = "ops_department"
_MATTER_FIELDS: Final = (
    "form",
    "matter",
    "suspension",
    "system",
    "plan",
    "request",
    "order",
    "exception",
    "rectification",
)


@dataclass(slots=True)
class Roster:
    """Grows document by document, in the order of main; only accepted documents are taken in."""

    people: dict[str, PersonSpec] = field(default_factory=dict)
    keys: dict[str, KeySpec] = field(default_factory=dict)
    """By the id of the `Key` document in force."""
    founders: set[str] = field(default_factory=set)
    """People of the office who ever had a signing key: from the second on, two must sign."""
    _by_text: dict[str, KeySpec] = field(default_factory=dict)
    """The same keys by their text: every signature asks for one."""
    _first: dict[str, str] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)
    _office_names: set[str] = field(default_factory=set)
    operations: bool = False
    """Whether an operations department is designated; without one its duties fall to the office (C-3)."""
    _units: dict[str, str] = field(default_factory=dict)
    """Unit by system and by matter."""
    _filers: dict[str, set[str]] = field(default_factory=dict)
    """Who filed the matter, by system and by id."""

    def forked(self) -> "Roster":
        """A roster of its own that goes on from here."""
        filers = {name: set(people) for name, people in self._filers.items()}
        return Roster(
            dict(self.people),
            dict(self.keys),
            set(self.founders),
            dict(self._by_text),
            dict(self._first),
            dict(self._named),
            set(self._office_names),
            self.operations,
            dict(self._units),
            filers,
        )

    def note(self, subjects: Iterable[Subject]) -> None:
        """Takes in who filed what for whom, before anything of the same commit is judged. It gives nobody a right."""
        for subject in sorted(subjects, key=lambda s: s.document.spec.nature is not Nature.FILING):
            spec = subject.document.spec
            if isinstance(spec, UnitSpec):
                self._named[self.first(subject.document.metadata.supersedes or subject.document.id)] = spec.name_zh
            elif isinstance(spec, OrganisationSpec) and spec.role == OFFICE:
                self._office_names.add(spec.name_zh)
            elif spec.nature is not Nature.FOUNDATION:
                self._note_matter(subject)

    def accept(self, subject: Subject) -> None:
        """Takes a document in whose signatures hold."""
        metadata, spec = subject.document.metadata, subject.document.spec
        self._first[metadata.id] = self.first(metadata.supersedes or metadata.id)
        for gone in metadata.replaces:
            self.keys.pop(gone, None)
        if metadata.withdraws:
            self.people.pop(self.first(metadata.withdraws), None)
        if isinstance(spec, OrganisationSpec) and spec.role == OPERATIONS:
            self.operations = True
        if isinstance(spec, PersonSpec):
            self.people[self.first(metadata.id)] = spec
        elif isinstance(spec, KeySpec) and spec.purpose == "sign":
            self.keys[metadata.id] = spec
        if isinstance(spec, KeySpec) or metadata.supersedes or metadata.withdraws:
            self._by_text = {_text(key.public_key): key for key in reversed(self.keys.values())}
        if isinstance(spec, PersonSpec | KeySpec):
            self.founders |= {key.person for key in self.keys.values() if self._is_office(key.person)}

    def first(self, name: str) -> str:
        """The id of the first document of the line."""
        return self._first.get(name, name)

    def key(self, public_key: str) -> KeySpec | None:
        """The registered signing key with this text."""
        return self._by_text.get(_text(public_key))

    def holds(self, person: str, role: str, at: datetime) -> bool:
        """Whether the person holds the role on that day in Shanghai."""
        spec, day = self.people.get(person), day_of(at)
        return spec is not None and any(
            held.role == role and held.valid_from <= day and (held.valid_until is None or day <= held.valid_until)
            for held in spec.roles
        )

    def unit_of(self, spec: Spec) -> str | None:
        """The unit whose system the document is about."""
        return next((self._units[name] for name in matters_of(spec) if name in self._units), None)

    def filers_of(self, subject: Subject) -> set[str]:
        """Everyone who took part in filing: the document itself and the matters it decides."""
        found = {subject.document.metadata.filed_by}
        for name in matters_of(subject.document.spec):
            found |= self._filers.get(name, set())
        return found

    def decides_on_itself(self, spec: Spec) -> bool:
        """Whether the system is the office's own: its unit bears the office's name."""
        unit = self.unit_of(spec)
        return unit is not None and self._named.get(unit) in self._office_names

    def _is_office(self, person: str) -> bool:
        spec = self.people.get(person)
        return spec is not None and any(held.role == OFFICE for held in spec.roles)

    def _note_matter(self, subject: Subject) -> None:
        spec: Any = subject.document.spec
        names = [subject.document.id, *([spec.system] if isinstance(spec, OnboardingRequestSpec) else [])]
        unit = vars(spec).get("unit") or self.unit_of(spec)
        for name in names:
            if unit is not None:
                self._units[name] = unit
            if spec.nature is Nature.FILING:
                self._filers.setdefault(name, set()).add(subject.document.metadata.filed_by)


def _text(public_key: str) -> str:
    """Algorithm and key, without the comment behind them."""
    return " ".join(public_key.split()[:2])


def matters_of(spec: Spec) -> tuple[str, ...]:
    """Requests, forms, orders and systems that the document names."""
    fields = vars(spec)
    named = (fields.get(name) for name in _naming(type(spec)))
    return (*(name for name in named if isinstance(name, str)), *fields.get("requests", ()))


@cache
def _naming(spec: type[Spec]) -> tuple[str, ...]:
    """Those of the fields that this kind of document has: few of them, asked for of every document."""
    return tuple(name for name in _MATTER_FIELDS if name in spec.model_fields)
