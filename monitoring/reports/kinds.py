"""The five reports: whose each is, for whom, which parts it has, and what of the month its recipient may see."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from broker.clocks.periods import served_units
from broker.documents.reporting import REPORT_TITLES, ReportKind
from monitoring.reports import words
from monitoring.reports.cut import Cut
from monitoring.reports.material import Around, Material, material
from monitoring.reports.paper import Head, Paper, Section
from monitoring.reports.sections import forms, supervision
from monitoring.reports.sections.advice import advice
from monitoring.reports.sections.availability import availability
from monitoring.reports.sections.costs import costs
from monitoring.reports.sections.demand import demand
from monitoring.reports.sections.method import method
from monitoring.reports.sections.overview import overview
from monitoring.reports.sections.resources import bands, capacity, quotas, resources, servers
from monitoring.reports.sections.service import backups, carried_out, notices

Part = Callable[[Material], Section]


class NoSuchReport(Exception):
    """Nobody is to have such a report; the text says what there is."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One report that somebody is to have: the party that makes it, who receives it, and its cut."""

    kind: ReportKind
    party: str
    recipient: str
    cut: Cut


def _overview(found: Material) -> Section:
    return overview(found, costs=True)


def _advice(found: Material) -> Section:
    return advice(found, costs=True)


def _findings(found: Material) -> Section:
    return Section("检查发现的问题", (supervision.findings(found),))


_PROVIDER: Final[tuple[Part, ...]] = (
    _overview,
    resources,
    capacity,
    bands,
    backups,
    carried_out,
    notices,
    availability,
    _advice,
    costs,
    method,
)
PARTS: Final[Mapping[ReportKind, tuple[Part, ...]]] = {
    "ops": (
        _overview,
        supervision.checks,
        supervision.guidance,
        resources,
        quotas,
        capacity,
        bands,
        backups,
        notices,
        availability,
        demand,
        supervision.interconnect,
        supervision.overdue,
        costs,
        lambda found: method(found, advised=False),
    ),
    "provider": _PROVIDER,
    "intent-summary": (forms.forms, lambda found: method(found, use=False, costs=False)),
    "supervision-data": (
        lambda found: overview(found, costs=False),
        resources,
        capacity,
        bands,
        backups,
        notices,
        availability,
        _findings,
        lambda found: method(found, costs=False, advised=False),
    ),
    "usage-circular": (
        lambda found: overview(found, costs=False),
        resources,
        quotas,
        bands,
        availability,
        lambda found: advice(found, costs=False),
        _findings,
        lambda found: method(found, costs=False),
    ),
}
_FOR_A_UNIT: Final[Mapping[Part, Part]] = {capacity: servers}
"""In a unit's cut its servers stand one by one in place of what is everybody's."""


def issues(around: Around, kind: ReportKind, provider: str = "", unit: str = "") -> tuple[Issue, ...]:
    """The reports of a kind that somebody is to have of the month, or those of one provider, or for one unit.

    Raises:
        NoSuchReport: There is none of them.
    """
    known = tuple(_all(around, kind))
    if any(not (one.party and one.recipient) for one in known):
        raise NoSuchReport(f"reporting {kind} of {around.month}: nobody holds the role of who makes or receives it")
    found = tuple(one for one in known if provider in {"", one.cut.provider} and unit in {"", one.cut.unit})
    if not found:
        asked = " ".join(f"--{name} {value}" for name, value in (("provider", provider), ("unit", unit)) if value)
        there = sorted({f"{one.cut.provider} {one.cut.unit}".strip() or "the whole cloud" for one in known})
        raise NoSuchReport(
            f"reporting {kind} of {around.month}: there is nothing for {asked or 'anybody'}; "
            f"there is: {', '.join(there) or 'none'}"
        )
    return found


def _all(around: Around, kind: ReportKind) -> Iterator[Issue]:
    office, holder = around.papers.holder("cloud_office"), around.papers.holder
    match kind:
        case "ops":
            yield Issue(kind, holder("ops_department"), office, Cut())
        case "supervision-data":
            yield Issue(kind, holder("security_supervisor"), office, Cut())
        case "intent-summary":
            for provider in around.papers.providers:
                yield Issue(kind, provider, office, Cut(provider))
        case "provider":
            for provider in around.papers.providers:
                yield Issue(kind, provider, office, Cut(provider))
                for unit in sorted(served(around, provider)):
                    yield Issue(kind, provider, unit, Cut(provider, unit))
        case "usage-circular":
            yield Issue(kind, office, office, Cut())
            for unit in sorted({system.unit for system in around.facts.systems}):
                yield Issue(kind, office, unit, Cut(unit=unit))


def served(around: Around, provider: str) -> frozenset[str]:
    """The units with a live system on the provider in the month: each is to have its report (C-9(二))."""
    live = {system.id for system in around.systems.values() if system.live}
    with_resources = {s.unit for s in around.facts.systems if s.provider == provider and s.system in live}
    last = (around.month.end - timedelta(days=1)).date()
    return served_units(around.papers, provider, last) | with_resources


def paper(around: Around, issue: Issue) -> Paper:
    """The report: a pure function of the closed month."""
    found = material(around, issue.cut)
    parts = [_FOR_A_UNIT.get(part, part) if issue.cut.unit else part for part in PARTS[issue.kind]]
    period = words.period_of(str(around.month))
    head = Head(
        kind=issue.kind,
        title=f"{_district(around)}{REPORT_TITLES[issue.kind]}",
        month=str(around.month),
        period=period,
        article=f"{words.RULE}{words.ARTICLES[issue.kind]}",
        party=issue.party,
        party_name=found.name(issue.party),
        recipient=issue.recipient,
        recipient_name=found.name(issue.recipient),
        provider=issue.cut.provider,
        unit=issue.cut.unit,
        simulated=around.simulated,
        made_on=words.day_of(around.closed_at),
        copies=_copies(around, issue, found),
    )
    return Paper(head, tuple(part(found) for part in parts), around.digest)


def _copies(around: Around, issue: Issue, found: Material) -> str:
    """A unit is told no other unit; who has the whole is told who has a part of it."""
    others = {one.recipient for one in _all(around, issue.kind) if one.cut.provider == issue.cut.provider}
    office = around.papers.holder("cloud_office")
    if issue.cut.unit:
        return found.name(office) if office in others - {issue.party} else ""
    units = sorted(others - {issue.recipient})
    return f"{'、'.join(map(found.name, units))}（各得本单位部分）" if units else ""


def _district(around: Around) -> str:
    district = around.platform.district
    return district.name_zh if district else ""
