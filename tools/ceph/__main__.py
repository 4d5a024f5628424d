"""`python -m tools.ceph`: the sandbox object gateway on the command line."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import processes
from tools.ceph import gateway
from tools.ceph.errors import GatewayError
from tools.ceph.layout import Layout, default_state, user_cache
from tools.debian import PackagesMissing
from tools.processes import ProcessError

DONE, FAILED, NOT_RUNNING = 0, 2, 3
COMMANDS = {
    "fetch": "put the packages into the user's cache; the rest then needs no network",
    "up": "start the gateway; what exists or runs already is kept",
    "down": "stop the gateway, keep its data",
    "reset": "stop the gateway and forget its data, ports and keys",
    "status": f"show the processes; exit {NOT_RUNNING} if one does not run",
}


def main(argv: Sequence[str]) -> int:
    """The exit code: 0 done, 2 an error that was told, 3 (`status`) not running."""
    words = _parser().parse_args(argv)
    layout = Layout((words.state or default_state()).absolute())
    try:
        return _run(words, layout)
    except (GatewayError, PackagesMissing, ProcessError) as error:
        print(f"ceph: {error}", file=sys.stderr)
        return FAILED


def _run(words: argparse.Namespace, layout: Layout) -> int:
    match words.command:
        case "fetch":
            gateway.fetch(user_cache())
        case "up":
            gateway.up(layout, user_cache(), store=words.store, fallback=words.fallback)
        case "down":
            gateway.down(layout)
        case "reset":
            gateway.reset(layout)
        case _:
            return _show(layout)
    return DONE


def _show(layout: Layout) -> int:
    endpoints = gateway.read(layout)
    if endpoints is None:
        print(f"no gateway runs from {layout.state}")
        return NOT_RUNNING
    print(f"{endpoints.kind} {endpoints.store or ''} {endpoints.s3_url}")
    found = {name: processes.running(layout.pid_file(name)) for name in endpoints.pids}
    for name, process in found.items():
        state = f"pid {process.pid}, {processes.resident_bytes(process) >> 20} MiB" if process else "stopped"
        print(f"{name:<5} {state}")
    return DONE if all(found.values()) else NOT_RUNNING


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.ceph", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        command.add_argument("--state", type=Path, help="the gateway's folder (default: .sandbox/ceph in the checkout)")
        if name == "up":
            command.add_argument(
                "--store",
                choices=("bluestore", "memstore"),
                default="bluestore",
                help="bluestore keeps data (default), memstore forgets them when it stops",
            )
            command.add_argument(
                "--fallback", action="store_true", help="a light S3 server (moto) where Ceph's packages cannot be had"
            )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
