"""`broker keys`: people, their roles and keys. Each change is a document that two people of the office sign."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from broker import papers
from broker.cli import drafting
from broker.cli.moment import day, moment
from broker.cli.signing import role_named
from broker.clock import SHANGHAI, day_of
from broker.documents.organisations import KeySpec, PersonSpec
from broker.drafts import keys as key_drafts
from broker.drafts import roles as role_drafts
from broker.drafts.draft import Draft, Filing
from broker.drafts.keys import Period
from broker.drafts.roles import Appointment
from broker.errors import CannotDraft
from broker.registry import named
from broker.registry.authority import authorised
from broker.registry.filed import Filed, Registry
from broker.signatures.key import fingerprint

app = typer.Typer(help="People's keys and roles: each change is a document that two people of the office sign.")

Person = Annotated[str, typer.Argument(help="The id of the person.")]
PublicKey = Annotated[Path, typer.Argument(help="The public key: the .pub file of ssh-keygen, or one with age1….")]
FiledBy = Annotated[str, typer.Option("--as", help="Who files it: the id of a Person document.")]
ToReceive = Annotated[bool, typer.Option("--receive", help="The key that hand-over packages are encrypted to.")]
At = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="INSTANT", help="From when, in Shanghai; now without it."),
]
Until = Annotated[
    datetime | None,
    typer.Option(parser=moment, metavar="INSTANT", help="Until when, in Shanghai; open without it."),
]
Day = Annotated[date | None, typer.Option(parser=day, metavar="DAY", help="First day; today without it.")]
LastDay = Annotated[date | None, typer.Option(parser=day, metavar="DAY", help="Last day; open or today without it.")]
Folder = Annotated[Path, typer.Option("--registry", help="The registry to write into.")]
Role = Annotated[str, typer.Option(help="The role.", callback=role_named)]


@app.command()
def register(  # noqa: PLR0913, PLR0917 - the options of a command
    person: Person,
    public_key: PublicKey,
    filed_by: FiledBy,
    receive: ToReceive = False,  # noqa: FBT002 - typer's way
    valid_from: At = None,
    valid_until: Until = None,
    registry: Folder = Path(),
) -> None:
    """Write the document that brings a person's key. It signs from the commit after the one that brings it.

    The first key of a registry comes with it, by `broker init`: without one nobody could sign for another.
    """
    period = Period(_instant(valid_from), _instant(valid_until) if valid_until else None)
    purpose: key_drafts.Purpose = "receive" if receive else "sign"
    known = papers.read(registry)
    filing = drafting.filing(known, filed_by)
    _written(key_drafts.register(known, person, _text(public_key), purpose, period, filing), known, registry)


@app.command()
def rotate(  # noqa: PLR0913, PLR0917 - the options of a command
    person: Person,
    public_key: PublicKey,
    filed_by: FiledBy,
    receive: ToReceive = False,  # noqa: FBT002 - typer's way
    valid_until: Until = None,
    registry: Folder = Path(),
) -> None:
    """Write the document by which a new key takes the place of a person's present one, as soon as it is merged."""
    period = Period(_instant(None), _instant(valid_until) if valid_until else None)
    purpose: key_drafts.Purpose = "receive" if receive else "sign"
    known = papers.read(registry)
    filing = drafting.filing(known, filed_by)
    _written(key_drafts.rotate(known, person, _text(public_key), purpose, period, filing), known, registry)


@app.command()
def revoke(  # noqa: PLR0913, PLR0917 - the options of a command
    person: Person,
    filed_by: FiledBy,
    reason: Annotated[str, typer.Option(help="Why, such as 私钥遗失.")],
    receive: ToReceive = False,  # noqa: FBT002 - typer's way
    at: At = None,
    registry: Folder = Path(),
) -> None:
    """Write the document that ends a person's key. What the broker received before stays good."""
    purpose: key_drafts.Purpose = "receive" if receive else "sign"
    known = papers.read(registry)
    filing = drafting.filing(known, filed_by, reason)
    _written(key_drafts.revoke(known, person, purpose, _instant(at), filing), known, registry)


