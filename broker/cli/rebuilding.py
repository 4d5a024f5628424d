"""`broker rebuild`: the ledger made anew from git and the clouds, beside what was there before."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli.options import HOME, REFUSED, AsJson, AsOf, Home

if TYPE_CHECKING:
    from broker.rebuild import Rebuilt

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
_TITLES = {
    "closed": "closed intervals",
    "open": "open intervals",
    "notices": "notices and their receipts",
    "months": "closed months",
    "audit": "audit root",
    "resources": "resource index",
}
_EQUAL = {True: "yes", False: "NO", None: "-"}


def rebuild(home: Home = HOME, as_of: AsOf = None, *, yes: Yes = False, as_json: AsJson = False) -> None:
    """Empty the ledger and fill it from git and clouds. Exit 1 if something is not equal, or a stack is not found.

    No document is judged, nothing is made and no notice goes out. Stop the daemon and all workers first.
    """
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.cli import progress  # noqa: PLC0415 - as above
    from broker.rebuild import rebuild as make_anew  # noqa: PLC0415 - as above

    settings = wiring.deployed(home)
    if not yes:
        typer.confirm(f"Empty the ledger of {settings.home} and fill it from git and the clouds?", abort=True, err=True)
    done = asyncio.run(make_anew(settings, as_of, progress.quiet))
    if as_json:
        typer.echo(json.dumps({**asdict(done), "ok": done.ok}, ensure_ascii=False, indent=2))
    else:
        for line in lines(done):
            typer.echo(line)
    if not done.ok:
        raise typer.Exit(REFUSED)


def lines(done: "Rebuilt") -> Iterator[str]:
    """The table, then stacks that were found, were not, or wait for a reconcile."""
    yield f"{'what':<28}{'before':>8}{'after':>8}  equal"
    for row in done.table:
        before = "lost" if row.before is None else str(row.before)
        yield f"{_TITLES.get(row.what, row.what):<28}{before:>8}{row.after:>8}  {_EQUAL[row.equal]}"
    yield from (f"  adopted  {stack}" for stack in done.adopted)
    yield from (f"  FAILED   {stack}: {why}" for stack, why in sorted(done.failed.items()))
    yield from (
        f"  left     {stack}: documents change it; `broker reconcile` adopts and changes it" for stack in done.left
    )
