"""`python -m tools.openstack`: the sandbox cloud on the command line."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.openstack import cloud
from tools.openstack.catalogue import ON_DEMAND
from tools.openstack.errors import SandboxError
from tools.openstack.layout import Layout, default_state, user_cache
from tools.processes import ProcessError

DONE, FAILED, NOT_RUNNING, INTERRUPTED = 0, 1, 3, 130
COMMANDS = {
    "install": "put packages and database templates into the user's cache; the rest then needs no network",
    "up": "start the cloud; what exists or runs already is kept",
    "down": "stop the cloud, keep its state",
    "reset": "stop the cloud and forget its state",
    "status": f"show the services; exit {NOT_RUNNING} if one does not answer",
}


def main(argv: Sequence[str]) -> int:
    """The exit code: 0 done, 1 an error that was told, 3 (`status`) not all services answer, 130 interrupted."""
    words = _parser().parse_args(argv)
    layout = Layout((words.state or default_state(words.name)).absolute())
    try:
        return _run(words, layout)
    except (SandboxError, ProcessError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("sandbox: interrupted; the same command goes on from here", file=sys.stderr)
        return INTERRUPTED


def _run(words: argparse.Namespace, layout: Layout) -> int:
    match words.command:
        case "install":
            cloud.install(user_cache())
        case "up":
            cloud.up(layout, user_cache(), also=words.also)
        case "down":
            cloud.down(layout)
        case "reset":
            cloud.reset(layout)
        case _:
            return _show(layout)
    return DONE


def _show(layout: Layout) -> int:
    rows = cloud.status(layout)
    if not rows:
        print(f"no cloud in {layout.state}")
        return NOT_RUNNING
    for row in rows:
        state = "answers" if row.listening else "starting" if row.pid else "stopped"
        print(f"{row.name:<10} port {row.port}  {state:<8}  pid {row.pid or '-':<8}  {row.resident_mib:>5} MiB")
    print(f"{'together':<47}{sum(row.resident_mib for row in rows):>5} MiB")
    return DONE if all(row.listening for row in rows) else NOT_RUNNING


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.openstack", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        command.add_argument(
            "--name", default="openstack", help="the cloud's folder below .sandbox/ (default: openstack)"
        )
        if name == "up":
            on_demand = [service.name for service in ON_DEMAND]
            told = "a service that not every cloud has; this one keeps it"
            command.add_argument("--with", dest="also", action="append", choices=on_demand, default=[], help=told)
        command.add_argument("--state", type=Path, help="the cloud's folder itself, instead of --name")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
