"""The table of all kinds: the one place where a kind is added."""

from broker.documents.calendar import CalendarNoticeSpec
from broker.documents.cases import (
    AssignmentSpec,
    GoLiveSpec,
    HandOverSpec,
    IntentDecisionSpec,
    OnboardingApprovalSpec,
    OnboardingRequestSpec,
    ResumptionOrderSpec,
    ServiceIntentFormSpec,
    SuspensionOrderSpec,
)
from broker.documents.envelope import Document, Spec
from broker.documents.organisations import KeySpec, OrganisationSpec, PersonSpec, ProviderSpec, UnitSpec
from broker.documents.platform import (
    AddressPoolSpec,
    CloudSpec,
    FlavorSpec,
    ImageSpec,
    ParameterSpec,
    PlatformSpec,
    ServiceContractSpec,
    UnitQuotaSpec,
    ZoneSpec,
)

SPECS: tuple[type[Spec], ...] = (
    OrganisationSpec,
    UnitSpec,
    ProviderSpec,
    PersonSpec,
    KeySpec,
    PlatformSpec,
    ZoneSpec,
    CloudSpec,
    FlavorSpec,
    ImageSpec,
    AddressPoolSpec,
    ParameterSpec,
    CalendarNoticeSpec,
    ServiceContractSpec,
    UnitQuotaSpec,
    OnboardingRequestSpec,
    OnboardingApprovalSpec,
    ServiceIntentFormSpec,
    IntentDecisionSpec,
    AssignmentSpec,
    GoLiveSpec,
    HandOverSpec,
    SuspensionOrderSpec,
    ResumptionOrderSpec,
)

DOCUMENTS: dict[str, type[Document[Spec]]] = {
    spec.kind: Document[spec]  # type: ignore[valid-type]  # the class is known only here, when the table is built
    for spec in SPECS
}
"""Model of a whole document by its `kind`."""
