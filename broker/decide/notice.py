"""The facts about notices before a window, limits of rectification, and the end of a suspension (C-6, C-19, C-21)."""

from collections.abc import Iterator
from datetime import date, datetime

from broker.calendar.calendar import calendar_of
from broker.calendar.deadline import earliest_start, latest_notice
from broker.clock import day_of, end_of, start_of
from broker.decide.case import Case
from broker.documents.calendar import CalendarNoticeSpec
from broker.documents.cases import ResumptionOrderSpec, SuspensionOrderSpec
from broker.documents.envelope import Spec
from broker.documents.operation import MaintenanceNoticeSpec, TemporaryInterruptionRequestSpec
from broker.documents.records import Received
from broker.documents.security import CompulsoryMeasureOrderSpec, RectificationAcceptanceSpec, RectificationNoticeSpec
from broker.registry.filed import Filed
from policies.facts import Facts, GapFact, LimitFact, NoticeFact, RectificationFact, Subject

NOTICE_WORKING_DAYS = 2


def notice_facts(filed: Filed[Spec], case: Case) -> Facts | None:
    """The facts about a document that must come in time or must wait, or None for any other."""
    match filed.spec:
        case MaintenanceNoticeSpec() as spec:
            return _maintenance(spec, filed, case)
        case TemporaryInterruptionRequestSpec() as spec:
            return _interruption_form(spec, filed, case)
        case CompulsoryMeasureOrderSpec() as spec:
            return _measure(spec, case)
        case ResumptionOrderSpec() as spec:
            return _resumption(spec, case)
        case _:
            return None


def _maintenance(spec: MaintenanceNoticeSpec, filed: Filed[Spec], case: Case) -> Facts:
    """The facts about a maintenance notice: when it came, and when the window starts."""
    gaps = tuple(_window(spec.starts_at, spec.ends_at))
    return Facts(Subject.MAINTENANCE, notice=_notice(spec.starts_at, filed, case, urgent=False), gaps=gaps)


def _interruption_form(spec: TemporaryInterruptionRequestSpec, filed: Filed[Spec], case: Case) -> Facts:
    """The facts about a planned interruption; special circumstances need a reason."""
    gaps = list(_window(spec.starts_at, spec.ends_at))
    if spec.urgent and not spec.urgent_reason:
        gaps.append(GapFact("spec.urgent_reason", "没有说明特殊情况", "填写 urgent_reason"))
    notice = _notice(spec.starts_at, filed, case, urgent=spec.urgent)
    return Facts(Subject.INTERRUPTION_FORM, notice=notice, gaps=tuple(gaps))


def _measure(spec: CompulsoryMeasureOrderSpec, case: Case) -> Facts:
    """The facts about a compulsory measure: whether the limit has passed unmet."""
    notices = (f for f in case.registry.of(RectificationNoticeSpec) if f.id == spec.rectification)
    notice = next(notices, None)
    if notice is None:
        return Facts(Subject.COMPULSORY_MEASURE)
    over = end_of(notice.spec.limit)
    limit = LimitFact(
        "spec.rectification",
        last_day=notice.spec.limit,
        passed=case.as_of >= over and spec.effective_at >= over,
        accepted=notice.id in _accepted(case),
    )
    return Facts(Subject.COMPULSORY_MEASURE, limit=limit)


def _resumption(spec: ResumptionOrderSpec, case: Case) -> Facts:
    """The facts about the end of a suspension: whether the risk behind it was rectified and that was accepted."""
    order = next((f for f in case.registry.of(SuspensionOrderSpec) if f.id == spec.suspension), None)
    if order is None:
        return Facts(Subject.RESUMPTION)
    finding, accepted = order.spec.finding, _accepted(case)
    notices = [f.id for f in case.registry.of(RectificationNoticeSpec) if f.spec.finding == finding]
    done = any(notice in accepted for notice in notices)
    return Facts(Subject.RESUMPTION, rectification=RectificationFact("spec.suspension", finding, accepted=done))


def _accepted(case: Case) -> frozenset[str]:
    """The rectification notices whose acceptance was admitted."""
    found = case.registry.of(RectificationAcceptanceSpec)
    return frozenset(f.spec.rectification for f in found if case.standing.was_admitted(f.digest))


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
    records = case.registry.records
    seen = (r.at for r in records if isinstance(r, Received) and r.document == filed.digest)
    dated = start_of(filed.document.metadata.filed_on)
    return day_of(next(seen, case.as_of if records else dated))


def _window(starts_at: datetime, ends_at: datetime) -> Iterator[GapFact]:
    if ends_at <= starts_at:
        yield GapFact("spec.ends_at", "结束时间不在开始时间之后", "改正 ends_at")
