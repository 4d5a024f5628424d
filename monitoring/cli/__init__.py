"""The whole command line: the broker's commands, and those of monitoring, which stands above it."""

from broker.cli.app import app, main
from monitoring.cli import reporting
from monitoring.cli.examining import doctor
from monitoring.cli.exporting import exporter
from monitoring.cli.months import close_month
from monitoring.cli.preloading import preload
from monitoring.cli.ruling import rules
from monitoring.cli.showing import dashboards

app.command()(exporter)
app.command()(rules)
app.command()(dashboards)
app.command()(close_month)
app.command()(preload)
app.command()(doctor)  # in place of the broker's own, which knows nothing of what stands above it
app.add_typer(reporting.app, name="report")

__all__ = ["app", "main"]
