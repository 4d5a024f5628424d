"""`python -m bench build|stacks|report|engine`: figures of the product beside others. See bench/README.md."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import build, engine, report, stacks
from bench.cloud import connect
from bench.measure import compile_modules
from bench.proxy import running
from bench.tools import BY_NAME, Tofu
from bench.workload import Shape


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 if a run left the cloud otherwise than it should."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the counting proxy, OpenTofu and its provider into the cache")
    timed = commands.add_parser("stacks", help="create, ask and destroy on the checkout's sandbox; one JSON line a run")
    timed.add_argument("--n", type=int, nargs="+", default=[1, 10, 30], help="servers")
    timed.add_argument("--tools", nargs="+", choices=sorted(BY_NAME), default=sorted(BY_NAME))
    timed.add_argument("--rounds", type=int, default=3)
    timed.add_argument("--shape", type=Shape, choices=list(Shape), default=Shape.PLAIN)
    timed.add_argument("--out", type=Path, default=Path("build/bench.jsonl"))
    told = commands.add_parser("report", help="medians and ratios of the rows of a file")
    told.add_argument("file", type=Path, nargs="?", default=Path("build/bench.jsonl"))
    beside = commands.add_parser("engine", help="no-change up and preview beside the Automation API; needs no cloud")
    beside.add_argument("--runs", type=int, default=5)
    beside.add_argument("--sizes", type=int, nargs="+", default=[1, 10, 100])
    given = parser.parse_args(arguments)
    match given.command:
        case "build":
            print(build.ensure(*build.PROGRAMS))
        case "stacks":
            return _stacks(given)
        case "report":
            print("\n".join(report.table(report.read(given.file))))
        case _:
            compile_modules()
            asyncio.run(engine.main(given.runs, given.sizes))
    return 0


def _stacks(given: argparse.Namespace) -> int:
    needed = ("countproxy", *(("tofu", "terraform-provider-openstack") if Tofu.name in given.tools else ()))
    Tofu.programs = build.ensure(*needed)
    compile_modules()
    cloud = connect()
    port = int(cloud.layout.port_base.read_text(encoding="ascii"))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    wrong = 0
    with running(Tofu.programs / "countproxy", port) as proxy, given.out.open("a", encoding="utf-8") as out:
        for row in stacks.Bench(cloud, proxy).rounds(given.tools, given.n, given.shape, given.rounds):
            out.write(stacks.written(row) + "\n")
            out.flush()
            wrong += bool(row["problems"])
            print(_told(row), flush=True)
    return 1 if wrong else 0


def _told(row: stacks.Row) -> str:
    phases = " ".join(
        f"{name} {row[name]['wall_s']:.1f} s {row[name]['calls']} calls {row[name]['cloud_cpu_s']:.1f} cloud CPU s;"
        for name in ("create", "ask", "again", "unchanged", "destroy")
        if name in row
    )
    return f"{row['tool']:8} n={row['n']:<3} {phases} {' | '.join(row['problems'])}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
