"""The daemon and a real Gitea: pushes, merges, its webhook, its absence, and a history that was replaced."""

import concurrent.futures
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests
import yaml

from broker.clock import day_of
from broker.documents.records import Admitted
from broker.ledger import embedded
from broker.papers import now
from broker.registry.records import read_records
from tests.acceptance.test_papers import ROOT
from tools import pulumi_cli
from tools.demo.history import History
from tools.gitea import server
from tools.gitea.server import ADMIN, Gitea

T = TypeVar("T")
PATIENCE_S = 300
REPOSITORY = f"/repos/{ADMIN}/registry"
UNIT, ACCOUNT = "gov-service", "unit:gov-service/internet"
SYSTEMS = ("hotline-feedback", "online-hall")
FORMS = ("growth-a", "growth-b")


def until(found: Callable[[], T | None], what: str) -> T:
    """What was waited for. Nobody tells this process when another one is done."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if (it := found()) is not None:
            return it
        time.sleep(0.2)
    raise AssertionError(f"not within {PATIENCE_S} s: {what}")


def git(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    who = ("-c", "user.name=clerk", "-c", "user.email=clerk@example.invalid")
    return subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], capture_output=True, text=True, check=check, timeout=PATIENCE_S
    )


@dataclass
class Town:
    """A git host, a clerk's clone of the registry on it, and the home of a broker."""

    host: Gitea
    district: History
    keys: Path
    home: Path

    @property
    def clone(self) -> Path:
        return self.district.repository

    def broker(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "broker", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=PATIENCE_S)

    def paper(self, folder: Path, name: str, kind: str, by: str, spec: dict[str, Any]) -> Path:
        metadata = {"id": name, "filed_on": str(day_of(now())), "filed_by": by}
        path = folder / ("platform" if kind == "HeadAcceptance" else f"cases/2026/{name.removesuffix('-decision')}")
        path = path / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}
        path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    def sign(self, path: Path, *people: str) -> None:
        for who in people:
            key = self.keys / who
            done = self.broker("sign", path, "--as", who, "--role", "cloud_office", "--key", key)
            assert done.returncode == 0, done.stdout + done.stderr

    def form(self, folder: Path, name: str, system: str, mbps: int) -> None:
        """A form that asks for bandwidth."""
        change = {"action": "set_bandwidth", "zone": "internet", "bandwidth_mbps": mbps}
        form: dict[str, Any] = {"system": system, "unit": UNIT, "reason": "访问量上升"}
        form |= {"intent": {"purpose": "change", "changes": [change]}}
        self.paper(folder, name, "ServiceIntentForm", "gov-service-clerk", form)

    def file(self, **asked: tuple[str, int]) -> None:
        """Forms on main, each with its system and the bandwidth that it asks for, and their outcomes."""
        git(self.clone, "switch", "-q", "main")
        git(self.clone, "pull", "-q", "origin", "main")
        for name, (system, mbps) in asked.items():
            self.form(self.clone, name, system, mbps)
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", "forms")
        git(self.clone, "push", "-q", "origin", "main")
        for name in asked:
            assert self.outcome(name).admitted, name

    def request(self, form: str) -> int:
        """The number of a pull request with the office's signed approval of the form."""
        git(self.clone, "fetch", "-q", "origin")
        git(self.clone, "switch", "-q", "-c", form, "origin/main")
        decision = {"form": form, "decision": "approved", "decided_on": str(day_of(now()))}
        path = self.paper(self.clone, f"{form}-decision", "IntentDecision", "office-clerk", decision)
        self.sign(path, "office-director")
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", form)
        git(self.clone, "push", "-q", "origin", form)
        return int(self.host.call("POST", f"{REPOSITORY}/pulls", head=form, base="main", title=form)["number"])

    def merge(self, number: int) -> None:
        def merged() -> bool | None:
            try:
                self.host.call("POST", f"{REPOSITORY}/pulls/{number}/merge", Do="merge")
            except requests.HTTPError as refused:  # it is still looking for conflicts, or merges another one
                if refused.response.status_code not in {405, 409}:
                    raise
                return None
            return True

        until(merged, f"the merge of pull request {number}")

    def outcome(self, name: str) -> Admitted:
        """What the records on the host's branch, as the broker's copy has it, say of a document."""

        def found() -> Admitted | None:
            records = read_records(self.home / "registry")
            return next((r for r in records if isinstance(r, Admitted) and r.id == name), None)

        return until(found, f"the outcome of {name}")

    def status(self) -> str:
        return self.broker("status", "--home", self.home).stdout


