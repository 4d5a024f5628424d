"""The office's decision on a pending case: approved, refused, or returned to its unit for correction (C-11, C-12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from broker.clock import day_of
from broker.documents.cases import (
    IntentDecisionSpec,
    OnboardingApprovalSpec,
    OnboardingRequestSpec,
    ServiceIntentFormSpec,
)
from broker.documents.envelope import Spec
from broker.documents.fields import DocumentNumber
from broker.documents.operation import TemporaryInterruptionConsentSpec, TemporaryInterruptionRequestSpec
from broker.documents.planning import PlanDecisionSpec, YearlyPlanSpec
from broker.documents.records import Received
from broker.drafts.draft import Draft, Filing, drafted, ended, unused
from broker.errors import CannotDraft
from broker.registry import named
from broker.registry.filed import Filed, Registry
from broker.registry.things import numbered

MATTERS: Final[tuple[type[Spec], ...]] = (
    OnboardingRequestSpec,
    ServiceIntentFormSpec,
    YearlyPlanSpec,
    TemporaryInterruptionRequestSpec,
)
"""What can be decided by one word."""
S = TypeVar("S", bound=Spec)
_NUMBER: Final[TypeAdapter[str]] = TypeAdapter(DocumentNumber)


class Verdict(StrEnum):
    """The office's word."""

    APPROVED = "approved"
    REFUSED = "refused"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is decided, and with what."""

    verdict: Verdict
    number: str = ""
    conditions: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Form:
    """The kind of decision that a matter gets, and which of a ruling's parts it can say."""

    spec: type[Spec]
    ending: str
    comment: str
    verdicts: tuple[Verdict, ...] = (Verdict.APPROVED, Verdict.REFUSED, Verdict.RETURNED)
    number: bool = False
    conditions: bool = False


_FORMS: Final[dict[type[Spec], _Form]] = {
    OnboardingRequestSpec: _Form(OnboardingApprovalSpec, "approval", "入云批复 (C-11)", number=True, conditions=True),
    ServiceIntentFormSpec: _Form(IntentDecisionSpec, "decision", "意向表决定 (C-12)", number=True, conditions=True),
    YearlyPlanSpec: _Form(PlanDecisionSpec, "decision", "使用计划逐项决定 (C-11)", (Verdict.APPROVED, Verdict.REFUSED)),
    TemporaryInterruptionRequestSpec: _Form(
        TemporaryInterruptionConsentSpec, "consent", "临时中断决定 (C-21)", (Verdict.APPROVED, Verdict.REFUSED)
    ),
}


def decision(known: Registry, case: str, ruling: Ruling, filing: Filing) -> Draft:
    """The decision document of a case.

    Raises:
        CannotDraft: There is no such pending case, or the ruling lacks or has what such a decision does not say.
    """
    matter = matter_of(known, case)
    form = _FORMS[type(matter.spec)]
    if decided := decisions_on(known).get(matter.id):
        raise CannotDraft(f"{matter.id} is decided by {decided.id} already; supersede or withdraw that one")
    if faults := _faults(known, matter, form, ruling):
        raise CannotDraft(f"deciding {matter.id}: {'; '.join(faults)}")
    name = unused(known, ended(matter.id.removesuffix("-request"), f"-{form.ending}"))
    path = PurePosixPath(matter.path).parent / f"{name}.yaml"
    content = {**_subject(known, matter, ruling), "decided_on": str(filing.day)}
    return drafted(form.spec, name, path, filing, content, f"{form.comment}: {matter.path}")


def matter_of(known: Registry, case: str) -> Filed[Spec]:
    """The matter of that id in force; of a folder, the newest that lies in it.

    Raises:
        CannotDraft: There is none.
    """
    every = sorted((f for kind in MATTERS for f in known.in_force(kind)), key=lambda f: f.sequence)
    found = named.of_case(every, case)
    if found:
        return found[-1]
    if (gone := known.get(case)) is not None and isinstance(gone.spec, MATTERS):
        raise CannotDraft(f"{case} is no longer in force: it was corrected or withdrawn; name the one that is")
    raise CannotDraft(named.no_case(every, case))


