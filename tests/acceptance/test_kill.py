"""The broker may be killed anywhere: the next plain reconcile ends at the target, nothing twice and nothing lost."""

import contextlib
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from broker.ledger import admissions, claims, embedded
from broker.ledger.connect import Connection, connect
from broker.ledger.migrate import migrate
from broker.ledger.usage import still
from quotas.account import cloud
from tests.acceptance.conftest import ROOT, SYSTEM, Office
from tests.acceptance.killed_broker import KILLED

pytestmark = [  # openstacksdk warns of its own calls
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

LEASE_S = 15
HELD_LIMIT_S = 40.0
"""How long the dead broker's lease may stand in the way, the starts of the command included."""
STACK = f"{SYSTEM}.internet.provider-a"
ZONE = {"zone": "internet"}


@dataclass(frozen=True, slots=True)
class Kill:
    """Where the broker dies: the `nth` time that `step` is reached, with its CLI or `alone`."""

    step: str
    nth: int = 1
    scope: str = "whole"


@dataclass(frozen=True, slots=True)
class Size:
    """What the documents then say: servers by their ordinals, each with its bandwidth and its shape."""

    ordinals: tuple[int, ...]
    mbps: int
    vcpu: int
    memory_gib: int

    @property
    def servers(self) -> list[str]:
        return [f"{SYSTEM}-internet-web-{n}" for n in self.ordinals]


@dataclass(frozen=True, slots=True)
class Kept:
    """Ids of what a rebuild must make anew, and of what it must leave alone."""

    servers: frozenset[str]
    boots: frozenset[str]
    data: frozenset[str]
    addresses: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, office: Office) -> "Kept":
        volumes = list(office.admin.block_storage.volumes(all_projects=True, details=True))
        ports = [port for port in office.admin.network.ports() if port.device_owner.startswith("compute:")]
        return cls(
            frozenset(office.servers()),
            frozenset(volume.id for volume in volumes if volume.name.endswith("-boot")),
            frozenset(volume.id for volume in volumes if volume.name.endswith("-data")),
            frozenset((port.id, port.fixed_ips[0]["ip_address"]) for port in ports),
        )


def file_change(office: Office, name: str, day: int, change: dict[str, Any]) -> str:
    """The instant at which a form with the change, its approval and its assignment are filed."""
    form: dict[str, Any] = {
        "system": SYSTEM,
        "unit": "gov-service",
        "reason": "业务量变化",
        "intent": {"purpose": "change", "changes": [{**ZONE, **change}]},
    }
    decision = {"form": name, "decision": "approved", "decided_on": f"2026-06-{day:02}"}
    assignment = {
        "matter": name,
        "assignee": "provider",
        "provider": "provider-a",
        "assigned_at": f"2026-06-{day:02}T11:00:00+08:00",
    }
    file_paper(office, f"{day:02}-1", ("ServiceIntentForm", name, "gov-service-clerk"), form)
    file_paper(office, f"{day:02}-2", ("IntentDecision", f"{name}-decision", "office-clerk"), decision)
    file_paper(office, f"{day:02}-3", ("Assignment", f"{name}-to-provider", "ops-dispatcher"), assignment)
    as_of = f"2026-06-{day:02}T12:00"
    office.merge(as_of)
    return as_of


def file_paper(office: Office, order: str, head: tuple[str, str, str], spec: dict[str, Any]) -> None:
    kind, name, filed_by = head
    metadata = {"id": name, "filed_on": f"2026-06-{order[:2]}", "filed_by": filed_by}
    document = {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}
    office.file(f"cases/2026/{order}-{name}.yaml", document)


def die(office: Office, kill: Kill, as_of: str, log: Path, command: tuple[str, ...] = ("reconcile",)) -> None:
    """Nothing, once the command was killed at the step."""
    let_time_pass(office)
    killed = [sys.executable, "-m", "tests.acceptance.killed_broker", kill.step, str(kill.nth), kill.scope, str(log)]
    arguments = ["--", *command, "--as-of", as_of, "--home", str(office.home)]
    log.write_text("", encoding="utf-8")
    done = subprocess.run(
        [*killed, *arguments], capture_output=True, text=True, check=False, cwd=ROOT, start_new_session=True
    )
    steps = log.read_text(encoding="utf-8").splitlines()
    assert done.returncode == -9, f"{kill} was not hit: {Counter(steps)}\n{done.stdout}\n{done.stderr[-2000:]}"
    assert f"{KILLED} {kill.step}" in steps


def let_time_pass(office: Office) -> None:
    """What the dead left of leases and signs of life is over at once; one test waits for it as people have to."""
    with ledger(office) as conn:
        conn.execute("update ledger.lease set until = clock_timestamp() where holder is not null")
        conn.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")


