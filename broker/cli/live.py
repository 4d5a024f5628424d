"""Runs as they are seen in a terminal while they go on."""

from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from broker.cli.report import event_line
from broker.engine.events import Event, StepDone, StepFailed, StepStarted, Summary
from broker.engine.steps import Ending
from broker.plan.target import Target


class Live:
    """One moving row per stack that is worked on; what is worth a line scrolls above it."""

    def __init__(self, console: Console | None = None) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[stack]}"),
            TextColumn("{task.completed:.0f} done"),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=console,
        )
        self._rows: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._progress.stop()

    def tell(self, target: Target, event: Event) -> None:
        """Nothing; the stack's row shows the event."""
        row = self._row(target.stack)
        match event:
            case StepStarted(step):
                self._progress.update(row, description=f"{step.op} {step.name}")
            case StepDone(step):
                self._progress.update(row, advance=float(step.ending is Ending.DONE))
            case Summary():
                self._progress.update(row, visible=False)
            case _:
                pass
        told = None if isinstance(event, StepDone) else event_line(target, event)
        if told is not None:
            style = "red" if isinstance(event, StepFailed) else None
            self._progress.console.print(told, style=style, markup=False, highlight=False)

    def _row(self, stack: str) -> TaskID:
        if stack not in self._rows:
            self._rows[stack] = self._progress.add_task("", total=None, stack=stack)
        return self._rows[stack]
