"""`broker dashboards`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def dashboards(
    folder: Annotated[
        Path, typer.Argument(help="Folder for dashboards/ and provisioning/; made where it is not there.")
    ],
    *,
    prometheus: Annotated[
        str, typer.Option(help="Address of the Prometheus that scrapes the exporter and records the rules.")
    ] = "http://127.0.0.1:9090",
    served_from: Annotated[
        str, typer.Option(help="Where Grafana sees the folder, if not under its own path: in a container.")
    ] = "",
    month: Annotated[
        str, typer.Option(help="Such as 2026-10: the dashboards open at this month in place of the last seven days.")
    ] = "",
) -> None:
    """Write Grafana's dashboards, and the provisioning by which it finds them and Prometheus."""
    from monitoring.dashboards.folder import Place, files  # noqa: PLC0415 - Grafana's SDK is for this command alone
    from monitoring.metering.period import Month  # noqa: PLC0415 - as above

    span = {}
    if month:
        try:
            wanted = Month.read(month)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        span = {"start": _utc(wanted.start), "end": _utc(wanted.end)}
    place = Place(served_from.rstrip("/") or str(folder.absolute()), prometheus, **span)
    for name, text in files(place).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {path}")


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
