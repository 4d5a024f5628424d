"""The commands that work on papers alone: through the real command line, with an empty environment."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from broker.clock import day_of
from broker.papers import now
from tools.demo.history import History

ROOT = Path(__file__).parents[2]
SYSTEM, FORM = "hotline-feedback", "hotline-feedback-growth"
CHANGES = [
    {"action": "set_bandwidth", "zone": "internet", "bandwidth_mbps": 50},
    {"action": "set_count", "zone": "internet", "tier": "web", "count": 3},
]


def broker(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command line as it runs where nothing is known: no home, no path, no credentials."""
    command = [sys.executable, "-m", "broker", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env={})


def git(registry: Path, *arguments: str) -> str:
    who = ["-c", "user.name=clerk", "-c", "user.email=clerk@example.invalid"]
    done = subprocess.run(["git", "-C", str(registry), *who, *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def file(  # noqa: PLR0913, PLR0917 - the parts of a document
    registry: Path, paper: str, name: str, kind: str, filed_by: str, spec: dict[str, Any]
) -> Path:
    metadata = {"id": name, "filed_on": str(day_of(now())), "filed_by": filed_by}
    document = {"apiVersion": "govcloud/v1", "kind": kind, "metadata": metadata, "spec": spec}
    path = registry / "cases" / "2026" / "growth" / paper
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    return path


def request(registry: Path, changes: list[dict[str, Any]]) -> Path:
    """A form with its decision on a branch; what is to be signed comes back."""
    git(registry, "switch", "-q", "-c", "change", "main")
    intent = {"purpose": "change", "changes": changes}
    form = {"system": SYSTEM, "unit": "gov-service", "reason": "投诉量上升", "intent": intent}
    file(registry, "1-form.yaml", FORM, "ServiceIntentForm", "gov-service-clerk", form)
    decision = {"form": FORM, "decision": "approved", "decided_on": str(day_of(now()))}
    return file(registry, "2-decision.yaml", f"{FORM}-decision", "IntentDecision", "office-clerk", decision)


def merge_request(registry: Path) -> None:
    git(registry, "add", "-A")
    git(registry, "commit", "-q", "-m", "change")


@pytest.fixture
def district(tmp_path: Path) -> History:
    history = History(tmp_path / "registry", tmp_path / "keys", ROOT / "examples" / "registry")
    history.advance(now())
    return history


def test_a_merge_request_says_what_it_changes_costs_and_lacks(district: History, tmp_path: Path) -> None:
    registry = district.repository
    decision = request(registry, CHANGES)
    merge_request(registry)
    root = ("--trust-root", district.trust_root)

    # Unsigned it is refused, and says for whom it waits, and what it would do.
    unsigned = broker("check", registry, "--base", "main", "--format", "json", *root)
    assert (unsigned.returncode, unsigned.stderr) == (1, "")
    told = json.loads(unsigned.stdout)
    assert [one["path"] for one in told["unsigned"]] == ["cases/2026/growth/2-decision.yaml"]
    assert [problem["code"] for problem in told["problems"]] == ["SIGNATURE_MISSING"]
    made = {(d["kind"], d["name"], d["verb"]) for d in told["differences"]}
    assert ("server", "web-3", "created") in made
    assert ("bandwidth", "north-south", "changed") in made
    assert {verb for _, _, verb in made} == {"created", "changed"}
    assert {d["system"] for d in told["differences"]} == {SYSTEM}

    # Two accounts give it: the unit's and the cloud's, by the same amount.
    moved = {(h["account"], h["resource"]): h["before"] - h["after"] for h in told["headroom"]}
    assert moved["unit:gov-service/internet", "bandwidth_mbps"] == 30
    assert moved["cloud:provider-a/internet", "bandwidth_mbps"] == 30
    assert moved["unit:gov-service/internet", "vcpu"] > 0

    # What it costs is what it holds more, at the contract's prices.
    prices = {"vcpu": 3000, "memory_gib": 1000, "block_gib": 30, "bandwidth_mbps": 5000}
    more = sum(prices[r] * n for (account, r), n in moved.items() if account.startswith("unit:"))
    assert told["monthly_cents"]["after"] - told["monthly_cents"]["before"] == more

    # Signed it passes, with the same effect.
    key = tmp_path / "keys" / "office-director"
    signed = broker("sign", decision, "--as", "office-director", "--role", "cloud_office", "--key", key)
    assert signed.returncode == 0, signed.stdout + signed.stderr
    merge_request(registry)
    passed = broker("check", registry, "--base", "main", "--format", "json", *root)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert json.loads(passed.stdout) == {**told, "problems": [], "unsigned": []}

    markdown = broker("check", registry, "--base", "main", "--format", "markdown", *root).stdout
    assert f"| {SYSTEM} | internet | server web-3 | created |" in markdown
    text = broker("check", registry, "--base", "main", *root).stdout
    assert f"  {SYSTEM}  internet  bandwidth north-south  changed  mbps=20 -> 50" in text


def test_before_anything_is_filed_one_is_told_what_it_would_take_on_each_level(
    district: History, tmp_path: Path
) -> None:
    registry = ("--registry", district.repository)
    form = tmp_path / "form.yaml"

    def asked(mbps: int) -> subprocess.CompletedProcess[str]:
        change = {"action": "set_bandwidth", "zone": "internet", "bandwidth_mbps": mbps}
        intent = {"purpose": "change", "changes": [change]}
        spec = {"system": SYSTEM, "unit": "gov-service", "reason": "投诉量上升", "intent": intent}
        metadata = {"id": FORM, "filed_on": str(day_of(now())), "filed_by": "gov-service-clerk"}
        document = {"apiVersion": "govcloud/v1", "kind": "ServiceIntentForm", "metadata": metadata, "spec": spec}
        form.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        return broker("quota", "what-if", form, *registry, "--format", "json")

    fits = asked(30)
    assert fits.returncode == 0, fits.stdout + fits.stderr
    moved = {(h["account"], h["resource"]): h["before"] - h["after"] for h in json.loads(fits.stdout)["headroom"]}
    assert moved == {
        ("unit:gov-service/internet", "bandwidth_mbps"): 10,
        ("cloud:provider-a/internet", "bandwidth_mbps"): 10,
    }
    too_much = asked(5000)
    assert too_much.returncode == 1
    told = {problem["code"]: problem["fact"] for problem in json.loads(too_much.stdout)["problems"]}
    assert "区政务服务办公室在互联网区的网络带宽合计将达" in told["QUOTA_EXCEEDED"]
    assert {problem["place"]["path"] for problem in json.loads(too_much.stdout)["problems"]} == {str(form)}
    lacks = {lack["account"]: lack for lack in json.loads(too_much.stdout)["lacks"]}
    assert {lack["resource"] for lack in lacks.values()} == {"bandwidth_mbps"}
    assert {"unit:gov-service/internet", "cloud:provider-a/internet"} == set(lacks)
    unit = lacks["unit:gov-service/internet"]
    assert sum(holder["amount"] for holder in unit["holders"]) == unit["held"]
    assert unit["held"] + unit["wanted"] > unit["limit"]
    form.write_text("kind: ServiceIntentForm\n", encoding="utf-8")
    assert f"{form}:1:1" in broker("quota", "what-if", form, *registry).stdout

    shown = broker("quota", "show", "gov-service", *registry)
    rows = [line.split() for line in shown.stdout.splitlines()[1:]]
    assert {row[0] for row in rows} == {"unit:gov-service/extranet", "unit:gov-service/internet"}
    assert all(int(free) == int(limit) - int(held) for _, _, limit, held, free in rows)


def test_a_merge_request_that_edits_a_merged_file_is_refused(district: History) -> None:
    registry = district.repository
    git(registry, "switch", "-q", "-c", "change", "main")
    quota = registry / "quotas" / "gov-service-internet.yaml"
    quota.write_text(quota.read_text().replace("vcpu: ", "vcpu: 9"))
    merge_request(registry)
    done = broker("check", registry, "--base", "main")
    assert (done.returncode, done.stderr) == (1, "")
    assert "DOCUMENT_CHANGED" in done.stdout
    assert "Head-room\n  none" in done.stdout


def test_a_filing_of_the_work_tree_is_checked_before_it_is_merged(district: History) -> None:
    request(district.repository, CHANGES)
    done = broker("check", district.repository)
    assert (done.returncode, done.stderr) == (1, "")
    assert "growth/2-decision.yaml" in done.stdout


def test_a_base_that_does_not_exist_cannot_be_checked(district: History) -> None:
    done = broker("check", district.repository, "--base", "nowhere")
    assert done.returncode == 2
    assert done.stderr.startswith("broker: ")


def test_an_approved_change_that_cannot_be_brought_about_is_taken_back_by_a_prepared_decision(
    district: History, tmp_path: Path
) -> None:
    registry, key = district.repository, tmp_path / "keys" / "office-director"
    asked = ("withdraw", FORM, "--as", "office-clerk", "--reason", "云平台容量不足", "--registry", registry)
    assert "there is no form" in broker(*asked).stderr
    decision = request(registry, CHANGES)
    assert "no approval in force" not in broker(*asked).stderr
    (registry / "cases" / "2026" / "growth" / f"{FORM}-decision-withdrawn.yaml").unlink()
    signing = ("--as", "office-director", "--role", "cloud_office", "--key", key)
    assert broker("sign", decision, *signing).returncode == 0
    merge_request(registry)
    git(registry, "branch", "-f", "main", "change")

    done = broker(*asked)
    assert done.returncode == 0, done.stderr
    assert broker(*asked).returncode == 2
    written = registry / "cases" / "2026" / "growth" / f"{FORM}-decision-withdrawn.yaml"
    signed = broker("sign", written, *signing)
    assert signed.returncode == 0, signed.stdout + signed.stderr
    merge_request(registry)
    root = ("--trust-root", district.trust_root)
    told = broker("check", registry, "--base", "main", "--format", "json", *root)
    assert told.returncode == 0, told.stdout + told.stderr
    made = {(d["name"], d["verb"]) for d in json.loads(told.stdout)["differences"]}
    assert ("north-south", "changed") in made
    text = broker("check", registry, "--base", "main", *root).stdout
    assert f"  {SYSTEM}  internet  bandwidth north-south  changed  mbps=50 -> 20" in text


@pytest.mark.parametrize(
    ("matter", "why"),
    [
        ("hotline-feedback-request", "leaves by an exit form"),
        ("urban-v1-exit-2026", "is an exit"),
        ("health", "no form"),
    ],
)
def test_what_no_decision_takes_back_says_what_does(district: History, matter: str, why: str) -> None:
    told = broker("withdraw", matter, "--as", "office-clerk", "--reason", "无", "--registry", district.repository)
    assert told.returncode == 2
    assert why in " ".join(told.stderr.replace("│", "").split())
