"""What carries each article of the cloud measures: a gate, a clock, a paper, a notice, an act, or the reason for none.

The items are those into which `docs/articles.md` splits the articles; every rule, clock and kind of document of the
cloud measures must stand with one of them, and each with the test that sees it work.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Way(StrEnum):
    """How an item is carried."""

    GATE = "gate"
    CLOCK = "clock"
    PAPER = "document"
    NOTICE = "notice"
    ACT = "act"
    OPEN = "not carried yet"
    NONE = "none"
    """Software carries nothing of it; the reason says why."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """One thing that carries an item: a rule, a clock, a kind of document, or what the broker does."""

    way: Way
    name: str
    """Code, clock id, kind or message; for an act what is done, for nothing the reason."""
    test: str = ""
    """Of an act: the test function. Of the others the test follows from the name."""


@dataclass(frozen=True, slots=True)
class Item:
    """One duty of an article, and all that carries it."""

    article: str
    duty_zh: str
    carriers: tuple[Carrier, ...]


def _gate(*codes: str) -> Iterator[Carrier]:
    return (Carrier(Way.GATE, code) for code in codes)


def _clock(*ids: str) -> Iterator[Carrier]:
    return (Carrier(Way.CLOCK, id_) for id_ in ids)


def _paper(*kinds: str) -> Iterator[Carrier]:
    return (Carrier(Way.PAPER, kind) for kind in kinds)


def _act(name: str, test: str) -> Iterator[Carrier]:
    return iter((Carrier(Way.ACT, name, f"tests/{test}"),))


def _notice(*names: str) -> Iterator[Carrier]:
    return (Carrier(Way.NOTICE, name) for name in names)


def _open(what: str) -> Iterator[Carrier]:
    return iter((Carrier(Way.OPEN, what),))


def _none(reason: str) -> Iterator[Carrier]:
    return iter((Carrier(Way.NONE, reason),))


def _item(article: str, duty_zh: str, *carriers: Iterator[Carrier]) -> Item:
    return Item(article, duty_zh, tuple(carrier for some in carriers for carrier in some))


_STACK: Final = "unit/broker/plan/test_stack.py"
_FOLD: Final = "unit/broker/estate/test_fold.py"
_MEASURE: Final = "unit/broker/estate/test_measure.py"
_CONTENTS: Final = "unit/monitoring/reports/test_contents.py"
_CUT: Final = "unit/monitoring/reports/test_cut.py"

ITEMS: Final[tuple[Item, ...]] = (
    _item("C-1", "目的与依据", _none("purpose and legal basis: nothing to enforce; refusals cite the articles")),
    _item("C-2.a", "服务对象与四类资源", _gate("UNIT_NOT_ELIGIBLE"), _paper("Unit", "OnboardingRequest")),
    _item("C-2.b", "按等级保护三级管理", _gate("MLPS_GRADE_TOO_HIGH", "STATE_SECRET"), _paper("Platform")),
    _item(
        "C-2.c",
        "两个分区及其主要用途",
        _gate("ZONE_MISMATCH", "HOLD_NOT_DECIDABLE"),
        _paper("Zone", "HoldDecision"),
        _act(
            "public addresses in 互联网区 alone",
            f"{_STACK}::test_only_the_internet_zone_has_public_addresses_and_rules_from_anywhere",
        ),
    ),
    _item(
        "C-2.d",
        "两区按需互通",
        _gate("FLOW_NOT_APPROVED", "ADDRESS_OVERLAP"),
        _paper("AddressPool"),
        _act(
            "an approved flow on both sides, all else denied",
            f"{_STACK}::test_an_interzone_flow_opens_both_sides_and_nothing_else",
        ),
    ),
    _item(
        "C-3.a",
        "区网信办统筹，可指定日常管理部门",
        _paper("Organisation", "Person", "Key", "HeadAcceptance", "PlainRecord"),
    ),
    _item("C-3.b", "两类服务提供机构", _paper("Provider", "Organisation")),
    _item(
        "C-3.c",
        "政府采购与动态调整",
        _gate("NO_CONTRACT", "PROVIDER_NOT_ACTIVE"),
        _paper("ServiceContract"),
        _none("choosing the provider is a procurement procedure decided by people"),
    ),
    _item("C-4.a", "不再新建部门云", _gate("OWN_CLOUD", "OWN_EXCHANGE")),
    _item("C-4.b", "已建部门云迁移或纳入，明确要求自建的除外", _gate("OWN_CLOUD"), _paper("DepartmentalCloud")),
    _item(
        "C-5.a",
        "应上尽上",
        _paper("YearlyPlan", "OnboardingRequest"),
        _act(
            "share of systems on the cloud, unit by unit, each month",
            f"{_CONTENTS}::test_how_far_each_unit_has_come_into_the_cloud",
        ),
    ),
    _item(
        "C-5.b",
        "不入云例外须经专家评审",
        _gate("NO_EXPERT_REVIEW"),
        _clock("exception-recheck"),
        _paper("ExceptionRequest", "ExpertReview", "ExceptionRecheck"),
    ),
    _item("C-5.c", "不再新建独立机房", _none("building of facilities is outside a cloud broker")),
    _item(
        "C-5.d",
        "不负上云义务的系统",
        _gate("EXEMPT_NEEDS_DECISION", "STATE_SECRET", "MLPS_GRADE_TOO_HIGH"),
        _paper("HoldDecision"),
    ),
    _item("C-5.e", "不再投入硬件和支撑软件", _none("purchasing runs in the finance and procurement systems")),
    _item("C-5.f", "已具备能力的不再新购", _gate("NOT_IN_CATALOGUE"), _paper("ServiceContract", "Flavor", "Image")),
    _item("C-6(一)", "运行保障制度与定期检查", _clock("periodic-check"), _paper("PlainRecord", "HeadAcceptance")),
    _item("C-6(二)", "制度、标准、宣传和培训", _paper("PlainRecord")),
    _item(
        "C-6(三)",
        "服务机构的遴选和管理，明确责任人员",
        _paper("PlainRecord", "OperatorApproval"),
        _none("selection is a procurement procedure"),
    ),
    _item(
        "C-6(四).a",
        "监测并定期通报使用情况",
        _clock("usage-circular"),
        _act(
            "a circular for each unit with its own figures",
            f"{_CUT}::test_every_report_of_somebody_has_what_is_his",
        ),
        _act(
            "approved, held, desired and allocated as metrics",
            "unit/monitoring/test_exporter.py::test_what_a_refresh_read_is_served_until_the_next",
        ),
    ),
    _item(
        "C-6(四).b",
        "按合理值分配资源",
        _gate("QUOTA_EXCEEDED", "NOT_REASONABLE", "BANDWIDTH_NOT_AS_APPROVED"),
        _paper("UnitQuota", "UtilisationFacts", "Cloud"),
        _act(
            "each project's quota is what its system claimed",
            f"{_STACK}::test_the_projects_quota_is_exactly_what_the_stack_needs",
        ),
    ),
    _item(
        "C-6(四).c",
        "动态弹性调整",
        _gate("ELASTIC_OUT_OF_GRANT"),
        _act(
            "opens and closes with its window",
            f"{_FOLD}::test_elastic_servers_have_no_data_disk_and_go_with_the_window",
        ),
    ),
    _item("C-6(五).a", "定期安全检查", _clock("security-check"), _paper("Finding")),
    _item(
        "C-6(五).b",
        "高风险暂停运行直至整改完成",
        _gate("HIGH_RISK_OPEN", "NOT_RECTIFIED", "OPINION_MISSING"),
        _paper("SuspensionOrder", "ResumptionOrder", "RectificationAcceptance"),
        _act(
            "compute stops, data and address stay",
            f"{_FOLD}::test_a_suspended_system_keeps_data_and_address_and_stands_still",
        ),
        _notice("suspension", "resumption"),
    ),
    _item(
        "C-6(五).c",
        "低风险限期整改",
        _clock("rectification"),
        _paper("RectificationNotice"),
        _notice("rectification"),
    ),
    _item(
        "C-6(五).d",
        "强制处理措施",
        _gate("LIMIT_NOT_PASSED", "NOT_RECTIFIED"),
        _paper("CompulsoryMeasureOrder", "ResumptionOrder", "Completion"),
        _act(
            "what is ordered is done to the named systems until its resumption, data and addresses stay",
            f"{_MEASURE}::test_a_stop_holds_for_each_named_system_from_its_order_to_its_resumption",
        ),
        _notice("compulsory-measure"),
    ),
    _item(
        "C-6(六)",
        "与市云平台互联",
        _paper("CityCloudLink"),
        _act(
            "approved flows name the link and reach its range",
            f"{_STACK}::test_a_flow_to_the_citys_cloud_opens_the_range_of_its_link",
        ),
        _none("building the link is network works"),
    ),
    _item("C-7(一)", "监督检查和服务质量考核", _paper("PlainRecord")),
    _item(
        "C-7(二)",
        "技术指导和组织实施",
        _clock("dispatch"),
        _paper("Assignment", "CaseQuestion", "CaseAnswer"),
        _notice("question"),
    ),
    _item(
        "C-7(三)",
        "使用统计、绩效评价",
        _act(
            "approved, allocated and used side by side, month by month",
            f"{_CONTENTS}::test_the_three_figures_stand_side_by_side_as_the_facts_have_them",
        ),
    ),
    _item("C-7(四)", "与市政务云互联互通方案", _paper("PlainRecord")),
    _item(
        "C-7(五)",
        "每月书面报告",
        _clock("ops-monthly-report"),
        _act("made of the closed month in four formats", f"{_CONTENTS}::test_what_is_overdue_is_there_by_name"),
        _paper("PlainRecord", "ReportConfirmation"),
        _notice("reminder", "escalation"),
    ),
    _item(
        "C-8(一)",
        "入云规划、迁移部署和经费申请",
        _paper("YearlyPlan", "OnboardingRequest"),
        _none("funds are applied for in the budget system"),
    ),
    _item(
        "C-8(二)",
        "软件平台层和应用软件层",
        _paper("PlainRecord"),
        _none("inside the unit's system; the broker never enters a guest"),
    ),
    _item("C-8(三)", "对服务商的绩效评价", _paper("PlainRecord")),
    _item(
        "C-9(一).a",
        "平台建设、监控、自动化报警",
        _act("metrics and alert rules", "unit/monitoring/test_catalogue.py::test_names_follow_prometheus_conventions"),
        _none("the provider's own monitoring is its duty"),
    ),
    _item("C-9(一).b", "故障及时告知", _paper("FaultNotice"), _notice("fault")),
    _item(
        "C-9(二).a",
        "提供资源，日志记录和审计",
        _act(
            "each run leaves an entry in an append-only tree",
            "unit/broker/ledger/test_merkle.py::test_the_tree_hash_is_that_of_rfc_6962",
        ),
        _notice("provisioned"),
    ),
    _item("C-9(二).b", "定期监测报表", _clock("supervision-report", "provider-monthly-report")),
    _item(
        "C-9(二).c",
        "系统级全盘备份",
        _act(
            "backups by DR class",
            "unit/broker/backup/test_due.py::test_a_full_backup_comes_once_a_week_and_incremental_ones_between",
        ),
        _none("patches and faults inside the platform are the provider's"),
    ),
    _item(
        "C-9(二).d",
        "每月运行维护报告",
        _clock("provider-monthly-report"),
        _act(
            "for the office and every unit with a live system",
            f"{_CONTENTS}::test_a_providers_report_goes_to_the_office_and_to_every_unit_with_a_live_system",
        ),
        _act(
            "operation, resource use and advice",
            f"{_CONTENTS}::test_a_providers_report_has_operation_resource_use_and_advice",
        ),
        _paper("PlainRecord", "ReportConfirmation"),
    ),
    _item("C-9(三)", "配合迁移，平台应急预案和演练", _clock("platform-drill"), _paper("EmergencyPlan", "Drill")),
    _item("C-9(四).a", "岗位职责与保密协议", _paper("PlainRecord", "OperatorApproval")),
    _item("C-9(四).b", "运维人员批准后上岗", _gate("OPERATOR_NOT_APPROVED"), _paper("OperatorApproval")),
    _item(
        "C-9(五).a",
        "未经授权不得进入",
        _gate("NO_UNIT_GRANT"),
        _paper("AccessGrant", "Entry"),
        _none("what happens inside a guest is not seen from outside"),
    ),
    _item("C-9(五).b", "设备专用", _paper("PlainRecord"), _none("vetting of devices is for the competent bodies")),
    _item(
        "C-9(六)", "服务商之间互备", _paper("PlainRecord"), _open("a copy at the partner, for dr_class warm and hot")
    ),
    _item("C-10(一)", "实时监测和统计报告", _clock("supervision-report"), _paper("PlainRecord")),
    _item(
        "C-10(二)", "安全检查和边界监测", _clock("boundary-security-report"), _gate("HIGH_RISK_OPEN"), _paper("Finding")
    ),
    _item("C-10(三)", "总体应急预案和演练", _clock("overall-drill"), _paper("EmergencyPlan", "Drill")),
    _item(
        "C-11.a", "7月底前报送使用计划", _clock("yearly-plan"), _paper("YearlyPlan"), _notice("reminder", "escalation")
    ),
    _item(
        "C-11.b",
        "审核并出具入云批复",
        _gate("NO_APPROVAL"),
        _clock("review"),
        _paper("OnboardingApproval", "PlanDecision"),
        _notice("decision", "refused"),
    ),
    _item(
        "C-11.c",
        "汇总需求统一采购",
        _act(
            "what was agreed of the yearly plans, by year, unit and zone",
            f"{_CONTENTS}::test_what_was_agreed_of_yearly_plans_is_summed_and_nothing_else",
        ),
        _none("the purchase is a procurement procedure"),
    ),
    _item("C-11(一).a", "以入云批复为依据，指派协助", _gate("NO_APPROVAL"), _clock("dispatch"), _paper("Assignment")),
    _item("C-11(一).b", "签订合同并公布", _gate("NO_CONTRACT"), _clock("contract"), _paper("ServiceContract")),
    _item("C-11(二).a", "符合性测试", _gate("TEST_NOT_PASSED"), _paper("ConformanceTestReport")),
    _item(
        "C-11(二).b",
        "2个工作日内开通测试资源",
        _clock("test-resources"),
        _clock("test-end"),
        _paper("Completion", "Acceptance", "ManualWork"),
        _act(
            "a stack per zone from the assignment on",
            f"{_STACK}::test_the_demo_district_has_fifteen_stacks_on_four_clouds",
        ),
        _act(
            "they stand still after their last day and keep everything",
            "unit/broker/decide/test_test_resources.py"
            "::test_test_resources_stand_still_after_their_last_day_and_keep_everything",
        ),
        _notice("reminder", "escalation", "provisioned"),
    ),
    _item(
        "C-11(三)",
        "通过后正式部署上线",
        _gate("TEST_NOT_PASSED", "STEP_NOT_POSSIBLE"),
        _paper("TrialRun", "TripartiteAcceptance", "GoLive"),
    ),
    _item(
        "C-12(一)",
        "变更或退出填报意向表",
        _gate("NO_INTENT_FORM", "DOCUMENT_CHANGED"),
        _clock("review"),
        _paper("ServiceIntentForm", "IntentDecision", "FilingWithdrawal"),
        _act(
            "what differs from the last approved form is told and not mended",
            "acceptance/test_documents_become_resources.py::"
            "test_what_was_changed_by_hand_is_told_with_property_and_both_values_and_nothing_is_mended",
        ),
        _notice("drift"),
    ),
    _item(
        "C-12(二)",
        "2个工作日内变更或下线",
        _gate("DATA_NOT_RETURNED", "DATA_UNMARKED"),
        _clock("change", "exit"),
        _paper("Assignment", "HandOver", "WipeCertificate"),
        _act("an exit stops machines and loses nothing", f"{_FOLD}::test_an_exit_stops_machines_and_loses_nothing"),
        _notice("reminder", "escalation", "provisioned"),
    ),
    _item(
        "C-13",
        "意向表月度汇总",
        _clock("monthly-intent-summary"),
        _act(
            "one line for each form, with its state",
            f"{_CONTENTS}::test_the_summary_has_one_line_for_each_form_with_its_state",
        ),
        _paper("MonthlyIntentSummary", "ReportConfirmation"),
    ),
    _item(
        "C-14",
        "备份和灾备体系，按重要性选择",
        _act(
            "as many backups as the class promises",
            "unit/broker/backup/test_due.py::test_there_are_never_more_backups_than_the_quota_has_room_for",
        ),
        _open("warm and hot copies at a partner"),
    ),
    _item("C-15(一)", "设施层管理", _paper("PlainRecord", "Organisation")),
    _item(
        "C-15(二)",
        "测评和政务云安全审查",
        _gate("PROVIDER_REVIEW_EXPIRED"),
        _clock("provider-review"),
        _paper("ProviderReview", "Provider"),
    ),
    _item("C-15(三)", "按服务类型划分责任", _paper("PlainRecord")),
    _item("C-16.a", "提出详细资源需求", _gate("FORM_INCOMPLETE"), _paper("OnboardingRequest", "ServiceIntentForm")),
    _item("C-16(一)", "运维和安全管理制度", _paper("PlainRecord")),
    _item("C-16(二)", "日常运行维护", _none("inside the unit's system")),
    _item("C-16(三)", "常规安全保障", _paper("PlainRecord"), _none("done inside the unit's system")),
    _item(
        "C-17",
        "严重影响平台的事件：同意、中断、同步通知、恢复",
        _gate("STEP_NOT_POSSIBLE"),
        _paper("HarmInterruptionRequest", "HarmInterruptionOrder", "ServiceRestoration"),
        _notice("harm-interruption", "restoration"),
        _clock("notice-delivery"),
    ),
    _item(
        "C-18",
        "等级保护测评",
        _gate("MLPS_NOT_ASSESSED"),
        _clock("protection-assessment"),
        _paper("ProtectionFiling", "ProtectionAssessment"),
    ),
    _item(
        "C-19.a",
        "不间断运行",
        _paper("FaultNotice", "ForceMajeure"),
        _act(
            "actual and assessed, each exclusion by name",
            f"{_CONTENTS}::test_availability_shows_both_figures_and_each_exclusion_by_name",
        ),
    ),
    _item(
        "C-19.b",
        "维护提前2个工作日通知",
        _gate("NOTICE_TOO_SHORT"),
        _clock("maintenance-notice"),
        _paper("MaintenanceNotice"),
        _notice("maintenance"),
    ),
    _item("C-20", "电力保障2小时", _paper("PlainRecord"), _none("power supply is the facility's")),
    _item(
        "C-21.a",
        "计划内中断提前2个工作日申请",
        _gate("NOTICE_TOO_SHORT", "NO_CONSENT"),
        _clock("interruption-form"),
        _paper("TemporaryInterruptionRequest", "TemporaryInterruptionConsent", "TemporaryInterruption"),
        _notice("planned-interruption"),
    ),
    _item("C-21.b", "特殊情况随时申请", _gate("NO_CONSENT"), _paper("TemporaryInterruptionRequest")),
    _item(
        "C-22",
        "信息安全事件应急处置",
        _paper("Incident"),
        _none("handling follows the state's and the city's own rules"),
    ),
    _item("C-23", "总体应急预案", _clock("overall-drill"), _paper("EmergencyPlan", "Drill", "Incident")),
    _item("C-24", "专项应急预案", _clock("system-drill"), _paper("EmergencyPlan", "Drill")),
    _item("C-25", "重大活动期间的运行保障", _gate("KEY_PERIOD"), _paper("KeyPeriod")),
    _item(
        "C-26.a",
        "采购预算",
        _act(
            "what a change costs a month by the contract's prices",
            "unit/broker/check/test_difference.py::test_the_same_estate_differs_in_nothing",
        ),
        _none("the budget is filed in the department budget"),
    ),
    _item("C-26.b", "非虚拟化和物理设备费用审核", _gate("FINANCE_REVIEW_MISSING"), _paper("PhysicalItemReview")),
    _item("C-26.c", "采购结果以外服务的论证审核", _gate("NOT_IN_CATALOGUE"), _paper("CatalogueReview")),
    _item("C-27(一)–(三)", "使用单位承担的费用", _paper("PlainRecord", "YearlyPlan", "ServiceContract")),
    _item("C-28", "年度综合评价", _clock("unit-evaluation"), _paper("PlainRecord")),
    _item("C-29.a", "使用单位评价服务商", _paper("PlainRecord")),
    _item("C-29.b", "服务机构年度考核", _clock("provider-assessment"), _paper("PlainRecord")),
    _item(
        "C-29.c",
        "整改与撤销资格",
        _gate("PROVIDER_NOT_ACTIVE"),
        _clock("provider-rectification"),
        _paper("Provider", "RectificationNotice"),
        _act(
            "a system moves to another provider: new stack, data accepted, then the old one leaves",
            "unit/broker/decide/test_relocation.py"
            "::test_both_stacks_run_until_the_unit_has_its_data_and_the_old_one_stops_then",
        ),
    ),
    _item(
        "C-30",
        "配套文件及实施细则",
        _gate("WAIVER_NOT_ALLOWED"),
        _paper("Parameter", "CalendarNotice", "PlainRecord", "Waiver"),
    ),
    _item("C-31", "解释", _paper("PlainRecord", "HoldDecision")),
    _item("C-32", "自印发之日起执行", _none("every rule says since when: 2018-09-27")),
)

_MATTERS: Final = "tests/unit/broker/clocks/test_matters.py"
_NOTICES: Final = "tests/unit/broker/clocks/test_notices.py"
_PERIODS: Final = "tests/unit/broker/clocks/test_periods.py"
_RECURRING: Final = "tests/unit/broker/clocks/test_recurring.py"
_RECORDED: Final = f"{_RECURRING}::test_a_periodic_duty_runs_from_each_record_to_the_next"
_EVALUATED: Final = f"{_PERIODS}::test_a_yearly_evaluation_is_due_by_the_end_of_march"
_RECTIFIED: Final = f"{_NOTICES}::test_a_rectification_runs_to_the_limit_of_its_notice"
_DRILLED: Final = f"{_RECURRING}::test_drills_are_yearly"

CLOCK_TESTS: Final[Mapping[str, str]] = {
    "yearly-plan": f"{_PERIODS}::test_a_plan_is_timely_up_to_31_july",
    "test-resources": f"{_MATTERS}::test_test_resources_are_due_two_working_days_after_the_assignment",
    "test-end": "tests/unit/broker/clocks/test_trial.py::test_test_resources_run_to_their_last_day",
    "change": f"{_MATTERS}::test_a_change_is_due_two_working_days_after_the_assignment",
    "exit": f"{_MATTERS}::test_an_exit_is_due_two_working_days_after_the_assignment",
    "review": f"{_MATTERS}::test_a_decision_stops_the_offices_review",
    "dispatch": f"{_MATTERS}::test_the_offices_own_targets_run_only_where_it_set_them",
    "maintenance-notice": f"{_NOTICES}::test_a_maintenance_notice_comes_two_working_days_before_the_window",
    "notice-delivery": f"{_NOTICES}::test_a_notice_that_a_channel_gave_up_is_delivered_within_a_working_day",
    "interruption-form": f"{_NOTICES}::test_an_interruption_form_comes_two_working_days_before",
    "rectification": _RECTIFIED,
    "provider-rectification": _RECTIFIED,
    "ops-monthly-report": f"{_PERIODS}::test_the_operations_report_is_due_on_the_fifth_working_day",
    "provider-monthly-report": (
        f"{_PERIODS}::test_a_providers_report_is_delivered_when_office_and_every_served_unit_have_it"
    ),
    "monthly-intent-summary": f"{_PERIODS}::test_a_month_without_forms_is_summarised_all_the_same",
    "unit-evaluation": _EVALUATED,
    "provider-assessment": _EVALUATED,
    "provider-review": f"{_RECURRING}::test_a_providers_review_is_renewed_before_it_runs_out",
    "contract": f"{_RECURRING}::test_a_contract_that_ends_is_followed_by_another",
    "protection-assessment": f"{_RECURRING}::test_a_system_of_grade_3_is_assessed_each_year",
    "exception-recheck": f"{_RECURRING}::test_a_confirmed_exception_is_checked_again_each_year",
    "periodic-check": _RECORDED,
    "usage-circular": _RECORDED,
    "security-check": _RECORDED,
    "supervision-report": _RECORDED,
    "boundary-security-report": _RECORDED,
    "overall-drill": _DRILLED,
    "platform-drill": _DRILLED,
    "system-drill": f"{_RECURRING}::test_a_live_system_has_its_own_drill_from_its_go_live",
}
"""The test that sees each clock run, by the clock's id."""

_RAISED: Final = "tests/unit/broker/clocks/test_raised.py"
NOTICE_TESTS: Final[Mapping[str, str]] = {
    "reminder": f"{_RAISED}::test_a_clock_reminds_when_it_is_due_soon_and_escalates_when_its_day_has_passed",
    "escalation": f"{_RAISED}::test_a_clock_that_was_not_looked_at_is_escalated_at_once",
    "provisioned": "tests/contract/ledger/test_message.py::test_how_a_run_ended_is_told_once_with_what_it_left",
    **dict.fromkeys(
        (
            "decision",
            "question",
            "suspension",
            "resumption",
            "rectification",
            "compulsory-measure",
            "fault",
            "harm-interruption",
            "restoration",
            "maintenance",
            "planned-interruption",
        ),
        "tests/unit/broker/test_announcement.py::test_parties_are_told_of_what_the_rule_ties_to_a_notice",
    ),
    "drift": "tests/contract/ledger/test_drifts.py::test_a_drift_is_told_once_when_it_begins_and_once_when_it_ends",
    "refused": "tests/unit/broker/test_announcement.py::test_a_refused_filing_is_told_to_who_filed_it_with_the_reasons",
}
"""The test that sees each notice raised, by the notice's name."""
