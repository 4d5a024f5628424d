"""`broker doctor`, with the sources of use, which the broker's own does not know."""

import asyncio
import os

import typer

from broker.cli.options import HOME, UNABLE, Home


def doctor(home: Home = HOME) -> None:
    """Say what this deployment uses and whether it is there: CLI, ledger, registry, clouds, and the sources of use."""
    from broker import doctor, wiring  # noqa: PLC0415 - brings ledger and engine, which papers never need
    from broker.errors import BrokerError  # noqa: PLC0415 - as above
    from monitoring import examining  # noqa: PLC0415 - as above
    from monitoring.preload.client import loaded_in  # noqa: PLC0415 - as above

    settings = wiring.settings(home)
    found = [*asyncio.run(doctor.examine(settings)), examining.beginning(loaded_in(os.environ))]
    try:
        if wiring.has_ledger(settings):
            found += examining.examine(settings)
    except BrokerError as error:
        found.append(doctor.Examined("use", ok=False, told=str(error)))
    for line in found:
        typer.echo(f"{'ok ' if line.ok else 'BAD'}  {line.what}: {line.told}")
    if not all(line.ok for line in found):
        raise typer.Exit(UNABLE)
