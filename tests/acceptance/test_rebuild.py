"""The database is lost and made anew from git and cloud: everything is equal, nothing is made, nobody told twice."""

import json
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

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
        deliveries.finish(conn, told_at)
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


def test_a_system_that_left_is_wiped_with_every_id_an_empty_cloud_and_the_providers_certificate(
    office: Office, tmp_path: Path
) -> None:
    # 1. It stands still on its last day and loses nothing.
    office.put(f"{SYSTEM}-internet-objects", "letters/1.txt", b"thanks")
    exit_form: dict[str, Any] = {"system": SYSTEM, "unit": "gov-service", "reason": "已由新系统承接"}
    exit_form["intent"] = {"purpose": "exit", "last_day": "2026-06-10", "data_wanted": "全部数据，附校验值"}
    decision = {"form": "leave", "decision": "approved", "decided_on": "2026-06-10"}
    assigned = {"matter": "leave", "assignee": "provider", "provider": "provider-a"}
    assigned["assigned_at"] = "2026-06-10T11:00:00+08:00"
    case = "cases/2026/g"
    office.file(f"{case}/form.yaml", paper("ServiceIntentForm", "leave", "gov-service-clerk", exit_form))
    office.file(f"{case}/decision.yaml", paper("IntentDecision", "leave-decision", "office-clerk", decision))
    office.file(f"{case}/provider.yaml", paper("Assignment", "leave-assigned", "ops-dispatcher", assigned))
    office.merge("2026-06-10T12:00")
    office.reconcile("2026-06-11T09:00")
    before = there(office)
    assert {status for _, status, _ in before["servers"].values()} == {"SHUTOFF"}

    # 2. Without the signed receipt nothing is wiped, with it everything.
    package = tmp_path / "medium"
    packed = office.broker(
        "hand-over", "leave", "--to", str(package), "--filed-by", "gov-service-clerk", "--as-of", "2026-06-11T10:00"
    )
    assert packed.returncode == 0, packed.stdout + packed.stderr
    assert "0 stacks to change" in office.reconcile("2026-06-11T10:30")
    assert there(office)["volumes"].keys() == before["volumes"].keys()
    snapshots = {one.id for one in office.admin.block_storage.snapshots(all_projects=True)}
    receipt = yaml.safe_load((package / "hand-over.yaml").read_text(encoding="utf-8"))
    office.file(f"{case}/hand-over.yaml", receipt)
    office.merge("2026-06-11T11:00")
    office.reconcile("2026-06-11T12:00")

    # 3. The record names every id that was there; the cloud, asked by this test, has none of them.
    (wiped,) = [one for one in office.records() if one["type"] == "wiped"]
    named = " ".join(wiped["removed"])
    ids = {*before["servers"], *before["volumes"], *snapshots}
    assert (wiped["stack"], wiped["left"], {one for one in ids if one not in named}) == (STACK, [], set())
    assert f"bucket {SYSTEM}-internet-objects: 1 objects and versions" in wiped["removed"]
    after = there(office)
    assert (after["servers"], after["volumes"], after["policies"]) == ({}, {}, {})
    assert list(office.admin.block_storage.snapshots(all_projects=True)) == []
    assert SYSTEM not in {project.name.partition("/")[0] for project in office.admin.identity.projects()}

    # 4. It stays open until the provider certifies this very record.
    status = json.loads(office.broker("status", "--json", "--as-of", "2026-06-11T12:30").stdout)
    (open_,) = status["uncertified"]
    assert open_["stack"] == STACK
    word = {"provider": "provider-a", "system": SYSTEM, "zone": "internet", "form": "leave"}
    word |= {"evidence": open_["evidence"], "completed_on": "2026-06-11", "method": "存储池覆写一遍"}
    certificate = paper("WipeCertificate", "leave-certificate", "provider-a-operator", word)
    certificate["metadata"]["filed_on"] = "2026-06-11"
    office.file(f"{case}/certificate.yaml", certificate)
    office.merge("2026-06-11T14:00")
    office.reconcile("2026-06-11T14:00")
    told = office.broker("status", "--as-of", "2026-06-11T14:30")
    assert "without the provider's certificate" not in told.stdout
    (entry,) = [one for one in office.log(tmp_path / "log") if one["action"] == "wiped"]
    assert (entry["digest"], entry["role"]) == (open_["evidence"], "broker")
