"""All that a report is made of, already cut: the month's facts, and the papers as they stood when it was closed."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from broker.calendar.calendar import calendar_of
from broker.clocks.clock import Reading
from broker.clocks.papers import Papers, papers_of
from broker.clocks.read import read
from broker.clocks.table import CLOCKS
from broker.documents.calendar import CalendarNoticeSpec
from broker.documents.cases import GoLiveSpec, OnboardingRequestSpec
from broker.documents.organisations import OrganisationSpec
from broker.documents.records import Admitted
from broker.estate.platform import Platform, platform_of
from broker.registry.filed import Registry
from monitoring.metering.facts import Advice, AdviceKind, MonthFacts, Realised
from monitoring.metering.period import Month
from monitoring.metering.policy import Policy
from monitoring.reports import words
from monitoring.reports.cut import Cut, cut_facts


@dataclass(frozen=True, slots=True)
class System:
    """A business system as its onboarding has it."""

    id: str
    name: str
    unit: str
    provider: str
    dr_class: str
    live: bool
    """In production when the month was closed."""


@dataclass(frozen=True, slots=True)
class Around:
    """The papers of a closed month and what they tell, for every report of it; nothing is cut yet."""

    month: Month
    facts: MonthFacts
    digest: str
    before: MonthFacts | None
    """The month before, where it is closed."""
    closed_at: datetime
    papers: Papers
    readings: tuple[Reading, ...]
    platform: Platform
    names: Mapping[str, str]
    """Of organisations, by id."""
    systems: Mapping[str, System]
    rule_set: str
    """Digest of the rules that judged last; empty where nothing was judged."""
    simulated: bool = False
    policy: Policy | None = None
    """The utilisation policy that the month was closed by; None: nobody has it any more."""


@dataclass(frozen=True, slots=True)
class Material:
    """What one report is made of."""

    around: Around
    cut: Cut
    facts: MonthFacts
    before: MonthFacts | None

    @property
    def month(self) -> Month:
        """The month."""
        return self.around.month

    @property
    def papers(self) -> Papers:
        """The papers, uncut: whoever lists them asks `systems_of` or `concerns` first."""
        return self.around.papers

    def realised(self, kinds: Collection[AdviceKind]) -> Iterator[tuple[Advice, Realised]]:
        """Last month's advice of these kinds, each with what became of it."""
        given = {one.id: one for one in self.before.advice if one.kind in kinds} if self.before else {}
        return ((given[one.advice], one) for one in self.facts.realised if one.advice in given)

    def name(self, organisation: str) -> str:
        """An organisation as people call it."""
        return self.around.names.get(organisation, organisation)

    def system(self, system: str) -> str:
        """A system as people call it."""
        found = self.around.systems.get(system)
        return found.name if found else system

    def subject(self, subject: str) -> str:
        """What a clock is about, and for which month or year, as people call it; a document keeps its id."""
        known = {**self.around.names, **words.TOPICS}
        return "".join(words.time_of(known.get(part) or self.system(part)) for part in subject.split("/"))

    def within(self, system: str) -> bool:
        """Whether a system is within the cut."""
        found = self.around.systems.get(system)
        return self.cut.holds(found.unit, found.provider) if found else self.cut == Cut()

    def systems_of(self, named: Iterable[str]) -> tuple[str, ...]:
        """Those of the named systems that are within the cut."""
        return tuple(system for system in named if self.within(system))

    def in_month(self, at: datetime | None) -> bool:
        """Whether an instant lies in the month."""
        return at is not None and self.month.start <= at < self.month.end

    def readings(self) -> Iterator[Reading]:
        """The clocks whose matter or party is within the cut."""
        return (reading for reading in self.around.readings if self._concerns(reading))

    def _concerns(self, reading: Reading) -> bool:
        if self.cut == Cut():
            return True
        system = self.around.systems.get(matter_system(self.papers.registry, reading.span.subject))
        if system is not None:
            return self.cut.holds(system.unit, system.provider)
        return reading.span.party in {self.cut.unit, self.cut.provider} - {""} and not self.cut.unit


def around(
    registry: Registry,
    facts: MonthFacts,
    digest: str,
    closed_at: datetime,
    before: MonthFacts | None,
) -> Around:
    """The papers as they stood when the month was closed: what is filed later changes no report of it."""
    papers = papers_of(registry, closed_at)
    calendar = calendar_of(filed.spec for filed in papers.of(CalendarNoticeSpec))
    platform = platform_of(papers.registry)
    judged = [record for record in papers.registry.records if isinstance(record, Admitted)]
    return Around(
        month=Month.read(facts.month),
        facts=facts,
        digest=digest,
        before=before,
        closed_at=closed_at,
        papers=papers,
        readings=read(CLOCKS, papers, calendar),
        platform=platform,
        names=_names(papers, platform),
        systems={system.id: system for system in _systems(papers)},
        rule_set=max(judged, key=lambda r: (r.as_of, r.sequence)).rule_set if judged else "",
        simulated=any(record.simulated for record in judged),
    )


def material(around: Around, cut: Cut) -> Material:
    """The material of one cut."""
    before = cut_facts(around.before, cut) if around.before else None
    return Material(around, cut, cut_facts(around.facts, cut, around.before), before)


def matter_system(registry: Registry, subject: str) -> str:
    """The system that a matter, or a system itself, is about; empty where it is about none."""
    found = registry.get(subject)
    named = getattr(found.spec, "system", None) if found else None
    return named if isinstance(named, str) else subject


def _names(papers: Papers, platform: Platform) -> dict[str, str]:
    names = {papers.registry.first(f.id): f.spec.name_zh for f in papers.of(OrganisationSpec)}
    names |= {unit: spec.name_zh for unit, spec in platform.units.items()}
    return names | {provider: spec.name_zh for provider, spec in platform.providers.items()}


def _systems(papers: Papers) -> Iterator[System]:
    live = {f.spec.system for f in papers.of(GoLiveSpec)}
    for request in papers.of(OnboardingRequestSpec):
        spec = request.spec
        yield System(spec.system, spec.name_zh, spec.unit, spec.provider, spec.dr_class, spec.system in live)
