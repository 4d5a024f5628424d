"""What one document does to one system: a change that needs the system, and a step that its stage must allow."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from broker.estate import lifecycle
from broker.estate.lifecycle import Step, allowed
from broker.estate.system import RUNNING, System

Change: TypeAlias = Callable[[System | None], System | None]
Then: TypeAlias = Callable[[System, tuple[str, ...]], System]
"""What a step makes of a system. It gets the system's matters with its own document among them, to put them in with
whatever else it changes: a value more per step took a tenth of the fold's time."""


@dataclass(frozen=True, slots=True)
class Event:
    """One step of one system. Ordered by instant, then by the order of main."""

    at: datetime
    sequence: int
    system: str
    document: str
    step: Change


def changed(document: str, then: Callable[[System], System]) -> Change:
    """A step that needs the system to be there, and notes the document among its matters."""

    def step(system: System | None) -> System | None:
        if system is None:
            return None
        after = then(system)
        return replace(after, matters=(*after.matters, document))

    return step


def moved(step: Step, document: str, then: Then) -> Change:
    """A step of the system's life; from a stage that does not allow it, it has no effect."""

    def made(system: System | None) -> System | None:
        if system is None:
            return None
        noted = (*system.matters, document)
        after = move(system, step, then(system, noted))
        return after if after.matters == noted else replace(after, matters=noted)

    return made


def move(before: System, step: Step, after: System) -> System:
    """The system after the step, or as it was where its stage does not allow it."""
    return after if allowed(before.lifecycle, step, after.lifecycle) else before


def reach(step: Step, document: str) -> Change:
    """The one stage that the step leads to, whatever the document says besides."""
    stage = next(t.after for t in lifecycle.TRANSITIONS if t.step == step)
    return moved(step, document, lambda s, noted: replace(s, lifecycle=stage, matters=noted))


def halt(step: Step, order: str) -> Change:
    """The system stands still under the order, which takes the place of any under which it stood still before."""
    stage = next(t.after for t in lifecycle.TRANSITIONS if t.step == step)

    def halted(system: System, noted: tuple[str, ...]) -> System:
        back = system.lifecycle if system.lifecycle in RUNNING else system.halted_in
        return replace(system, lifecycle=stage, suspended_by=order, halted_in=back, matters=noted)

    return moved(step, order, halted)


def go_on(step: Step, document: str, order: str) -> Change:
    """The system goes back to where it was, if it stands still under this very order."""

    def resumed(system: System, noted: tuple[str, ...]) -> System:
        if system.suspended_by != order or system.halted_in is None:
            return system
        return replace(system, lifecycle=system.halted_in, suspended_by=None, halted_in=None, matters=noted)

    return moved(step, document, resumed)
