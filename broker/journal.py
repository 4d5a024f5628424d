"""What is written down of one run, as values: lines, resource index, what is metered, audit, notice and records.

Pure; `shelf` writes them under the lease's epoch, in one transaction with the state.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from broker.canonical import Json
from broker.documents.backups import Discarded, Wiped
from broker.documents.records import Provisioned, Record
from broker.engine import state
from broker.engine.events import Diagnostic, Event, Removed, StepDone, StepFailed, StepStarted, Summary
from broker.engine.run import Outcome
from broker.engine.steps import Step
from broker.ledger.audit import Entry
from broker.ledger.events import Happened
from broker.ledger.intervals import Deployment
from broker.ledger.leases import Lease
from broker.ledger.outbox import Notice
from broker.ledger.resources import Indexed
from broker.ledger.usage import Followed, Taking
from broker.plan.target import Target
from quotas.amount import NOTHING, Amount

EVIDENCE_LIMIT = 4000
"""Characters of one line of evidence."""
_HIGH_PERFORMANCE = "high_performance"
_RUNNING = "running"
_MADE_AT = "made_at"
"""`stacks.provider.resource_type.MADE_AT`; importing the provider takes half a second."""
REMOVED, RECORDED = "removed", "recorded"
"""Kinds of line: what went of a stack's content, and that all of it up to an epoch is in records."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run removed, line by line."""

    removed: tuple[str, ...] = ()
    """Of which the clouds list nothing any more."""
    unseen: tuple[str, ...] = ()
    """By the run's own word alone: nobody could look whether a cloud still lists it."""

    def __bool__(self) -> bool:
        """Whether there is anything to record."""
        return bool(self.removed or self.unseen)


NO_EVIDENCE = Evidence()


def body_of(event: Event) -> tuple[str, dict[str, Json]]:
    """Kind and content of the line that tells the event."""
    match event:
        case StepStarted(step):
            return "started", _step(step)
        case StepDone(step):
            return "done", _step(step)
        case StepFailed(step):
            return "failed", _step(step)
        case Diagnostic(severity, message, urn):
            return severity, {"resource": _name(urn), "message": message}
        case Summary(changes, seconds, maybe_corrupt):
            return "summary", {"changes": dict(changes), "seconds": seconds, "maybe_corrupt": maybe_corrupt}
        case Removed(what, count):
            return REMOVED, {"resource": what, "count": count}


def line(lease: Lease, event: Event, at: datetime) -> Happened:
    """The line of the journal that tells the event."""
    kind, body = body_of(event)
    return Happened(lease.stack, lease.epoch, at, kind, body)


def trouble(lease: Lease, message: str, at: datetime) -> Happened:
    """The line that says why a run did not come to its end."""
    return Happened(lease.stack, lease.epoch, at, "error", {"resource": "", "message": message})


def done_at(line: Happened) -> dict[str, datetime]:
    """The resource that the line says is done with, and when."""
    return {str(line.body["resource"]): line.at} if line.kind == "done" and isinstance(line.body, dict) else {}


def deployment(target: Target) -> Deployment:
    """Whom the metering of the stack is for."""
    system, zone, provider = target.stack.split(".")
    return Deployment(target.unit, system, zone, provider)


def index(target: Target, kept: bytes) -> tuple[Indexed, ...]:
    """The stack's resources as its clouds know them."""
    return tuple(_indexed(target, resource) for resource in state.held(kept) if not resource.deleting)


def takings(target: Target, kept: bytes) -> tuple[Taking, ...]:
    """What each resource takes that counts for something, and the stack's bandwidth once it is there."""
    held = tuple(resource for resource in state.held(kept) if not resource.deleting)
    bandwidth = target.spec.bandwidth_mbps if target.spec else 0
    whole = Taking("bandwidth", "govcloud:components:Bandwidth", target.stack, Amount(bandwidth_mbps=bandwidth))
    found = (_taking(target, resource) for resource in held)
    return (
        *(taking for taking in found if taking.amount != NOTHING),
        *((whole,) if bandwidth and held else ()),
    )