@dataclass
class Running:
    """A daemon process: its address, and how it ends."""

    process: subprocess.Popen[bytes]
    address: str

    def health(self) -> tuple[int, dict[str, Any]]:
        answer = requests.get(f"{self.address}/healthz", timeout=PATIENCE_S)
        return answer.status_code, answer.json()

    def duty(self, name: str, *, ok: bool) -> tuple[int, str]:
        """The status of `/healthz` and what it tells, once the duty stands like this."""

        def found() -> tuple[int, str] | None:
            status, told = self.health()
            one = told.get("duties", {}).get(name)
            return (status, str(one["told"])) if one and one["ok"] is ok else None

        return until(found, f"{name} to be {'well' if ok else 'bad'}")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    pulumi_cli.ensure()
    database = embedded.start(tmp_path / "database", durable=False)
    district = History(tmp_path / "registry", tmp_path / "keys", ROOT / "examples" / "registry")
    district.advance(now())
    try:
        with server.running(tmp_path / "gitea", database.dsn()) as host:
            host.call("POST", "/user/repos", name="registry", default_branch="main")
            remote = f"{host.url}/{ADMIN}/registry.git"
            home = tmp_path / "home"
            (home / "secrets").mkdir(parents=True, mode=0o700)
            (home / "secrets" / "git-credentials").write_text(host.credentials)
            # no clouds here: what asks them by the clock would fail whenever its minute comes
            settings: dict[str, object] = {"backup_hour": 24, "drift_hours": 0}
            settings |= {"remote": remote, "trust_root": district.trust_root, "listen": "127.0.0.1:0"}
            (home / "broker.toml").write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in settings.items()))
            git(district.repository, "config", "credential.helper", f"store --file={home}/secrets/git-credentials")
            git(district.repository, "remote", "add", "origin", remote)
            git(district.repository, "push", "-q", "origin", "main")
            yield Town(host, district, tmp_path / "keys", home)
    finally:
        embedded.stop(tmp_path / "home" / "ledger")
        embedded.stop(tmp_path / "database")


@pytest.fixture
def daemon(town: Town) -> Iterator[Running]:
    log = town.home / "daemon.log"
    command = [sys.executable, "-m", "broker", "daemon", "--home", str(town.home)]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, cwd=ROOT) as process:

        def answers() -> str | None:
            assert process.poll() is None, log.read_text()
            lines = [line for line in log.read_text().splitlines() if "answers at " in line]
            return lines[0].split("answers at ")[1].split("/hooks/")[0] if lines else None

        try:
            address = until(answers, "the daemon")
            secret = (town.home / "secrets" / "webhook-secret").read_text().strip()
            hook = {"url": f"{address}/hooks/gitea", "content_type": "json", "secret": secret}
            town.host.call("POST", f"{REPOSITORY}/hooks", type="gitea", config=hook, events=["push"], active=True)
            yield Running(process, address)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.send_signal(signal.SIGTERM)
                process.wait(PATIENCE_S)


def room(town: Town) -> int:
    """How much bandwidth the unit has left in the internet zone."""
    shown = town.broker("quota", "show", UNIT, "--registry", town.clone).stdout
    rows = [line.split() for line in shown.splitlines()]
    return next(int(row[-1]) for row in rows if row[0] == ACCOUNT and row[1] == "bandwidth_mbps")


def held(system: str) -> int:
    (request,) = (ROOT / "examples" / "registry" / "cases").rglob(f"*{system}*/*request*.yaml")
    zones = yaml.safe_load(request.read_text(encoding="utf-8"))["spec"]["zones"]
    return next(int(zone["bandwidth_mbps"]) for zone in zones if zone["zone"] == "internet")


def test_a_merge_on_the_host_is_decided_at_once_and_of_two_that_ask_for_too_much_one_is(
    town: Town, daemon: Running
) -> None:
    assert daemon.duty("look", ok=True)[0] == 200

    # A push calls the daemon: its own timer would take ten minutes.
    more = room(town) // 2 + 1
    town.file(**{name: (system, held(system) + more) for name, system in zip(FORMS, SYSTEMS, strict=True)})

    # Two approvals, each with room enough, together without it.
    numbers = [town.request(name) for name in FORMS]
    with concurrent.futures.ThreadPoolExecutor() as threads:
        list(threads.map(town.merge, numbers))
    outcomes = {name: town.outcome(f"{name}-decision") for name in FORMS}
    refused = [name for name, outcome in outcomes.items() if not outcome.admitted]
    assert len(refused) == 1
    assert [reason.code for reason in outcomes[refused[0]].reasons] == ["QUOTA_EXCEEDED"]
    told = town.status()
    assert f"{refused[0]}-decision" in told.split("merged, not admitted")[1].split("merged, not applied")[0]
    assert "QUOTA_EXCEEDED" in told

    # The clouds of this deployment have no credentials: what was admitted says why it is not there.
    waiting = told.split("merged, not applied")[1]
    assert "is not brought to it" in waiting
    assert "look, " in told


