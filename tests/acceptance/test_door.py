"""The registry's door on a git server and in CI: the ready files, run as they stand, knowing nothing but git."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from broker.papers import now
from tests.acceptance.test_papers import CHANGES, ROOT, broker, git, merge_request, request
from tools.demo.history import History

CI = ROOT / "examples" / "ci"
BROKER = Path(sys.executable).with_name("broker")


@dataclass(frozen=True)
class Server:
    """A bare repository with the hook, and a clerk's clone of it."""

    bare: Path
    district: History

    @property
    def clone(self) -> Path:
        return self.district.repository

    def push(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["git", "-C", str(self.clone), "push", *arguments]
        # the hook runs on the server: no home, no credentials
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"], "HOME": "/nowhere"}
        )

    @property
    def head(self) -> str:
        return git(self.bare, "rev-parse", "main")


@pytest.fixture
def server(tmp_path: Path) -> Server:
    district = History(tmp_path / "registry", tmp_path / "keys", ROOT / "examples" / "registry")
    district.advance(now())
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", district.repository, bare], check=True)
    shutil.copy(CI / "pre-receive", bare / "hooks" / "pre-receive")
    git(bare, "config", "broker.trustRoot", district.trust_root)
    git(bare, "config", "broker.command", str(BROKER))
    git(district.repository, "remote", "add", "origin", str(bare))
    return Server(bare, district)


def sign(decision: Path, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "office-director"
    done = broker("sign", decision, "--as", "office-director", "--role", "cloud_office", "--key", key)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_door_refuses_an_unsigned_decision_and_opens_to_the_signed_one(server: Server, tmp_path: Path) -> None:
    before = server.head
    decision = request(server.clone, CHANGES)
    merge_request(server.clone)
    refused = server.push("origin", "change:main")
    assert refused.returncode != 0
    assert "SIGNATURE_MISSING" in refused.stderr
    assert "2-decision.yaml" in refused.stderr
    assert server.head == before
    sign(decision, tmp_path)
    merge_request(server.clone)
    opened = server.push("origin", "change:main")
    assert opened.returncode == 0, opened.stderr
    assert server.head != before


def test_the_door_refuses_a_rewritten_and_a_deleted_main(server: Server) -> None:
    before = server.head
    git(server.clone, "switch", "-q", "-c", "rewritten", "main~1")
    assert "would be rewritten" in server.push("--force", "origin", "rewritten:main").stderr
    git(server.bare, "config", "receive.denyDeleteCurrent", "ignore")
    assert "never deleted" in server.push("origin", ":main").stderr
    assert server.head == before


def test_any_other_branch_is_open(server: Server) -> None:
    request(server.clone, CHANGES)
    merge_request(server.clone)
    assert server.push("origin", "change").returncode == 0


def test_a_server_without_a_trust_root_says_so(server: Server) -> None:
    git(server.bare, "config", "--unset", "broker.trustRoot")
    request(server.clone, CHANGES)
    merge_request(server.clone)
    assert "broker.trustRoot is not set" in server.push("origin", "change:main").stderr


def script(host: str, trust_root: str) -> list[str]:
    """What the file tells the host's runner to run, with the variables that the host itself puts in."""
    job = yaml.safe_load((CI / f"{host}.yml").read_text(encoding="utf-8"))
    steps = (
        job["check"]["script"] if host == "gitlab" else [s["run"] for s in job["jobs"]["check"]["steps"] if "run" in s]
    )
    return [step.replace("${{ vars.TRUST_ROOT }}", trust_root) for step in steps]


@pytest.mark.parametrize("host", ["gitlab", "github", "gitea"])
def test_the_ci_script_reviews_a_merge_request_with_an_empty_environment(
    server: Server, tmp_path: Path, host: str
) -> None:
    request(server.clone, CHANGES)
    merge_request(server.clone)
    assert server.push("origin", "change").returncode == 0
    runner, summary = tmp_path / "runner", tmp_path / "summary.md"
    subprocess.run(["git", "clone", "--quiet", "--branch", "change", server.bare, runner], check=True)
    from_the_host = {
        "gitlab": {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "TRUST_ROOT": server.district.trust_root},
        "github": {"GITHUB_BASE_REF": "main", "GITHUB_STEP_SUMMARY": str(summary)},
        "gitea": {"GITHUB_BASE_REF": "main"},
    }
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", "\n".join(script(host, server.district.trust_root))],
        cwd=runner,
        env={"PATH": f"{BROKER.parent}{os.pathsep}{os.environ['PATH']}", **from_the_host[host]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    review = summary.read_text(encoding="utf-8") if host == "github" else done.stdout
    assert "SIGNATURE_MISSING" in review
    assert "## Head-room" in review
    if host == "gitlab":
        assert (runner / "review.md").read_text(encoding="utf-8") in review


@pytest.mark.parametrize("host", ["gitlab", "github", "gitea"])
def test_a_ci_file_names_no_secret(host: str) -> None:
    told = (CI / f"{host}.yml").read_text(encoding="utf-8")
    assert not re.search(r"secrets\.|OS_|AWS_|PASSW|CLOUDS", told, re.IGNORECASE)