@app.command()
def appoint(  # noqa: PLR0913, PLR0917 - the options of a command
    person: Person,
    role: Role,
    filed_by: FiledBy,
    organisation: Annotated[str, typer.Option(help="Of a new person: the organisation, unit or provider, by id.")] = "",
    first: Day = None,
    last: LastDay = None,
    registry: Folder = Path(),
) -> None:
    """Write the document by which a person, known or new, gets a role for a period."""
    begins = first or day_of(papers.now())
    wanted = Appointment(person, role, begins, last, organisation)  # type: ignore[arg-type]  # the callback let only roles pass
    known = papers.read(registry)
    # who is new may file himself, since those who sign him may not have filed him
    filing = Filing(filed_by, day_of(papers.now())) if filed_by == person else drafting.filing(known, filed_by)
    _written(role_drafts.appoint(known, wanted, filing), known, registry)


@app.command()
def dismiss(
    person: Person,
    role: Role,
    filed_by: FiledBy,
    last: LastDay = None,
    registry: Folder = Path(),
) -> None:
    """Write the document by which a role that a person holds ends after a day."""
    ends, known = last or day_of(papers.now()), papers.read(registry)
    _written(role_drafts.dismiss(known, person, role, ends, drafting.filing(known, filed_by)), known, registry)  # type: ignore[arg-type]  # as above


@app.command(name="list")
def list_(
    registry: Annotated[Path, typer.Argument(help="A registry: a git work tree or a plain folder.")] = Path(),
    person: Annotated[str, typer.Option(help="Only this person, by id.")] = "",
) -> None:
    """List people with their roles and keys, each with its period and how it stands now. Signatures are judged."""
    now = papers.now()
    known = authorised(papers.read(registry), None, now)
    wanted = (named.person(known, person),) if person else known.in_force(PersonSpec)
    for each in wanted:
        typer.echo("\n".join(_lines(known, known.first(each.id), each, now)))
    if not wanted:
        typer.echo("no document in force names a person; see `broker check` for those that are refused")


def _lines(known: Registry, name: str, person: Filed[PersonSpec], now: datetime) -> Iterator[str]:
    yield f"{name}  {person.spec.organisation}"
    today = day_of(now)
    for held in person.spec.roles:
        begun, over = held.valid_from <= today, held.valid_until is not None and held.valid_until < today
        yield f"  role {held.role}  {held.valid_from} – {held.valid_until or 'open'}  {_state(begun, over)}"
    for key in (k.spec for k in known.in_force(KeySpec) if k.spec.person == name):
        begun, over = key.valid_from <= now, key.valid_until is not None and key.valid_until <= now
        until = key.valid_until.astimezone(SHANGHAI).isoformat(timespec="minutes") if key.valid_until else "open"
        since = key.valid_from.astimezone(SHANGHAI).isoformat(timespec="minutes")
        yield f"  key to {key.purpose}  {_shown(key.public_key)}  {since} – {until}  {_state(begun, over)}"


def _state(begun: bool, over: bool) -> str:  # noqa: FBT001 - two facts of one period
    if over:
        return "ended"
    return "in force" if begun else "not yet"


def _shown(public_key: str) -> str:
    return public_key if public_key.startswith("age1") else fingerprint(public_key)


def _written(draft: Draft, known: Registry, registry: Path) -> None:
    able = drafting.signers_of(draft, known)
    typer.echo(drafting.told(draft, drafting.write(draft, registry), able))


def _instant(given: datetime | None) -> datetime:
    return given.replace(tzinfo=SHANGHAI) if given else papers.now().astimezone(SHANGHAI)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotDraft(f"reading the public key {file}: {error}; give the .pub file of ssh-keygen") from None
