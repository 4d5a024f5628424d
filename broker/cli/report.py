"""What a plan, a reconcile and its events say to a person at a terminal, line by line."""

from collections.abc import Iterator, Mapping

from broker.admit import Outcome
from broker.engine.events import Diagnostic, Event, StepDone, StepFailed, StepStarted, Summary
from broker.engine.steps import Ending
from broker.plan.target import Plan, Target
from broker.problem import Problem
from broker.reconcile import Report


def admission_lines(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    """One line per document that was judged now; each refusal with code, article, fact and cure."""
    admitted = [outcome for outcome in outcomes if outcome.admitted.admitted]
    if outcomes:
        yield f"admission: {len(outcomes)} documents judged, {len(admitted)} admitted"
    for outcome in outcomes:
        for reason in outcome.admitted.reasons:
            yield f"  not admitted  {outcome.admitted.id}: {reason.code}({reason.article}){reason.fact};{reason.cure}"


def plan_lines(plan: Plan) -> Iterator[str]:
    """What would change."""
    yield f"plan: {len(plan.changed)} stacks to change, {len(plan.unchanged)} as they should be"
    yield from (f"  {'apply ' if target.spec else 'remove'}  {target.stack}" for target in plan.changed)
    for stack in plan.orphans:
        yield f"  orphan  {stack}: no document explains it; it is left alone"


def held_lines(held: Mapping[str, Problem]) -> Iterator[str]:
    """Which stacks stay as they are, each with the refused document that holds it up."""
    yield from (f"  held up  {stack}: {problem}" for stack, problem in sorted(held.items()))


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
        case StepStarted() | StepDone() | Diagnostic():
            return None


def report_lines(report: Report) -> Iterator[str]:
    """How every changed stack ended."""
    for result in report.results:
        if result.outcome is None:
            yield f"  held     {result.target.stack}: {result.held_by} works on it; it will be done there"
        elif not result.outcome.ok:
            reasons = "; ".join(d.message.strip() for d in result.outcome.diagnostics if d.severity == "error")
            yield f"  FAILED   {result.target.stack}: {reasons}"
        else:
            calls, seconds = result.outcome.calls, result.outcome.seconds
            yield f"  applied  {result.target.stack}: {calls} calls to the cloud, {seconds:.1f} s"
    for stack, reason in sorted(report.failed.items()):
        yield f"  FAILED   {stack}: {reason}"
    for waiting in report.waiting:
        yield f"  secrets of {waiting.stack} wait: {waiting.why}"
