"""`broker preload`."""

import gc
import os

import typer

from broker.cli.app import commands, main


def preload() -> None:
    """Keep everything loaded, so that commands of this user begin at once (docs/preload.md), until told to end."""
    from monitoring.preload.command import run  # noqa: PLC0415 - papers never need it
    from monitoring.preload.loading import code, load  # noqa: PLC0415 - as above
    from monitoring.preload.place import socket_path  # noqa: PLC0415 - as above
    from monitoring.preload.server import serve  # noqa: PLC0415 - as above

    load()
    commands()
    gc.collect()
    gc.freeze()  # what all commands share is never looked at again, and so never copied
    if serve(socket_path(os.environ), code, lambda told: typer.echo(f"broker preload: {told}", err=True)):
        run(main)
