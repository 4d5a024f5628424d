"""`python -m tools.demo up|down|reset`: walks the demo district forward on a simulated clock, then asks the clouds."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

from broker.ledger import embedded
from tools.demo import delivery, october
from tools.demo.approved import approved, read
from tools.demo.clouds import inventory
from tools.demo.content import fill
from tools.demo.deployment import HOME, ROOT, Deployment, forget, prepare
from tools.demo.history import History
from tools.demo.leaving import WIPED, hand_over
from tools.demo.lines import Line, lines
from tools.demo.steps import StepFailed, Walk

SHANGHAI = timezone(timedelta(hours=8))
EXAMPLES = ROOT / "examples" / "registry"
REPORT = ROOT / "build" / "demo.json"
BEFORE = ROOT / "build" / "demo-2026-11-23.json"
TODAY = "2026-11-23T12:00"
FILLED = "2026-05-31T12:00"
TRIED = "hotline-feedback.internet.provider-a"
"""The stack on which a restore is tried: two small machines and a bucket with objects."""
STEPS = (
    (FILLED, "twelve systems as they stood before the enrolment peak; D-09 was refused in March"),
    ("2026-06-01T09:00", "D-03: the elastic window opens"),
    ("2026-07-16T09:00", "D-03: the window is over, the base holds again"),
    ("2026-09-16T20:30", "D-04: one application machine less; D-11 was refused in August"),
    ("2026-10-15T09:00", "D-05: 数字城管一期 goes offline, its data stay"),
    ("2026-11-16T16:30", "D-06: 街道信息公开专栏 is suspended"),
    (TODAY, "today: nothing changes"),
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
            _stop()
        case _:
            _stop()
            forget()
    return 0


def _stop() -> None:
    if october.stop():
        print("stopped the Prometheus that has October's load")
    if embedded.stop(HOME / "ledger"):
        print("stopped the demo's ledger")


def _up() -> int:
    history = History(HOME / "registry", HOME / "keys", EXAMPLES, signing=delivery.SIGNING)
    deployment = prepare(history.trust_root)
    if deployment.gateway_kind != "ceph":
        print(f"note: the Ceph packages could not be had, objects go to the lighter {deployment.gateway_kind} server")
    walk = Walk(HOME)
    try:
        for instant, told in STEPS:
            walk.step(instant, told, partial(_advance, walk, history, instant))
            if instant == FILLED:
                print(f"     {fill(deployment)} objects put into buckets, as the units would", flush=True)
            if instant == october.LOOKS[-1]:
                _month(walk, history)
        walk.step(f"{TODAY} backup", "what is due by DR class", partial(walk.broker, "backup", "--as-of", TODAY))
        tried = partial(walk.broker, "backup", "--restore-test", "--stack", TRIED, "--as-of", TODAY)
        walk.step(f"{TODAY} restore", "one volume and one bucket from their backups", tried)
        walk.step(f"{TODAY} compare", "the papers beside the clouds", partial(_compared_today, deployment))
        signed = _instant(WIPED) - timedelta(hours=1)
        walk.step(
            WIPED,
            "D-05: the unit has its data and signs; the system is wiped",
            partial(hand_over, walk, history, signed),
        )
    except StepFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return _compare(deployment, walk.seconds)


def _month(walk: Walk, history: History) -> None:
    told = "October is over: how it was used; it is closed"
    walk.step(october.CLOSED, told, partial(october.close, walk))
    told = "October's reports, each cut to its recipient"
    walk.step(f"{october.CLOSED} reports", told, partial(october.report, walk))
    told = "they are confirmed and delivered; what 乙云公司 does not confirm is overdue by name"
    walk.step(f"{delivery.DELIVERED} delivery", told, partial(delivery.deliver, walk, history))


def _advance(walk: Walk, history: History, instant: str) -> None:
    print(f"     {history.advance(_instant(instant))} documents filed", flush=True)
    walk.broker("reconcile", "--as-of", instant)
    if instant in october.LOOKS:
        october.look(walk, instant)


def _compared_today(deployment: Deployment) -> None:
    table = _table(deployment, TODAY)
    wrong = [line for line in table if not line.agrees]
    print(f"     {len(table)} lines, {len(table) - len(wrong)} agree", flush=True)
    _write(BEFORE, table, {})
    if wrong:
        raise StepFailed("\n".join(_told(line) for line in wrong[:SHOWN]))


def _table(deployment: Deployment, instant: str) -> list[Line]:
    documents = read(HOME / "registry")
    flavors = {
        d["spec"]["name"]: (d["spec"]["vcpu"], d["spec"]["memory_gib"]) for d in documents if d["kind"] == "Flavor"
    }
    found = inventory(deployment.clouds, "provider-a", deployment.object_stores)
    return lines(approved(documents, _instant(instant)), found, flavors, _instant(TODAY).date())


def _compare(deployment: Deployment, seconds: dict[str, float]) -> int:
    table = _table(deployment, WIPED)
    _write(REPORT, table, seconds)
    wrong = [line for line in table if not line.agrees]
    print(f"\napproved / exists: {len(table)} lines, {len(table) - len(wrong)} agree ({REPORT.relative_to(ROOT)})")
    for line in wrong[:SHOWN]:
        print(_told(line))
    return 1 if wrong else _shown(deployment.home)


def _shown(home: Path) -> int:
    prometheus = october.watch()
    try:
        print(october.show(prometheus))
    except StepFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    _next(home, prometheus)
    return 0


def _told(line: Line) -> str:
    return f"  {line.what}: approved {line.approved}; exists {line.exists}"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def _write(path: Path, table: list[Line], seconds: dict[str, float]) -> None:
    path.parent.mkdir(exist_ok=True)
    rows = [{**asdict(line), "agrees": line.agrees} for line in table]
    path.write_text(json.dumps({"lines": rows, "seconds": seconds}, ensure_ascii=False, indent=1), encoding="utf-8")


def _next(home: Path, prometheus: str) -> None:
    relative = home.relative_to(ROOT)
    look_at = (
        (f".venv/bin/broker plan --home {relative} --as-of {WIPED}", "nothing to change"),
        (f".venv/bin/broker check {relative}/registry", "what the rules say of every document"),
        (
            f"git -C {relative}/registry log --stat; git -C {relative}/registry show records",
            "what was filed and recorded",
        ),
        (str(october.REPORTS.relative_to(ROOT)), "October's reports"),
        (f"{prometheus}/graph", "October as Prometheus has it"),
        (october.grafana(), "the dashboards in Grafana"),
        ("make down", "stops everything"),
    )
    print("\nlook at:")
    for what, why in look_at:
        print(f"  {what:<72}  {why}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
