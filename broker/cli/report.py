"""What a plan, a reconcile and its events say to a person at a terminal, line by line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from broker.admit import Outcome
from broker.engine.events import Diagnostic, Event, Removed, StepDone, StepFailed, StepStarted, Summary
from broker.engine.run import Outcome as RunOutcome
from broker.engine.steps import Ending
from broker.estate.manual import ManualItem
from broker.plan.stack import stack_specs
from broker.plan.target import Plan, Target
from broker.problem import Problem
from broker.reconcile import Draft, Report
from stacks.spec import to_json


def draft_lines(draft: Draft) -> Iterator[str]:
    """What was judged, what would change, and what is held up."""
    yield from admission_lines(draft.admissions)
    yield from plan_lines(draft.plan)
    yield from held_lines(draft.held)
    yield from manual_lines(draft.by_hand)
    yield from (f"  to move  {one}" for one in draft.stranded)


def draft_json(draft: Draft) -> dict[str, Any]:
    """The same for machines."""
    return {
        "head": draft.registry.head,
        "as_of": draft.estate.as_of.isoformat(),
        "admissions": [
            {
                "id": o.admitted.id,
                "admitted": o.admitted.admitted,
                "reasons": [r.model_dump() for r in o.admitted.reasons],
            }
            for o in draft.admissions
        ],
        "changed": [
            {
                "stack": target.stack,
                "action": "apply" if target.spec else "remove",
                "digest": target.digest,
                "documents": list(target.documents),
            }
            for target in draft.plan.changed
        ],
        "unchanged": list(draft.plan.unchanged),
        "orphans": list(draft.plan.orphans),
        "held": {stack: str(problem) for stack, problem in sorted(draft.held.items())},
        "by_hand": [asdict(item) for item in draft.by_hand],
        "to_move": [asdict(one) for one in draft.stranded],
    }


def specs_json(draft: Draft, only: frozenset[str]) -> dict[str, str]:
    """The complete description of every stack that must exist, changed or not, by its name; `only` names stacks."""
    wanted = {spec.name: spec for spec in stack_specs(draft.estate, draft.platform)}
    return {stack: to_json(spec) for stack, spec in wanted.items() if not only or stack in only}


def report_json(report: Report) -> dict[str, Any]:
    """How every changed stack ended, for machines."""
    results = [
        {
            "stack": result.target.stack,
            "ok": result.ok,
            "held_by": result.held_by,
            "calls": result.outcome.calls if result.outcome else 0,
            "seconds": round(result.outcome.seconds, 3) if result.outcome else 0,
            "changes": dict(result.outcome.changes) if result.outcome else {},
            "errors": _errors(result.outcome) if result.outcome else [],
        }
        for result in report.results
    ]
    return {
        "kind": "report",
        "ok": report.ok,
        **draft_json(report.draft),
        "results": results,
        "failed": dict(report.failed),
    }


def admission_lines(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    """One line per document that was judged now; each refusal with code, article, fact and cure."""
    admitted = [outcome for outcome in outcomes if outcome.admitted.admitted]
    if outcomes:
        yield f"admission: {len(outcomes)} documents judged, {len(admitted)} admitted"
    for outcome in outcomes:
        for reason in outcome.admitted.reasons:
            yield f"  not admitted  {outcome.admitted.id}: {reason.told}"


def plan_lines(plan: Plan) -> Iterator[str]:
    """What would change."""
    yield f"plan: {len(plan.changed)} stacks to change, {len(plan.unchanged)} as they should be"
    yield from (f"  {'apply ' if target.spec else 'remove'}  {target.stack}" for target in plan.changed)
    for stack in plan.orphans:
        yield f"  orphan  {stack}: no document explains it; it is left alone"


def held_lines(held: Mapping[str, Problem]) -> Iterator[str]:
    """Which stacks stay as they are, each with the refused document that holds it up."""
    yield from (f"  held up  {stack}: {problem}" for stack, problem in sorted(held.items()))


def manual_lines(items: Iterable[ManualItem]) -> Iterator[str]:
    """What people still have to make, each open until a `ManualWork` document says that it is there."""
    yield from (f"  by hand  {item.stack}: {item}; file ManualWork when it is there" for item in items)


def event_line(target: Target, event: Event) -> str | None:
    """One line for what is worth a line: a step that ended, a warning, the end."""
    match event:
        case StepDone(step) if step.op not in {"same", "read"} and step.ending is Ending.DONE:
            return f"{target.stack}  {step.op:<8}  {step.name}"
        case StepFailed(step):
            return f"{target.stack}  FAILED    {step.op} {step.name}"
        case Diagnostic(severity, message, urn) if severity in {"warning", "error"}:
            name = urn.rsplit("::", 1)[-1]
            return f"{target.stack}  {severity:<8}  {name}: {message.strip()}"
        case Summary(changes, seconds):
            told = ", ".join(f"{count} {op}" for op, count in sorted(changes.items())) or "nothing"
            return f"{target.stack}  done      {told} in {seconds:.0f} s"
        case Removed(what, count):
            return f"{target.stack}  removed   {what}: {count}"
        case StepStarted() | StepDone() | Diagnostic():
            return None


def report_lines(report: Report) -> Iterator[str]:
    """How every changed stack ended."""
    for result in report.results:
        if result.outcome is None:
            yield f"  held     {result.target.stack}: {result.held_by} works on it; it will be done there"
        elif not result.outcome.ok:
            yield f"  FAILED   {result.target.stack}: {'; '.join(_errors(result.outcome))}"
        else:
            calls, seconds = result.outcome.calls, result.outcome.seconds
            yield f"  applied  {result.target.stack}: {calls} calls to the cloud, {seconds:.1f} s"
    for stack, reason in sorted(report.failed.items()):
        yield f"  FAILED   {stack}: {reason}"
    for package in report.delivered:
        yield f"  packed   {package.unit}/{package.stack}.age: secrets that only {', '.join(package.recipients)} opens"
    for waiting in report.waiting:
        yield f"  secrets of {waiting.stack} wait: {waiting.why}"


def _errors(outcome: RunOutcome) -> list[str]:
    return [d.message.strip() for d in outcome.diagnostics if d.severity == "error"]
