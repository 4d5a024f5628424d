"""The command line: `broker …`. Errors become exit codes here and nowhere else."""

from broker.cli.app import main

__all__ = ["main"]