@contextlib.contextmanager
def ledger(office: Office) -> Iterator[Connection]:
    dsn = embedded.start(office.home / "ledger").dsn()
    with connect(dsn) as conn:
        migrate(conn)
        yield conn


def recover(office: Office, as_of: str) -> str:
    """What a plain reconcile said, once the dead one's lease was over."""
    until = time.monotonic() + HELD_LIMIT_S
    while True:
        done = office.broker("reconcile", "--as-of", as_of)
        if "  held  " not in done.stdout or time.monotonic() > until:
            break
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def project_of(office: Office) -> str:
    return str(next(p.id for p in office.admin.identity.projects() if p.name == f"{SYSTEM}/internet"))


def names(found: Iterator[Any]) -> list[str]:
    return sorted(each.name for each in found)


def assert_exactly(office: Office, size: Size) -> None:
    """The cloud holds what the documents say, each thing once."""
    admin, project = office.admin, project_of(office)
    assert sorted(office.servers().values()) == [(name, "ACTIVE") for name in size.servers]
    assert office.limits() == dict.fromkeys(size.servers, size.mbps * 1000)
    network = admin.network
    ports = list(network.ports(project_id=project))
    assert sorted(p.name for p in ports if p.device_owner.startswith("compute:")) == size.servers
    assert [p.id for p in ports if not p.device_owner] == []
    disks = [f"{name}-{disk}" for name in size.servers for disk in ("boot", "data")]
    volumes = list(admin.block_storage.volumes(all_projects=True, details=True))
    assert sorted((v.name, v.status) for v in volumes) == [(name, "in-use") for name in sorted(disks)]
    assert len(list(network.ips(project_id=project))) == 1
    assert names(network.networks(project_id=project)) == [f"{SYSTEM}-internet-network"]
    assert names(network.subnets(project_id=project)) == [f"{SYSTEM}-internet-subnet"]
    assert names(network.routers(project_id=project)) == [f"{SYSTEM}-internet-router"]
    assert names(network.security_groups(project_id=project)) == ["default", f"{SYSTEM}-internet-web"]
    policies = list(network.qos_policies(project_id=project))
    shares = {size.mbps * 1000, size.mbps * 900, size.mbps * 100}  # a port, the address, the gateway
    assert len(policies) == len(shares)
    assert {rule["max_kbps"] for policy in policies for rule in policy.rules} == shares
    assert office.containers() == {f"{SYSTEM}-internet-objects"}
    quota = admin.compute.get(f"/os-quota-sets/{project}").json()["quota_set"]
    count = len(size.ordinals)
    wanted = {"instances": count, "cores": count * size.vcpu, "ram": count * size.memory_gib * 1024}
    assert {name: quota[name] for name in wanted} == wanted
    with ledger(office) as conn:
        used = claims.balances(conn)[cloud("provider-a", "internet")].used
        assert (used.vcpu, used.memory_gib) == (count * size.vcpu, count * size.memory_gib)
        assert (claims.miscounted(conn), admissions.unpushed(conn)) == ((), ())
        metered = [usage.taking for usage in still(conn, STACK)]
        assert sum(taking.amount.vcpu for taking in metered) == used.vcpu
        assert len(metered) == len({taking.resource for taking in metered})


def assert_survived(office: Office, kills: tuple[Kill, ...], as_of: str, size: Size, log: Path) -> None:
    """Each kill but the first falls on the run that recovers from the one before; the last run is a plain one."""
    for kill in kills:
        die(office, kill, as_of, log)
    let_time_pass(office)
    assert_recovered(office, as_of, size)


def assert_recovered(office: Office, as_of: str, size: Size) -> None:
    recover(office, as_of)
    assert_exactly(office, size)
    assert "0 stacks to change" in office.reconcile(as_of)


def assert_worker_survived(office: Office, kills: tuple[Kill, ...], as_of: str, size: Size, log: Path) -> None:
    """Each killed worker's job is done by the next one, once it counts as dead; the last one is a plain one."""
    enqueued = office.broker("reconcile", "--enqueue", "--as-of", as_of)
    assert "  enqueued  " in enqueued.stdout, enqueued.stdout + enqueued.stderr
    for kill in kills:
        die(office, kill, as_of, log, ("worker", "--once"))
    until = time.monotonic() + HELD_LIMIT_S
    let_time_pass(office)
    while jobs_of(office, as_of) and time.monotonic() < until:
        done = office.broker("worker", "--once", "--as-of", as_of)
        assert done.returncode == 0, done.stderr
    assert_exactly(office, size)
    assert "0 stacks to change" in office.reconcile(as_of)


def jobs_of(office: Office, as_of: str) -> list[str]:
    """The stacks for which a job waits, runs, or was left by a dead worker."""
    found = json.loads(office.broker("status", "--json", "--as-of", as_of).stdout)
    return [stack["stack"] for stack in found["stacks"] if stack["job"] in {"todo", "doing"}]


