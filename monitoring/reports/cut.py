"""What a recipient may see of a month: the facts of one unit, of one provider, of both, or of the whole cloud.

Everything else in a report is made of what is left here, so that no other figure can get in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from monitoring.metering.facts import MonthFacts, ResourceFacts
from monitoring.utilisation.source import STEP_S

_PLACES = 6
WHOLE_CLOUD = ""


class Owned(Protocol):
    """A line of the facts that says whose it is."""

    @property
    def unit(self) -> str:
        """The using unit."""

    @property
    def provider(self) -> str:
        """The provider."""


O = TypeVar("O", bound=Owned)  # noqa: E741 - the usual letter of its protocol


@dataclass(frozen=True, slots=True)
class Cut:
    """Whose figures are shown. Empty: everybody's."""

    provider: str = WHOLE_CLOUD
    unit: str = WHOLE_CLOUD

    def holds(self, unit: str, provider: str) -> bool:
        """Whether something of this unit on this provider is within."""
        return self.unit in {WHOLE_CLOUD, unit} and self.provider in {WHOLE_CLOUD, provider}

    def of(self, lines: Iterable[O]) -> tuple[O, ...]:
        """The lines that are within."""
        return tuple(line for line in lines if self.holds(line.unit, line.provider))


def cut_facts(facts: MonthFacts, cut: Cut, before: MonthFacts | None = None) -> MonthFacts:
    """The facts of those that the cut holds. Coverage and its sources are theirs too, not the whole cloud's.

    `before`: the month before, uncut; what became of its advice stands in the facts without an owner.
    """
    if cut == Cut():
        return facts
    resources = cut.of(facts.resources)
    theirs = {one.external_id for one in resources}
    advised = {one.id for one in cut.of(before.advice)} if before else set()
    coverage = coverage_of(resources)
    return replace(
        facts,
        coverage=coverage,
        sources=tuple(s if s.coverage is None else replace(s, coverage=coverage) for s in facts.sources),
        systems=cut.of(facts.systems),
        resources=resources,
        costs=cut.of(facts.costs),
        advice=cut.of(facts.advice),
        excluded=tuple(one for one in facts.excluded if one.external_id in theirs),
        realised=tuple(one for one in facts.realised if one.advice in advised),
        corrections=cut.of(facts.corrections),
    )


def coverage_of(resources: Iterable[ResourceFacts]) -> float | None:
    """Samples of CPU that are there by those that should be, as the month close counts them; None: nothing ran."""
    seen = expected = 0
    for one in resources:
        if one.kind == "server":
            steps = one.running_s // STEP_S
            expected += steps
            seen += min(one.statistics["cpu"].samples, steps) if "cpu" in one.statistics else 0
    return round(seen / expected, _PLACES) if expected else None
