"""`broker sign` and `broker verify`: a person's key on documents, and the chain that all keys hang on."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from broker import papers, signing
from broker.cli import problems
from broker.cli.options import REFUSED
from broker.documents.organisations import Role
from broker.problem import Problem, Severity
from broker.signing import KeySource, Signed

KeyFile = Annotated[
    Path | None, typer.Option("--key", help="The person's private key: ed25519, as ssh-keygen writes it.")
]
AgentSocket = Annotated[
    Path | None,
    typer.Option(envvar="SSH_AUTH_SOCK", help="Without --key: socket of the ssh-agent (env: SSH_AUTH_SOCK)."),
]


def role_named(text: str) -> str:
    """The text, where it names a role."""
    if text not in get_args(Role):
        raise typer.BadParameter(f"there is no role {text}; there are {', '.join(get_args(Role))}")
    return text


def sign(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Documents, where they are to be filed.")],
    person: Annotated[str, typer.Option("--as", help="Who signs: the id of a Person document.")],
    role: Annotated[str, typer.Option(help="The role in which the person signs.", callback=role_named)],
    key: KeyFile = None,
    agent: AgentSocket = None,
) -> None:
    """Write a signature beside each document, with the key of a file or one that an ssh-agent holds.

    Exit 1 if a file is no document (then nothing is written), or if the broker would not accept the signature.
    """
    done = signing.sign(files, person, role, source_of(key, agent))  # type: ignore[arg-type]  # the callback let only roles pass
    for one in done:
        typer.echo(str(one) if isinstance(one, Problem) else _said(one))
    if refused := told(done):
        raise typer.Exit(refused)


def _said(one: Signed) -> str:
    if one.kept:
        return f"not signed  {one.path}: the signature that is there stays, since the new one would be refused"
    return f"signed  {one.path}"


def told(done: tuple[Signed, ...] | tuple[Problem, ...]) -> int:
    """The exit code, after saying what the broker would say to the signatures."""
    faults = [fault for one in done if isinstance(one, Signed) for fault in one.faults]
    for fault in faults:
        typer.echo(f"would be refused: {fault}", err=True)
    return REFUSED if faults or any(isinstance(one, Problem) for one in done) else 0


def source_of(key: Path | None, agent: Path | None) -> KeySource:
    """Where the key is, as the options say; the password of a locked file is asked for."""
    return KeySource(key, agent, lambda path: typer.prompt(f"password of {path}", hide_input=True, err=True))


def verify(
    folder: Annotated[Path, typer.Argument(help="A registry: a git work tree or a plain folder.")] = Path(),
    trust_root: Annotated[
        str | None,
        typer.Option(
            envvar="BROKER_TRUST_ROOT",
            help="Fingerprint of the office's first key; without it the registry names it itself "
            "(env: BROKER_TRUST_ROOT).",
        ),
    ] = None,
    document: Annotated[str, typer.Option(help="Only this document, by id: its faults, and who signed it.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Also list who signed each document, with which key.")] = False,  # noqa: FBT002 - typer's way
    form: Annotated[problems.Format, typer.Option("--format", help="How faults are written.")] = problems.Format.TEXT,
) -> None:
    """Check every signature from the first commit on, and report every fault. Exit 0 it holds, 1 not, 2 could not."""
    found = papers.verify(folder, trust_root, document)
    if (every or document) and form is problems.Format.TEXT:
        for endorsement in papers.endorsements(folder, trust_root, document):
            typer.echo(str(endorsement))
    typer.echo(problems.written(found, form))
    if any(problem.severity is Severity.REFUSED for problem in found):
        raise typer.Exit(REFUSED)
