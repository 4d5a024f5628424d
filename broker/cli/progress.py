"""What is told of runs while they go on: live in a terminal, else a line or a JSON object per event."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator

import typer

from broker.cli.report import event_line
from broker.engine.events import Event
from broker.journal import body_of
from broker.plan.target import Target

Watch = Callable[[Target, Event], None]


@contextlib.contextmanager
def watching(*, as_json: bool) -> Iterator[Watch]:
    """How events are told, as long as it is open."""
    if as_json:
        yield as_object
    elif sys.stdout.isatty():
        from broker.cli.live import Live  # noqa: PLC0415 - brings rich, which a pipeline never needs

        with Live() as live:
            yield live.tell
    else:
        yield line


def quiet(_target: Target, _event: Event) -> None:
    """A dry run has nothing to tell while it goes on."""


def line(target: Target, event: Event) -> None:
    """One line for what is worth a line."""
    told = event_line(target, event)
    if told is not None:
        typer.echo(told)


def as_object(target: Target, event: Event) -> None:
    """Every event as one JSON object."""
    kind, body = body_of(event)
    typer.echo(json.dumps({"stack": target.stack, "kind": kind, **body}, ensure_ascii=False))
