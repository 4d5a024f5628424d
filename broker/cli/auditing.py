"""`broker audit`: whether the audit log holds, proofs for others, everything for an auditor to take along."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from broker.cli.options import HOME, REFUSED, AsJson, Home

if TYPE_CHECKING:
    from broker.audit.examine import Examined
    from broker.audit.published import Publication
    from broker.ledger.connect import Connection
    from broker.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The log of who did what, and proofs that it holds.")

Index = Annotated[int | None, typer.Argument(min=0, help="Index of an entry, from 0.")]
Since = Annotated[int | None, typer.Option(min=1, help="Prove that the log only grew since it had so many entries.")]
WitnessFile = Annotated[
    Path | None, typer.Option("--witness", help="Checkpoints that you kept yourself; default: the witness file.")
]
Published = Annotated[bool, typer.Option("--published", help="Leave the database out: only what is published.")]


@app.command()
def verify(
    home: Home = HOME, witness: WitnessFile = None, *, published: Published = False, as_json: AsJson = False
) -> None:
    """Compare the database, the branch `records` and the witness file, entry by entry. Exit 1 where they differ."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.audit import witness as witnesses  # noqa: PLC0415 - as above
    from broker.audit.examine import examine  # noqa: PLC0415 - as above
    from broker.audit.note import LogKey  # noqa: PLC0415 - as above
    from broker.audit.published import publication  # noqa: PLC0415 - as above
    from broker.ledger import audit  # noqa: PLC0415 - as above

    settings = wiring.deployed(home) if published else wiring.with_ledger(home)
    if witness and not witness.exists():
        raise typer.BadParameter(f"{witness} is not there")
    there, rows, note = publication(settings.registry), None, ""
    if not published:
        with wiring.ledger(settings) as connections, connections.connection() as connection:
            rows, note = audit.rows(connection), _note(connection)
    log = LogKey.of(wiring.reading_key(settings))
    found = examine(rows, there, witnesses.read(witness or settings.witness), log)
    if as_json:
        typer.echo(json.dumps({**asdict(found), "ok": found.ok, "note": note}, ensure_ascii=False, indent=2))
    else:
        _tell(found, note)
    if not found.ok:
        raise typer.Exit(REFUSED)


@app.command()
def prove(index: Index = None, home: Home = HOME, since: Since = None) -> None:
    """Print a proof that an entry is in the published log, or that the log only grew. Anybody checks it offline."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.audit.proof import entry_proof, growth_proof  # noqa: PLC0415 - as above
    from broker.ledger.merkle import leaf_hash  # noqa: PLC0415 - as above

    if (index is None) == (since is None):
        raise typer.BadParameter("give the index of an entry, or --since with a number of entries")
    there, note, size = _newest(wiring.deployed(home))
    leaves = [leaf_hash(entry) for entry in there.entries[:size]]
    try:
        if index is not None:
            proof = entry_proof(b"" if index >= size else there.entries[index], index, leaves, note)
        else:
            proof = growth_proof(since or 0, leaves, note)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; the newest checkpoint covers {size} entries") from None
    typer.echo(proof, nl=False)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    home: Home = HOME,
) -> None:
    """Write everything that is published to a folder: the entries, every checkpoint, and the key that signed them."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.audit.note import LogKey  # noqa: PLC0415 - as above

    settings = wiring.deployed(home)
    there, note, size = _newest(settings)
    if folder.exists():
        raise typer.BadParameter(f"{folder} is there already; name a new folder")
    folder.mkdir(parents=True, mode=0o700)
    (folder / "entries.jsonl").write_bytes(b"".join(entry + b"\n" for entry in there.entries[:size]))
    (folder / "checkpoint").write_text(note, encoding="utf-8")
    (folder / "checkpoints").write_text("".join(f"{each}\n" for each in there.notes), encoding="utf-8")
    (folder / "log.key").write_text(LogKey.of(wiring.reading_key(settings)).text + "\n", encoding="utf-8")
    typer.echo(f"{folder}: {size} entries, {len(there.notes)} checkpoints; docs/audit.md says how they are checked")


def _newest(settings: "Settings") -> "tuple[Publication, str, int]":
    """What is published, and the newest checkpoint with the number of entries that it covers."""
    from broker import wiring  # noqa: PLC0415 - as above
    from broker.audit.note import LogKey  # noqa: PLC0415 - as above
    from broker.audit.published import newest, publication  # noqa: PLC0415 - as above
    from broker.errors import OperatorError  # noqa: PLC0415 - as above

    there = publication(settings.registry)
    found = newest(there.notes, LogKey.of(wiring.reading_key(settings)))
    if found is None:
        raise OperatorError("reading the audit log: nothing is published yet; the next `broker reconcile` does it")
    return there, found[0], min(found[1].size, len(there.entries))


def _note(connection: "Connection") -> str:
    from broker.ledger.rights import may_rewrite  # noqa: PLC0415 - as above

    rewrites = may_rewrite(connection)
    return (
        "the broker's own role owns the log: only triggers keep it; set owner_dsn (docs/audit.md)" if rewrites else ""
    )


def _tell(found: "Examined", note: str) -> None:
    kept = "not looked at" if found.kept is None else f"{found.kept} entries, {found.waiting} wait for the next batch"
    typer.echo(f"database  {kept}")
    typer.echo(f"records   {found.published} entries under {found.checkpoints} checkpoints")
    typer.echo(f"witness   {found.witnessed} checkpoints")
    if note:
        typer.echo(f"note      {note}")
    for finding in found.findings:
        typer.echo(f"CHANGED   {finding}")
    typer.echo("everything holds" if found.ok else f"{len(found.findings)} findings: the log was tampered with or lost")
