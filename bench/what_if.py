"""`broker quota what-if` over a large registry: how long a person waits before he files.

    python -m bench.what_if [systems]

The command as it is given, in a process of its own each time; the first one reads every document, the others find what
it kept. The registry of 5,000 systems is written once, below `build/bench`.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import yaml

from bench.large_registry import DAY, LargeRegistry, large_registry, one_more
from broker.registry.git import git

ROOT = Path(__file__).parents[1]
SYSTEMS, RUNS = 5_000, 3


def asked(made: LargeRegistry, folder: Path) -> Path:
    """The file of a request that is not in the registry."""
    path, kind, identity, spec, by = one_more("what-if", "unit-01", 9)
    metadata = {"id": identity, "filed_on": DAY, "filed_by": by}
    document = {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}
    file = folder / Path(path).name
    file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    git(made.root, "checkout", "--quiet", "--force", "main")
    return file


def run(made: LargeRegistry, file: Path) -> tuple[float, float, int]:
    """Seconds, CPU seconds and exit status of the command."""
    command = [sys.executable, "-m", "broker", "quota", "what-if", str(file), "--registry", str(made.root)]
    used, begun = _cpu_s(), time.perf_counter()
    done = subprocess.run([*command, "--format", "json"], check=False, capture_output=True, text=True, cwd=ROOT)
    seconds = time.perf_counter() - begun
    if done.returncode not in {0, 1}:
        raise RuntimeError(f"asking what-if: exit status {done.returncode}: {done.stderr[-2000:]}")
    json.loads(done.stdout)
    return seconds, _cpu_s() - used, done.returncode


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    systems = int(arguments[0]) if arguments else SYSTEMS
    folder = ROOT / "build" / "bench" / str(systems)
    made = large_registry(folder, systems)
    file = asked(made, folder)
    print(f"{systems} systems; load of the machine {os.getloadavg()[0]:.1f}; {os.cpu_count()} cores")
    seconds, cpu, status = run(made, file)
    print(f"first: {seconds:.1f} s, CPU {cpu:.1f} s; exit status {status}", flush=True)
    for _ in range(RUNS):
        seconds, cpu, _ = run(made, file)
        print(f"then: {seconds:.1f} s, CPU {cpu:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
