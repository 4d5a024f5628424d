"""How every stack and every paper stands: what is to be done beside what the ledger says was done."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from broker.clock import SHANGHAI
from broker.documents.records import Admitted, Provisioned, Received
from broker.drift.finding import Standing
from broker.estate.cases import Admission
from broker.estate.certified import Uncertified, uncertified
from broker.estate.fold import admissions_of
from broker.estate.manual import ManualItem, OpenMeasure, open_measures
from broker.estate.moot import Moot, moot_orders
from broker.estate.system import Lifecycle
from broker.ledger.duties import Ended
from broker.ledger.events import Happened
from broker.ledger.queue import StackJob
from broker.ledger.stacks import Summary
from broker.reconcile import Draft


class Stage(StrEnum):
    """How a stack stands."""

    APPLIED = "applied"
    PENDING = "pending"
    RUNNING = "running"
    FAILED = "failed"
    HELD = "held"
    REMOVED = "removed"
    """Its system is retired and nothing of the stack is left."""
    ORPHAN = "orphan"
    """No document explains it; it is left alone."""


@dataclass(frozen=True, slots=True)
class StackStatus:
    """One stack. `age_s`: since it was last saved; `reason`: why it failed, is held, or who works on it."""

    stack: str
    stage: Stage
    age_s: float | None
    digest: str
    reason: str
    job: str
    differs: tuple[str, ...] = ()
    """What the clouds had beside what was last applied, when they were last asked (`broker drift`)."""
    asked_at: datetime | None = None
    """When that was; None: never."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A merged document that has no effect, or not yet. `age_s`: since it was received; `reasons`: codes and facts."""

    id: str
    age_s: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """Everything at one instant."""

    head: str
    as_of: datetime
    stacks: tuple[StackStatus, ...]
    not_admitted: tuple[Paper, ...]
    not_applied: tuple[Paper, ...]
    """Admitted, and a stack that they change is not brought to them yet."""
    by_hand: tuple[ManualItem, ...] = ()
    """What documents grant and people still have to make."""
    away: str = ""
    """Why the git host could not be asked; empty = it answered, or there is none."""
    duties: tuple[Ended, ...] = ()
    """How the daemon's duties last ended."""
    uncertified: tuple[Uncertified, ...] = ()
    """Stacks that were wiped and whose provider has not certified it yet."""
    measures: tuple[OpenMeasure, ...] = ()
    """Compulsory measures that people carry out, not done yet."""
    moot: tuple[Moot, ...] = ()
    """Orders that do nothing to a system, of systems that have not left."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of all stacks."""

    stacks: Mapping[str, Summary]
    errors: Mapping[str, Happened]
    jobs: Mapping[str, StackJob]
    duties: tuple[Ended, ...] = ()
    drifts: Mapping[str, Standing] = field(default_factory=dict)


def status(draft: Draft, ledger: Known, as_of: datetime) -> Status:
    """How everything stands."""
    names = sorted({*ledger.stacks, *(t.stack for t in draft.plan.changed), *draft.plan.unchanged, *draft.held})
    admissions = admissions_of((*draft.registry.records, *draft.records))
    return Status(
        head=draft.registry.head,
        as_of=as_of,
        stacks=tuple(_stack(name, draft, ledger, as_of) for name in names),
        not_admitted=tuple(_not_admitted(draft, as_of)),
        not_applied=tuple(_not_applied(draft, ledger, as_of)),
        by_hand=draft.by_hand,
        away=draft.away,
        duties=ledger.duties,
        uncertified=uncertified(draft.registry),
        measures=open_measures(draft.registry, admissions, as_of),
        moot=tuple(_moot(draft, admissions)),
    )


def _stack(name: str, draft: Draft, ledger: Known, as_of: datetime) -> StackStatus:
    known, job = ledger.stacks.get(name), ledger.jobs.get(name)
    stage, reason = _stage(name, draft, ledger)
    saved = known.applied_at if known else None
    drift = ledger.drifts.get(name)
    return StackStatus(
        stack=name,
        stage=stage,
        age_s=(as_of - saved).total_seconds() if saved else None,
        digest=known.spec_digest if known else "",
        reason=reason,
        job=job.status if job else "",
        differs=tuple(map(str, drift.differences)) if drift else (),
        asked_at=drift.asked_at if drift else None,
    )


def _stage(name: str, draft: Draft, ledger: Known) -> tuple[Stage, str]:
    known, error = ledger.stacks.get(name), ledger.errors.get(name)
    if known and known.holder:
        return Stage.RUNNING, known.holder
    if name in draft.held:
        return Stage.HELD, str(draft.held[name])
    if name in draft.plan.orphans:
        return Stage.ORPHAN, "no document explains it; it is left alone"
    if name not in {target.stack for target in draft.plan.changed}:
        return (Stage.APPLIED if known else Stage.REMOVED), ""
    if known and error and error.epoch >= known.epoch > 0 and not known.spec_digest:
        return Stage.FAILED, _message(error)
    return Stage.PENDING, ""


def _message(error: Happened) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    return ": ".join(part for part in (str(body.get("resource", "")), str(body.get("message", ""))) if part)


def _not_admitted(draft: Draft, as_of: datetime) -> Iterator[Paper]:
    received = _received(draft)
    known = (record for record in draft.registry.records if isinstance(record, Admitted))
    for record in (*known, *(outcome.admitted for outcome in draft.admissions)):
        if not record.admitted:
            age_s = (as_of - received.get(record.document, record.as_of)).total_seconds()
            yield Paper(record.id, age_s, tuple(reason.told for reason in record.reasons))


def _not_applied(draft: Draft, ledger: Known, as_of: datetime) -> Iterator[Paper]:
    received = _received(draft)
    brought = {(r.stack, name) for r in draft.registry.records if isinstance(r, Provisioned) for name in r.documents}
    waiting: dict[str, list[str]] = {}
    for target in draft.plan.changed:
        for name in (name for name in target.documents if (target.stack, name) not in brought):
            waiting.setdefault(name, []).append(target.stack)
    for name, stacks in waiting.items():
        filed = draft.registry.get(name)
        age_s = (as_of - received.get(filed.digest, as_of)).total_seconds() if filed else 0.0
        yield Paper(name, age_s, tuple(_why_not(stack, draft, ledger) for stack in stacks))


def _why_not(stack: str, draft: Draft, ledger: Known) -> str:
    """Why a stack is not brought to a paper yet, and when it is tried again."""
    stage, reason = _stage(stack, draft, ledger)
    job = ledger.jobs.get(stack)
    told = f"{stack} is not brought to it: {stage}" + (f", {reason}" if reason else "")
    if job and job.status == "todo":
        at = f" at {job.scheduled_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if job.scheduled_at else ""
        return f"{told}; a job waits to try it{at}"
    if job and job.status == "failed":
        return f"{told}; the last job failed, the next reconcile asks again (or take it back: broker withdraw)"
    return told


def _moot(draft: Draft, admissions: Mapping[str, Admission]) -> Iterator[Moot]:
    """What is ordered in vain is told until its system is no more."""
    for moot in moot_orders(draft.registry.filed, admissions):
        system = draft.estate.system(moot.system)
        if system is not None and system.lifecycle is not Lifecycle.RETIRED:
            yield moot


def _received(draft: Draft) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for record in (*draft.registry.records, *draft.records):
        if isinstance(record, Received):
            found.setdefault(record.document, record.at)
    return found
