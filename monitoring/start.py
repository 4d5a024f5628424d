"""Where the command `broker` begins."""

import gc


def main() -> None:
    """Run the command. Nothing that an import makes is garbage: the collector looks at none of it, then or later."""
    gc.disable()
    from monitoring.cli import main as run  # noqa: PLC0415 - after the line above

    gc.freeze()
    gc.enable()
    run()
