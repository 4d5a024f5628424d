"""Where the command `broker` begins."""

import atexit
import gc
import os
import sys
from typing import Final

from monitoring.preload.client import begun_elsewhere, end_with

_BORN: Final = 100_000
"""After so many new objects the collector looks at the young ones; what a command loads as it begins is none of it."""


def main() -> None:
    """Run the command. Nothing that an import makes is garbage: the collector looks at none of it, then or later.

    Nor at its end, where all of it is given back at once anyway: looking for garbage there took 0.1 s.
    """
    ended = begun_elsewhere(sys.argv, os.environ)
    if ended is not None:
        end_with(ended)
    gc.disable()
    from monitoring.cli import main as run  # noqa: PLC0415 - after the line above

    gc.freeze()
    atexit.register(gc.freeze)
    gc.set_threshold(_BORN)
    gc.enable()
    run()
