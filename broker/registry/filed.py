"""A document as it lies in the registry, and the whole registry as read at one commit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from broker.documents.envelope import Document, Nature, Spec
from broker.documents.records import Admitted, Record
from broker.problem import Place, Problem, Severity
from broker.registry.yaml import positions
from broker.signatures.signature import Signature

S_co = TypeVar("S_co", bound=Spec, covariant=True)
S = TypeVar("S", bound=Spec)


@dataclass(frozen=True, slots=True)
class Filed(Generic[S_co]):
    """One document with where, when and under whose signatures it entered."""

    document: Document[S_co]
    path: str
    """From the registry's root, with `/`."""
    digest: str
    """Of the YAML as parsed, before defaults: an optional field added to a kind later changes no digest."""
    commit: str
    """First-parent commit of main that brought it; empty = not merged yet."""
    sequence: int
    """First-parent order of main, within a commit by `broker.registry.order`."""
    signatures: tuple[Signature, ...] = ()
    text: bytes = field(default=b"", repr=False, compare=False)
    later: Callable[[], bytes] | None = field(default=None, repr=False, compare=False)
    """Reads the text, where it was left out because an earlier run had parsed it."""

    @property
    def id(self) -> str:
        """The document's id."""
        return self.document.metadata.id

    @property
    def kind(self) -> str:
        """The document's kind."""
        return self.document.kind

    @property
    def spec(self) -> S_co:
        """The document's content."""
        return self.document.spec

    def place(self, name: str = "") -> Place:
        """Where the field stands, such as `spec.zones[0].tiers[1].count`, or the nearest part around it."""
        line, column = positions(self.later() if self.later else self.text).nearest(name)
        return Place(self.path, line, column, name)


@dataclass(frozen=True)
class Registry:
    """Every document in force at the door, in order, and everything that is wrong.

    A document with a problem is not in `filed`. The exception is a merged one that was edited, renamed or deleted
    afterwards: it stays as it was merged, since nothing in the estate may go by a forbidden edit.
    """

    head: str
    """The commit that was read; empty for a folder outside git."""
    filed: tuple[Filed[Spec], ...] = ()
    records: tuple[Record, ...] = ()
    problems: tuple[Problem, ...] = ()
    signatures: tuple[Signature, ...] = ()
    waiting: int = 0
    """How many of the last records are not on their branch yet, since the git host is away."""

    def recorded(self) -> "Registry":
        """The registry without the documents that no record tells the outcome of; the foundation needs none."""
        known = {record.document for record in self.records if isinstance(record, Admitted)}
        kept = (f for f in self.filed if f.digest in known or f.spec.nature is Nature.FOUNDATION)
        return replace(self, filed=tuple(kept))

    @property
    def refused(self) -> tuple[Problem, ...]:
        """The problems for which something is refused at the door."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.REFUSED)

    def get(self, document: str) -> Filed[Spec] | None:
        """The document with this id, in whatever version it names."""
        return self._by_id.get(document)

    def of(self, spec: type[S]) -> tuple[Filed[S], ...]:
        """All documents of one kind, in order, superseded and withdrawn ones among them."""
        return cast("tuple[Filed[S], ...]", self._by_kind.get(spec.kind, ()))

    def in_force(self, spec: type[S]) -> tuple[Filed[S], ...]:
        """The documents of one kind that no later one, itself in force, supersedes or withdraws."""
        return tuple(filed for filed in self.of(spec) if filed.id not in self._replaced)

    def current(self, document: str) -> Filed[Spec] | None:
        """The newest document in force of the line that this id belongs to; nothing once it is withdrawn."""
        return self._current.get(self.first(document))

    def first(self, document: str) -> str:
        """The id under which a thing is known for ever: that of the first document of its line."""
        return self._first.get(document, document)

    def __iter__(self) -> Iterator[Filed[Spec]]:
        return iter(self.filed)

    @cached_property
    def _by_id(self) -> dict[str, Filed[Spec]]:
        return {filed.id: filed for filed in self.filed}

    @cached_property
    def _by_kind(self) -> dict[str, tuple[Filed[Any], ...]]:
        kinds: dict[str, list[Filed[Any]]] = {}
        for filed in self.filed:
            kinds.setdefault(filed.kind, []).append(filed)
        return {kind: tuple(members) for kind, members in kinds.items()}

    @cached_property
    def _first(self) -> dict[str, str]:
        first: dict[str, str] = {}
        for filed in self.filed:
            before = filed.document.metadata.supersedes
            first[filed.id] = first.get(before, before) if before else filed.id
        return first

    @cached_property
    def _current(self) -> dict[str, Filed[Spec]]:
        return {self.first(filed.id): filed for filed in self.filed if filed.id not in self._replaced}

    @cached_property
    def _replaced(self) -> frozenset[str]:
        return replaced([filed for filed in self.filed if filed.digest not in self.not_admitted])

    @cached_property
    def not_admitted(self) -> Mapping[str, Admitted]:
        """The outcome of every document that was judged and did not come into force, by the document's digest."""
        outcomes = {record.document: record for record in self.records if isinstance(record, Admitted)}
        return {document: outcome for document, outcome in outcomes.items() if not outcome.admitted}


def replaced(filed: Sequence[Filed[Spec]]) -> frozenset[str]:
    """Ids of the documents that no longer count: superseded or withdrawn by one of these, which are in order.

    Taken from the newest back. What was withdrawn replaces nothing any more; what was superseded still stands for those
    it took the place of, so that of a line of three only the last counts.
    """
    superseded, withdrawn = set[str](), set[str]()
    for one in reversed(filed):
        metadata = one.document.metadata
        if one.id in withdrawn:
            continue
        if metadata.supersedes:
            superseded.add(metadata.supersedes)
        if metadata.withdraws and one.id not in superseded:
            withdrawn.add(metadata.withdraws)
    return frozenset(superseded | withdrawn)
