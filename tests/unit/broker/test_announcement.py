"""Who is told what when a document is admitted or refused, on papers in memory."""

from datetime import timedelta
from typing import Any

import pytest

from broker.announcement import announcements
from broker.documents.envelope import Spec
from broker.documents.records import Admitted, Reason
from broker.ledger.outbox import Notice
from broker.notices.directory import Directory, directory
from broker.notices.text import letter
from broker.registry.filed import Filed, Registry
from tests.fixtures import clock_desk
from tests.fixtures.clock_desk import Desk, founded, moment

REQUEST = clock_desk.REQUEST | {"zones": [{"zone": "extranet", "tiers": [], "bandwidth_mbps": 10}]}
DAY = "2026-06-01T09:00"
AT = "2026-06-01T10:00:00+08:00"
LATER = "2026-06-01T12:00:00+08:00"
HARM = {"provider": "provider-a", "harming_unit": "health", "event": "对外攻击"}
HARM_ORDER = {"request": "harm", "act": "act-7", "systems": ["booking"], "effective_at": AT, "reason": "对外攻击"}
FORM = {
    "system": "booking",
    "unit": "health",
    "reason": "业务增长",
    "intent": {"purpose": "change", "changes": [{"action": "set_bandwidth", "zone": "extranet", "bandwidth_mbps": 20}]},
}
WINDOW = {"provider": "provider-a", "systems": ["booking"], "starts_at": AT, "ends_at": LATER, "work": "更换交换机"}
PLAN_ITEM = {"mlps_grade": 2, "needs": [{"zone": "extranet", "amount": {"vcpu": 8}}]}
PLAN = {
    "unit": "health",
    "year": 2027,
    "items": [{"item": "p-1", "name_zh": "预约", "wish": "new", "reason": "便民"} | PLAN_ITEM],
}
SUSPENSION = {"system": "booking", "finding": "finding-1", "effective_at": AT, "reason": "高风险漏洞"}
RECTIFICATION = {"addressee": "health", "system": "booking", "limit": "2026-06-15", "demand": "升级组件"}
MEASURE = {
    "rectification": "rectification",
    "systems": ["booking"],
    "measure": "停运",
    "effective_at": AT,
    "reason": "逾期",
}
UNIT, BOTH = ["health"], ["health", "provider-a"]
Paper = tuple[str, str, dict[str, Any]]
BEFORE: tuple[Paper, ...] = (
    ("ServiceIntentForm", "form", FORM),
    ("TemporaryInterruptionRequest", "window", WINDOW | {"rollback": "回退"}),
    ("HarmInterruptionRequest", "harm", HARM),
    ("HarmInterruptionOrder", "harm-order", HARM_ORDER),
    ("SuspensionOrder", "suspension", SUSPENSION),
    ("RectificationNotice", "rectification", RECTIFICATION),
    ("CompulsoryMeasureOrder", "measure", MEASURE | {"action": "stop"}),
)
TOLD: tuple[tuple[str, dict[str, Any], str, list[str]], ...] = (
    (
        "OnboardingApproval",
        {"number": "RY-2026-011", "requests": ["request"], "decision": "approved", "decided_on": "2026-06-01"},
        "decision",
        UNIT,
    ),
    (
        "IntentDecision",
        {"form": "form", "decision": "refused", "reason": "x", "decided_on": "2026-06-01"},
        "decision",
        UNIT,
    ),
    ("CaseQuestion", {"matter": "request", "asked_by": "office", "question": "存储量如何测算"}, "question", UNIT),
    ("SuspensionOrder", SUSPENSION, "suspension", BOTH),
    ("ResumptionOrder", {"suspension": "suspension", "effective_at": AT, "reason": "整改完成"}, "resumption", BOTH),
    ("RectificationNotice", RECTIFICATION, "rectification", UNIT),
    (
        "CompulsoryMeasureOrder",
        {"rectification": "rectification", "measure": "停用", "effective_at": AT, "reason": "逾期"},
        "compulsory-measure",
        BOTH,
    ),
    ("CompulsoryMeasureOrder", MEASURE | {"action": "stop"}, "compulsory-measure", BOTH),
    ("ResumptionOrder", {"suspension": "measure", "effective_at": AT, "reason": "整改完成"}, "resumption", BOTH),
    (
        "FaultNotice",
        {"provider": "provider-a", "systems": ["booking"], "started_at": AT, "cause": "光缆中断"},
        "fault",
        UNIT,
    ),
    ("HarmInterruptionOrder", HARM_ORDER, "harm-interruption", BOTH),
    ("ServiceRestoration", {"order": "harm-order", "effective_at": AT, "handled": "已清除"}, "restoration", BOTH),
    ("MaintenanceNotice", WINDOW, "maintenance", UNIT),
    (
        "TemporaryInterruptionConsent",
        {"request": "window", "decision": "approved", "decided_on": "2026-06-01"},
        "planned-interruption",
        BOTH,
    ),
)


def desk() -> Desk:
    found = founded("2026-01-05T09:00")
    found.file(DAY, "OnboardingRequest", "request", REQUEST)
    for kind, name, spec in BEFORE:
        found.file(DAY, kind, name, spec)
    return found


def outcome(document: Filed[Spec], *reasons: Reason, when: str = DAY) -> Admitted:
    return Admitted(
        document=document.digest,
        id=document.id,
        commit="0" * 40,
        sequence=0,
        as_of=moment(when),
        rule_set="sha256:" + "0" * 64,
        admitted=not reasons,
        reasons=reasons,
    )


def told(found: Desk, document: Filed[Spec], *reasons: Reason, when: str = DAY) -> tuple[Notice, ...]:
    return announcements(document, outcome(document, *reasons, when=when), Registry("", tuple(found.filed)))


