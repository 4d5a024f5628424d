"""`broker rules`."""

from pathlib import Path
from typing import Annotated

import typer

from broker.errors import SettingsError
from monitoring.alerts import alerts
from monitoring.recording import SeriesNames, recording
from monitoring.utilisation.names import use_settings


def rules(
    folder: Annotated[
        Path, typer.Argument(help="Folder for recording.yml and alerts.yml; made where it is not there.")
    ],
    names: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="The deployment's utilisation.toml, whose [libvirt] names your exporter's series.",
        ),
    ] = None,
    objective: Annotated[
        float, typer.Option(min=50, max=99.999, help="Per cent of a month in which a system is to answer its probe.")
    ] = 99.9,
) -> None:
    """Write the recording and alert rules for Prometheus 2.42 or later."""
    try:
        mapped = use_settings(names).libvirt if names else SeriesNames()
    except SettingsError as error:
        raise typer.BadParameter(str(error)) from error
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("recording.yml", recording(mapped)), ("alerts.yml", alerts(objective / 100))):
        (folder / name).write_text(text, encoding="utf-8")
        typer.echo(f"wrote {folder / name}")