def test_pushes_that_race_both_arrive_and_both_are_decided(town: Town, daemon: Running, tmp_path: Path) -> None:
    daemon.duty("look", ok=True)
    helper = git(town.clone, "config", "credential.helper").stdout.strip()
    clones = []
    for n, system in enumerate(SYSTEMS):
        clone = tmp_path / f"unit-{n}"
        remote = git(town.clone, "remote", "get-url", "origin").stdout.strip()
        git(tmp_path, "-c", f"credential.helper={helper}", "clone", "-q", remote, str(clone))
        git(clone, "config", "credential.helper", helper)
        town.form(clone, f"race-{n}", system, held(system) + 1)
        git(clone, "add", "-A")
        git(clone, "commit", "-q", "-m", f"race-{n}")
        clones.append(clone)

    def push(clone: Path) -> int:
        refused = 0
        while git(clone, "push", "-q", "origin", "main", check=False).returncode:
            refused += 1
            assert refused < 10
            # a merge of its own would put what is on main already behind it: another order, which stops the broker
            git(clone, "pull", "-q", "--rebase", "origin", "main")
        return refused

    with concurrent.futures.ThreadPoolExecutor() as threads:
        list(threads.map(push, clones))
    assert {town.outcome(f"race-{n}").admitted for n in range(2)} == {True}


def test_a_host_that_is_away_is_told_and_asked_again(town: Town, daemon: Running) -> None:
    daemon.duty("look", ok=True)
    town.file(**{FORMS[0]: (SYSTEMS[0], held(SYSTEMS[0]) + 1)})
    number = town.request(FORMS[0])
    server.stop(town.host.folder)
    assert town.broker("wake", "--home", town.home).returncode == 0
    status, told = daemon.duty("git host", ok=False)
    assert (status, "git fetch" in told) == (200, True)
    assert "git host away" in town.status()
    server.start(town.host.folder, int(town.host.url.rsplit(":", 1)[1]))
    daemon.duty("git host", ok=True)
    town.merge(number)
    assert town.outcome("growth-a-decision").admitted


def test_a_forced_push_stops_the_broker_until_two_people_accept_the_new_head(town: Town, daemon: Running) -> None:
    daemon.duty("look", ok=True)
    last = git(town.clone, "rev-parse", "main").stdout.strip()
    git(town.clone, "commit", "-q", "--amend", "-m", "the same papers, another history")
    head = git(town.clone, "rev-parse", "main").stdout.strip()
    git(town.clone, "push", "-q", "--force", "origin", "main")
    status, told = daemon.duty("look", ok=False)
    assert status == 503
    assert f"{head} does not follow {last}" in told

    spec = {"replaces": last, "head": head, "reason": "误操作重写提交说明，文件逐一比对无误"}
    paper = town.paper(town.clone, "accepted-head", "HeadAcceptance", "office-clerk", spec)
    town.sign(paper, "office-director")
    git(town.clone, "add", "-A")
    git(town.clone, "commit", "-q", "-m", "one signature")
    git(town.clone, "push", "-q", "origin", "main")
    assert town.broker("wake", "--home", town.home).returncode == 0
    one = git(town.clone, "rev-parse", "main").stdout.strip()
    until(lambda: one in daemon.duty("look", ok=False)[1] or None, "one signature not to be enough")

    git(town.clone, "reset", "-q", "--hard", head)
    paper = town.paper(town.clone, "accepted-head", "HeadAcceptance", "office-clerk", spec)
    town.sign(paper, "office-director", "office-reviewer")
    git(town.clone, "add", "-A")
    git(town.clone, "commit", "-q", "-m", "two signatures")
    git(town.clone, "push", "-q", "--force", "origin", "main")
    daemon.duty("look", ok=True)
    town.file(**{FORMS[0]: (SYSTEMS[0], held(SYSTEMS[0]) + 1)})


def test_told_to_stop_it_ends_and_says_so(town: Town, daemon: Running) -> None:
    daemon.duty("look", ok=True)
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(PATIENCE_S) == 0
    assert (town.home / "daemon.log").read_text().rstrip().endswith("broker daemon: ended")
