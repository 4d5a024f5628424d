"""Runs the desk on this machine's loopback until it is stopped."""

import os
import socket
import tempfile
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvicorn

from broker.desk.guard import Pass
from broker.desk.pages import Desk, app_of
from broker.errors import RegistryBroken, SettingsError
from broker.registry import named
from broker.registry.git import commit_of

LOOPBACK: Final = "127.0.0.1"
_MAIN: Final = "origin/main"
_SIGNPOST: Final = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={address}"><title>政务云办理台</title></head>
<body><a href="{address}">政务云办理台</a></body></html>
"""


def serve(open_desk: Callable[[Pass], Desk], port: int, ready: Callable[[str], None], *, browser: bool) -> None:
    """Nothing; returns when the process is told to stop. `ready` gets the address of the first page.

    Raises:
        SettingsError: The port cannot be had.
        NameUnknown: No document of the clone, merged or not, names the person.
    """
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener,
        tempfile.TemporaryDirectory(prefix="broker-desk-") as private,
    ):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError as error:
            raise SettingsError(f"opening the desk on {LOOPBACK}:{port}: {error}; give another --port") from None
        listener.listen()
        way = Pass(listener.getsockname()[1])
        desk = open_desk(way)
        # what is wrong with the clone, or with whose desk it is to be, is said before the browser opens
        named.person(desk.cabinet().registry, desk.person)
        config = uvicorn.Config(
            app_of(desk),
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
        ready(way.address)
        if browser:
            show(signpost(Path(private), way.address))
        uvicorn.Server(config).run(sockets=[listener])


def signpost(private: Path, address: str) -> Path:
    """A page that leads to the address. Only its owner reads it; a command line, every user of the machine may read."""
    page = private / "desk.html"
    with os.fdopen(os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(_SIGNPOST.format(address=address))
    return page


def show(page: Path) -> None:
    """Nothing; the browser is asked for the page, and nobody waits for it: some return only when they are closed."""
    threading.Thread(target=webbrowser.open, args=(page.as_uri(),), daemon=True).start()


def base_of(folder: Path, given: str) -> str:
    """The revision that counts as merged: as given, else `origin/main` where the clone has one, else HEAD."""
    if given:
        return given
    try:
        commit_of(folder, _MAIN)
    except RegistryBroken:
        return "HEAD"
    return _MAIN
