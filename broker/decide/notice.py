"""The facts about windows of maintenance and interruption: notice, consent, key periods (C-19, C-21, C-25)."""

from collections.abc import Iterator
from datetime import date, datetime

from broker.calendar.calendar import calendar_of
from broker.calendar.deadline import earliest_start, latest_notice
from broker.clock import day_of, start_of
from broker.decide.case import Case
from broker.decide.period import key_periods
from broker.documents.calendar import CalendarNoticeSpec
from broker.documents.envelope import Spec
from broker.documents.operation import (
    MaintenanceNoticeSpec,
    TemporaryInterruptionConsentSpec,
    TemporaryInterruptionRequestSpec,
    TemporaryInterruptionSpec,
)
from broker.registry.filed import Filed
from policies.facts import Facts, GapFact, NoticeFact, Subject
from policies.papers import ConsentFact, KeyPeriodFact

NOTICE_WORKING_DAYS = 2


def notice_facts(filed: Filed[Spec], case: Case) -> Facts | None:
    """The facts about a document that must come in time or must wait, or None for any other."""
    match filed.spec:
        case MaintenanceNoticeSpec() as spec:
            return _maintenance(spec, filed, case)
        case TemporaryInterruptionRequestSpec() as spec:
            return _interruption_form(spec, filed, case)
        case TemporaryInterruptionConsentSpec() as spec:
            return _consent(spec, case)
        case TemporaryInterruptionSpec() as spec:
            return _carried_out(spec, case)
        case _:
            return None


def _maintenance(spec: MaintenanceNoticeSpec, filed: Filed[Spec], case: Case) -> Facts:
    """The facts about a maintenance notice: when it came, and when the window starts."""
    gaps = tuple(_window(spec.starts_at, spec.ends_at))
    notice = _notice(spec.starts_at, filed, case, urgent=False)
    return Facts(Subject.MAINTENANCE, notice=notice, gaps=gaps, key_periods=_periods(spec, case))


def _interruption_form(spec: TemporaryInterruptionRequestSpec, filed: Filed[Spec], case: Case) -> Facts:
    """The facts about a planned interruption; special circumstances need a reason."""
    gaps = list(_window(spec.starts_at, spec.ends_at))
    if spec.urgent and not spec.urgent_reason:
        gaps.append(GapFact("spec.urgent_reason", "没有说明特殊情况", "填写 urgent_reason"))
    notice = _notice(spec.starts_at, filed, case, urgent=spec.urgent)
    periods = () if spec.urgent else _periods(spec, case)
    return Facts(Subject.INTERRUPTION_FORM, notice=notice, gaps=tuple(gaps), key_periods=periods)


def _periods(spec: MaintenanceNoticeSpec | TemporaryInterruptionRequestSpec, case: Case) -> tuple[KeyPeriodFact, ...]:
    first, last = day_of(spec.starts_at), day_of(spec.ends_at)
    return tuple(key_periods(first, last, spec.systems, "spec.starts_at", case))


def _carried_out(spec: TemporaryInterruptionSpec, case: Case) -> Facts:
    """The facts about an interruption that was carried out: the office's consent, and what goes beyond it."""
    request = case.registry.get(spec.request)
    asked = request.spec if request is not None else None
    if not isinstance(asked, TemporaryInterruptionRequestSpec):
        return Facts(Subject.CARRIED_OUT_INTERRUPTION)
    words = case.standing.evidence.of(TemporaryInterruptionConsentSpec, spec.request)
    consented = bool(words) and words[-1].spec.decision == "approved"
    beyond = [f"系统{name}" for name in spec.systems if name not in asked.systems]
    if spec.started_at < asked.starts_at or spec.ended_at > asked.ends_at:
        beyond.append(f"时段{spec.started_at.isoformat()}至{spec.ended_at.isoformat()}")
    consent = ConsentFact("spec.request", spec.request, consented=consented, outside_zh="、".join(beyond))
    gaps = tuple(_window(spec.started_at, spec.ended_at, "ended_at"))
    return Facts(Subject.CARRIED_OUT_INTERRUPTION, consent=consent, gaps=gaps)


def _consent(spec: TemporaryInterruptionConsentSpec, case: Case) -> Facts:
    """The facts about a consent: the request must have been admitted, so that a late one is not consented to."""
    request = case.registry.get(spec.request)
    refused = request is None or not case.standing.was_admitted(request.digest)
    if spec.decision != "approved" or not refused:
        return Facts(Subject.INTERRUPTION_CONSENT)
    gap = GapFact("spec.request", f"{spec.request} 不是已受理的云服务临时中断申请", "填写已受理的申请编号")
    return Facts(Subject.INTERRUPTION_CONSENT, gaps=(gap,))


def _notice(starts_at: datetime, filed: Filed[Spec], case: Case, *, urgent: bool) -> NoticeFact:
    calendar = calendar_of(f.spec for f in case.registry.in_force(CalendarNoticeSpec))
    starts_on, came_on = day_of(starts_at), _came_on(filed, case)
    latest = latest_notice(calendar, starts_on, NOTICE_WORKING_DAYS)
    return NoticeFact(
        "spec.starts_at",
        came_on=came_on,
        starts_on=starts_on,
        latest=latest.day,
        earliest=earliest_start(calendar, came_on, NOTICE_WORKING_DAYS).day,
        urgent=urgent,
        provisional=latest.provisional,
    )


def _came_on(filed: Filed[Spec], case: Case) -> date:
    """The day on which the broker received it; in a folder without records, that of the paper."""
    dated = start_of(filed.document.metadata.filed_on)
    return day_of(case.arrivals.get(filed.digest, case.as_of if case.registry.records else dated))


def _window(starts_at: datetime, ends_at: datetime, name: str = "ends_at") -> Iterator[GapFact]:
    if ends_at <= starts_at:
        yield GapFact(f"spec.{name}", "结束时间不在开始时间之后", f"改正 {name}")
