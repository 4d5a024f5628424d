"""What parties are told when a document is admitted or refused. Pure: the round that admits queues it, or nothing is.

So an act that the rule ties to a notice (C-17, C-6(五)) fails where its notice cannot be queued, and only then.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from broker.canonical import Json
from broker.clock import day_of
from broker.documents.cases import OnboardingRequestSpec, ResumptionOrderSpec
from broker.documents.envelope import Nature, Spec
from broker.documents.records import Admitted
from broker.documents.security import CompulsoryMeasureOrderSpec
from broker.ledger.outbox import Notice
from broker.registry.acts import act_of
from broker.registry.filed import Filed, Registry

OLD: Final = timedelta(days=30)
"""A document that is older when it is judged belongs to the past that an office brings in: its parties know."""
REFUSED: Final = "refused"

Parties = Callable[[Any, Registry], Iterable[str]]


@dataclass(frozen=True, slots=True)
class _Told:
    """Who is told of an admitted document of one kind, on which topic, by which article."""

    topic: str
    article: str
    parties: Parties


def announcements(filed: Filed[Spec], admitted: Admitted, known: Registry) -> tuple[Notice, ...]:
    """The notices that the outcome of a document calls for: one, or none."""
    if day_of(admitted.as_of) - filed.document.metadata.filed_on > OLD:
        return ()
    if not admitted.admitted:
        return tuple(_refusal(filed, admitted, known))
    told = TOLD.get(filed.kind)
    if told is None:
        return ()
    parties = dict.fromkeys(party for party in told.parties(filed.spec, known) if party)
    body: dict[str, Json] = {
        **_about(filed, known),
        "article": told.article,
        "to": list(parties),
        **filed.spec.model_dump(mode="json", exclude_none=True),
    }
    if act := act_of(filed.spec, known):
        body["act"] = act
    if _opens_access(filed.spec, known):
        body["opens_access"] = True
    return (Notice(f"{filed.digest}:{told.topic}", told.topic, body, act or filed.digest),)


def _refusal(filed: Filed[Spec], admitted: Admitted, known: Registry) -> Iterator[Notice]:
    """The filer's organisation is told why; what a decision lacks, its own office sees at the door."""
    party = vars(filed.spec).get(filed.spec.filer)
    if filed.spec.nature is not Nature.FILING or not party:
        return
    reasons: list[Json] = [reason.model_dump(mode="json") for reason in admitted.reasons]
    body: dict[str, Json] = {**_about(filed, known), "to": [str(party)], "reasons": reasons}
    body["article"] = admitted.reasons[0].article if admitted.reasons else ""
    yield Notice(f"{filed.digest}:{REFUSED}", REFUSED, body, filed.digest)


def _about(filed: Filed[Spec], known: Registry) -> dict[str, Json]:
    """What every notice of a document says of it."""
    systems: list[Json] = [f"{_name(system, known)}（{system}）" for system in _systems(filed.spec, known)]
    day = filed.document.metadata.filed_on.isoformat()
    return {"document": filed.id, "kind": filed.kind, "filed_on": day, "systems_zh": systems}


def _name(system: str, known: Registry) -> str:
    return next((spec.name_zh for spec in _requests(known) if spec.system == system), system)


def _systems(spec: Spec, known: Registry) -> tuple[str, ...]:
    """The systems that a document is about: its own, or those of what it refers to."""
    fields = vars(spec)
    if named := fields.get("systems") or ((fields["system"],) if fields.get("system") else ()):
        return tuple(named)
    behind = (_behind(name, known) for name in (*_named(spec), *fields.get("requests", ())))
    return tuple(dict.fromkeys(system for one in behind if one is not None for system in _systems(one, known)))


_REFERENCES: Final = ("form", "request", "plan", "matter", "suspension", "order", "rectification")


def _named(spec: Spec) -> Iterator[str]:
    return (name for field in _REFERENCES if isinstance(name := vars(spec).get(field), str))


def _opens_access(spec: Spec, known: Registry) -> bool:
    """Whether the order that ends closed public access alone: the systems ran all the while."""
    order = _behind(spec.suspension, known) if isinstance(spec, ResumptionOrderSpec) else None
    return isinstance(order, CompulsoryMeasureOrderSpec) and order.action == "close_public_access"


def _behind(name: str, known: Registry) -> Spec | None:
    filed = known.get(name)
    return filed.spec if filed else None


def _requests(known: Registry) -> Iterator[OnboardingRequestSpec]:
    return (filed.spec for filed in known.of(OnboardingRequestSpec))


def _of_systems(spec: Any, known: Registry) -> Iterator[str]:
    """The unit and the provider of each system that the document is about."""
    about = _systems(spec, known)
    for request in _requests(known):
        if request.system in about:
            yield request.unit
            yield request.provider


def _units(spec: Any, known: Registry) -> Iterator[str]:
    """The unit of each system that the document is about."""
    about = _systems(spec, known)
    return (request.unit for request in _requests(known) if request.system in about)


def _filers(spec: Any, known: Registry) -> Iterator[str]:
    """Who filed what the document decides or asks about."""
    behind = (_behind(name, known) for name in (*_named(spec), *vars(spec).get("requests", ())))
    return (str(vars(one).get(one.filer, "")) for one in behind if one is not None)


def _consented(spec: Any, known: Registry) -> Iterator[str]:
    """The provider, and the units where the work is consented to (C-21)."""
    yield from _filers(spec, known)
    if spec.decision == "approved":
        yield from _units(spec, known)


def _harmed(spec: Any, known: Registry) -> Iterator[str]:
    """The unit that is interrupted, and the provider that asked for it."""
    request: Any = _behind(spec.request, known)
    if request is not None:
        yield request.harming_unit
        yield request.provider


def _restored(spec: Any, known: Registry) -> Iterable[str]:
    order = _behind(spec.order, known)
    return () if order is None else _harmed(order, known)


def _measured(spec: Any, known: Registry) -> Iterator[str]:
    """Whom the rectification notice was for that the measure follows; unit and provider of each system."""
    notice: Any = _behind(spec.rectification, known)
    if notice is not None:
        yield notice.addressee
        yield from _of_systems(spec, known)


TOLD: Final[Mapping[str, _Told]] = {
    "OnboardingApproval": _Told("decision", "C-11", _filers),
    "PlanDecision": _Told("decision", "C-11", _filers),
    "IntentDecision": _Told("decision", "C-12", _filers),
    "CaseQuestion": _Told("question", "C-11", _filers),
    "SuspensionOrder": _Told("suspension", "C-6(五)", _of_systems),
    "ResumptionOrder": _Told("resumption", "C-6(五)", _of_systems),
    "RectificationNotice": _Told("rectification", "C-6(五)", lambda spec, _known: (spec.addressee,)),
    "CompulsoryMeasureOrder": _Told("compulsory-measure", "C-6(五)", _measured),
    "FaultNotice": _Told("fault", "C-9(一)", _units),
    "HarmInterruptionOrder": _Told("harm-interruption", "C-17", _harmed),
    "ServiceRestoration": _Told("restoration", "C-17", _restored),
    "MaintenanceNotice": _Told("maintenance", "C-19", _units),
    "TemporaryInterruptionConsent": _Told("planned-interruption", "C-21", _consented),
}
"""By kind of document."""
