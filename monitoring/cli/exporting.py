"""`broker exporter`."""

import signal
import threading
from typing import Annotated

import typer

from broker.cli.options import HOME, AsOf, Home

LISTEN = "127.0.0.1:9189"


def exporter(  # noqa: PLR0913 - the options of a command
    home: Home = HOME,
    as_of: AsOf = None,
    *,
    listen: Annotated[str, typer.Option(help="Address and port to listen on; port 0 takes a free one.")] = LISTEN,
    every_s: Annotated[float, typer.Option(help="Seconds between two readings of the lists of a cloud.")] = 300.0,
    slow_every_s: Annotated[
        float, typer.Option(help="Seconds between two readings of what costs a call per project.")
    ] = 3600.0,
    compatible: Annotated[
        bool,
        typer.Option(
            "--compatible", help="Tell the clouds by the names of openstack-exporter too, on /metrics/openstack."
        ),
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Read everything once, print all pages, and end.")] = False,
) -> None:
    """Serve what is approved, allocated and used as Prometheus metrics, read in the background."""
    from broker import wiring as broker_wiring  # noqa: PLC0415 - brings ledger and clouds, which papers never need
    from monitoring import wiring  # noqa: PLC0415 - as above
    from monitoring.clouds import Rhythm  # noqa: PLC0415 - as above
    from monitoring.family import Page  # noqa: PLC0415 - as above
    from monitoring.serve import server  # noqa: PLC0415 - as above

    def tell(line: str) -> None:
        typer.echo(line, err=True)

    with wiring.exporter(
        broker_wiring.deployed(home), as_of, Rhythm(every_s, slow_every_s), tell, compatible=compatible
    ) as running:
        if once:
            running.refresh()
            for page in Page:
                typer.echo(running.board.page(page).plain.decode(), nl=False)
            return
        host, _, port = listen.rpartition(":")
        if not (host and port.isdecimal()):
            raise typer.BadParameter(f"--listen is ADDRESS:PORT, such as {LISTEN}, not {listen}")
        serving = server(running.board, host, int(port), compatible=compatible)
        threading.Thread(target=serving.serve_forever, daemon=True, name="serving").start()
        typer.echo(f"serving http://{host}:{serving.server_address[1]}/metrics, /metrics/inventory, /metrics/usage")
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: running.stop())
        running.run()
        serving.shutdown()
