"""What must be renewed before it runs out, and what the rule asks for 定期: a span from each time to the next (R8)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from broker.clock import day_of, start_of
from broker.clocks.clock import Span
from broker.clocks.papers import Papers
from broker.clocks.periods import handed_over, last_of_month
from broker.documents.cases import GoLiveSpec, OnboardingRequestSpec
from broker.documents.exceptions import ExceptionRecheckSpec, ExceptionRequestSpec, ExpertReviewSpec
from broker.documents.organisations import ProviderSpec
from broker.documents.platform import ServiceContractSpec
from broker.documents.preparedness import DrillSpec
from broker.documents.providing import ProviderReviewSpec
from broker.documents.readiness import ProtectionAssessmentSpec
from broker.documents.reporting import PlainRecordSpec, ReportKind

YEAR, QUARTER, MONTH = 12, 3, 1
YEARLY_ASSESSMENT_GRADE = 3


@dataclass(frozen=True, slots=True)
class Recorded:
    """A duty without figure that plain records of a topic show, every so many months.

    The parameter `interval-<topic>-months` sets another interval.
    """

    topic: str
    role: str
    months: int
    report: ReportKind | None = None
    """The report of the product whose delivery shows it too."""

    def __call__(self, papers: Papers) -> Iterator[Span]:
        """A span from each record to the next one, the first from when time is kept."""
        done = [papers.received(f) for f in papers.of(PlainRecordSpec) if f.spec.topic == self.topic]
        if self.report is not None:
            # one report has many recipients: the month's first counts
            done += {record.month: record.at for record in handed_over(papers, self.report)}.values()
        months = interval(papers, self.topic.replace("_", "-"), self.months)
        yield from _again(self.topic, papers.holder(self.role), papers.since, done, months)


def overall_drills(papers: Papers) -> Iterator[Span]:
    """总体应急预案演练 (C-23)."""
    done = [papers.received(f) for f in papers.of(DrillSpec) if f.spec.scope == "overall"]
    yield from _again("overall", papers.holder("ops_department"), papers.since, done, interval(papers, "drill", YEAR))


def platform_drills(papers: Papers) -> Iterator[Span]:
    """平台应急预案演练 of each provider (C-9(三))."""
    for provider in papers.providers:
        made = (f for f in papers.of(DrillSpec) if (f.spec.scope, f.spec.maker) == ("platform", provider))
        yield from _again(provider, provider, papers.since, map(papers.received, made), interval(papers, "drill", YEAR))


def system_drills(papers: Papers) -> Iterator[Span]:
    """专项应急预案演练 of each live system (C-24)."""
    units = _units(papers)
    months = interval(papers, "drill", YEAR)
    done: dict[str, list[datetime]] = {}
    for drill in papers.of(DrillSpec):
        if drill.spec.scope == "system" and drill.spec.system:
            done.setdefault(drill.spec.system, []).append(papers.received(drill))
    for live in papers.of(GoLiveSpec):
        system, since = live.spec.system, max(live.spec.live_from, papers.since)
        yield from _again(system, units.get(system, ""), since, done.get(system, ()), months)


def exception_rechecks(papers: Papers) -> Iterator[Span]:
    """年度复核 of each confirmed exception (C-5)."""
    units = {f.id: f.spec.unit for f in papers.of(ExceptionRequestSpec)}
    for review in papers.of(ExpertReviewSpec):
        name = review.spec.exception
        checks = [f for f in papers.of(ExceptionRecheckSpec) if f.spec.exception == name]
        if review.spec.conclusion == "confirmed" and all(f.spec.conclusion == "stands" for f in checks):
            done = map(papers.received, checks)
            yield from _again(name, units.get(name, ""), review.spec.reviewed_on, done, YEAR)


def provider_reviews(papers: Papers) -> Iterator[Span]:
    """测评 and 安全审查 of each provider, to be renewed before they run out (C-15(二))."""
    for f in papers.of(ProviderSpec):
        if f.spec.review_passed_on and f.spec.review_valid_until:
            name = papers.registry.first(f.id)
            newer = [
                papers.received(r)
                for r in papers.of(ProviderReviewSpec)
                if r.spec.provider == name and r.spec.valid_until > f.spec.review_valid_until
            ]
            yield _validity(name, name, f.spec.review_passed_on, f.spec.review_valid_until, newer)
    reviews = papers.of(ProviderReviewSpec)
    for review in reviews:
        spec = review.spec
        same = (r for r in reviews if (r.spec.provider, r.spec.review) == (spec.provider, spec.review))
        newer = [papers.received(r) for r in same if r.spec.valid_until > spec.valid_until]
        yield _validity(f"{spec.provider}/{spec.review}", spec.provider, spec.passed_on, spec.valid_until, newer)


def contracts(papers: Papers) -> Iterator[Span]:
    """Each service contract, to be followed by another before it ends (C-11(一)); its end removes nothing."""
    found = papers.of(ServiceContractSpec)
    for contract in found:
        spec = contract.spec
        later = (c for c in found if c.spec.provider == spec.provider and c.spec.valid_until > spec.valid_until)
        party = papers.holder("cloud_office")
        yield _validity(spec.number, party, spec.valid_from, spec.valid_until, [papers.received(c) for c in later])


def assessments(papers: Papers) -> Iterator[Span]:
    """等保测评 of each system of grade 3, yearly (信息安全等级保护管理办法; C-18, derived)."""
    units = _units(papers)
    passed: dict[str, list[tuple[date, date, datetime]]] = {}
    for f in papers.of(ProtectionAssessmentSpec):
        if f.spec.grade >= YEARLY_ASSESSMENT_GRADE and f.spec.conclusion == "passed":
            until = f.spec.valid_until or _later(f.spec.assessed_on, YEAR)
            passed.setdefault(f.spec.system, []).append((f.spec.assessed_on, until, papers.received(f)))
    for system, found in passed.items():
        for on, until, _ in found:
            newer = [came for later, _, came in found if later > on]
            yield _validity(system, units.get(system, ""), on, until, newer)


def _units(papers: Papers) -> dict[str, str]:
    return {f.spec.system: f.spec.unit for f in papers.of(OnboardingRequestSpec)}


def interval(papers: Papers, name: str, months: int) -> int:
    """The interval of a duty in months: the office's parameter, or the proposed reading (R8)."""
    return papers.number(f"interval-{name}-months", months)


def _again(subject: str, party: str, since: date, done: Iterable[datetime], months: int) -> Iterator[Span]:
    starts = [start_of(since), *sorted(at for at in done if at >= start_of(since))]
    for n, start in enumerate(starts):
        following = starts[n + 1] if n + 1 < len(starts) else None
        yield Span(subject, party, start, following, day=_later(day_of(start), months))


def _validity(subject: str, party: str, first: date, last: date, newer: Iterable[datetime]) -> Span:
    return Span(subject, party, start_of(first), min(newer, default=None), day=last)


def _later(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = last_of_month(date(year, month + 1, 1))
    return last.replace(day=min(day.day, last.day))
