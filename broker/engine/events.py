"""What the engine says while it works, as typed events. Debug chatter and unchanged resources are left out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from broker.engine.scrub import Scrubber
from broker.engine.steps import Ending, Step, changes_of

_QUIET_OPS = frozenset({"same"})


@dataclass(frozen=True, slots=True)
class StepStarted:
    """Pulumi begins with a resource; in a preview it says what it would do."""

    step: Step


@dataclass(frozen=True, slots=True)
class StepDone:
    """A resource is as it should be."""

    step: Step


@dataclass(frozen=True, slots=True)
class StepFailed:
    """A resource is not as it should be; the reason comes as a Diagnostic with the same URN."""

    step: Step


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A message of engine, program or provider, without secrets. `severity`: info, warning or error."""

    severity: str
    message: str
    urn: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """The end: how many resources per operation. `maybe_corrupt`: the state may not tell what the cloud holds."""

    changes: Mapping[str, int]
    seconds: float
    maybe_corrupt: bool


@dataclass(frozen=True, slots=True)
class Removed:
    """Content that went before the engine's own steps: a bucket's so far, or one snapshot or backup."""

    what: str
    count: int


Event: TypeAlias = StepStarted | StepDone | StepFailed | Diagnostic | Summary | Removed


def parse(raw: str | bytes, scrubber: Scrubber) -> Event | None:
    """The event that one line of the engine's stream tells; None for what nobody needs to know."""
    event: dict[str, Any] = scrubber.value(json.loads(raw))
    if diagnostic := event.get("diagnosticEvent"):
        return _diagnostic(diagnostic, scrubber)
    if summary := event.get("summaryEvent"):
        return Summary(
            summary.get("resourceChanges") or {},
            float(summary.get("durationSeconds", 0)),
            bool(summary.get("maybeCorrupt")),
        )
    return _step_event(event)


def _step_event(event: dict[str, Any]) -> Event | None:
    if pre := event.get("resourcePreEvent"):
        ending = Ending.PLANNED if pre.get("planning") else Ending.STARTED
        return StepStarted(_step(pre["metadata"], ending)) if _told(pre) else None
    if done := event.get("resOutputsEvent"):
        return StepDone(_step(done["metadata"], Ending.DONE)) if _told(done) and not done.get("planning") else None
    if failed := event.get("resOpFailedEvent"):
        return StepFailed(_step(failed["metadata"], Ending.FAILED))
    return None


def _told(event: Mapping[str, Any]) -> bool:
    return event["metadata"]["op"] not in _QUIET_OPS


def _step(metadata: Mapping[str, Any], ending: Ending) -> Step:
    return Step(metadata["op"], metadata["urn"], metadata["type"], ending, changes_of(metadata))


def _diagnostic(diagnostic: Mapping[str, Any], scrubber: Scrubber) -> Diagnostic | None:
    severity = diagnostic["severity"].removesuffix("#err")
    message = scrubber.text(diagnostic.get("message", "")).strip()
    if severity == "debug" or diagnostic.get("ephemeral") or not message:
        return None
    return Diagnostic(severity, message, diagnostic.get("urn", ""))
