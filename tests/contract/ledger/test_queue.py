import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from procrastinate.jobs import Status

from broker.ledger.queue import Pulse, queue

PATIENCE_S = 300.0


@pytest.fixture
def workers() -> Iterator[ExitStack]:
    """Ends the processes that are put on it."""
    with ExitStack() as stack:
        yield stack


def worker(workers: ExitStack, dsn: str, folder: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.contract.ledger.queue_worker", dsn, str(folder)]
    process = workers.enter_context(subprocess.Popen(command))
    workers.callback(process.kill)
    return process


def content(path: Path) -> str:
    """What is in the file, as soon as there is something."""
    deadline = time.monotonic() + PATIENCE_S
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"{path.name} never came"
        time.sleep(0.05)
    return path.read_text()


async def test_the_job_of_a_killed_worker_runs_again(ledger_database: str, tmp_path: Path, workers: ExitStack) -> None:
    app = queue(ledger_database, Pulse())
    async with app.open_async():
        await app.configure_task("hang-once", lock="hall").defer_async()
        first = worker(workers, ledger_database, tmp_path)
        assert content(tmp_path / "begun") == str(first.pid)
        first.kill()
        first.wait()
        second = worker(workers, ledger_database, tmp_path)
        assert content(tmp_path / "done") == str(second.pid)


async def test_a_worker_that_is_told_to_stop_ends_its_job_and_takes_no_other(
    ledger_database: str, tmp_path: Path, workers: ExitStack
) -> None:
    app = queue(ledger_database, Pulse())
    async with app.open_async():
        await app.configure_task("wait-for-leave").defer_async()
        process = worker(workers, ledger_database, tmp_path)
        content(tmp_path / "begun")
        next_job = await app.configure_task("hang-once").defer_async()
        process.terminate()
        (tmp_path / "leave").touch()
        assert content(tmp_path / "done") == str(process.pid)
        assert process.wait(PATIENCE_S) == 0
        assert await app.job_manager.get_job_status_async(next_job) is Status.TODO


def test_the_look_is_in_the_seconds_of_the_cron() -> None:
    assert Pulse(look_s=5).cron.split() == ["*", "*", "*", "*", "*", "*/5"]


@pytest.mark.parametrize("wrong", [{"beat_s": 0}, {"dead_s": 15}, {"look_s": 0}, {"look_s": 60}])
def test_a_pulse_that_would_bury_the_living_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="two beats"):
        Pulse(**wrong)