def begun(target: Target, lease: Lease, at: datetime) -> Entry:
    """The audit entry of a run that begins: from now on the cloud may hold what no entry tells."""
    body: dict[str, Json] = {
        "stack": target.stack,
        "epoch": lease.epoch,
        "documents": list(target.documents),
        **acts_of(target),
    }
    return Entry(at, lease.holder, "broker", f"{target.stack}#{lease.epoch}", "begin", target.digest or "none", body)


def made(kept: bytes) -> dict[str, datetime]:
    """When the cloud made what a run adopted, by logical name: a killed run's leftover counts from its start."""
    found = ((resource.name, resource.outputs.get(_MADE_AT)) for resource in state.held(kept) if not resource.deleting)
    return {name: instant for name, text in found if text and (instant := _instant(str(text)))}


def audit(  # noqa: PLR0913 - what one run did
    target: Target, lease: Lease, outcome: Outcome, metered: Followed, at: datetime, *, adopting: bool = False
) -> Entry:
    """The audit entry of a changed state: by whom, for which documents, to which digest."""
    done = "adopt" if adopting else "remove" if target.spec is None else "apply"
    action = done if outcome.ok else "fail"
    body: dict[str, Json] = {
        "stack": target.stack,
        "epoch": lease.epoch,
        "spec_digest": target.digest,
        "state_digest": state.digest(outcome.state),
        "documents": list(target.documents),
        **acts_of(target),
        "changes": dict(outcome.changes),
        "metered": _metered(target, metered),
    }
    return Entry(at, lease.holder, "broker", f"{target.stack}#{lease.epoch}", action, state.digest(outcome.state), body)


def attended(  # noqa: PLR0913, PLR0917 - what one command did
    target: Target, lease: Lease, command: tuple[str, ...], kept: bytes, metered: Followed, at: datetime
) -> Entry:
    """The audit entry of a person's own command on the stack."""
    body: dict[str, Json] = {
        "stack": target.stack,
        "epoch": lease.epoch,
        "command": ["pulumi", *command],
        "state_digest": state.digest(kept),
        "metered": _metered(target, metered),
    }
    return Entry(at, lease.holder, "operator", f"{target.stack}#{lease.epoch}", "attend", state.digest(kept), body)


def notice(target: Target, lease: Lease, outcome: Outcome) -> Notice:
    """The message that tells how a run ended."""
    topic = "provisioned" if outcome.ok else "failed"
    reasons = [d.message for d in outcome.diagnostics if d.severity == "error"]
    body: dict[str, Json] = {
        "stack": target.stack,
        "unit": target.unit,
        "spec_digest": target.digest,
        "documents": list(target.documents),
        **acts_of(target),
        "reasons": list(reasons),
    }
    run = f"{target.stack}#{lease.epoch}"
    return Notice(f"{run}:{topic}", topic, body, run)


def records(
    target: Target, outcome: Outcome, evidence: Evidence, at: datetime, *, simulated: bool
) -> tuple[Record, ...]:
    """What is recorded of a run: that the stack is as it should be, and that what left it is gone.

    Evidence is recorded of a wipe that broke off too: the run that ends it finds no trace of what this one removed.
    """
    told: list[Record] = []
    if outcome.ok:
        told.append(provisioned(target, sum(outcome.changes.values()), at, simulated=simulated))
    if evidence:
        told.append(_evidence(target, evidence, at, wiped=outcome.ok and target.spec is None, simulated=simulated))
    return tuple(told)


def lost(target: Target, removals: Iterable[Happened], at: datetime, *, simulated: bool) -> Discarded:
    """The record of what runs removed that never came to an end: by their journal alone."""
    bodies = [line.body for line in removals if isinstance(line.body, dict)]
    unseen = (f"{body['resource']}: {body['count']} at least, by a run that did not come to its end" for body in bodies)
    return Discarded(
        stack=target.stack, at=at, documents=target.documents, removed=(), unseen=tuple(unseen), simulated=simulated
    )


