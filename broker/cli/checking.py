"""`broker check`: a registry, or a merge request into it. Needs no credentials, ledger or network."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from broker import papers
from broker.cli import problems, review
from broker.cli.options import REFUSED
from broker.problem import Problem, Severity


def check(  # noqa: PLR0913, PLR0917 - the options of a command
    folder: Annotated[Path, typer.Argument(help="A registry: a git work tree or a plain folder.")] = Path(),
    form: Annotated[problems.Format, typer.Option("--format", help="How problems are written.")] = problems.Format.TEXT,
    strict: Annotated[bool, typer.Option(help="Inadmissible filings fail too.")] = False,  # noqa: FBT002 - typer's way
    base: Annotated[str, typer.Option(help="Review a merge request into this revision, such as origin/main.")] = "",
    head: Annotated[str, typer.Option(help="With --base: the revision to be merged; HEAD without it.")] = "",
    trust_root: Annotated[str | None, typer.Option(help="Fingerprint of the office's first key.")] = None,
    docs: Annotated[
        str,
        typer.Option(
            envvar="BROKER_DOCS", help="Address of this product's docs, for SARIF's links (env: BROKER_DOCS)."
        ),
    ] = "",
) -> None:
    """Report every problem of a registry at once. Exit 0 clean, 1 something is refused, 2 could not check.

    With --base also what the change does to the estate, head-room, monthly cost, and whose signature is missing.
    """
    if base:
        reviewed = papers.check_change(folder, base, head or "HEAD", trust_root)
        typer.echo(review.written(reviewed, form, docs))
        return _end(reviewed.problems, strict=strict)
    if head:
        raise typer.BadParameter("--head names what is merged into --base; give both, or neither")
    found = papers.check(folder, trust_root)
    typer.echo(problems.written(found, form, docs))
    return _end(found, strict=strict)


def _end(found: Iterable[Problem], *, strict: bool) -> None:
    failing = {Severity.REFUSED, Severity.INADMISSIBLE, Severity.HELD} if strict else {Severity.REFUSED}
    if any(problem.severity in failing for problem in found):
        raise typer.Exit(REFUSED)