CREATES = (
    Kill("reconcile:claimed"),
    Kill("reconcile:recorded"),
    Kill("apply:leased"),
    Kill("engine:started", scope="alone"),
    Kill("create:Project:after-answer", scope="alone"),
    Kill("create:RoleGrant:after-answer", scope="alone"),
    Kill("create:QuotaSet:before-call"),
    Kill("create:Volume:after-answer", nth=2),
    Kill("create:Server:before-call", nth=2, scope="alone"),
    Kill("create:VolumeAttachment:after-answer"),
)
UPDATES = (Kill("create:QosPolicy:after-answer"), Kill("apply:begun"), Kill("engine:ended"))
RESIZES = (
    Kill("update:Server:before-call"),
    Kill("update:Server:after-answer", scope="alone"),
    Kill("update:Server:after-answer", nth=2),
    Kill("apply:before-save"),
)
REPLACES = (
    Kill("delete:Server:after-answer", scope="alone"),
    Kill("delete:Volume:before-call"),
    Kill("delete:Volume:after-answer", nth=2),
    Kill("create:Volume:after-answer", scope="alone"),
    Kill("create:Server:before-call", nth=2),
    Kill("create:VolumeAttachment:after-answer"),
)
DELETES = (
    Kill("delete:Server:before-call"),
    Kill("delete:Server:after-answer", scope="alone"),
    Kill("delete:Volume:before-call"),
    Kill("delete:Volume:after-answer"),
    Kill("apply:saved"),
)


def test_a_system_is_made_changed_rebuilt_and_made_smaller_by_brokers_that_are_killed(
    office: Office, tmp_path: Path
) -> None:
    with (office.home / "broker.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"lease_s = {LEASE_S}\nworker_beat_s = 1\nworker_dead_s = {LEASE_S}\n")
    log = tmp_path / "steps"
    office.merge("2026-05-31T12:00")
    assert_survived(office, CREATES, "2026-05-31T12:00", Size((1, 2), 20, 2, 4), log)
    wider = file_change(office, "wider-2026", 8, {"action": "set_bandwidth", "bandwidth_mbps": 30})
    assert_survived(office, UPDATES, wider, Size((1, 2), 30, 2, 4), log)
    bigger = file_change(office, "bigger-2026", 9, {"action": "set_flavor", "tier": "web", "flavor": "g.4c8g"})
    assert_survived(office, RESIZES, bigger, Size((1, 2), 30, 4, 8), log)
    before = Kept.of(office)
    change: dict[str, Any] = {"action": "set_image", "tier": "web", "image": "ubuntu-22.04", "system_disk": "discard"}
    rebuilt = file_change(office, "rebuilt-2026", 10, change)
    assert_survived(office, REPLACES, rebuilt, Size((1, 2), 30, 4, 8), log)
    after = Kept.of(office)
    assert (after.addresses, after.data) == (before.addresses, before.data)
    assert not after.servers & before.servers
    assert not after.boots & before.boots
    leaving = [{"ordinal": 2, "data": "discard"}]
    change = {"action": "set_count", "tier": "web", "count": 1, "leaving": leaving}
    smaller = file_change(office, "smaller-2026", 11, change)
    assert_survived(office, DELETES, smaller, Size((1,), 30, 4, 8), log)
    told = [
        record for record in office.records() if record["type"] == "discarded" and "smaller-2026" in record["documents"]
    ]
    gone = [line.partition(" ")[0] for record in told for line in record["removed"]]
    assert gone == ["boot-web-2", "volume-web-2-data"], told


def test_what_is_saved_when_the_broker_dies_needs_no_more_work(office: Office, tmp_path: Path) -> None:
    for day, mbps, step in ((12, 35, "apply:saved"), (13, 25, "reconcile:provisioned")):
        as_of = file_change(office, f"last-{day}", day, {"action": "set_bandwidth", "bandwidth_mbps": mbps})
        die(office, Kill(step), as_of, tmp_path / "steps")
        assert_recovered(office, as_of, Size((1,), mbps, 4, 8))
        told = [record["documents"] for record in office.records() if record["type"] == "provisioned"]
        assert [f"last-{day}" in documents for documents in told] == [*(False,) * (len(told) - 1), True]


def test_a_worker_that_is_killed_leaves_its_job_to_the_next(office: Office, tmp_path: Path) -> None:
    kills = (Kill("worker:begun"), Kill("engine:serving", scope="alone"), Kill("apply:saved"))
    as_of = file_change(office, "worker-2026", 14, {"action": "set_bandwidth", "bandwidth_mbps": 40})
    assert_worker_survived(office, kills, as_of, Size((1,), 40, 4, 8), tmp_path / "steps")
