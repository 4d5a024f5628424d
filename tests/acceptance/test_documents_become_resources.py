"""The main job through the command line: papers become servers and buckets; one more paper changes exactly itself."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.acceptance.conftest import LOGIN_KEY, SYSTEM, USER_DATA, Office

pytestmark = [  # openstacksdk warns of its own calls
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

ALSO = ("octavia",)
ANOTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakUUXoThW2VvGqKLgmPPvyk4TdH2iUZ1MZGdHhYlDx"
FORM = "hotline-feedback-bandwidth-2026"


def paper(kind: str, id_: str, filed_by: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"id": id_, "filed_on": "2026-06-08", "filed_by": filed_by}
    return {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}


def test_a_district_grows_from_its_papers_and_changes_by_one_more(office: Office) -> None:
    # Nothing is there, the papers are filed: the plan says what would be made, and makes nothing.
    office.merge("2026-05-31T12:00")
    planned = office.broker("plan", "--as-of", "2026-05-31T12:00")
    assert planned.returncode == 0, planned.stderr
    assert f"apply   {SYSTEM}.internet.provider-a" in planned.stdout
    assert office.servers() == {}

    # Reconciled, two real servers run, with the limits that were approved, and the bucket is there.
    office.reconcile("2026-05-31T12:00")
    made = office.servers()
    assert sorted(made.values()) == [(f"{SYSTEM}-internet-web-{n}", "ACTIVE") for n in (1, 2)]
    assert office.login_keys() == {f"{SYSTEM}-internet-web-{n}": LOGIN_KEY for n in (1, 2)}
    assert office.user_data() == {f"{SYSTEM}-internet-web-{n}": USER_DATA for n in (1, 2)}
    assert office.limits() == {f"{SYSTEM}-internet-web-{n}": 20_000 for n in (1, 2)}
    assert office.containers() == {f"{SYSTEM}-internet-objects"}

    # Again: nothing is judged, nothing is run.
    again = office.reconcile("2026-06-01T12:00")
    assert "0 stacks to change, 1 as they should be" in again
    assert "admission" not in again

    # A form alone changes nothing; it is admitted and waits for its decision.
    # With it the unit changes its key for the first login: only servers to come have the new one.
    change = {"action": "set_bandwidth", "zone": "internet", "bandwidth_mbps": 30}
    key = {"action": "set_login_key", "zone": "internet", "login_key": ANOTHER_KEY}
    form = {
        "system": SYSTEM,
        "unit": "gov-service",
        "reason": "投诉量上升",
        "intent": {"purpose": "change", "changes": [change, key]},
    }
    office.file("cases/2026/a-form/form.yaml", paper("ServiceIntentForm", FORM, "gov-service-clerk", form))
    office.merge("2026-06-08T10:00")
    assert "0 stacks to change" in office.reconcile("2026-06-08T10:00")

    # With the office's decision and both assignments, exactly the limit changes: the same servers go on.
    decision = {"form": FORM, "decision": "approved", "decided_on": "2026-06-08"}
    office.file(
        "cases/2026/b-decision/decision.yaml", paper("IntentDecision", f"{FORM}-decision", "office-clerk", decision)
    )
    to_provider = {
        "matter": FORM,
        "assignee": "provider",
        "provider": "provider-a",
        "assigned_at": "2026-06-08T11:00:00+08:00",
    }
    office.file(
        "cases/2026/c-assignment/provider.yaml", paper("Assignment", f"{FORM}-assigned", "ops-dispatcher", to_provider)
    )
    office.merge("2026-06-08T12:00")
    assert "1 stacks to change" in office.reconcile("2026-06-08T12:00")
    assert office.servers() == made
    assert office.limits() == {f"{SYSTEM}-internet-web-{n}": 30_000 for n in (1, 2)}
    assert set(office.login_keys().values()) == {LOGIN_KEY}
    assert "0 stacks to change" in office.reconcile("2026-06-08T12:30")


def test_a_preview_says_what_merging_a_branch_would_do_and_does_nothing(office: Office, tmp_path: Path) -> None:
    change = {"action": "set_bandwidth", "zone": "internet", "bandwidth_mbps": 40}
    intent = {"purpose": "change", "changes": [change]}
    form = {"system": SYSTEM, "unit": "gov-service", "reason": "迎接年末高峰", "intent": intent}
    decision = {"form": "peak-2026", "decision": "approved", "decided_on": "2026-06-08"}
    office.propose(
        tmp_path,
        "peak",
        {
            "cases/2026/c-peak/form.yaml": paper("ServiceIntentForm", "peak-2026", "gov-service-clerk", form),
            "cases/2026/c-peak/decision.yaml": paper("IntentDecision", "peak-2026-decision", "office-clerk", decision),
        },
    )
    before = office.limits()
    told = office.broker("preview", "peak", "--as-of", "2026-06-08T14:00")
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"| {SYSTEM} | internet | bandwidth north-south | changed | mbps=30 -> 40 |" in told.stdout
    assert f"## Stack {SYSTEM}.internet.provider-a (apply)" in told.stdout
    assert "| update | limit-" in told.stdout or "| create | limit-" in told.stdout
    assert "cases/2026/c-peak/decision.yaml" in told.stdout, "whose signature is missing"
    assert office.limits() == before
    assert "0 stacks to change" in office.broker("plan", "--as-of", "2026-06-08T14:00").stdout


def test_a_person_runs_the_real_cli_on_the_stack(office: Office) -> None:
    stack = f"{SYSTEM}.internet.provider-a"
    made = office.servers()
    seen = office.broker("pulumi", "--as-of", "2026-06-08T14:00", "--stack", stack, "--", "preview", "--json")
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert set(json.loads(seen.stdout)["changeSummary"]) == {"same"}
    # what holds data goes by a document alone: a destroy by hand is refused before it touches anything of it
    gone = office.broker(
        "pulumi", "--as-of", "2026-06-08T14:00", "--stack", stack, "--", "destroy", "--yes", "--skip-preview"
    )
    assert gone.returncode != 0
    assert "holds data" in gone.stdout
    assert office.containers() == {f"{SYSTEM}-internet-objects"}
    assert len(list(office.admin.block_storage.volumes(details=True, all_projects=True))) == 4
    office.reconcile("2026-06-08T14:30")
    assert sorted(office.servers().values()) == sorted(made.values())


def test_a_filing_beyond_the_quota_is_answered_with_code_article_fact_and_cure(office: Office) -> None:
    change = {"action": "set_count", "zone": "internet", "tier": "web", "count": 60}
    form = {
        "system": SYSTEM,
        "unit": "gov-service",
        "reason": "留足余量",
        "intent": {"purpose": "change", "changes": [change]},
    }
    office.file(
        "cases/2026/d-too-much/form.yaml", paper("ServiceIntentForm", "too-much-2026", "gov-service-clerk", form)
    )
    office.merge("2026-06-09T10:00")
    told = office.reconcile("2026-06-09T10:00")
    assert "not admitted  too-much-2026: QUOTA_EXCEEDED(C-6(四))" in told
    assert "区政务服务办公室在互联网区的vCPU合计将达" in told
    assert "0 stacks to change" in told


def test_the_exporter_shows_side_by_side_what_is_approved_and_what_the_cloud_has(office: Office) -> None:
    script = str(Path(sys.executable).with_name("broker"))
    command = [script, "exporter", "--once", "--home", str(office.home), "--as-of", "2026-06-09T10:00"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    samples = [s for family in text_string_to_metric_families(told.stdout) for s in family.samples]

    def total(name: str, **labels: str) -> float:
        return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())

    [project] = [s.labels for s in samples if s.name == "govcloud_project_info" and s.labels["system_id"] == SYSTEM]
    of = {"cloud": "provider-a-internet", "project_id": project["project_id"]}
    assert project["cloud"] == "provider-a-internet"
    assert total("govcloud_approved", system_id=SYSTEM, resource="vcpus") == 4
    assert total("govcloud_desired", system_id=SYSTEM, resource="vcpus") == 4
    assert total("govcloud_server_vcpus", **of) == 4
    assert total("govcloud_server_state", **of, state="active") == 2
    assert total("govcloud_approved", system_id=SYSTEM, resource="block_bytes") == total(
        "govcloud_volume_size_bytes", **of
    )
    assert total("govcloud_stack_state", stack=f"{SYSTEM}.internet.provider-a", state="applied") == 1
    assert total("govcloud_documents", outcome="not_admitted") == 1
    # this office has no login for the other provider: that is told, and holds up nothing
    assert total("govcloud_collector_up", endpoint="provider-b", collector="servers") == 0
    assert "provider-b servers: SettingsError" in told.stderr


def test_what_was_changed_by_hand_is_told_with_property_and_both_values_and_nothing_is_mended(
    office: Office, tmp_path: Path
) -> None:
    stack, at = f"{SYSTEM}.internet.provider-a", ("--as-of", "2026-06-09T11:00")
    asked = office.broker("drift", *at, "--json")
    assert asked.returncode == 0, asked.stdout + asked.stderr
    (before,) = json.loads(asked.stdout)
    assert (before["stack"], before["findings"], before["servers_since"]) == (stack, [], None)
    again = json.loads(office.broker("drift", *at, "--json").stdout)[0]
    assert again["servers_since"]
    assert again["servers_unchanged"] == office.servers_unchanged_since(again["servers_since"])
    whole = json.loads(office.broker("drift", *at, "--whole", "--json").stdout)[0]
    assert (whole["servers_since"], whole["servers_unchanged"]) == (None, 0)

    undo = meddle(office)
    hands = office.limits()
    told = office.broker("drift", *at, "--stack", stack, "--json")
    assert told.returncode == 1, told.stdout + told.stderr
    (found,) = json.loads(told.stdout)
    opened = {"flow": "", "direction": "ingress", "protocol": "tcp", "port_min": 22, "port_max": 22}
    differs = {
        (one["what"], one["resource"]): (one["property"], one["approved"], one["found"]) for one in found["findings"]
    }
    limit = next(resource for what, resource in differs if resource.startswith("limit-"))
    assert differs == {
        ("changed", "server-web-1"): ("power", "running", "stopped"),
        ("changed", "group-web"): ("rules", [], [{**opened, "remote_cidr": "0.0.0.0/0"}]),
        ("changed", limit): ("egress_kbps", int(limit.removeprefix("limit-").removesuffix("m")) * 1000, 90_000),
        ("unexplained", "SecurityGroup by-hand"): ("", None, None),
    }

    # It is told wherever one looks, and a reconcile does not mend it in silence.
    office.reconcile("2026-06-09T12:00")
    assert office.limits() == hands
    status = office.broker("status", *at)
    assert status.returncode == 1
    assert "    differs: server-web-1: power is stopped, approved is running" in status.stdout
    notices = [json.loads(line) for line in office.broker("notices", *at, "--json").stdout.splitlines()]
    (letter,) = [one["body"] for one in notices if one["topic"] == "drift"]
    assert (letter["to"], len(letter["findings"])) == (["@cloud_office", "provider-a"], 4)
    (began,) = [one for one in office.log(tmp_path / "log") if one["action"] == "drift"]
    assert (began["role"], len(began["body"]["begun"]), began["body"]["stack"]) == ("broker", 4, stack)

    undo()
    mended = office.broker("drift", "--as-of", "2026-06-09T13:00")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert "  no more: server-web-1: power is stopped, approved is running" in mended.stdout
    assert office.broker("status", *at).returncode == 0
    lines = office.broker("events", stack, "--json").stdout.splitlines()
    assert [json.loads(line)["kind"] for line in lines][-8:] == ["drifted"] * 4 + ["undrifted"] * 4


def meddle(office: Office) -> Callable[[], None]:
    """Somebody opens a port, lifts a limit, stops a server and makes a group; what comes back undoes it all."""
    admin = office.admin
    server = next(one for one in admin.compute.servers(all_projects=True) if one.name.endswith("-web-1"))
    group = next(one for one in admin.network.security_groups(project_id=server.project_id) if one.name != "default")
    policy = next(one for one in admin.network.qos_policies() if one.project_id == server.project_id)
    limit = next(one for one in policy.rules if one["direction"] == "egress")
    rule = admin.network.create_security_group_rule(
        security_group_id=group.id,
        direction="ingress",
        protocol="tcp",
        port_range_min=22,
        port_range_max=22,
        remote_ip_prefix="0.0.0.0/0",
    )
    admin.network.update_qos_bandwidth_limit_rule(limit["id"], policy.id, max_kbps=90_000)
    admin.compute.stop_server(server)
    admin.compute.wait_for_server(server, status="SHUTOFF")
    more = admin.network.create_security_group(name="by-hand", project_id=server.project_id)

    def undo() -> None:
        admin.network.delete_security_group_rule(rule)
        admin.network.update_qos_bandwidth_limit_rule(limit["id"], policy.id, max_kbps=limit["max_kbps"])
        admin.compute.start_server(server)
        admin.compute.wait_for_server(server, status="ACTIVE")
        admin.network.delete_security_group(more)

    return undo


def test_a_form_brings_a_load_balancer_that_octavia_makes_and_another_takes_it_away(office: Office) -> None:
    name = f"{SYSTEM}-internet-front"
    approved(office, "balanced", "2026-06-09", "add_load_balancer", load_balancer={"name": "front", "tier": "web"})
    assert "1 stacks to change" in office.reconcile("2026-06-09T14:00")
    assert {name: 2} == {one: sum(ports.values()) for one, ports in office.load_balancers().items()}
    assert "0 stacks to change, 1 as they should be" in office.reconcile("2026-06-09T14:30")
    approved(office, "direct", "2026-06-09", "remove_load_balancer", load_balancer="front", hour=15)
    office.reconcile("2026-06-09T17:00")
    assert office.load_balancers() == {}


def test_a_form_with_another_first_boot_configuration_rebuilds_the_servers_and_keeps_their_data(office: Office) -> None:
    before, another = office.servers(), "#!/bin/sh\ntouch /run/configured\n"
    volumes = {one.id: one.is_bootable for one in office.admin.block_storage.volumes(details=True, all_projects=True)}
    rebuilt = {"tier": "web", "user_data": another, "system_disk": "discard"}
    approved(office, "configured", "2026-06-09", "set_user_data", hour=18, **rebuilt)
    assert "1 stacks to change" in office.reconcile("2026-06-09T20:30")
    after = office.servers()
    assert (sorted(after.values()), before.keys() & after.keys()) == (sorted(before.values()), set())
    assert office.user_data() == {f"{SYSTEM}-internet-web-{n}": another for n in (1, 2)}
    assert set(office.login_keys().values()) == {ANOTHER_KEY}, "the key is that of when they are made"
    left = {one.id for one in office.admin.block_storage.volumes(all_projects=True)}
    assert left & volumes.keys() == {id_ for id_, boots in volumes.items() if not boots}
    (evidence,) = discarded(office)
    assert ("configured" in evidence["documents"], evidence["left"]) == (True, [])
    assert "0 stacks to change, 1 as they should be" in office.reconcile("2026-06-09T21:00")


def discarded(office: Office) -> list[dict[str, Any]]:
    """What was recorded of data that documents gave up."""
    return [one for one in office.records() if one["type"] == "discarded"]


def approved(office: Office, name: str, day: str, action: str, *, hour: int = 11, **change: Any) -> None:
    """One change of the system, asked for, decided and assigned."""
    intent = {"purpose": "change", "changes": [{"action": action, "zone": "internet", **change}]}
    form = {"system": SYSTEM, "unit": "gov-service", "reason": "访问量上升", "intent": intent}
    decision = {"form": name, "decision": "approved", "decided_on": day}
    to = {"assignee": "provider", "provider": "provider-a", "assigned_at": f"{day}T{hour}:30:00+08:00"}
    papers: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("ServiceIntentForm", name, "gov-service-clerk", form),
        ("IntentDecision", f"{name}-decision", "office-clerk", decision),
        ("Assignment", f"{name}-assigned", "ops-dispatcher", {"matter": name, **to}),
    )
    for number, (kind, id_, filed_by, spec) in enumerate(papers):
        document = paper(kind, id_, filed_by, spec)
        document["metadata"]["filed_on"] = day
        office.file(f"cases/2026/f-{name}/{number}.yaml", document)
    office.merge(f"{day}T{hour + 2}:00")


def test_a_form_gives_disks_and_a_bucket_back_with_what_is_in_them_and_the_servers_go_on(office: Office) -> None:
    servers, bucket = office.servers(), f"{SYSTEM}-internet-objects"
    office.put(bucket, "letters/1.txt", b"thanks")
    changes = [
        {"action": "remove_disk", "zone": "internet", "tier": "web", "disk": "data", "data": "discard"},
        {"action": "remove_bucket", "zone": "internet", "bucket": "objects", "data": "discard"},
    ]
    intent = {"purpose": "change", "changes": changes}
    form = {"system": SYSTEM, "unit": "gov-service", "reason": "材料已移交档案部门", "intent": intent}
    decision = {"form": "less-2026", "decision": "approved", "decided_on": "2026-06-10"}
    assigned = {
        "matter": "less-2026",
        "assignee": "provider",
        "provider": "provider-a",
        "assigned_at": "2026-06-10T11:00:00+08:00",
    }
    office.file("cases/2026/e-less/form.yaml", paper("ServiceIntentForm", "less-2026", "gov-service-clerk", form))
    office.merge("2026-06-10T10:00")
    office.reconcile("2026-06-10T10:00")
    volumes = list(office.admin.block_storage.volumes(all_projects=True))
    assert len(volumes) == 4
    less = paper("IntentDecision", "less-2026-decision", "office-clerk", decision)
    office.file("cases/2026/e-less/decision.yaml", less)
    to_provider = paper("Assignment", "less-2026-assigned", "ops-dispatcher", assigned)
    office.file("cases/2026/e-less/provider.yaml", to_provider)
    office.merge("2026-06-10T12:00")
    assert "1 stacks to change" in office.reconcile("2026-06-10T12:00")
    assert office.servers() == servers
    left = list(office.admin.block_storage.volumes(details=True, all_projects=True))
    assert [volume.is_bootable for volume in left] == [True, True]
    assert office.containers() == set()
    assert "0 stacks to change, 1 as they should be" in office.reconcile("2026-06-10T12:30")
    (evidence,) = [one for one in discarded(office) if "less-2026" in one["documents"]]
    assert evidence["left"] == []
    assert {one.id for one in volumes} - {one.id for one in left} == {
        line.partition(" ")[2] for line in evidence["removed"] if line.startswith("volume-web-")
    }
    assert f"bucket {bucket}: 1 objects and versions" in evidence["removed"]


def test_one_act_id_ties_consent_job_run_record_and_notice_of_an_interruption_together(
    office: Office, tmp_path: Path
) -> None:
    act, stack = "act-2026-014", f"{SYSTEM}.internet.provider-a"
    request = {"provider": "provider-a", "harming_unit": "gov-service", "event": "该系统持续扫描平台管理网"}
    order = {"request": "harm", "act": act, "systems": [SYSTEM], "reason": "严重影响平台安全稳定运行"}
    order |= {"effective_at": "2026-06-11T10:10:00+08:00"}
    filed(office, "harm", paper("HarmInterruptionRequest", "harm", "provider-a-operator", request))
    filed(office, "harm-order", paper("HarmInterruptionOrder", "harm-order", "office-clerk", order))
    by_job(office, "2026-06-11T10:15")
    assert {status for _, status in office.servers().values()} == {"SHUTOFF"}
    assert tied(office, act, tmp_path / "interrupted") == {
        "admit": 1,
        "enqueue": 1,
        "begin": 1,
        "apply": 1,
        "notice harm-interruption": 1,
        "notice provisioned": 1,
        "record provisioned": 1,
    }
    queued = [json.loads(line) for line in office.broker("notices", "--json").stdout.splitlines()]
    assert [one["body"]["to"] for one in queued if one["body"].get("act") == act] == [["gov-service", "provider-a"]]

    # The end of the interruption is the end of the same act; what comes after it is no part of it.
    end = {"order": "harm-order", "effective_at": "2026-06-11T10:25:00+08:00", "handled": "已下线整改并复测"}
    filed(office, "harm-end", paper("ServiceRestoration", "harm-end", "office-clerk", end))
    by_job(office, "2026-06-11T10:30")
    assert {status for _, status in office.servers().values()} == {"ACTIVE"}
    both = tied(office, act, tmp_path / "restored")
    assert both == {
        "admit": 2,
        "enqueue": 2,
        "begin": 2,
        "apply": 2,
        "notice harm-interruption": 1,
        "notice restoration": 1,
        "notice provisioned": 2,
        "record provisioned": 2,
    }
    approved(office, "later", "2026-06-11", "set_bandwidth", bandwidth_mbps=25)
    assert f"applied  {stack}" in office.reconcile("2026-06-11T13:00")
    assert tied(office, act, tmp_path / "later") == both


def filed(office: Office, name: str, document: dict[str, Any]) -> None:
    """The document lies in the papers of the day, to be merged with the next ones."""
    document["metadata"]["filed_on"] = "2026-06-11"
    office.file(f"notices/2026/{name}.yaml", document)


def by_job(office: Office, at: str) -> None:
    """What was filed is merged and decided; a worker brings it about."""
    office.merge(at)
    asked = office.broker("reconcile", "--enqueue", "--as-of", at)
    assert "  enqueued  " in asked.stdout, asked.stdout + asked.stderr
    worked = office.broker("worker", "--once", "--as-of", at)
    assert worked.returncode == 0, worked.stdout + worked.stderr


def tied(office: Office, act: str, folder: Path) -> dict[str, int]:
    """What bears the id of the act: audit entries by action, notices by topic, records by type."""
    found = Counter[str]()
    for entry in office.log(folder):
        body = entry["body"]
        if act in {entry["request"], body.get("act"), *body.get("acts", ())} or act in json.dumps(body.get("body", "")):
            found[f"notice {body['topic']}" if entry["action"] == "notice" else entry["action"]] += 1
    found.update(f"record {one['type']}" for one in office.records() if act in one.get("acts", ()))
    return dict(found)


def test_the_doctor_says_which_tools_are_used_and_why(office: Office) -> None:
    told = office.broker("doctor")
    assert told.returncode == 0, told.stdout
    assert "ok   pulumi: 3.259.0" in told.stdout
    assert "ok   ledger: embedded: PostgreSQL" in told.stdout
