"""`broker rules`."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from monitoring.rules import SeriesNames, UnknownName, alerts, names_from, recording


def rules(
    folder: Annotated[
        Path, typer.Argument(help="Folder for recording.yml and alerts.yml; made where it is not there.")
    ],
    names: Annotated[
        Path | None, typer.Option(help="TOML with the names of your libvirt exporter's series, see docs/metrics.md.")
    ] = None,
) -> None:
    """Write the recording and alert rules for Prometheus 2.42 or later."""
    try:
        mapped = names_from(tomllib.loads(names.read_text(encoding="utf-8"))) if names else SeriesNames()
    except (OSError, tomllib.TOMLDecodeError, UnknownName) as error:
        raise typer.BadParameter(f"reading {names}: {error}") from error
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("recording.yml", recording(mapped)), ("alerts.yml", alerts())):
        (folder / name).write_text(text, encoding="utf-8")
        typer.echo(f"wrote {folder / name}")
