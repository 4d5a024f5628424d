"""Processes are real ones here: small Python programs started and ended by the test itself."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import processes

SLEEP = "import time; time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)
LISTEN = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(60)"


class Desk:
    """One pid file and one log in a folder of the test."""

    def __init__(self, folder: Path) -> None:
        self.pid_file = folder / "run with space" / "thing.pid"
        self.pid_file.parent.mkdir()
        self.log_file = folder / "thing.log"

    def start(self, program: str, *words: str) -> processes.Process:
        argv = [sys.executable, "-c", program, *words]
        return processes.start(argv, pid_file=self.pid_file, log_file=self.log_file)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    processes.stop(desk.pid_file, timeout_s=0)


def wait_for_end(process: processes.Process) -> None:
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


def wait_for_text(log_file: Path, text: str, process: processes.Process) -> None:
    while text not in processes.log_tail(log_file):
        assert processes.is_running(process)


def test_a_started_process_is_found_again_by_its_pid_file(desk: Desk) -> None:
    process = desk.start(SLEEP)
    assert processes.running(desk.pid_file) == process
    assert processes.resident_bytes(process) > 0


def test_starting_twice_gives_the_same_process(desk: Desk) -> None:
    assert desk.start(SLEEP) == desk.start(SLEEP)


def test_it_leads_its_own_session_so_that_closing_a_terminal_does_not_end_it(desk: Desk) -> None:
    process = desk.start(SLEEP)
    assert os.getsid(process.pid) == process.pid


def test_a_zombie_does_not_run(desk: Desk) -> None:
    process = desk.start("pass")
    wait_for_end(process)
    assert Path(f"/proc/{process.pid}/stat").read_text().split()[2] == "Z"
    assert processes.running(desk.pid_file) is None
    assert not Path(f"/proc/{process.pid}").exists()


def test_a_stranger_with_the_pid_of_an_old_file_is_neither_ours_nor_ended(desk: Desk) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as stranger:
        found = processes.find(stranger.pid)
        assert found is not None
        processes.write_pid_file(desk.pid_file, processes.Process(found.pid, found.started_ticks - 1))
        assert processes.running(desk.pid_file) is None
        assert processes.stop(desk.pid_file) is False
        assert stranger.poll() is None
        stranger.kill()


def test_stopping_ends_the_process_and_forgets_it(desk: Desk) -> None:
    process = desk.start(SLEEP)
    assert processes.stop(desk.pid_file) is True
    assert not processes.is_running(process)
    assert not desk.pid_file.exists()
    assert processes.stop(desk.pid_file) is False


def test_who_ignores_the_request_to_end_is_killed(desk: Desk) -> None:
    process = desk.start(STUBBORN)
    wait_for_text(desk.log_file, "ready", process)
    assert processes.stop(desk.pid_file, timeout_s=0.1) is True
    assert not processes.is_running(process)


def test_a_pid_file_cut_short_names_no_process(desk: Desk) -> None:
    desk.pid_file.write_text("12")
    assert processes.read_pid_file(desk.pid_file) is None
    assert processes.stop(desk.pid_file) is False


def test_a_process_name_with_parentheses_and_spaces_is_read_right(desk: Desk, tmp_path: Path) -> None:
    odd = tmp_path / "a ) b (c"
    odd.symlink_to("/bin/sleep")
    process = processes.start([odd, "60"], pid_file=desk.pid_file, log_file=desk.log_file)
    assert processes.is_running(process)


def test_a_port_is_waited_for_until_our_process_listens(desk: Desk) -> None:
    port = processes.free_port_block(1)
    process = desk.start(LISTEN, str(port))
    processes.wait_for_port(process, port, name="thing", log_file=desk.log_file)
    assert processes.is_listening(process, port)
    assert not processes.is_port_free(port)


def test_a_foreign_listener_on_our_port_is_an_error_that_says_so(desk: Desk) -> None:
    process = desk.start(SLEEP)
    with socket.create_server((processes.LOOPBACK, 0)) as foreign:
        port = foreign.getsockname()[1]
        assert not processes.is_listening(process, port)
        with pytest.raises(processes.ProcessError, match="another process listens there"):
            processes.wait_for_port(process, port, name="thing", log_file=desk.log_file, timeout_s=0)


def test_a_second_listener_that_shares_our_port_makes_it_not_ours() -> None:
    ours = processes.find(os.getpid())
    assert ours is not None
    with socket.create_server((processes.LOOPBACK, 0), reuse_port=True) as first:
        port = first.getsockname()[1]
        assert processes.is_listening(ours, port)
        share = (
            "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1])), reuse_port=True);"
            "print('ready', flush=True); sys.stdin.read()"
        )
        argv = [sys.executable, "-c", share, str(port)]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as second:
            assert second.stdout is not None
            assert second.stdout.readline() == b"ready\n"
            assert not processes.is_listening(ours, port)
            second.kill()


def test_a_process_that_ends_before_it_listens_is_reported_with_its_last_words(desk: Desk) -> None:
    process = desk.start("raise SystemExit('no database here')")
    with pytest.raises(processes.ProcessError, match="no database here"):
        processes.wait_for_port(process, 1, name="thing", log_file=desk.log_file)


def test_a_port_block_avoids_a_port_that_is_taken() -> None:
    base = processes.free_port_block(6)
    with socket.create_server((processes.LOOPBACK, base + 1)):
        assert processes.free_port_block(3, within=range(base, base + 6)) == base + 3


def test_no_free_block_is_an_error() -> None:
    with socket.create_server((processes.LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(processes.ProcessError, match="no free block"):
            processes.free_port_block(1, within=range(port, port + 1))
    with pytest.raises(processes.ProcessError, match="smaller"):
        processes.free_port_block(3, within=range(20000, 20002))
