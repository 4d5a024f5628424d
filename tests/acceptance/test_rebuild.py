"""The database is lost and made anew from git and cloud: everything is equal, nothing is made, nobody told twice."""

import json
import shutil
import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest

from broker.clock import SHANGHAI
from broker.ledger import deliveries, embedded, outbox
from broker.ledger.connect import connect
from broker.ledger.deliveries import Told
from tests.acceptance.conftest import ROOT, SYSTEM, Office
from tests.acceptance.test_documents_become_resources import paper

pytestmark = [  # openstacksdk warns of its own calls
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

FORM = "hotline-feedback-wider-2026"
STACK = f"{SYSTEM}.internet.provider-a"
AS_OF = "2026-06-08T12:00"


def bring_about(office: Office) -> None:
    """A system that was made, and changed once: so intervals are closed, and notices wait."""
    office.merge("2026-05-31T12:00")
    office.reconcile("2026-05-31T12:00")
    change = {"action": "set_bandwidth", "zone": "internet", "bandwidth_mbps": 30}
    form: dict[str, Any] = {"system": SYSTEM, "unit": "gov-service", "reason": "投诉量上升"}
    form["intent"] = {"purpose": "change", "changes": [change]}
    decision = {"form": FORM, "decision": "approved", "decided_on": "2026-06-08"}
    assigned = {"matter": FORM, "assignee": "provider", "provider": "provider-a"}
    assigned["assigned_at"] = "2026-06-08T11:00:00+08:00"
    office.file("cases/2026/a/form.yaml", paper("ServiceIntentForm", FORM, "gov-service-clerk", form))
    office.file("cases/2026/b/decision.yaml", paper("IntentDecision", f"{FORM}-decision", "office-clerk", decision))
    office.file("cases/2026/c/provider.yaml", paper("Assignment", f"{FORM}-assigned", "ops-dispatcher", assigned))
    office.merge(AS_OF)
    assert "1 stacks to change" in office.reconcile(AS_OF)


def there(office: Office) -> dict[str, Any]:
    """Everything of the cloud by id, with what changes when somebody writes to it."""
    api = office.admin
    servers = {s.id: (s.name, s.status, s.updated_at) for s in api.compute.servers(all_projects=True)}
    volumes = {v.id: (v.name, v.status) for v in api.block_storage.volumes(all_projects=True, details=True)}
    network = api.network
    ports = {p.id: (p.name, p.revision_number) for p in network.ports()}
    groups = {g.id: (g.name, g.revision_number) for g in network.security_groups()}
    policies = {p.id: (p.name, p.revision_number) for p in network.qos_policies()}
    return {"servers": servers, "volumes": volumes, "ports": ports, "groups": groups, "policies": policies}


def rebuilt(office: Office) -> dict[str, Any]:
    done = office.broker("rebuild", "--yes", "--json", "--as-of", AS_OF)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def assert_log_holds(office: Office) -> None:
    command = [sys.executable, "-m", "broker", "audit", "verify", "--home", str(office.home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def messages(office: Office) -> list[tuple[str, bool]]:
    with connect(embedded.start(office.home / "ledger").dsn()) as conn:
        rows = conn.execute("select key, done_at is not null as sent from ledger.message order by key")
        return sorted((row["key"], row["sent"]) for row in rows)


def test_a_dropped_database_is_made_anew_and_nothing_else_changes(office: Office) -> None:
    bring_about(office)
    with connect(embedded.start(office.home / "ledger").dsn(user=embedded.SERVICE)) as conn:
        first, *others = outbox.waiting(conn)
        told_at = Told(first.key, first.topic, "sender", datetime.fromisoformat(AS_OF).replace(tzinfo=SHANGHAI))
        deliveries.plan(conn, first.key, "mail", ["gov-service"])
        taken = deliveries.take(conn, 60)
        assert taken is not None
        deliveries.delivered(conn, taken, told_at)
        deliveries.settle(conn, told_at)
    before = there(office)
    told = rebuilt(office)
    table = {row["what"]: row for row in told["table"]}
    assert [what for what, row in table.items() if row["equal"] is not True] == []
    for what in (
        "claims",
        "counters",
        "clocks",
        "cases",
        "stacks",
        "resources",
        "closed",
        "open",
        "notices",
        "receipts",
        "audit",
    ):
        assert table[what]["after"] > 0, what
    assert told["adopted"] == [STACK]
    assert there(office) == before, "adopting writes to nothing"
    assert others
    assert messages(office) == sorted([(first.key, True), *((other.key, False) for other in others)])
    with connect(embedded.start(office.home / "ledger").dsn(user=embedded.SERVICE)) as conn:
        assert {message.key for message in outbox.waiting(conn)} == {other.key for other in others}

    # The next reconcile changes nothing, and the log goes on where it was.
    assert "0 stacks to change, 1 as they should be" in office.reconcile(AS_OF)
    assert there(office) == before
    assert_log_holds(office)


def test_a_database_whose_files_are_gone_stops_the_broker_until_it_is_rebuilt(office: Office) -> None:
    before, known = there(office), messages(office)
    embedded.stop(office.home / "ledger")
    shutil.rmtree(office.home / "ledger")
    refused = office.broker("reconcile", "--as-of", AS_OF)
    assert refused.returncode == 2
    assert "run `broker audit verify`, then `broker rebuild`" in refused.stderr
    told = rebuilt(office)
    assert {row["before"] for row in told["table"]} == {None}
    assert told["adopted"] == [STACK]
    assert messages(office) == known
    assert "0 stacks to change, 1 as they should be" in office.reconcile(AS_OF)
    assert there(office) == before
    assert_log_holds(office)


def test_after_a_rebuild_the_system_changes_as_before(office: Office) -> None:
    """Epochs and keys of notices go on: a run of now is never taken for one of then."""
    form = "hotline-feedback-wider-still-2026"
    change = {"action": "set_bandwidth", "zone": "internet", "bandwidth_mbps": 40}
    spec: dict[str, Any] = {"system": SYSTEM, "unit": "gov-service", "reason": "投诉量上升"}
    spec["intent"] = {"purpose": "change", "changes": [change]}
    decision = {"form": form, "decision": "approved", "decided_on": "2026-06-09"}
    assigned = {"matter": form, "assignee": "provider", "provider": "provider-a"}
    assigned["assigned_at"] = "2026-06-09T11:00:00+08:00"
    known = messages(office)
    office.file("cases/2026/d/form.yaml", paper("ServiceIntentForm", form, "gov-service-clerk", spec))
    office.file("cases/2026/e/decision.yaml", paper("IntentDecision", f"{form}-decision", "office-clerk", decision))
    office.file("cases/2026/f/provider.yaml", paper("Assignment", f"{form}-assigned", "ops-dispatcher", assigned))
    office.merge("2026-06-09T12:00")
    assert "1 stacks to change" in office.reconcile("2026-06-09T12:00")
    assert office.limits() == {f"{SYSTEM}-internet-web-{n}": 40_000 for n in (1, 2)}
    new = {key for key, _ in messages(office)} - {key for key, _ in known}
    assert sorted(key.rpartition(":")[2] for key in new) == ["decision", "provisioned"]
