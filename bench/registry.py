"""From documents to what must be done: a large signed registry read, checked, folded and planned.

    python -m bench.registry [runs per case]

3,000 systems for reading and folding, 1,000 stacks that are as they should be for `draft` and `reconcile`. Every run is
a process of its own. Prints seconds as median (least to most), and CPU seconds with those of git, which do not depend
on what else the machine does.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bench.large_registry import NOW, LargeRegistry, large_registry, more
from bench.measure import compile_modules
from broker import wiring
from broker.admit import admit
from broker.cache_folder import broker_cache
from broker.errors import BrokerError
from broker.estate.fold import admissions_of, fold
from broker.estate.platform import platform_of
from broker.ledger import leases, stacks
from broker.papers import rule_set
from broker.plan.target import targets
from broker.reconcile import draft, reconcile
from broker.registry.authority import authorised
from broker.registry.read import read_commit
from broker.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from broker.engine.events import Event
    from broker.plan.target import Target

T = TypeVar("T")
ROOT = Path(__file__).parents[1]
SYSTEMS, STACKS = 3_000, 1_000
FOLDER = ROOT / "build" / "bench"


@dataclass
class Clock:
    """Seconds and CPU seconds of each step of one run."""

    steps: dict[str, tuple[float, float]] = field(default_factory=dict)

    def of(self, step: str, do: Callable[[], T]) -> T:
        """What the step gives, with its time taken down."""
        begun, used = time.perf_counter(), _cpu_s()
        result = do()
        self.steps[step] = time.perf_counter() - begun, _cpu_s() - used
        return result


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def fold_once(cached: str) -> Clock:
    """Everything above `apply`, as a run of the broker does it."""
    made, clock = large_registry(FOLDER / str(SYSTEMS), SYSTEMS), Clock()
    if cached == "warm":
        more(made, f"new-{time.time_ns()}")
    clock.of("all", lambda: _fold(made, clock))
    return clock


def _fold(made: LargeRegistry, clock: Clock) -> None:
    read = clock.of("read", lambda: read_commit(made.root, record_key=made.record_key))
    registry = clock.of("signatures", lambda: authorised(read, made.trust_root, NOW))
    platform = platform_of(registry)
    judged = clock.of("admission", lambda: admit(registry, platform, rule_set(), NOW, simulated=False))
    records = (*registry.records, *(outcome.admitted for outcome in judged.outcomes))
    estate = clock.of("fold", lambda: fold(registry.filed, admissions_of(records), NOW))
    found = clock.of("plan", lambda: targets(estate, platform))
    if registry.problems or len(found) != SYSTEMS:
        raise SystemExit(f"{len(found)} stacks, {registry.problems[:3]}")


def check_once(cached: str) -> Clock:
    """`broker check` of a merge request with one new document, as a command."""
    made, clock = large_registry(FOLDER / str(SYSTEMS), SYSTEMS), Clock()
    if cached == "warm":
        more(made, f"new-{time.time_ns()}")
    command = [sys.executable, "-m", "broker", "check", str(made.root), "--base", "main~1", "--head", "main"]
    clock.of("all", lambda: subprocess.run([*command, "--trust-root", made.trust_root], check=True, cwd=ROOT))
    return clock


def draft_once(cached: str) -> Clock:
    """`draft` and `reconcile` with nothing to do, on the embedded ledger."""
    return asyncio.run(_draft(fresh=cached == "cold"))


async def _draft(*, fresh: bool) -> Clock:
    made, clock = large_registry(FOLDER / str(STACKS), STACKS), Clock()
    home = FOLDER / "deployment"
    settings = Settings(home=home, registry=made.root, trust_root=made.trust_root)
    settings.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy(made.keys / "broker-key", settings.secrets / "broker-key")
    with wiring.ledger(settings):
        pass  # made before the clock starts: an office that only looks makes none
    begun, used = time.perf_counter(), _cpu_s()
    async with wiring.office(settings, None, _unwatched) as office:
        clock.steps["open"] = time.perf_counter() - begun, _cpu_s() - used
        begun, used = time.perf_counter(), _cpu_s()
        found = await draft(office)
        clock.steps["draft"] = time.perf_counter() - begun, _cpu_s() - used
        if found.plan.changed and fresh:
            _mark_applied(settings, found.plan.changed, office.program_digest)
        elif found.plan.changed:
            raise SystemExit(f"{len(found.plan.changed)} stacks would change")
        begun, used = time.perf_counter(), _cpu_s()
        await reconcile(office)
        clock.steps["reconcile"] = time.perf_counter() - begun, _cpu_s() - used
    return clock


def _unwatched(_target: Target, _event: Event) -> None:
    """Nothing is applied here."""


def _mark_applied(settings: Settings, changed: tuple[Target, ...], program: str) -> None:
    with wiring.ledger(settings) as connections, connections.connection() as conn:
        for target in changed:
            lease = leases.acquire(conn, target.stack, "bench", 60)
            if not isinstance(lease, leases.Lease):
                raise BrokerError(f"{target.stack} is leased")
            stacks.begin(conn, lease)
            stacks.save(conn, lease, b"{}", stacks.Digests(target.digest, program, program, clean=True), NOW)
            leases.release(conn, lease)


CASES = {"fold": fold_once, "check": check_once, "draft": draft_once}


def run(case: str, cached: str) -> dict[str, tuple[float, float]]:
    """One run in a process of its own; cold = without any cache."""
    cache = FOLDER / "cache" / case
    if cached == "cold":
        shutil.rmtree(cache, ignore_errors=True)
    pulumi = cache / "govcloud-broker" / "pulumi"
    if not pulumi.is_symlink():  # the office looks for it there, although nothing here runs it
        pulumi.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pulumi.symlink_to(broker_cache(os.environ) / "pulumi")
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-m", "bench.registry", "--once", case, cached]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=ROOT)
    steps: dict[str, tuple[float, float]] = json.loads(done.stdout.splitlines()[-1])
    return steps


def main(runs: int) -> None:
    """Prints the table."""
    compile_modules()
    large_registry(FOLDER / str(SYSTEMS), SYSTEMS)
    large_registry(FOLDER / str(STACKS), STACKS)
    print("| case | cache | step | seconds | CPU seconds |\n|---|---|---|---|---|")
    for case in CASES:
        for cached in ("cold", "warm"):
            every = [run(case, cached) for _ in range(runs)]
            for step in every[0]:
                seconds = sorted(one[step][0] for one in every)
                spread = f"{statistics.median(seconds):.2f} ({seconds[0]:.2f} to {seconds[-1]:.2f})"
                print(f"| {case} | {cached} | {step} | {spread} | {statistics.median(o[step][1] for o in every):.2f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(CASES[sys.argv[2]](sys.argv[3]).steps))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 3)
