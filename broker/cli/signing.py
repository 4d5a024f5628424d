"""`broker sign` and `broker verify`: a person's key on documents, and the chain that all keys hang on."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from broker import papers
from broker.cli import problems
from broker.documents.organisations import Role
from broker.problem import Problem, Severity

REFUSED = 1


def _role(text: str) -> str:
    if text not in get_args(Role):
        raise typer.BadParameter(f"there is no role {text}; there are {', '.join(get_args(Role))}")
    return text


def sign(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Documents, where they are to be filed.")],
    person: Annotated[str, typer.Option("--as", help="Who signs: the id of a Person document.")],
    role: Annotated[str, typer.Option(help="The role in which the person signs.", callback=_role)],
    key: Annotated[Path, typer.Option(help="The person's private key: ed25519, as ssh-keygen writes it.")],
) -> None:
    """Write a signature beside each document. Exit 1 and nothing written if a file is no document."""
    done = papers.sign(files, person, role, key)  # type: ignore[arg-type]  # the callback let only roles pass
    for one in done:
        typer.echo(str(one) if isinstance(one, Problem) else f"signed  {one}")
    if any(isinstance(one, Problem) for one in done):
        raise typer.Exit(REFUSED)


def verify(
    folder: Annotated[Path, typer.Argument(help="A registry: a git work tree or a plain folder.")] = Path(),
    trust_root: Annotated[
        str | None, typer.Option(help="Fingerprint of the office's first key; without it the registry names it itself.")
    ] = None,
    form: Annotated[problems.Format, typer.Option("--format", help="How faults are written.")] = problems.Format.TEXT,
) -> None:
    """Report every fault of the chain of signatures. Exit 0 it holds, 1 it does not, 2 could not verify."""
    found = papers.verify(folder, trust_root)
    typer.echo(problems.written(found, form))
    if any(problem.severity is Severity.REFUSED for problem in found):
        raise typer.Exit(REFUSED)
