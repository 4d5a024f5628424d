"""Fields that name other documents, by kind: the path in the spec, and what it may name. Lists are walked."""

from collections.abc import Mapping
from typing import Final

_UNIT: Final = ("Unit",)
_PROVIDER: Final = ("Provider",)
_SYSTEM: Final = ("system",)
_PARTY: Final = ("Organisation", "Unit", "Provider")
_MATTER: Final = ("OnboardingRequest", "ServiceIntentForm")

_FILED: Final = (
    *_MATTER,
    "YearlyPlan",
    "ExceptionRequest",
    "TemporaryInterruptionRequest",
    "HarmInterruptionRequest",
)

FIELDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "YearlyPlan": {"unit": _UNIT, "items.system": _SYSTEM, "items.needs.zone": ("Zone",)},
    "PlanDecision": {"plan": ("YearlyPlan",)},
    "ConformanceTestReport": {"system": _SYSTEM},
    "ProtectionFiling": {"system": _SYSTEM},
    "ProtectionAssessment": {"system": _SYSTEM},
    "Completion": {"matter": (*_MATTER, "CompulsoryMeasureOrder")},
    "ManualWork": {"system": _SYSTEM, "zone": ("Zone",)},
    "WipeCertificate": {
        "provider": _PROVIDER,
        "system": _SYSTEM,
        "zone": ("Zone",),
        "form": ("ServiceIntentForm",),
    },
    "Acceptance": {"matter": _MATTER},
    "TrialRun": {"system": _SYSTEM},
    "TripartiteAcceptance": {"system": _SYSTEM},
    "FaultNotice": {"provider": _PROVIDER, "systems": _SYSTEM},
    "ForceMajeure": {"provider": _PROVIDER, "systems": _SYSTEM},
    "MaintenanceNotice": {"provider": _PROVIDER, "systems": _SYSTEM},
    "TemporaryInterruptionRequest": {"provider": _PROVIDER, "systems": _SYSTEM},
    "TemporaryInterruptionConsent": {"request": ("TemporaryInterruptionRequest",)},
    "TemporaryInterruption": {
        "provider": _PROVIDER,
        "request": ("TemporaryInterruptionRequest",),
        "systems": _SYSTEM,
    },
    "HarmInterruptionRequest": {"provider": _PROVIDER, "harming_unit": _UNIT, "systems": _SYSTEM},
    "HarmInterruptionOrder": {"request": ("HarmInterruptionRequest",), "systems": _SYSTEM},
    "ServiceRestoration": {"order": ("HarmInterruptionOrder",)},
    "KeyPeriod": {"zones": ("Zone",)},
    "Incident": {"affected.system": _SYSTEM},
    "Finding": {"system": _SYSTEM, "provider": _PROVIDER},
    "RectificationNotice": {"addressee": ("Unit", "Provider"), "finding": ("Finding",), "system": _SYSTEM},
    "RectificationAcceptance": {"rectification": ("RectificationNotice",)},
    "CompulsoryMeasureOrder": {"rectification": ("RectificationNotice",), "systems": _SYSTEM},
    "ExceptionRequest": {"unit": _UNIT},
    "FilingWithdrawal": {"unit": _UNIT},
    "CaseQuestion": {"matter": _FILED, "asked_by": _PARTY},
    "CaseAnswer": {"question": ("CaseQuestion",), "unit": _UNIT},
    "ExpertReview": {"exception": ("ExceptionRequest",)},
    "ExceptionRecheck": {"exception": ("ExceptionRequest",)},
    "DepartmentalCloud": {"unit": _UNIT},
    "ProviderReview": {"provider": _PROVIDER},
    "OperatorApproval": {"provider": _PROVIDER},
    "AccessGrant": {"system": _SYSTEM},
    "Entry": {"system": _SYSTEM},
    "Waiver": {"system": _SYSTEM, "risk_owner": ("Person",)},
    "HoldDecision": {"system": _SYSTEM},
    "PhysicalItemReview": {"matter": _MATTER, "reviewer": ("Organisation",)},
    "CatalogueReview": {"matter": _MATTER},
    "EmergencyPlan": {"maker": _PARTY, "system": _SYSTEM},
    "Drill": {"maker": _PARTY, "system": _SYSTEM, "participants": _PARTY},
    "MonthlyIntentSummary": {"provider": _PROVIDER, "forms.form": ("ServiceIntentForm",)},
    "UtilisationFacts": {"system": _SYSTEM, "zone": ("Zone",)},
    "ReportConfirmation": {"party": _PARTY},
    "PlainRecord": {"party": _PARTY, "about": (*_PARTY, "system"), "delivered_to": _PARTY},
}
