"""`broker desk`: the local page for officers."""

from pathlib import Path
from typing import Annotated

import typer

from broker import papers
from broker.cli.signing import AgentSocket, KeyFile
from broker.signing import KeySource


def desk(  # noqa: PLR0913, PLR0917 - the options of a command
    person: Annotated[str, typer.Option("--as", help="Whose desk it is: the id of a Person document.")],
    registry: Annotated[Path, typer.Option(help="The person's clone of the registry.")] = Path(),
    key: KeyFile = None,
    agent: AgentSocket = None,
    base: Annotated[
        str, typer.Option(help="Revision that counts as merged; without it origin/main where there is one, else HEAD.")
    ] = "",
    trust_root: Annotated[
        str | None,
        typer.Option(
            envvar="BROKER_TRUST_ROOT", help="Fingerprint of the office's first key (env: BROKER_TRUST_ROOT)."
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 = a free one.", min=0, max=65535)] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,  # noqa: FBT002 - typer's way
) -> None:
    """Open a page on this machine: what waits for the person, what it would do, and his signature. Ctrl-C ends it."""
    from broker.desk.pages import Desk  # noqa: PLC0415 - brings a web server, which other commands never need
    from broker.desk.serve import base_of, serve  # noqa: PLC0415 - as above

    def ready(address: str) -> None:
        typer.echo(f"desk of {person}: {address}")
        typer.echo("the address is a secret of yours while the desk is open; Ctrl-C ends it")

    folder, source = registry.absolute(), KeySource(key, agent)
    serve(
        lambda way: Desk(folder, base_of(folder, base), person, source, papers.rule_set(), trust_root, papers.now, way),
        port,
        ready,
        browser=browser,
    )
