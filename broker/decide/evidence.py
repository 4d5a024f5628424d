"""The admitted papers that later steps must stand on, by what they are about. Grows document by document, in order."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

from broker.documents.envelope import Spec
from broker.registry.filed import Filed, replaced

S = TypeVar("S", bound=Spec)
EVERYWHERE: Final = ""
"""What a paper is about that concerns every system, or that is looked up by the line of what it names."""


class Evidence:
    """Each paper stands until an admitted one that stands itself supersedes or withdraws it."""

    def __init__(self) -> None:
        self._papers: dict[tuple[str, str], list[Filed[Spec]]] = {}
        self._replacing: list[Filed[Spec]] = []
        self._replaced: set[str] = set()
        self._withdrawn = False

    def forked(self) -> "Evidence":
        """Papers of its own that go on from these."""
        fork = Evidence()
        fork._papers = {about: list(papers) for about, papers in self._papers.items()}
        fork._replacing, fork._replaced = list(self._replacing), set(self._replaced)
        fork._withdrawn = self._withdrawn
        return fork

    def take(self, filed: Filed[Spec]) -> None:
        """Takes an admitted document in."""
        self._replace(filed)
        about = _ABOUT.get(filed.kind)
        for name in about(filed.spec) if about else ():
            self._papers.setdefault((filed.kind, name), []).append(filed)

    def _replace(self, filed: Filed[Spec]) -> None:
        metadata = filed.document.metadata
        if not metadata.replaces:
            return
        self._replacing.append(filed)
        self._withdrawn = self._withdrawn or metadata.withdraws is not None
        if self._withdrawn:  # seldom: it may bring back what the withdrawn one took the place of
            self._replaced = set(replaced(self._replacing))
        else:
            self._replaced.update(metadata.replaces)

    def of(self, spec: type[S], about: str = EVERYWHERE) -> tuple[Filed[S], ...]:
        """The papers of one kind in force about a thing, in the order of their admission."""
        found = self._papers.get((spec.kind, about), ())
        return cast("tuple[Filed[S], ...]", tuple(f for f in found if f.id not in self._replaced))

    def stands(self, document: str) -> bool:
        """Whether no admitted document that stands itself supersedes or withdraws it."""
        return document not in self._replaced


def _one(field: str) -> Callable[[Any], tuple[str, ...]]:
    return lambda spec: tuple(name for name in (getattr(spec, field),) if name)


_ABOUT: Final[Mapping[str, Callable[[Any], tuple[str, ...]]]] = {
    "YearlyPlan": _one("unit"),
    "PlanDecision": _one("plan"),
    "Acceptance": _one("matter"),
    "ConformanceTestReport": _one("system"),
    "ProtectionAssessment": _one("system"),
    "UtilisationFacts": _one("system"),
    "AccessGrant": _one("system"),
    "ProviderReview": _one("provider"),
    "OperatorApproval": lambda spec: tuple(name for name in (spec.operator, spec.replaces) if name),
    "Finding": lambda spec: tuple(name for name in (spec.system, spec.provider) if name),
    "RectificationNotice": _one("finding"),
    "RectificationAcceptance": lambda _: (EVERYWHERE,),
    "TemporaryInterruptionConsent": _one("request"),
    "CatalogueReview": _one("matter"),
    "PhysicalItemReview": _one("matter"),
    "ExpertReview": _one("exception"),
    "Waiver": _one("rule"),
    "HoldDecision": _one("rule"),
    "KeyPeriod": lambda _: (EVERYWHERE,),
}
