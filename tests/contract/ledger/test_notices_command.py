"""`broker notices` as a person runs it: what waits, a channel that fails, what is handed over, and on record."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from broker import wiring
from broker.documents.records import NoticeServed
from broker.errors import BrokerError
from broker.ledger import embedded, outbox
from broker.ledger.outbox import Notice
from broker.registry.records import read_records
from monitoring.cli import app
from tests.fixtures import receivers
from tests.fixtures.receivers import Web
from tests.unit.broker.registry.office import Office, founded

ROOT = Path(__file__).parents[3]
FAULT: dict[str, Any] = {
    "article": "C-9(一)",
    "to": ["health"],
    "systems_zh": ["预约挂号（booking）"],
    "started_at": "2026-06-01T10:00:00+08:00",
    "cause": "光缆中断",
}


@pytest.fixture
def web() -> Iterator[Web]:
    with receivers.web() as found:
        yield found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A deployment whose registry is signed, with one notice that waits."""
    found = founded(tmp_path / "registry")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "broker.toml").write_text(f'registry = "{found.root}"\ntrust_root = "{found.trust_root}"\n')
    settings = wiring.settings(home)
    with wiring.ledger(settings) as pool, pool.connection() as conn:
        outbox.queue(conn, (Notice("fault-1", "fault", FAULT),), "broker:1", wiring.given_clock(None)())
    yield found
    embedded.stop(home / "ledger")


def run(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["notices", *arguments, "--home", str(tmp_path / "home")])
    if isinstance(done.exception, BrokerError):  # `main` makes one line and exit 2 of it
        return 2, str(done.exception)
    return done.exit_code, done.output


def channel(tmp_path: Path, url: str, *more: str) -> None:
    file = tmp_path / "home" / "notices.toml"
    file.write_text("\n".join(["[channel.units]", f'url = "{url}"', 'serves = ["unit", "helth"]', *more]))
    file.chmod(0o600)


def test_a_notice_is_listed_delivered_and_kept_with_its_receipt(office: Office, tmp_path: Path, web: Web) -> None:
    code, told = run(tmp_path)
    assert (code, "unserved   fault" in told, "nobody reaches" in told) == (1, True, True)
    channel(tmp_path, web.url)
    assert run(tmp_path, "--test", "units") == (0, "units: took it\n")
    assert "there is no channel mail; there is units" in run(tmp_path, "--test", "mail")[1]
    code, told = run(tmp_path, "--deliver")
    assert (code, "sent 1, given up 0" in told, "no notice waits" in told) == (0, True, True)
    assert "channel units serves helth: neither a role nor an organisation of the registry" in told
    assert [letter.title for letter in web.letters] == ["渠道测试", "故障告知：预约挂号（booking）"]
    code, told = run(tmp_path, "--all", "--json")
    (one,) = map(json.loads, told.splitlines())
    assert (code, one["state"], one["channels"][0]["channel"]) == (0, "delivered", "units")
    assert web.token not in office.git("log", "-p", "records")


def test_a_channel_that_fails_is_told_without_its_address_and_a_person_hands_the_notice_over(
    office: Office, tmp_path: Path, web: Web
) -> None:
    web.status = 500
    channel(tmp_path, web.url)
    code, told = run(tmp_path, "--deliver")
    assert (code, "did not take it: units" in told, web.token in told) == (0, True, False)
    assert "units: 1 tries, next" in told
    assert run(tmp_path, "--test", "units")[0] == 1
    assert "go together" in run(tmp_path, "--served", "fault-1")[1]
    code, told = run(tmp_path, "--served", "fault-1", "--how", "当面送达，张三签收")
    assert (code, "fault-1: handed over" in told, "no notice waits" in told) == (0, True, True)
    (record,) = (one for one in read_records(office.root) if isinstance(one, NoticeServed))
    assert (record.notice, record.how) == ("fault-1", "当面送达，张三签收")
    assert "there is no notice that waits with the key fault-1, nor any other" in run(tmp_path, "--retry", "fault-1")[1]


def test_a_sender_that_is_killed_before_its_receipt_sends_again_under_the_same_key(
    office: Office, tmp_path: Path, web: Web
) -> None:
    channel(tmp_path, web.url)
    web.answers.clear()
    command = [sys.executable, "-m", "broker", "notices", "--deliver", "--home", str(tmp_path / "home")]
    with subprocess.Popen(command, cwd=office.root.parent, env=os.environ | {"PYTHONPATH": str(ROOT)}) as sender:
        assert web.came.wait(180), "the letter went out"
        sender.kill()
    web.answers.set()
    assert "sent 0" in run(tmp_path, "--deliver")[1], "the dead one still has it"
    with wiring.ledger(wiring.settings(tmp_path / "home")) as pool, pool.connection() as conn:
        conn.execute("update ledger.delivery set due_at = clock_timestamp()")  # its lease is over
    assert "sent 1" in run(tmp_path, "--deliver")[1]
    assert web.keys == ["fault-1#units", "fault-1#units"], "who gets it twice can tell by the key"


def test_a_file_that_others_may_read_is_refused(office: Office, tmp_path: Path, web: Web) -> None:
    channel(tmp_path, web.url)
    (tmp_path / "home" / "notices.toml").chmod(0o644)
    code, told = run(tmp_path)
    assert (code, "chmod 600" in told, web.token in told) == (2, True, False)
    assert office.root.exists()
