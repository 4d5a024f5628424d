"""`broker attach`: files that documents name by digest, in a store with rights per role."""

import json
import mimetypes
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, get_args

import typer
import yaml

from broker import papers
from broker.attachments.opening import opened
from broker.attachments.rights import CLASSES, bucket_policy
from broker.attachments.store import AttachmentStore, checked, described
from broker.cli.options import HOME, REFUSED, Home
from broker.documents.fields import Attachment
from broker.documents.organisations import PersonSpec, Role
from broker.dossier import attachments_of
from broker.errors import AttachmentMissing, SettingsError
from broker.nearest import unknown
from broker.registry.filed import Registry

app = typer.Typer(help="Attachments: files that documents name by digest, in a store with rights per role.")

Folder = Annotated[Path, typer.Option("--registry", help="A registry: a git work tree or a plain folder.")]


def _class(text: str) -> str:
    if text not in CLASSES:
        raise typer.BadParameter(f"there is no class {text}; there are {', '.join(CLASSES)}")
    return text


@app.command()
def put(
    file: Annotated[Path, typer.Argument(help="The file; it stays where it is.")],
    title: Annotated[str, typer.Option(help="What it is called in the document, which everybody reads.")],
    owner: Annotated[str, typer.Option("--for", help="Organisation of who files the document, by id.")],
    confidentiality: Annotated[str, typer.Option("--class", help="public, case or restricted.", callback=_class)],
    home: Home = HOME,
) -> None:
    """Put a file into the store, and print what the document says of it."""
    kind = (mimetypes.guess_type(file.name)[0] or "application/octet-stream").lower()
    attachment = described(file, confidentiality, title, kind)  # type: ignore[arg-type]  # the callback let only classes pass
    _known_owner(home, owner)
    _store(home).put(file, owner, attachment)
    typer.echo(yaml.safe_dump([attachment.model_dump()], allow_unicode=True, sort_keys=False), nl=False)


@app.command()
def get(
    digest: Annotated[str, typer.Argument(help="Its digest, as a document has it.")],
    to: Annotated[Path, typer.Argument(help="The file to write; 0600.")],
    registry: Folder = Path(),
    home: Home = HOME,
) -> None:
    """Write an attachment that a document names to a file. The store lets you read it, or not."""
    store, named = _store(home), _named(papers.read(registry), digest)
    for last, (owner, attachment) in enumerate(named, 1 - len(named)):
        try:
            _write(to, checked(store, owner, attachment))
        except AttachmentMissing:
            if (
                last == 0
            ):  # the same file may be of a class or an owner that this person reads, and of one that he does not
                raise
        else:
            typer.echo(f"wrote {to}: {attachment.title}")
            return


def _write(to: Path, pieces: Iterator[bytes]) -> None:
    """Nothing; the file is there whole, for its owner alone, or not at all."""
    unfinished = to.with_name(f".{to.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.writelines(pieces)
        unfinished.replace(to)
    except OSError as error:
        raise SettingsError(f"writing {to}: {error}; name a file in a folder that is there") from None
    finally:
        unfinished.unlink(missing_ok=True)


@app.command()
def missing(registry: Folder = Path(), home: Home = HOME) -> None:
    """List attachments that documents name and the store lacks, changed, or does not let you read. Exit 1 if any."""
    known, store = papers.read(registry), _store(home)
    faults = [fault for owner, each in _every(known) if (fault := _fault(store, owner, each))]
    for fault in faults:
        typer.echo(fault)
    if not faults:
        typer.echo(f"every attachment is there: documents name {sum(1 for _ in _every(known))}")
    if faults:
        raise typer.Exit(REFUSED)


@app.command()
def policy(
    bucket: Annotated[str, typer.Argument(help="Name of the bucket.")],
    role: Annotated[list[str] | None, typer.Option(help="ROLE=ARN of a gateway user; may be repeated.")] = None,
    organisation: Annotated[
        list[str] | None, typer.Option(help="ORGANISATION=ARN of a gateway user; may be repeated.")
    ] = None,
) -> None:
    """Print the bucket policy that gives each role and organisation what it may read and write."""
    by_role: dict[Role, tuple[str, ...]] = {}
    for name, arn in _pairs(role or []):
        if name not in get_args(Role):
            raise typer.BadParameter(f"there is no role {name}; there are {', '.join(get_args(Role))}")
        by_role[name] = (*by_role.get(name, ()), arn)  # type: ignore[index,call-overload]  # it is a role: just looked
    own: dict[str, tuple[str, ...]] = {}
    for name, arn in _pairs(organisation or []):
        own[name] = (*own.get(name, ()), arn)
    typer.echo(json.dumps(bucket_policy(bucket, by_role, own), indent=2))


def _pairs(given: list[str]) -> Iterator[tuple[str, str]]:
    for text in given:
        name, _, arn = text.partition("=")
        if not arn.startswith("arn:"):
            raise typer.BadParameter(f"{text} is not NAME=ARN")
        yield name, arn


def _store(home: Path) -> AttachmentStore:
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need

    return opened(wiring.settings(home))


def _known_owner(home: Path, owner: str) -> None:
    """Nothing, where the registry has the organisation; who keeps no registry at hand is believed."""
    from broker import wiring  # noqa: PLC0415 - as above

    registry = wiring.settings(home).registry
    if registry.is_dir():
        papers.known_organisation(registry, owner)


def _every(known: Registry) -> Iterator[tuple[str, Attachment]]:
    """Every attachment with the organisation whose matter it belongs to: that of the person who filed the document."""
    people = {known.first(p.id): p.spec.organisation for p in known.of(PersonSpec)}
    for filed in known.filed:
        for each in attachments_of(filed.spec):
            yield people.get(filed.document.metadata.filed_by, ""), each


def _named(known: Registry, digest: str) -> list[tuple[str, Attachment]]:
    found = [pair for pair in _every(known) if pair[1].digest == digest]
    if not found:
        there = unknown("attachment that a document names by", digest, (each.digest for _, each in _every(known)))
        raise AttachmentMissing(f"{there}; see `broker case`")
    return found


def _fault(store: AttachmentStore, owner: str, attachment: Attachment) -> str:
    try:
        for _ in checked(store, owner, attachment):
            pass
    except AttachmentMissing as error:
        return str(error)
    return ""