def decisions_on(known: Registry) -> dict[str, Filed[Spec]]:
    """The decision in force on each matter, by the matter's id; what corrects a returned one has an id of its own.

    A decision that was judged and not admitted decides nothing.
    """
    found: dict[str, Filed[Spec]] = {}
    for approval in _admitted(known, OnboardingApprovalSpec):
        found |= dict.fromkeys(approval.spec.requests, approval)
    for intent in _admitted(known, IntentDecisionSpec):
        found[intent.spec.form] = intent
    for plan in _admitted(known, PlanDecisionSpec):
        found[plan.spec.plan] = plan
    for consent in _admitted(known, TemporaryInterruptionConsentSpec):
        found[consent.spec.request] = consent
    return found


def _admitted(known: Registry, kind: type[S]) -> Iterator[Filed[S]]:
    return (filed for filed in known.in_force(kind) if filed.digest not in known.not_admitted)


def _came_on(known: Registry, matter: Filed[Spec]) -> date:
    """The day on which the broker received it; where no record says so, that of the paper."""
    came = (record.at for record in known.records if isinstance(record, Received) and record.document == matter.digest)
    at = next(came, None)
    return day_of(at) if at is not None else matter.document.metadata.filed_on


def _subject(known: Registry, matter: Filed[Spec], ruling: Ruling) -> dict[str, Any]:
    """What the decision says of its matter, in the order of the form."""
    said = {
        "decision": str(ruling.verdict),
        "number": ruling.number,
        "conditions": list(ruling.conditions),
        "reason": ruling.reason,
    }
    match matter.spec:
        case OnboardingRequestSpec():
            return {"number": ruling.number, "requests": [matter.id], **said}
        case ServiceIntentFormSpec():
            return {"form": matter.id, **said}
        case YearlyPlanSpec() as plan:
            words = {"result": str(ruling.verdict), **({"reason": ruling.reason} if ruling.reason else {})}
            late = plan.late_on(_came_on(known, matter)) and ruling.verdict is Verdict.APPROVED
            taken = {"accepted_late": True} if late else {}
            return {"plan": matter.id, **taken, "items": [{"item": item.item, **words} for item in plan.items]}
        case _:
            return {"request": matter.id, "decision": str(ruling.verdict), "reason": ruling.reason}


def _faults(known: Registry, matter: Filed[Spec], form: _Form, ruling: Ruling) -> list[str]:
    """Everything that the ruling lacks, or has and its kind of decision cannot say."""
    faults = []
    if ruling.verdict not in form.verdicts:
        faults.append(f"a {matter.kind} can only be {' or '.join(form.verdicts)}")
    if ruling.verdict is not Verdict.APPROVED and not ruling.reason:
        faults.append("say why, so that the unit can answer it (--reason)")
    if ruling.conditions and not form.conditions:
        faults.append(f"a {form.spec.kind} has no conditions")
    if ruling.conditions and ruling.verdict is not Verdict.APPROVED:
        faults.append("only an approval has conditions")
    if ruling.number and not form.number:
        faults.append(f"a {form.spec.kind} has no number")
    if form.spec is OnboardingApprovalSpec and not ruling.number:
        faults.append("give its number (--number), such as 津南网信批〔2026〕11号")
    return faults + _number_faults(known, ruling.number)


def _number_faults(known: Registry, number: str) -> list[str]:
    if not number:
        return []
    try:
        thing = numbered(_NUMBER.validate_python(number))
    except (ValidationError, ValueError):
        return [f"{number} is no number of a paper; write it as 津南网信批〔2026〕11号 or RY-2026-011"]
    taken = [f.id for f in known if (n := vars(f.spec).get("number")) and f.kind in _NUMBERED and numbered(n) == thing]
    return [f"the number {number} is that of {taken[0]}"] if taken else []


_NUMBERED: Final = frozenset(form.spec.kind for form in _FORMS.values() if form.number)