@pytest.mark.parametrize(("kind", "spec", "topic", "to"), TOLD)
def test_parties_are_told_of_what_the_rule_ties_to_a_notice(
    kind: str, spec: dict[str, Any], topic: str, to: list[str]
) -> None:
    found = desk()
    (notice,) = told(found, found.file(DAY, kind, "the-paper", spec))
    body: Any = notice.body
    assert (notice.topic, sorted(body["to"])) == (topic, to)
    words = letter(notice.key, topic, body, tuple(to), directory(Registry("", tuple(found.filed))))
    assert "《津南区政务云管理办法》第" in words.text or kind == "CaseQuestion"
    assert words.text.startswith("区卫生健康委员会")
    assert "booking" in words.title + words.text or kind == "RectificationNotice"


@pytest.mark.parametrize(
    ("action", "said", "kept_silent"),
    [
        ("stop", "停止计算资源、关闭公网访问，数据予以保留", "由人工执行"),
        ("close_public_access", "关闭公网访问，公网地址予以保留，系统其余部分继续运行", "停止计算资源"),
        ("other", "本措施由人工执行", "公网"),
    ],
)
def test_the_notice_of_a_measure_says_what_is_done_to_which_system(action: str, said: str, kept_silent: str) -> None:
    found = desk()
    (notice,) = told(found, found.file(DAY, "CompulsoryMeasureOrder", "the-paper", MEASURE | {"action": action}))
    words = letter(notice.key, notice.topic, notice.body, ("health",), directory(Registry("", tuple(found.filed))))
    assert said in words.text
    assert kept_silent not in words.text
    assert "《津南区政务云管理办法》第六条第（五）项" in words.text
    assert "（booking）" in words.text


@pytest.mark.parametrize(
    ("order", "title", "said"),
    [
        ("suspension", "恢复运行通知：", "（booking） 运行。"),
        ("measure", "恢复运行通知：", "（booking） 运行。"),
        ("closing", "恢复公网访问通知：", "（booking） 的公网访问。"),
    ],
)
def test_the_notice_of_an_end_says_what_comes_back(order: str, title: str, said: str) -> None:
    found = desk()
    found.file(DAY, "CompulsoryMeasureOrder", "closing", MEASURE | {"action": "close_public_access"})
    over = found.file(
        DAY, "ResumptionOrder", "the-end", {"suspension": order, "effective_at": AT, "reason": "整改完成"}
    )
    (notice,) = told(found, over)
    words = letter(notice.key, notice.topic, notice.body, ("health",), directory(Registry("", tuple(found.filed))))
    assert words.title.startswith(title)
    assert said in words.text
    assert ("公网" in words.text) is (order == "closing")


def test_consent_and_notice_of_an_interruption_for_harm_bear_one_act() -> None:
    found = desk()
    (notice,) = told(found, found.file(DAY, "HarmInterruptionOrder", "the-order", HARM_ORDER))
    body: Any = notice.body
    assert (notice.request, body["act"]) == ("act-7", "act-7")
    over = {"order": "harm-order", "effective_at": AT, "handled": "已清除"}
    (ended,) = told(found, found.file(DAY, "ServiceRestoration", "the-end", over))
    body = ended.body
    assert (ended.request, body["act"]) == ("act-7", "act-7")
    assert "办理编号：act-7" in letter(ended.key, ended.topic, body, ("health",), Directory({}, {})).text


def test_a_refused_filing_is_told_to_who_filed_it_with_the_reasons() -> None:
    found = desk()
    document = found.file(DAY, "OnboardingRequest", "too-high", REQUEST | {"system": "gas", "name_zh": "燃气"})
    reason = Reason(code="MLPS_GRADE_TOO_HIGH", article="C-2", fact="等级保护为4级", cure="不上政务云")
    (notice,) = told(found, document, reason)
    body: Any = notice.body
    words = letter(notice.key, notice.topic, body, ("health",), directory(Registry("", tuple(found.filed))))
    assert (notice.topic, body["to"]) == ("refused", ["health"])
    assert "等级保护为4级（依据：《津南区政务云管理办法》第二条；代码：MLPS_GRADE_TOO_HIGH）" in words.text


def test_a_decision_that_is_refused_at_the_door_is_told_to_nobody() -> None:
    found = desk()
    document = found.file(DAY, "SuspensionOrder", "the-order", SUSPENSION)
    assert told(found, document, Reason(code="X", article="C-2", fact="x", cure="x")) == ()


def test_the_past_that_an_office_brings_in_is_not_told_again() -> None:
    found = desk()
    document = found.file(DAY, "SuspensionOrder", "the-order", SUSPENSION)
    days = timedelta(days=30)
    assert told(found, document, when=(moment(DAY) + days).isoformat()) != ()
    assert told(found, document, when=(moment(DAY) + days + timedelta(days=1)).isoformat()) == ()


def test_what_nobody_has_to_be_told_of_makes_no_notice() -> None:
    found = desk()
    assert told(found, found.file(DAY, "GoLive", "live", {"system": "booking", "live_from": "2026-06-02"})) == ()


def test_a_plan_is_decided_item_by_item() -> None:
    found = desk()
    found.file(DAY, "YearlyPlan", "plan", PLAN)
    items = [{"item": "p-1", "result": "deferred", "reason": "明年再议"}]
    (notice,) = told(
        found,
        found.file(DAY, "PlanDecision", "the-paper", {"plan": "plan", "items": items, "decided_on": "2026-06-01"}),
    )
    words = letter(notice.key, notice.topic, notice.body, ("health",), Directory({}, {}, simulated=True))
    assert "p-1：暂缓（明年再议）。" in words.text
    assert words.title.startswith("【模拟】使用计划决定")
