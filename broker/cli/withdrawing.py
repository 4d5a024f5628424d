"""`broker withdraw`: the decision that takes an approved change or elastic grant back, written ready to be signed."""

from pathlib import Path
from typing import Annotated

import typer

from broker import papers
from broker.cli import drafting
from broker.drafts.signers import fitted
from broker.drafts.withdrawal import withdrawal


def withdraw(
    form: Annotated[str, typer.Argument(help="The form, by id, as `broker status` names it: merged, not applied.")],
    filed_by: Annotated[str, typer.Option("--as", help="Who files it: the id of a Person document.")],
    reason: Annotated[str, typer.Option(help="Why, for the record; such as 云平台容量不足，无法开通.")],
    registry: Annotated[Path, typer.Option(help="The registry to write into.")] = Path(),
) -> None:
    """Write the decision that takes an approved change back: the cure of an apply that cannot succeed.

    Its stack goes back to what it was before. What was merged stays; data goes only where a document says so.
    """
    known = papers.read(registry)
    draft = withdrawal(known, form, reason, drafting.filing(known, filed_by))
    fitted(known, draft)
    typer.echo(drafting.told(draft, drafting.write(draft, registry)))
    typer.echo("`broker check . --base origin/main` says what it does to the estate")
