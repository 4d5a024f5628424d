"""`python -m tools.demo up|down|reset`: walks the demo district forward on a simulated clock, then asks the clouds."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

from broker.ledger import embedded
from tools.demo.approved import approved, read
from tools.demo.clouds import inventory
from tools.demo.deployment import HOME, ROOT, Deployment, forget, prepare
from tools.demo.history import History
from tools.demo.lines import Line, lines

SHANGHAI = timezone(timedelta(hours=8))
EXAMPLES = ROOT / "examples" / "registry"
REPORT = ROOT / "build" / "demo.json"
STEPS = (
    ("2026-05-31T12:00", "twelve systems as they stood before the enrolment peak; D-09 was refused in March"),
    ("2026-06-01T09:00", "D-03: the elastic window opens"),
    ("2026-07-16T09:00", "D-03: the window is over, the base holds again"),
    ("2026-09-16T20:30", "D-04: one application machine less; D-11 was refused in August"),
    ("2026-10-15T09:00", "D-05: 数字城管一期 goes offline, its data stay"),
    ("2026-11-16T16:30", "D-06: 街道信息公开专栏 is suspended"),
    ("2026-11-23T12:00", "today: nothing changes"),
)
SHOWN = 20


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 when every line of the table agrees."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "reset"))
    match parser.parse_args(arguments).command:
        case "up":
            return _up()
        case "down":
            embedded.stop(HOME / "ledger")
        case _:
            embedded.stop(HOME / "ledger")
            forget()
    return 0


def _up() -> int:
    history = History(HOME / "registry", HOME / "keys", EXAMPLES)
    deployment = prepare(history.trust_root)
    if deployment.gateway_kind != "ceph":
        print(f"note: the Ceph packages could not be had, objects go to the lighter {deployment.gateway_kind} server")
    seconds: dict[str, float] = {}
    for position, (instant, told) in enumerate(STEPS, start=1):
        begun = time.monotonic()
        as_of = datetime.fromisoformat(instant).replace(tzinfo=SHANGHAI)
        print(f"\n{position}/{len(STEPS)}  {instant}  {told}", flush=True)
        print(f"     {history.advance(as_of)} documents filed", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "broker", "reconcile", "--home", str(HOME), "--as-of", instant],
            check=False,
            cwd=ROOT,
        )
        if done.returncode:
            print(f"the step ended with exit code {done.returncode}; run `make demo` again to go on", file=sys.stderr)
            return done.returncode
        seconds[instant] = round(time.monotonic() - begun, 1)
        print(f"     done in {seconds[instant]:.0f} s", flush=True)
    return _compare(deployment, as_of, seconds)


def _compare(deployment: Deployment, as_of: datetime, seconds: dict[str, float]) -> int:
    documents = read(EXAMPLES)
    flavors = {
        d["spec"]["name"]: (d["spec"]["vcpu"], d["spec"]["memory_gib"]) for d in documents if d["kind"] == "Flavor"
    }
    table = lines(
        approved(documents, as_of), inventory(deployment.clouds, "provider-a", deployment.object_stores), flavors
    )
    _write(table, seconds)
    wrong = [line for line in table if not line.agrees]
    print(f"\napproved / exists: {len(table)} lines, {len(table) - len(wrong)} agree ({REPORT.relative_to(ROOT)})")
    for line in wrong[:SHOWN]:
        print(f"  {line.what}: approved {line.approved}; exists {line.exists}")
    if not wrong:
        _next(deployment.home)
    return 1 if wrong else 0


def _write(table: list[Line], seconds: dict[str, float]) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    rows = [{**asdict(line), "agrees": line.agrees} for line in table]
    REPORT.write_text(json.dumps({"lines": rows, "seconds": seconds}, ensure_ascii=False, indent=1), encoding="utf-8")


def _next(home: Path) -> None:
    relative = home.relative_to(ROOT)
    print("\nlook at:")
    print(f"  .venv/bin/broker plan --home {relative} --as-of 2026-11-23T12:00      nothing to change")
    print(
        f"  .venv/bin/broker check {relative}/registry                            what the rules say of every document"
    )
    print(f"  git -C {relative}/registry log --stat; git -C {relative}/registry show records")
    print("  make down                                                             stops everything")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
