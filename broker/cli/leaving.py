"""`broker hand-over`: a leaving system's data, packed for its unit to sign for."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from broker.cli.options import HOME, AsOf, Home

Form = Annotated[
    str, typer.Argument(metavar="FORM", help="Id of the intent form by which a system or its servers leave.")
]
To = Annotated[Path, typer.Option(help="Folder for the package: the unit's own medium.")]
FiledBy = Annotated[str, typer.Option(help="Who of the unit files the receipt: the id of a Person document.")]


def hand_over(form: Form, to: To, filed_by: FiledBy, home: Home = HOME, as_of: AsOf = None) -> None:
    """Pack a leaving system's data and write the receipt for the unit to sign: objects with checksums, snapshots."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.leaving.run import pack  # noqa: PLC0415 - as above

    async def run() -> None:
        async with wiring.hand_over(wiring.deployed(home), as_of) as desk:
            packed = await pack(desk, form, to, filed_by)
        for item in packed.given:
            how = "objects copied" if item.kind == "bucket" else "by snapshot"
            typer.echo(f"{item.zone}/{item.kind}/{item.name}  {how}, {item.size_bytes} bytes, {item.content_digest}")
        typer.echo(f"receipt: {packed.receipt}; the unit looks through the package, files it among the case and signs")

    asyncio.run(run())
