"""Duties that the calendar brings again: yearly plan, monthly reports, yearly evaluations (C-7 to C-13, C-28)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias

from broker.clock import day_of, end_of, start_of
from broker.clocks.clock import Span
from broker.clocks.papers import Papers
from broker.documents.cases import GoLiveSpec, HandOverSpec, OnboardingRequestSpec
from broker.documents.issuing import ReportDelivered
from broker.documents.planning import YearlyPlanSpec
from broker.documents.reporting import MonthlyIntentSummarySpec, PlainRecordSpec, ReportKind

JULY, LAST_OF_JULY = 7, 31
EVALUATION_DUE_MONTH = "evaluation-due-month"
"""Parameter: the month of the next year by whose end a yearly evaluation is due; the rule says only 每年."""
MARCH = 3


def yearly_plans(papers: Papers) -> Iterator[Span]:
    """Each unit's plan for the next year (C-11)."""
    filed = {(f.spec.unit, f.spec.year): papers.received(f) for f in papers.of(YearlyPlanSpec)}
    for year in range(papers.since.year, day_of(papers.as_of).year + 1):
        last = date(year, JULY, LAST_OF_JULY)
        if papers.since <= last:
            for unit in papers.units:
                start = start_of(date(year, 1, 1))
                yield Span(f"{unit}/{year + 1}", unit, start, filed.get((unit, year + 1)), day=last)


def ops_reports(papers: Papers) -> Iterator[Span]:
    """日常管理月报 of each month (C-7(五))."""
    came = {month: at for (month, about), at in _reports(papers, "ops_monthly_report").items() if not about}
    issued = {record.month: record.at for record in handed_over(papers, "ops")}
    for last in _months(papers):
        month = f"{last:%Y-%m}"
        yield _of_month(last, papers.holder("ops_department"), "", _first(came.get(month), issued.get(month)))


def provider_reports(papers: Papers) -> Iterator[Span]:
    """运行维护报告 of each provider and month, delivered to the office and every unit it serves (C-9(二))."""
    deliveries = _deliveries(papers)
    for last in _months(papers):
        for provider in papers.providers:
            served = served_units(papers, provider, last)
            came = _delivered(deliveries.get((provider, f"{last:%Y-%m}"), ()), {papers.holder("cloud_office"), *served})
            yield _of_month(last, provider, f"{provider}/", came)


def intent_summaries(papers: Papers) -> Iterator[Span]:
    """意向表月度汇总 of each provider and month (C-13)."""
    came = {(f.spec.provider, f.spec.month): papers.received(f) for f in papers.of(MonthlyIntentSummarySpec)}
    issued = {(record.party, record.month): record.at for record in handed_over(papers, "intent-summary")}
    for last in _months(papers):
        for provider in papers.providers:
            key = provider, f"{last:%Y-%m}"
            yield _of_month(last, provider, f"{provider}/", _first(came.get(key), issued.get(key)))


def unit_evaluations(papers: Papers) -> Iterator[Span]:
    """年度综合评价 of each unit (C-28)."""
    yield from _evaluations(papers, "unit_annual_evaluation", papers.units)


def provider_assessments(papers: Papers) -> Iterator[Span]:
    """年度考核 of each provider (C-29)."""
    yield from _evaluations(papers, "provider_annual_assessment", papers.providers)


def _evaluations(papers: Papers, topic: str, about: tuple[str, ...]) -> Iterator[Span]:
    came = _reports(papers, topic)
    month = papers.number(EVALUATION_DUE_MONTH, MARCH)
    for year in range(papers.since.year, day_of(papers.as_of).year):
        for name in about:
            due = last_of_month(date(year + 1, month, 1))
            start = start_of(date(year + 1, 1, 1))
            yield Span(f"{name}/{year}", papers.holder("cloud_office"), start, came.get((str(year), name)), day=due)


def handed_over(papers: Papers, kind: ReportKind) -> tuple[ReportDelivered, ...]:
    """The records of confirmed reports of a kind that were delivered, the newest first."""
    records = (r for r in papers.registry.records if isinstance(r, ReportDelivered) and r.kind == kind)
    return tuple(sorted(records, key=lambda record: record.at, reverse=True))


def _first(*told: datetime | None) -> datetime | None:
    return min((at for at in told if at is not None), default=None)


def _of_month(last: date, party: str, before: str, came: datetime | None) -> Span:
    return Span(f"{before}{last:%Y-%m}", party, end_of(last), came, day=last)


def _months(papers: Papers) -> Iterator[date]:
    """The last days of the months that are over, from the one in which the broker began to keep time."""
    last = last_of_month(papers.since)
    while end_of(last) <= papers.as_of:
        yield last
        last = last_of_month(last + timedelta(days=1))


def last_of_month(day: date) -> date:
    """The last day of the month of a day."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _reports(papers: Papers, topic: str) -> dict[tuple[str, str], datetime]:
    """When each report came first, by period and by what it speaks of."""
    came: dict[tuple[str, str], datetime] = {}
    for f in papers.of(PlainRecordSpec):
        if f.spec.topic == topic:
            came.setdefault((f.spec.period or "", f.spec.about or ""), papers.received(f))
    return came


@dataclass(frozen=True, slots=True)
class _Life:
    """A system in production: from its first day until the day on which its data were handed over."""

    unit: str
    provider: str
    first: date
    left: date


def served_units(papers: Papers, provider: str, last: date) -> frozenset[str]:
    """The units with a live system on the provider on the last day of a month: each is to have its report (C-9(二))."""
    lives = _lives(papers)
    return frozenset(life.unit for life in lives if life.provider == provider and life.first <= last < life.left)


def _lives(papers: Papers) -> tuple[_Life, ...]:
    left = {f.spec.system: day_of(papers.received(f)) for f in papers.of(HandOverSpec) if f.spec.wipe}
    live = {f.spec.system: f.spec.live_from for f in papers.of(GoLiveSpec)}
    return tuple(
        _Life(f.spec.unit, f.spec.provider, live[f.spec.system], left.get(f.spec.system, date.max))
        for f in papers.of(OnboardingRequestSpec)
        if f.spec.system in live
    )


_Delivery: TypeAlias = tuple[datetime, tuple[str, ...]]
"""When a record of a report came, and who had the report by then."""


def _deliveries(papers: Papers) -> dict[tuple[str, str], list[_Delivery]]:
    found: dict[tuple[str, str], list[_Delivery]] = {}
    for f in papers.of(PlainRecordSpec):
        if f.spec.topic == "provider_monthly_report":
            told = (papers.received(f), f.spec.delivered_to)
            found.setdefault((f.spec.party, f.spec.period or ""), []).append(told)
    for record in handed_over(papers, "provider"):
        found.setdefault((record.party, record.month), []).append((record.at, (record.recipient,)))
    return found


def _delivered(told: Iterable[_Delivery], wanted: set[str]) -> datetime | None:
    """When the last of those who must have the report had it; a report may be delivered in several records."""
    missing = set(wanted)
    for at, recipients in sorted(told):
        missing -= set(recipients)
        if not missing:
            return at
    return None
