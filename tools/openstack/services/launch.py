"""Run one whole OpenStack service in this process: `launch SERVICE STATE PORT`.

Every producer and consumer of a service's RPC topics lives in the one process, so oslo.messaging's in-memory transport
carries them and no message broker is needed.
"""

import importlib
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType

from tools.openstack.services.place import Place


def end_at_once(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """End the process with the trace on stderr: the services leave threads behind that would keep it half alive."""
    traceback.print_exception(kind, error, trace)
    sys.stderr.flush()
    os._exit(1)


def main(argv: list[str]) -> None:
    """Import the module of the service, which may patch the interpreter first, and run it until it is stopped."""
    service, state, port = argv[1:]
    # oslo.config would read the words of our own command line
    sys.argv = argv[:1]
    sys.excepthook = end_at_once
    module = importlib.import_module(f"tools.openstack.services.{service}")
    module.run(Place(Path(state), int(port)))


if __name__ == "__main__":
    main(sys.argv)
