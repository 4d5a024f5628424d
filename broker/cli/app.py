"""The commands of `broker`. Each prepares its parts through wiring; this is the one place that ends the process."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli import calendar, checking, founding, secrets, signing
from broker.cli.options import AsOf, Home, Only
from broker.cli.template import template
from broker.documents.kinds import DOCUMENTS
from broker.errors import BrokerError

if TYPE_CHECKING:
    from broker.engine.events import Event
    from broker.plan.target import Target

REFUSED, UNABLE = 1, 2

app = typer.Typer(
    help="政务云资源管理: approved documents become real resources.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command()(founding.init)
app.command()(checking.check)
app.command()(signing.sign)
app.command()(signing.verify)
app.add_typer(calendar.app, name="calendar")
app.add_typer(secrets.app, name="secrets")


@app.command()
def schema(kind: Annotated[str | None, typer.Argument(help="One kind; all without it.")] = None) -> None:
    """Print the JSON Schema of one kind, or of all by name."""
    if kind is not None and kind not in DOCUMENTS:
        raise typer.BadParameter(f"there is no kind {kind}; there are {', '.join(DOCUMENTS)}")
    schemas = {name: model.model_json_schema() for name, model in DOCUMENTS.items() if kind in {None, name}}
    typer.echo(json.dumps(schemas[kind] if kind else schemas, ensure_ascii=False, indent=2))


@app.command()
def new(kind: Annotated[str, typer.Argument(help="A kind, as `broker schema` names them.")]) -> None:
    """Print a commented file of a kind."""
    if kind not in DOCUMENTS:
        raise typer.BadParameter(f"there is no kind {kind}; there are {', '.join(DOCUMENTS)}")
    typer.echo(template(kind), nl=False)


@app.command()
def plan(home: Home = Path(".broker"), as_of: AsOf = None, only: Only = None) -> None:
    """Say what a reconcile would do now. Writes nothing, calls no cloud."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.cli import report  # noqa: PLC0415 - as above
    from broker.reconcile import draft  # noqa: PLC0415 - as above

    settings = wiring.settings(home)

    async def say() -> None:
        async with wiring.office(settings, as_of, _quiet) as office:
            to_do = await draft(office, frozenset(only or ()))
        _echo(report.admission_lines(to_do.admissions))
        _echo(report.plan_lines(to_do.plan))
        _echo(report.held_lines(to_do.held))

    asyncio.run(say())


@app.command(name="reconcile")
def reconcile_(home: Home = Path(".broker"), as_of: AsOf = None, only: Only = None) -> None:
    """Make the clouds hold what the documents say. Exit 1 if a stack is not as it should be."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.cli import report  # noqa: PLC0415 - as above
    from broker.reconcile import reconcile  # noqa: PLC0415 - as above

    settings = wiring.settings(home)

    async def run() -> bool:
        async with wiring.office(settings, as_of, _tell) as office:
            done = await reconcile(office, frozenset(only or ()))
        _echo(report.admission_lines(done.draft.admissions))
        _echo(report.plan_lines(done.draft.plan))
        _echo(report.held_lines(done.draft.held))
        _echo(report.report_lines(done))
        return done.ok

    if not asyncio.run(run()):
        raise typer.Exit(REFUSED)


@app.command()
def doctor(home: Home = Path(".broker")) -> None:
    """Say what this deployment uses and whether it is there: the Pulumi CLI, the ledger, the registry, the clouds."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need

    found = asyncio.run(wiring.examine(wiring.settings(home)))
    for line in found:
        typer.echo(f"{'ok ' if line.ok else 'BAD'}  {line.what}: {line.told}")
    if not all(line.ok for line in found):
        raise typer.Exit(UNABLE)


def _tell(target: "Target", event: "Event") -> None:
    from broker.cli import report  # noqa: PLC0415 - as above

    line = report.event_line(target, event)
    if line is not None:
        typer.echo(line)


def _quiet(_target: "Target", _event: "Event") -> None:
    """A dry run has nothing to tell while it goes on."""


def _echo(lines: Iterator[str]) -> None:
    for line in lines:
        typer.echo(line)


def main() -> None:
    """Run a command; a broker's error is one line and exit 2."""
    try:
        app()
    except BrokerError as error:
        typer.echo(f"broker: {error}", err=True)
        sys.exit(UNABLE)


__all__ = ["main"]
