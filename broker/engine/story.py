"""Gathers what one run says while it goes on, and hands it to whoever watches."""

from collections.abc import Callable

from broker.engine.events import Diagnostic, Event, StepDone, StepFailed, StepStarted, Summary, parse
from broker.engine.scrub import Scrubber
from broker.engine.steps import Step


class Story:
    """The run's steps as far as they came, its warnings and errors, and how it ended."""

    def __init__(self, scrubber: Scrubber, watcher: Callable[[Event], None]) -> None:
        self._scrubber = scrubber
        self._watcher = watcher
        self._steps: dict[tuple[str, str], Step] = {}
        self._diagnostics: list[Diagnostic] = []
        self.summary: Summary | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step in the order in which it was begun."""
        return tuple(self._steps.values())

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings and errors, in order."""
        return tuple(self._diagnostics)

    def tell(self, raw: str) -> None:
        """Take one event of the engine's stream."""
        event = parse(raw, self._scrubber)
        if event is None:
            return
        match event:
            case StepStarted(step) | StepDone(step) | StepFailed(step):
                self._keep(step)
            case Summary():
                self.summary = event
            case Diagnostic():
                self.complain(event)
        self._watcher(event)

    def complain(self, diagnostic: Diagnostic) -> None:
        """Keep a message if it is a warning or an error."""
        if diagnostic.severity in {"warning", "error"}:
            self._diagnostics.append(diagnostic)

    def last_words(self, stderr: str) -> None:
        """What the CLI wrote before it gave up without an event: a lock, a wrong passphrase, a broken state."""
        if stderr.strip() and not any(diagnostic.severity == "error" for diagnostic in self._diagnostics):
            self._diagnostics.append(Diagnostic("error", self._scrubber.text(stderr).strip()))

    def _keep(self, step: Step) -> None:
        # A refresh step is named `refresh` when it begins and by its result when it ends.
        self._steps.pop(("refresh", step.urn), None)
        self._steps[step.op, step.urn] = step
