"""Under which names a document can be referred to, and which thing it alone may describe."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from broker.documents.envelope import Spec
from broker.registry.filed import Filed

ENTITIES: Final = frozenset({"Organisation", "Unit", "Provider", "Person"})
"""Known for ever by the id of the first document of their line: it is part of names on clouds and of accounts."""

_NUMBER: Final = re.compile(r"(\D+?)[-〔](\d+)[-〕](\d+)号?")


def names(filed: Filed[Spec]) -> Iterator[tuple[str, str]]:
    """The (namespace, name) pairs that the document brings in."""
    spec: Any = filed.spec
    if filed.kind not in ENTITIES or filed.document.metadata.supersedes is None:
        yield filed.kind, filed.id
    if filed.kind == "Zone":
        yield "Zone", spec.zone
        for network in spec.named_networks:
            yield "network", network.name
    if filed.kind == "CityCloudLink":
        yield "network", spec.name
    if filed.kind == "OnboardingRequest":
        yield "system", spec.system


def things(filed: Filed[Spec]) -> tuple[tuple[str, ...], ...]:
    """What no second document in force may describe; a line of superseding documents counts as one."""
    spec: Any = filed.spec
    keys = _BY_KIND.get(filed.kind)
    return tuple(keys(spec)) if keys else ()


def numbered(number: str) -> tuple[str, str, str, str]:
    """The number as the thing that it alone may name: issuer, year and sequence, however many zeros stand before it.

    >>> numbered("津南网信批〔2026〕11号"), numbered("RY-2026-011")
    (('number', '津南网信批', '2026', '11'), ('number', 'RY', '2026', '11'))

    Raises:
        ValueError: The text has not the form of a number.
    """
    found = _NUMBER.fullmatch(number)
    if found is None:
        raise ValueError(f"{number} is no number of a paper; write it as 津南网信批〔2026〕11号 or RY-2026-011")
    issuer, year, sequence = found.groups()
    return "number", issuer, year, sequence.lstrip("0")


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
    "OnboardingApproval": lambda s: [numbered(s.number), *(("approval of", name) for name in s.requests)],
    "IntentDecision": lambda s: [("decision on", s.form), *([numbered(s.number)] if s.number else [])],
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
