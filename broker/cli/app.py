"""The commands of `broker`. Each prepares its parts through wiring; this is the one place that ends the process."""

import asyncio
import functools
import json
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Annotated, Any

import typer
import typer.main

from broker.cli import (
    assigning,
    attaching,
    attending,
    auditing,
    backups,
    calendar,
    checking,
    clocks,
    daemon,
    deciding,
    desk,
    dossier,
    drifting,
    founding,
    keys,
    leaving,
    looking,
    noticing,
    platform,
    previewing,
    quotas,
    rebuilding,
    running,
    secrets,
    signing,
    withdrawing,
)
from broker.cli.balance import balance
from broker.cli.options import HOME, UNABLE, Home
from broker.cli.template import template
from broker.cli.waivers import waivers
from broker.documents.kinds import DOCUMENTS
from broker.documents.schema import json_schema
from broker.engine.binary import VERSION
from broker.errors import BrokerError
from broker.nearest import unknown

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def told_version(wanted: bool) -> None:  # noqa: FBT001 - typer's way
    """Print the version of the package and that of the Pulumi CLI which belongs to it, and end."""
    if wanted:
        typer.echo(f"broker {metadata.version('govcloud-broker')}, for the Pulumi CLI {VERSION}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version",
        callback=told_version,
        is_eager=True,
        help="Print the version, and which Pulumi CLI belongs to it.",
    ),
]


@app.callback()
def broker(*, _version: Version = False) -> None:
    """政务云资源管理: approved documents become real resources."""


app.command()(founding.init)
app.command()(checking.check)
app.command()(assigning.assign)
app.command()(desk.desk)
app.command()(dossier.case)
app.command()(noticing.notices)
app.add_typer(attaching.app, name="attach")
app.command()(deciding.decide)
app.command()(withdrawing.withdraw)
app.command()(signing.sign)
app.command()(signing.verify)
app.add_typer(keys.app, name="keys")
app.command()(previewing.preview)
app.command()(attending.pulumi)
app.command()(backups.backup)
app.command(name="hand-over")(leaving.hand_over)
app.add_typer(quotas.app, name="quota")
app.add_typer(calendar.app, name="calendar")
app.command()(clocks.clocks)
app.add_typer(platform.app, name="platform")
app.add_typer(secrets.app, name="secrets")
app.add_typer(auditing.app, name="audit")


@app.command()
def schema(kind: Annotated[str | None, typer.Argument(help="One kind; all without it.")] = None) -> None:
    """Print the JSON Schema of one kind, or of all by name."""
    if kind is not None and kind not in DOCUMENTS:
        raise typer.BadParameter(unknown("kind", kind, DOCUMENTS))
    schemas = {name: json_schema(name) for name in DOCUMENTS if kind in {None, name}}
    typer.echo(json.dumps(schemas[kind] if kind else schemas, ensure_ascii=False, indent=2))


@app.command()
def new(kind: Annotated[str, typer.Argument(help="A kind, as `broker schema` names them.")]) -> None:
    """Print a commented file of a kind."""
    if kind not in DOCUMENTS:
        raise typer.BadParameter(unknown("kind", kind, DOCUMENTS))
    typer.echo(template(kind), nl=False)


app.command()(running.plan)
app.command()(running.reconcile)
app.command()(running.worker)
app.command()(daemon.daemon)
app.command()(daemon.wake)
app.command()(rebuilding.rebuild)
app.command()(looking.status)
app.command()(looking.events)
app.command()(drifting.drift)
app.command()(balance)
app.command()(waivers)


@app.command()
def doctor(home: Home = HOME) -> None:
    """Say what this deployment uses and whether it is there: the Pulumi CLI, the ledger, the registry, the clouds."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.doctor import examine  # noqa: PLC0415 - as above

    found = asyncio.run(examine(wiring.settings(home)))
    for line in found:
        typer.echo(f"{'ok ' if line.ok else 'BAD'}  {line.what}: {line.told}")
    if not all(line.ok for line in found):
        raise typer.Exit(UNABLE)


@functools.cache
def commands() -> Callable[[], Any]:
    """What runs a command: all of them with their options, as they stand once the first one is asked for."""
    return typer.main.get_command(app)


def main() -> None:
    """Run a command; a broker's error, or a file that is not what a command needs, is one line and exit 2."""
    try:
        commands()()
    except BrokerError as error:
        typer.echo(f"broker: {error}", err=True)
        sys.exit(UNABLE)
    except (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        typer.echo(f"broker: {error.filename}: {error.strerror}; name another file or folder", err=True)
        sys.exit(UNABLE)


__all__ = ["main"]
