"""The year, moment by moment: what came, what the rules said, which clocks turned, what changed. Pure.

Each moment is what the broker does in a round, but for the clouds: it admits what is new, folds the estate and plans.
What a plan would change counts as brought about at once, so that each moment shows its own difference alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time

from broker.admit import Admissions, RuleSet, admit
from broker.calendar.calendar import calendar_of
from broker.check.difference import Difference, differences
from broker.check.review import as_if_merged
from broker.clock import SHANGHAI
from broker.clocks.clock import Reading, State
from broker.clocks.papers import papers_of
from broker.clocks.read import read
from broker.clocks.table import CLOCKS
from broker.documents.calendar import CalendarNoticeSpec
from broker.documents.envelope import Nature, Spec
from broker.documents.records import Received, Record
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.estate.system import Estate
from broker.plan.target import Applied, plan, targets
from broker.registry.authority import receipts
from broker.registry.filed import Filed, Registry
from policies.rule import Finding
from stacks.spec import StackSpec, digest

OFFICE_OPENS = time(9)
"""What has a date is received at this hour of it."""
ENDED = frozenset({State.MET, State.LATE, State.OVERDUE, State.CLOSED})
_PROGRAM = "story"


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that came, and what the rules said to it."""

    filed: Filed[Spec]
    findings: tuple[Finding, ...]
    at_the_door: bool
    """It was brought to the registry's door only; refused there, it is not in the registry."""


@dataclass(frozen=True, slots=True)
class StackChange:
    """A stack that is not as it should be: what was brought about last, and what must be. None = nothing."""

    stack: str
    before: StackSpec | None
    after: StackSpec | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One round of the broker."""

    at: datetime
    papers: tuple[Paper, ...]
    turns: tuple[Reading, ...]
    """Clocks that began, and those that ended or ran out, as they stand now."""
    changes: tuple[Difference, ...]
    stacks: tuple[StackChange, ...]
    """What a reconcile would bring about on the clouds."""
    estate: Estate
    records: tuple[Record, ...]
    """What the broker would record."""


@dataclass(frozen=True, slots=True)
class _Sofar:
    records: tuple[Record, ...] = ()
    estate: Estate | None = None
    stacks: Mapping[str, StackSpec] | None = None
    clocks: Mapping[tuple[str, str, datetime], State] | None = None


def moments(
    registry: Registry, proposed: Iterable[Filed[Spec]], rules: RuleSet, opens: datetime, ends: datetime
) -> Iterator[Moment]:
    """Every moment at which something happens: papers come, a date changes the estate, a clock runs out.

    Args:
        registry: All that is filed in the year, its signatures judged.
        proposed: What is brought to the door on its day and refused there.
        rules: The rules in force.
        opens: The first moment: what was filed before counts as received then.
        ends: The last moment.

    Raises:
        RegistryBroken: An admitted document no longer fits what came before it.
    """
    days = _by_arrival(registry.filed, opens)
    doors = _by_arrival(proposed, opens)
    sofar, at = _Sofar(), opens
    while True:
        moment, sofar, readings = _moment(_known(registry, at, opens), doors.get(at, ()), rules, at, sofar)
        yield moment
        if at >= ends:
            return
        coming = [arrival for arrival in (*days, *doors) if arrival > at]
        coming += [r.due_at for r in readings if r.state not in ENDED and r.due_at > at]
        coming += [moment.estate.next_change_at] if moment.estate.next_change_at else []
        at = min((*coming, ends))


def arrival(filed: Filed[Spec], opens: datetime) -> datetime:
    """When a document is received: in the morning of its day, or as the year opens."""
    return max(opens, datetime.combine(filed.document.metadata.filed_on, OFFICE_OPENS, SHANGHAI))


def _by_arrival(filed: Iterable[Filed[Spec]], opens: datetime) -> dict[datetime, tuple[Filed[Spec], ...]]:
    found: dict[datetime, tuple[Filed[Spec], ...]] = {}
    for one in filed:
        found[arrival(one, opens)] = (*found.get(arrival(one, opens), ()), one)
    return found


def _known(registry: Registry, at: datetime, opens: datetime) -> Registry:
    filed = tuple(f for f in registry.filed if arrival(f, opens) <= at)
    return replace(registry, filed=filed, signatures=tuple(s for f in filed for s in f.signatures))


def _moment(
    known: Registry, proposed: tuple[Filed[Spec], ...], rules: RuleSet, at: datetime, sofar: _Sofar
) -> tuple[Moment, _Sofar, tuple[Reading, ...]]:
    known = replace(known, records=sofar.records)
    platform = platform_of(known)
    round_ = admit(known, platform, rules, at, simulated=True)
    new: tuple[Record, ...] = (*receipts(known, at), *(outcome.admitted for outcome in round_.outcomes))
    after = replace(known, records=(*known.records, *new))
    estate = fold(after.filed, admissions_of(after.records), at)
    wanted = targets(estate, platform)
    before = sofar.stacks or {}
    applied = {stack: Applied(digest(spec), _PROGRAM, clean=True) for stack, spec in before.items()}
    changed = plan(wanted, applied, _PROGRAM).changed
    readings = read(CLOCKS, papers_of(after, at), calendar_of(f.spec for f in after.in_force(CalendarNoticeSpec)))
    moment = Moment(
        at=at,
        papers=(*_came(known, round_, sofar.records), *_refused_at_the_door(after, proposed, rules, at)),
        turns=tuple(_turns(readings, sofar.clocks or {})),
        changes=differences(sofar.estate, estate) if sofar.estate else (),
        stacks=tuple(StackChange(target.stack, before.get(target.stack), target.spec) for target in changed),
        estate=estate,
        records=new,
    )
    brought = {target.stack: target.spec for target in wanted if target.spec}
    clocks = {_key(reading): reading.state for reading in readings}
    return moment, _Sofar(after.records, estate, brought, clocks), readings


def _came(known: Registry, round_: Admissions, before: tuple[Record, ...]) -> Iterator[Paper]:
    """What was judged now, and foundation documents that are new; in the order of main."""
    judged = {outcome.decision.filed.id: outcome.decision.findings for outcome in round_.outcomes}
    seen = {record.document for record in before if isinstance(record, Received)}
    for filed in known.filed:
        if filed.id in judged or (filed.spec.nature is Nature.FOUNDATION and filed.digest not in seen):
            yield Paper(filed, judged.get(filed.id, ()), at_the_door=False)


def _refused_at_the_door(
    registry: Registry, proposed: tuple[Filed[Spec], ...], rules: RuleSet, at: datetime
) -> Iterator[Paper]:
    """Each by itself after all that was merged, as a merge request is reviewed."""
    last = max(filed.sequence for filed in registry.filed)
    for one in proposed:
        asked = as_if_merged(replace(registry, filed=(*registry.filed, replace(one, sequence=last + 1))))
        for outcome in admit(asked, platform_of(asked), rules, at, simulated=True).outcomes:
            yield Paper(outcome.decision.filed, outcome.decision.findings, at_the_door=True)


def _turns(readings: Iterable[Reading], before: Mapping[tuple[str, str, datetime], State]) -> Iterator[Reading]:
    for reading in readings:
        was = before.get(_key(reading))
        if was is None or (was is not reading.state and reading.state in ENDED):
            yield reading


def _key(reading: Reading) -> tuple[str, str, datetime]:
    return reading.clock.id, reading.span.subject, reading.span.started_at
