"""The table of all kinds: the one place where a kind is added. Its order is that of the procedure (decision 0009)."""

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
from broker.documents.dealings import CaseAnswerSpec, CaseQuestionSpec, FilingWithdrawalSpec
from broker.documents.envelope import Document, Spec
from broker.documents.exceptions import (
    CityCloudLinkSpec,
    DepartmentalCloudSpec,
    ExceptionRecheckSpec,
    ExceptionRequestSpec,
    ExpertReviewSpec,
)
from broker.documents.history import HeadAcceptanceSpec
from broker.documents.operation import (
    FaultNoticeSpec,
    ForceMajeureSpec,
    HarmInterruptionOrderSpec,
    HarmInterruptionRequestSpec,
    IncidentSpec,
    KeyPeriodSpec,
    MaintenanceNoticeSpec,
    ServiceRestorationSpec,
    TemporaryInterruptionConsentSpec,
    TemporaryInterruptionRequestSpec,
    TemporaryInterruptionSpec,
)
from broker.documents.organisations import KeySpec, OrganisationSpec, PersonSpec, ProviderSpec, UnitSpec
from broker.documents.planning import PlanDecisionSpec, YearlyPlanSpec
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
from broker.documents.preparedness import DrillSpec, EmergencyPlanSpec
from broker.documents.providing import (
    AccessGrantSpec,
    CatalogueReviewSpec,
    EntrySpec,
    OperatorApprovalSpec,
    PhysicalItemReviewSpec,
    ProviderReviewSpec,
)
from broker.documents.readiness import (
    AcceptanceSpec,
    CompletionSpec,
    ConformanceTestReportSpec,
    ManualWorkSpec,
    ProtectionAssessmentSpec,
    ProtectionFilingSpec,
    TrialRunSpec,
    TripartiteAcceptanceSpec,
)
from broker.documents.reporting import (
    MonthlyIntentSummarySpec,
    PlainRecordSpec,
    ReportConfirmationSpec,
    UtilisationFactsSpec,
)
from broker.documents.security import (
    CompulsoryMeasureOrderSpec,
    FindingSpec,
    RectificationAcceptanceSpec,
    RectificationNoticeSpec,
)
from broker.documents.waivers import HoldDecisionSpec, WaiverSpec
from broker.documents.wiping import WipeCertificateSpec

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
    HeadAcceptanceSpec,
    ServiceContractSpec,
    UnitQuotaSpec,
    OnboardingRequestSpec,
    WaiverSpec,
    HoldDecisionSpec,
    OnboardingApprovalSpec,
    ServiceIntentFormSpec,
    IntentDecisionSpec,
    AssignmentSpec,
    GoLiveSpec,
    HandOverSpec,
    WipeCertificateSpec,
    SuspensionOrderSpec,
    ResumptionOrderSpec,
    YearlyPlanSpec,
    PlanDecisionSpec,
    ConformanceTestReportSpec,
    ProtectionFilingSpec,
    ProtectionAssessmentSpec,
    CompletionSpec,
    ManualWorkSpec,
    AcceptanceSpec,
    TrialRunSpec,
    TripartiteAcceptanceSpec,
    FaultNoticeSpec,
    ForceMajeureSpec,
    MaintenanceNoticeSpec,
    TemporaryInterruptionRequestSpec,
    TemporaryInterruptionConsentSpec,
    TemporaryInterruptionSpec,
    HarmInterruptionRequestSpec,
    HarmInterruptionOrderSpec,
    ServiceRestorationSpec,
    KeyPeriodSpec,
    IncidentSpec,
    FindingSpec,
    RectificationNoticeSpec,
    RectificationAcceptanceSpec,
    CompulsoryMeasureOrderSpec,
    ExceptionRequestSpec,
    ExpertReviewSpec,
    ExceptionRecheckSpec,
    DepartmentalCloudSpec,
    CityCloudLinkSpec,
    ProviderReviewSpec,
    OperatorApprovalSpec,
    AccessGrantSpec,
    EntrySpec,
    PhysicalItemReviewSpec,
    CatalogueReviewSpec,
    EmergencyPlanSpec,
    DrillSpec,
    MonthlyIntentSummarySpec,
    ReportConfirmationSpec,
    UtilisationFactsSpec,
    PlainRecordSpec,
    FilingWithdrawalSpec,
    CaseQuestionSpec,
    CaseAnswerSpec,
)

DOCUMENTS: dict[str, type[Document[Spec]]] = {
    spec.kind: Document[spec]  # type: ignore[valid-type]  # the class is known only here, when the table is built
    for spec in SPECS
}
"""Model of a whole document by its `kind`."""
