"""A case as a whole: every version filed, what was decided on each, questions, answers, attachments (C-11, C-12).

Documents are never edited, so what was asked first, what is asked now and what was decided stand side by side for ever.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from broker.documents.cases import OnboardingRequestSpec
from broker.documents.dealings import CaseAnswerSpec, CaseQuestionSpec, FilingWithdrawalSpec
from broker.documents.envelope import Spec
from broker.documents.fields import Attachment
from broker.documents.planning import YearlyPlanSpec
from broker.documents.records import Reason
from broker.drafts.decision import MATTERS, decisions_on
from broker.errors import CannotDraft
from broker.estate.amount import Shape, amount_of
from broker.estate.fold import admissions_of
from broker.estate.moot import Moot, moot_orders
from broker.estate.system import deployment_of
from broker.registry import named
from broker.registry.filed import Filed, Registry
from quotas.amount import Amount


class State(StrEnum):
    """How a case, or one version of it, stands."""

    PENDING = "pending"
    CORRECTED = "corrected"
    """A later version took its place."""
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    REFUSED = "refused"
    APPROVED = "approved"
    NOT_ADMITTED = "not_admitted"
    """The rules said no before anybody decided; its unit corrects it."""


@dataclass(frozen=True, slots=True)
class Version:
    """One filing of the case."""

    filed: Filed[Spec]
    amounts: Mapping[str, Amount] | None
    """By zone; None where the kind asks for changes and not for amounts, or a flavor is unknown."""
    state: State
    decision: Filed[Spec] | None
    reasons: tuple[Reason, ...] = ()
    """Why it was not admitted."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question on the case and its answers."""

    question: Filed[CaseQuestionSpec]
    answers: tuple[Filed[CaseAnswerSpec], ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """All of one case. Amounts: what was asked at first, what is asked now, what was approved."""

    versions: tuple[Version, ...]
    exchanges: tuple[Exchange, ...]
    attachments: tuple[tuple[str, Attachment], ...]
    """Each with the id of the document that names it."""
    moot: tuple[Moot, ...] = ()
    """Orders that do nothing to the case's system; `with_orders` finds them."""

    @property
    def state(self) -> State:
        """That of the newest version."""
        return self.versions[-1].state

    @property
    def original(self) -> Mapping[str, Amount] | None:
        """What was asked at first."""
        return self.versions[0].amounts

    @property
    def requested(self) -> Mapping[str, Amount] | None:
        """What is asked now."""
        return self.versions[-1].amounts

    @property
    def decided(self) -> Mapping[str, Amount] | None:
        """What was approved: that of the version which the approval names."""
        return next((v.amounts for v in reversed(self.versions) if v.state is State.APPROVED), None)


def dossier(known: Registry, case: str, shapes: Mapping[str, Shape], as_of: datetime) -> Dossier:
    """The dossier of the case that a filing belongs to: asked for by its id, whichever version it is, or by its place.

    Raises:
        CannotDraft: There is no such filing.
    """
    line = _line(known, case)
    if not line:
        raise CannotDraft(named.no_case([f for kind in MATTERS for f in known.of(kind)], case))
    words = decisions_on(known)
    versions = tuple(_version(known, filed, words.get(filed.id), shapes, as_of) for filed in line)
    ids = {filed.id for filed in line}
    questions = [q for q in known.in_force(CaseQuestionSpec) if q.spec.matter in ids]
    answers = known.in_force(CaseAnswerSpec)
    exchanges = tuple(Exchange(q, tuple(a for a in answers if a.spec.question == q.id)) for q in questions)
    papers = [*line, *(v.decision for v in versions if v.decision), *questions]
    papers += [answer for exchange in exchanges for answer in exchange.answers]
    attachments = tuple((p.id, each) for p in papers for each in attachments_of(p.spec))
    return Dossier(versions, exchanges, attachments)


def with_orders(known: Registry, found: Dossier) -> Dossier:
    """The dossier with the orders that do nothing to its system: they need the whole registry folded."""
    systems = {vars(version.filed.spec).get("system") for version in found.versions}
    moot = moot_orders(known.filed, admissions_of(known.records))
    return replace(found, moot=tuple(one for one in moot if one.system in systems))


def attachments_of(part: object) -> Iterator[Attachment]:
    """Every attachment that a document names, wherever in it."""
    if isinstance(part, Attachment):
        yield part
    elif isinstance(part, BaseModel):
        for value in vars(part).values():
            yield from attachments_of(value)
    elif isinstance(part, tuple):
        for value in part:
            yield from attachments_of(value)


def _line(known: Registry, case: str) -> tuple[Filed[Spec], ...]:
    every = sorted((f for kind in MATTERS for f in known.of(kind)), key=lambda f: f.sequence)
    found = named.of_case(every, case)
    return tuple(f for f in every if found and known.first(f.id) == known.first(found[-1].id))


def _version(
    known: Registry, filed: Filed[Spec], decision: Filed[Spec] | None, shapes: Mapping[str, Shape], as_of: datetime
) -> Version:
    outcome = known.not_admitted.get(filed.digest)
    reasons = outcome.reasons if outcome else ()
    return Version(filed, _amounts(filed.spec, shapes, as_of), _state(known, filed, decision), decision, reasons)


def _state(known: Registry, filed: Filed[Spec], decision: Filed[Spec] | None) -> State:
    word = _word(decision) if decision else None
    if word is not None and word is not State.RETURNED:
        return word
    if any(w.document.metadata.withdraws == filed.id for w in known.in_force(FilingWithdrawalSpec)):
        return State.WITHDRAWN
    if any(f.document.metadata.supersedes == filed.id for f in known.of(type(filed.spec))):
        return State.CORRECTED
    if filed.digest in known.not_admitted:
        return State.NOT_ADMITTED
    return word or State.PENDING


def _word(decision: Filed[Spec]) -> State:
    """The decision's word; a plan is approved where any of its items is."""
    spec: Any = decision.spec
    said = vars(spec).get("decision")
    if said is None:
        return State.APPROVED if any(item.result == "approved" for item in spec.items) else State.REFUSED
    return State(said)


def _amounts(spec: Spec, shapes: Mapping[str, Shape], as_of: datetime) -> Mapping[str, Amount] | None:
    match spec:
        case OnboardingRequestSpec():
            try:
                return {z.zone: amount_of(deployment_of(z), (), shapes, as_of) for z in spec.zones}
            except KeyError:
                return None
        case YearlyPlanSpec():
            found: dict[str, Amount] = {}
            for need in (need for item in spec.items for need in item.needs):
                found[need.zone] = found.get(need.zone, Amount()) + need.amount.counted
            return found
        case _:
            return None
