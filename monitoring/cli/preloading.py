"""`broker preload`."""

import gc
import os
import sys
from pathlib import Path

import typer

from broker.cli.app import commands, main


def preload() -> None:
    """Keep everything loaded, so that commands of this user begin at once (docs/preload.md), until told to end."""
    from monitoring.preload.command import run  # noqa: PLC0415 - papers never need it
    from monitoring.preload.loading import code, load  # noqa: PLC0415 - as above
    from monitoring.preload.place import socket_path  # noqa: PLC0415 - as above
    from monitoring.preload.server import serve  # noqa: PLC0415 - as above

    loaded = code()
    # openstacksdk looks for secure.yaml in the folder where it is loaded: nobody's in particular
    sys.argv[0] = str(Path(sys.argv[0]).absolute())
    os.chdir("/")
    load()
    commands()
    gc.collect()
    gc.freeze()  # what all commands share is never looked at again, and so never copied
    if serve(socket_path(os.environ), loaded, code, lambda told: typer.echo(f"broker preload: {told}", err=True)):
        run(main)