def provisioned(target: Target, resources: int, at: datetime, *, simulated: bool) -> Provisioned:
    """The record that a stack was brought to its target, and what of it people still have to make."""
    return Provisioned(
        stack=target.stack,
        spec_digest=target.digest or "none",
        documents=target.documents,
        acts=target.acts,
        at=at,
        resources=resources,
        manual_open=target.by_hand,
        simulated=simulated,
    )


def _evidence(target: Target, evidence: Evidence, at: datetime, *, wiped: bool, simulated: bool) -> Wiped | Discarded:
    lines, unseen = (tuple(line[:EVIDENCE_LIMIT] for line in lines) for lines in (evidence.removed, evidence.unseen))
    if wiped:
        return Wiped(stack=target.stack, at=at, removed=lines, simulated=simulated)
    return Discarded(
        stack=target.stack, at=at, documents=target.documents, removed=lines, unseen=unseen, simulated=simulated
    )


def acts_of(target: Target) -> dict[str, Json]:
    """The ids that tie the run to the consent and the notice of the acts that it carries out (C-17)."""
    return {"acts": list(target.acts)} if target.acts else {}


def _metered(target: Target, followed: Followed) -> Json:
    """What ended and what began, resource by resource: with it lost intervals are filled again."""
    ended: list[Json] = [
        {"resource": taking.resource, "external_id": taking.external_id, "at": at.isoformat()}
        for taking, at in followed.ended
    ]
    began: list[Json] = [
        {
            "resource": taking.resource,
            "type": taking.type,
            "external_id": taking.external_id,
            "amount": {name: value for name, value in taking.amount.parts().items() if value},
            "running": taking.running,
            "at": at.isoformat(),
        }
        for taking, at in followed.began
    ]
    return {"unit": target.unit, "ended": ended, "began": began}


def _step(step: Step) -> dict[str, Json]:
    return {"op": step.op, "resource": step.name, "type": step.type, "changes": [c.path for c in step.changes]}


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]


def _indexed(target: Target, resource: state.Held) -> Indexed:
    type_ = _types().get(resource.type)
    return Indexed(
        stack=target.stack,
        urn=resource.urn,
        type=resource.type,
        cloud=target.cloud.id,
        external_id=resource.id,
        key=_key(resource, type_),
        name=str(resource.inputs.get("name", "")),
        holds_data=bool(type_ and type_.holds_data),
    )


def _key(resource: state.Held, type_: Any) -> str:
    from stacks.provider.urn import key_for  # noqa: PLC0415 - see `_types`

    return key_for(resource.urn, type_, resource.inputs) if type_ else ""


@cache
def _types() -> Mapping[str, Any]:
    # importing the provider takes half a second: not before a run has done so
    from stacks.provider.assembly import TYPES  # noqa: PLC0415 - see above

    return TYPES


def _taking(target: Target, resource: state.Held) -> Taking:
    kind = resource.type.rsplit(":", 1)[-1]
    amount = _AMOUNTS[kind](target, resource.inputs) if kind in _AMOUNTS else NOTHING
    running = kind != "Server" or resource.inputs.get("power", _RUNNING) == _RUNNING
    return Taking(resource.name, resource.type, resource.id, amount, running)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None  # a cloud that writes instants otherwise: counted from its adoption
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _server(target: Target, inputs: Mapping[str, Any]) -> Amount:
    shape = target.shapes.get(str(inputs.get("flavor")))
    return Amount(vcpu=shape.vcpu, memory_gib=shape.memory_gib) if shape else NOTHING


def _volume(_target: Target, inputs: Mapping[str, Any]) -> Amount:
    size = int(inputs.get("size_gib", 0))
    return Amount(block_gib=size, block_high_performance_gib=size if inputs.get("type") == _HIGH_PERFORMANCE else 0)


def _bucket(_target: Target, inputs: Mapping[str, Any]) -> Amount:
    return Amount(object_gib=int(inputs.get("quota_gib", 0)))


def _address(_target: Target, _inputs: Mapping[str, Any]) -> Amount:
    return Amount(public_addresses=1)


_AMOUNTS: Mapping[str, Callable[[Target, Mapping[str, Any]], Amount]] = {
    "Server": _server,
    "Volume": _volume,
    "Bucket": _bucket,
    "FloatingIp": _address,
}
