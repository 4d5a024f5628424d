"""`broker preview`: what merging a revision would do, as a comment for its merge request."""

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from broker.cli import review
from broker.cli.options import HOME, REFUSED, AsOf, Home, Only
from broker.cli.problems import Format, TableFormat

if TYPE_CHECKING:
    from broker.check.review import Merged
    from broker.engine.events import Event
    from broker.plan.target import Target
    from broker.preview import Previewed


_HEAD = ("operation", "resource", "what differs", "mind")


def preview(
    revision: Annotated[str, typer.Argument(help="The revision to be merged, as git names it in the registry.")],
    home: Home = HOME,
    as_of: AsOf = None,
    only: Only = None,
    form: Annotated[TableFormat, typer.Option("--format", help="How it is written.")] = TableFormat.MARKDOWN,
) -> None:
    """Say what merging a revision would do: the review of `check --base`, and Pulumi's preview of every changed stack.

    Reads the ledger's states; writes nothing anywhere. Exit 1 if a stack could not be previewed.
    """
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need

    merged, previewed = asyncio.run(
        wiring.previews(wiring.deployed(home), as_of, revision, frozenset(only or ()), _quiet)
    )
    layout = Format(form)
    if layout is Format.JSON:
        more = {"supposed": [asdict(one) for one in merged.supposed], "stacks": [_json(one) for one in previewed]}
        told = json.loads(review.written(merged.review, layout)) | more
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        parts = [
            review.written(merged.review, layout),
            _supposed(merged, layout),
            *(_section(one, layout) for one in previewed),
        ]
        typer.echo("\n\n".join(parts))
    if any(one.trouble for one in previewed):
        raise typer.Exit(REFUSED)


def _supposed(merged: "Merged", form: Format) -> str:
    rows = [(one.matter, one.what) for one in merged.supposed]
    return review.section("Missing decisions, supposed as made", review.table(("matter", "decision"), rows, form), form)


def _section(one: "Previewed", form: Format) -> str:
    verb = "apply" if one.target.spec else "remove"
    body = f"could not be previewed: {one.trouble}" if one.trouble else review.table(_HEAD, _rows(one), form)
    return review.section(f"Stack {one.target.stack} ({verb})", body, form)


def _rows(one: "Previewed") -> list[tuple[str, ...]]:
    from broker.preview import effects  # noqa: PLC0415 - brings the engine

    return [
        (step.op, step.name, ", ".join(change.path for change in step.changes), ", ".join(effects(step)).upper())
        for step in one.steps
    ]


def _json(one: "Previewed") -> dict[str, Any]:
    from broker.preview import effects  # noqa: PLC0415 - as above

    steps = [
        {
            "op": step.op,
            "resource": step.name,
            "type": step.type,
            "changes": [change.path for change in step.changes],
            "effects": list(effects(step)),
        }
        for step in one.steps
    ]
    return {"stack": one.target.stack, "trouble": one.trouble, "steps": steps}


def _quiet(_target: "Target", _event: "Event") -> None:
    """A preview tells what it found at its end."""
