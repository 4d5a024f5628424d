"""Options that several commands share."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from broker.cli.moment import moment

Home = Annotated[Path, typer.Option(envvar="BROKER_HOME", help="Folder of the deployment (env: BROKER_HOME).")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        parser=moment,
        metavar="INSTANT",
        envvar="BROKER_AS_OF",
        help="Simulated instant or date in Shanghai; only where the platform document allows it (env: BROKER_AS_OF).",
    ),
]
Only = Annotated[list[str] | None, typer.Option("--stack", help="Only this stack; may be given more than once.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
HOME = Path(".broker")
REFUSED, UNABLE = 1, 2
"""Exit codes: something is not as it should be; it could not be done."""
