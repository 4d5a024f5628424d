"""A light S3 server in place of Ceph, for machines that cannot have its packages: it enforces little, and says so."""

import secrets
import sys
from pathlib import Path

from tools import processes
from tools.ceph.errors import GatewayError
from tools.ceph.layout import Layout

MOTO = "moto"


def start(layout: Layout, port: int) -> dict[str, str]:
    """Keys to use with the server that now listens on `port`; its data live as long as it runs."""
    program = Path(sys.executable).with_name("moto_server")
    if not program.exists():
        raise GatewayError(f"starting the light S3 server: {program} does not exist; run `make setup`")
    argv: list[str | Path] = [program, "-H", processes.LOOPBACK, "-p", str(port)]
    process = processes.start(argv, pid_file=layout.pid_file(MOTO), log_file=layout.log(MOTO))
    processes.wait_for_port(process, port, name="moto_server", log_file=layout.log(MOTO))
    return {"access_key": secrets.token_hex(10), "secret_key": secrets.token_hex(20)}
