"""Every `--json` and `--format` that the help offers gives what it says, asked of the declarations themselves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from broker import wiring
from broker.documents.records import Admitted
from broker.ledger import embedded, events, outbox
from broker.ledger.events import Happened
from broker.ledger.outbox import Notice
from broker.registry.records import append
from broker.signatures.key import generate
from monitoring.cli import app
from tests.unit.broker.registry.office import NOW, REQUEST, Office, approval, document, founded
from tools import pulumi_cli

STACK = "booking.extranet.provider-a"
HOME = ("--home", "{home}")
ASKED: dict[str, tuple[tuple[str, ...], ...]] = {
    "check": (("{registry}",), ("{registry}", "--base", "HEAD~1")),
    "case": (("booking-request", "--registry", "{registry}"),),
    "verify": (("{registry}",),),
    "clocks": (("{registry}",), ("{registry}", "--all")),
    "calendar due": (("2026-11-23", "3"),),
    "quota show": (("--registry", "{registry}"), ("health", "--registry", "{registry}")),
    "quota what-if": (("{registry}/cases/bus.yaml", "--registry", "{registry}"),),
    "balance": (("RY-2026-011", *HOME),),
    "waivers": (HOME,),
    "platform check": (HOME,),
    "preview": (("HEAD", *HOME),),
    "plan": (HOME,),
    "reconcile": (("--dry-run", *HOME), ("--enqueue", *HOME), HOME),
    "status": (HOME,),
    "events": ((STACK, *HOME),),
    "drift": (HOME,),
    "notices": (HOME, ("--deliver", *HOME), ("--all", *HOME)),
    "audit verify": (HOME,),
    "rebuild": (("--yes", *HOME),),
}
"""How each command is asked, each way that it goes."""
TABLES = {"quota show": "| account |", "preview": "## Problems"}


def declared() -> Iterator[tuple[str, str, str]]:
    """Every command with each form that it offers: its name, the option, the form.

    The formats of `report` are those of the files that it writes: `test_report_command.py`.
    """
    for name, command in commands(typer.main.get_group(app)):
        for parameter in command.params:
            if "--json" in parameter.opts:
                yield name, "--json", "json"
            if "--format" in parameter.opts and not name.startswith("report "):
                yield from ((name, "--format", str(form)) for form in parameter.type_descriptor.annotation)


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name, command


@pytest.fixture
def places(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A signed registry with requests, one of them approved and admitted, and a deployment with its ledger."""
    pulumi_cli.ensure()
    office = founded(tmp_path / "registry")
    office.write("quotas/health.yaml", document("UnitQuota", "quota-health", QUOTA))
    for name in ("booking", "bus"):
        request = document("OnboardingRequest", f"{name}-request", REQUEST % name, by="health-clerk")
        office.write(f"cases/{name}.yaml", request)
    office.write("cases/approval.yaml", approval("booking-request"))
    office.sign("cases/approval.yaml")
    office.sign("quotas/health.yaml")
    office.commit()
    home = tmp_path / "home"
    (home / "secrets").mkdir(parents=True, mode=0o700)
    admit(office, home)
    (home / "broker.toml").write_text(f'registry = "{office.root}"\ntrust_root = "{office.trust_root}"\n')
    with wiring.ledger(wiring.settings(home)) as pool, pool.connection() as conn:
        conn.execute("insert into ledger.lease (stack, epoch, until) values (%s, 1, now())", (STACK,))
        conn.execute("insert into ledger.stack (stack, epoch, clean) values (%s, 1, true)", (STACK,))
        events.append(conn, Happened(STACK, 1, wiring.given_clock(None)(), "done", {"op": "create"}))
        outbox.queue(conn, (Notice("fault-1", "fault", {"to": ["health"]}),), "broker:1", wiring.given_clock(None)())
    yield {"registry": str(office.root), "home": str(home)}
    embedded.stop(home / "ledger")


QUOTA = """{unit: health, zone: extranet, valid_from: "2026-01-01", reason: 年度配额,
  amount: {vcpu: 64, memory_gib: 256, block_gib: 4096, bandwidth_mbps: 100}}"""


def admit(office: Office, home: Path) -> None:
    wanted = {"quota-health", "booking-request", "ry-2026-011"}
    records = [
        Admitted(
            document=filed.digest,
            id=filed.id,
            commit=filed.commit,
            sequence=filed.sequence,
            as_of=NOW,
            rule_set="sha256:" + "1" * 64,
            admitted=True,
        )
        for filed in office.registry().filed
        if filed.id in wanted
    ]
    append(office.root, records, generate(home / "secrets" / "broker-key"), NOW)


def test_every_form_that_the_help_offers_is_what_comes_out(places: dict[str, str]) -> None:
    assert {command for command, _, _ in declared()} == set(ASKED)
    for command, option, form in sorted(declared(), key=lambda one: one[0] == "rebuild"):  # which empties the ledger
        for words in ASKED[command]:
            line = [*command.split(), *(word.format(**places) for word in words), option]
            done = CliRunner().invoke(app, line if option == "--json" else [*line, form])
            assert isinstance(done.exception, SystemExit | None), (line, done.exception)
            assert holds(command, form, done.stdout), (line, form, done.output)


def holds(command: str, form: str, said: str) -> bool:
    """Whether it is of this form. JSON is one value, or one object a line; all other forms are no JSON."""
    try:
        found = json.loads(said)
    except ValueError:
        found = None
    match form:
        case "json":
            return found is not None or all(isinstance(json.loads(line), dict) for line in said.splitlines())
        case "sarif":
            return bool(found["version"] == "2.1.0")
        case "markdown":
            return said.startswith(TABLES.get(command, ("|", "#", "No problem found.")))
        case _:
            return found is None
