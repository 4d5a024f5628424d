"""`broker quota`: what is left on each level, and what a paper would take before it is filed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from broker import papers
from broker.check.headroom import Level
from broker.check.review import Merged
from broker.cli import problems, review
from broker.cli.options import REFUSED
from broker.cli.problems import Format, TableFormat
from broker.errors import NameUnknown
from broker.nearest import unknown
from broker.problem import Severity
from quotas.amount import RESOURCES

Registry = Annotated[Path, typer.Option(help="The registry: a git work tree or a plain folder.")]
Form = Annotated[Format, typer.Option("--format", help="How it is written.")]
TableForm = Annotated[TableFormat, typer.Option("--format", help="How it is written.")]
_HEAD = ("account", "resource", "limit", "held", "free")

app = typer.Typer(help="What is left of quotas and clouds.", no_args_is_help=True)


@app.command()
def show(
    account: Annotated[str, typer.Argument(help="Only accounts with this in their name, such as education.")] = "",
    registry: Registry = Path(),
    form: TableForm = TableFormat.TEXT,
) -> None:
    """Print limit, holdings and what is left of every unit and every cloud, per zone."""
    levels = papers.room(registry)
    if account and not any(account in name for name in levels):
        raise NameUnknown(unknown("account with this in its name:", account, levels))
    wanted = sorted((name, level) for name, level in levels.items() if account in name)
    rows = [row for name, level in wanted for row in _rows(name, level)]
    if form is TableFormat.JSON:
        told = [dict(zip(_HEAD, row, strict=True)) for row in rows]
        return typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    if wanted and not rows:
        names = ", ".join(name for name, _ in wanted)
        return typer.echo(f"nothing was granted to {names}, and nothing is held")
    cells = [tuple(map(str, row)) for row in rows]
    return typer.echo(review.table(_HEAD, cells, Format(form)))


def _rows(account: str, level: Level) -> Iterator[tuple[str, str, int, int, int]]:
    for resource in RESOURCES:
        limit, held = getattr(level.limit, resource), getattr(level.held, resource)
        if limit or held:
            yield account, resource, limit, held, level.free(resource)


@app.command("what-if")
def what_if(
    file: Annotated[Path, typer.Argument(help="A request or form, filed or not.", exists=True, dir_okay=False)],
    registry: Registry = Path(),
    form: Form = Format.TEXT,
) -> None:
    """Say what a request or form would take if it were approved: head-room on each level, cost, and every refusal.

    Exit 1 if it would not be admitted; who holds the room that lacks stands in the refusal.
    """
    found = papers.what_if(registry, file)
    if not isinstance(found, Merged):
        typer.echo(problems.written(found, form))
        raise typer.Exit(REFUSED)
    typer.echo(review.written(found.review, form))
    if any(problem.severity is not Severity.NOTICE for problem in found.review.problems):
        raise typer.Exit(REFUSED)
