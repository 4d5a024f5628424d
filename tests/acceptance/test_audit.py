"""The audit log through the command line: a round is proven offline, and every hand in the database is found."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from broker.clock import SHANGHAI
from broker.ledger import embedded
from broker.ledger.connect import connect
from tools.demo.history import History
from tools.pulumi_cli import ensure

ROOT = Path(__file__).parents[2]
AS_OF = "2026-05-31T12:00"
BARE = Path(sys.executable).resolve()
"""The interpreter without the product's packages: it is run with `-I -S`, so that no environment adds them."""


@dataclass(frozen=True)
class Deployment:
    home: Path

    def broker(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "broker", *words, "--home", str(self.home)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)

    def told(self, *words: str) -> str:
        done = self.broker(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def by_hand(self, *statements: str) -> None:
        """What somebody with the owner's role does."""
        with connect(embedded.start(self.home / "ledger").dsn()) as conn:
            for statement in statements:
                conn.execute(statement)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    ensure()
    home = tmp_path_factory.mktemp("district")
    history = History(home / "registry", home / "keys", ROOT / "examples" / "registry")
    (home / "broker.toml").write_text(f'trust_root = "{history.trust_root}"\n', encoding="utf-8")
    history.advance(datetime.fromisoformat(AS_OF).replace(tzinfo=SHANGHAI))
    deployment = Deployment(home)
    try:
        deployment.told("reconcile", "--enqueue", "--as-of", AS_OF)
        yield deployment
    finally:
        embedded.stop(home / "ledger")


def check(*words: object) -> subprocess.CompletedProcess[str]:
    """The auditor's own machine: a bare Python, the script, and what he was given."""
    command = [str(BARE), "-I", "-S", str(ROOT / "tools" / "audit_check.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env={})


def test_every_entry_says_who_did_what_when_for_which_request_to_which_digest(
    district: Deployment, tmp_path: Path
) -> None:
    district.told("audit", "export", str(tmp_path / "log"))
    entries = [json.loads(line) for line in (tmp_path / "log" / "entries.jsonl").read_text().splitlines()]
    assert {entry["action"] for entry in entries} >= {"migrate", "follow", "admit", "refuse", "received", "enqueue"}
    for entry in entries:
        assert entry.keys() == {"at", "actor", "role", "request", "action", "digest", "body"}
        assert all(entry[name] for name in entry.keys() - {"body"}), entry
    admitted = [entry["body"] for entry in entries if entry["action"] == "admit"]
    assert all(body["filed_by"] for body in admitted)
    assert any(body["signed_by"] for body in admitted)


def test_the_log_holds_and_nothing_waits_once_the_command_has_ended(district: Deployment) -> None:
    told = json.loads(district.told("audit", "verify", "--json"))
    assert (told["ok"], told["findings"], told["note"]) == (True, [], "")
    assert told["kept"] == told["published"] > 100
    assert told["checkpoints"] == told["witnessed"] > 0
    assert "everything holds" in district.told("audit", "verify", "--published")


def test_an_auditor_checks_log_entry_and_growth_without_the_product(district: Deployment, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    district.told("audit", "export", str(folder))
    key, checkpoints = (folder / "log.key").read_text().strip(), (folder / "checkpoints").read_text()
    whole = check(key, "log", folder / "entries.jsonl", folder / "checkpoint")
    assert (whole.returncode, whole.stdout[:6]) == (0, "HOLDS:"), whole.stderr
    (tmp_path / "entry").write_text(district.told("audit", "prove", "17"))
    one = check(key, "entry", tmp_path / "entry")
    assert one.returncode == 0, one.stderr
    assert (folder / "entries.jsonl").read_text().splitlines()[17] in one.stdout
    old = checkpoints.split("\n\n—")[0] + "\n\n—" + checkpoints.split("\n\n—")[1].split("\n")[0] + "\n"
    (tmp_path / "old").write_text(old)
    (tmp_path / "growth").write_text(district.told("audit", "prove", "--since", old.split("\n")[1]))
    grown = check(key, "growth", tmp_path / "growth", tmp_path / "old")
    assert (grown.returncode, grown.stdout[:6]) == (0, "HOLDS:"), grown.stderr

    # One letter of one entry, one entry less, another entry, another key: each is refused.
    text = (folder / "entries.jsonl").read_text()
    for changed in (text.replace('"admit"', '"Admit"', 1), "\n".join(text.split("\n")[:-2]) + "\n"):
        (tmp_path / "changed").write_text(changed)
        assert check(key, "log", tmp_path / "changed", folder / "checkpoint").returncode == 1
    proof = (tmp_path / "entry").read_text()
    (tmp_path / "moved").write_text(proof.replace("index 17", "index 18"))
    assert check(key, "entry", tmp_path / "moved").returncode == 1
    name, id_, _ = key.split("+", 2)
    other = f"{name}+{id_}+AaYjTXNhqXXpL5QRW8JzZEQVPIyE6kTaPNtV9N9DpTll"
    assert check(other, "entry", tmp_path / "entry").returncode == 1


def test_an_entry_that_is_not_published_has_no_proof(district: Deployment) -> None:
    done = district.broker("audit", "prove", "1000000")
    assert done.returncode == 2
    assert "none at index 1000000" in done.stderr


def test_an_export_overwrites_nothing(district: Deployment, tmp_path: Path) -> None:
    done = district.broker("audit", "export", str(tmp_path))
    assert done.returncode == 2
    assert "name a new folder" in done.stderr


OPEN = "alter table ledger.audit disable trigger all"
CLOSE = "alter table ledger.audit enable trigger all"
ONE_LETTER = """
with changed as (select convert_to(replace(convert_from(entry, 'UTF8'), '"admit"', '"Admit"'), 'UTF8') as entry
    from ledger.audit where seq = (select min(seq) from ledger.audit where entry like '%"admit"%'))
update ledger.audit a set entry = c.entry, leaf = sha256('\\x00'::bytea || c.entry) from changed c
where a.seq = (select min(seq) from ledger.audit where entry like '%"admit"%')
"""


def test_a_changed_entry_and_a_dropped_tail_are_found_and_stop_the_broker(district: Deployment) -> None:
    size = json.loads(district.told("audit", "verify", "--json"))["kept"]
    district.by_hand("create table public.before as select * from ledger.audit", OPEN, ONE_LETTER, CLOSE)
    found = district.broker("audit", "verify")
    assert found.returncode == 1
    assert "it was changed" in found.stdout
    district.by_hand(OPEN, "delete from ledger.audit where seq > (select max(seq) - 3 from ledger.audit)", CLOSE)
    found = district.broker("audit", "verify")
    assert f"it ends at {size - 3} entries, {size} are published" in found.stdout
    refused = district.broker("reconcile", "--enqueue", "--as-of", AS_OF)
    assert refused.returncode == 2
    assert "broker rebuild" in refused.stderr
    put_back = "insert into ledger.audit select * from public.before"
    district.by_hand(OPEN, "delete from ledger.audit", put_back, CLOSE, "drop table public.before")
    assert "everything holds" in district.told("audit", "verify")


def test_a_plan_writes_nothing_to_log_or_branch(district: Deployment) -> None:
    def seen() -> tuple[str, str]:
        head = subprocess.run(
            ["git", "-C", str(district.home / "registry"), "rev-parse", "records"],
            capture_output=True,
            text=True,
            check=True,
        )
        return head.stdout, district.told("audit", "verify", "--json")

    before = seen()
    district.told("plan", "--as-of", AS_OF)
    assert seen() == before
