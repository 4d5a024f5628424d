"""`broker secrets`: which secrets clouds made, and whether their units have them. Never shows one."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from broker.cli.options import REFUSED, AsOf, Home

if TYPE_CHECKING:
    from broker.documents.records import Delivered
    from broker.handover.store import StackSecrets


app = typer.Typer(no_args_is_help=True, help="Secrets that clouds made, and their hand-over to the units.")


@app.command(name="list")
def list_(home: Home = Path(".broker"), as_of: AsOf = None) -> None:
    """Say which secrets are kept for each stack, and when and to which keys they were delivered. Shows none."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need

    settings = wiring.deployed(home)
    known = wiring.registry_of(settings, as_of)
    store = wiring.secret_store(settings)
    last = {record.stack: record for record in known.records if record.type == "delivered"}
    for stack in store.stacks():
        kept = store.read(stack)
        typer.echo(f"{stack}: {_told(kept, last.get(stack))}")
        for what, fields in sorted(kept.secrets.items()):
            typer.echo(f"  {what}: {', '.join(sorted(fields))}")


def _told(kept: "StackSecrets", last: "Delivered | None") -> str:
    if last is None:
        return "not delivered yet"
    told = f"{last.at:%Y-%m-%d %H:%M} to {last.unit} for {', '.join(last.recipients)}, {last.package}"
    return f"delivered {told}" if last.secrets == kept.version else f"waiting; an older state was delivered {told}"


@app.command()
def package(
    home: Home = Path(".broker"),
    as_of: AsOf = None,
) -> None:
    """Encrypt what waits to the keys of its unit, and record it. Exit 1 if something still waits."""
    from broker import wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.reconcile import hand_over  # noqa: PLC0415 - as above

    settings = wiring.deployed(home)

    async def run() -> bool:
        async with wiring.office(settings, as_of, lambda _target, _event: None, writes=True) as office:
            done = await hand_over(office)
        for record in done.delivered:
            typer.echo(
                f"packed   {record.stack}: {settings.outgoing / record.unit / record.stack}.age {record.package}"
            )
        for waiting in done.waiting:
            typer.echo(f"waiting  {waiting.stack}: {waiting.why}")
        return not done.waiting

    if not asyncio.run(run()):
        raise typer.Exit(REFUSED)
