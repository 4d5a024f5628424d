"""Under which names a document can be referred to, and which thing it alone may describe."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from broker.documents.envelope import Spec
from broker.registry.filed import Filed

ENTITIES: Final = frozenset({"Organisation", "Unit", "Provider", "Person"})
"""Known for ever by the id of the first document of their line: it is part of names on clouds and of accounts."""


def names(filed: Filed[Spec]) -> Iterator[tuple[str, str]]:
    """The (namespace, name) pairs that the document brings in."""
    spec: Any = filed.spec
    if filed.kind not in ENTITIES or filed.document.metadata.supersedes is None:
        yield filed.kind, filed.id
    if filed.kind == "Zone":
        yield "Zone", spec.zone
        for network in spec.named_networks:
            yield "network", network.name
    if filed.kind == "OnboardingRequest":
        yield "system", spec.system


def things(filed: Filed[Spec]) -> tuple[tuple[str, ...], ...]:
    """What no second document in force may describe; a line of superseding documents counts as one."""
    spec: Any = filed.spec
    keys = _BY_KIND.get(filed.kind)
    return tuple(keys(spec)) if keys else ()


def _key_text(public_key: str) -> str:
    return " ".join(public_key.split()[:2])


_BY_KIND: Final[Mapping[str, Callable[[Any], list[tuple[str, ...]]]]] = {
    "Key": lambda s: [("key", _key_text(s.public_key))],
    "Platform": lambda _: [("platform",)],
    "Zone": lambda s: [("zone", s.zone)],
    "Cloud": lambda s: [("cloud of", s.provider, s.zone)],
    "Flavor": lambda s: [("flavor", s.name)],
    "Image": lambda s: [("image", s.name)],
    "Parameter": lambda s: [("parameter", s.name, "from", s.valid_from.isoformat())],
    "CalendarNotice": lambda s: [("calendar of", str(s.year))],
    "ServiceContract": lambda s: [("contract", s.number)],
    "UnitQuota": lambda s: [("quota of", s.unit, s.zone, "from", s.valid_from.isoformat())],
    "OnboardingRequest": lambda s: [("system", s.system)],
    "OnboardingApproval": lambda s: [("number", s.number), *(("approval of", name) for name in s.requests)],
    "IntentDecision": lambda s: [("decision on", s.form)],
    "Assignment": lambda s: [("assignment of", s.matter, "to", s.assignee)],
    "GoLive": lambda s: [("go-live of", s.system)],
    "YearlyPlan": lambda s: [("plan of", s.unit, str(s.year))],
    "PlanDecision": lambda s: [("decision on", s.plan)],
    "TripartiteAcceptance": lambda s: [("acceptance of", s.system)],
    "TemporaryInterruptionConsent": lambda s: [("decision on", s.request)],
    "HarmInterruptionOrder": lambda s: [("decision on", s.request), ("act", s.act)],
    "ServiceRestoration": lambda s: [("restoration of", s.order)],
    "RectificationAcceptance": lambda s: [("acceptance of", s.rectification)],
    "ExpertReview": lambda s: [("review of", s.exception)],
    "PhysicalItemReview": lambda s: [("review of", s.matter, s.item, "by", s.reviewer)],
    "EmergencyPlan": lambda s: [("emergency plan of", s.maker, s.scope, s.system or "", str(s.version))],
    "MonthlyIntentSummary": lambda s: [("summary of", s.provider, s.month)],
    "UtilisationFacts": lambda s: [("utilisation of", s.system, s.zone, s.tier or "", s.month)],
}
