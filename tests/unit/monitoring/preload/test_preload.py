"""A command that begins as a copy of another process is for its client what it would be by itself."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitoring.preload import client
from monitoring.preload.message import BEGIN, TAKEN, receive_end, send_request
from monitoring.preload.place import socket_path
from tests.fixtures.waiting import until

HOUSE = Path(__file__).with_name("house.py")
ROOT = Path(__file__).parents[4]
BEGUN = (
    "import os, sys; sys.path.insert(0, {root!r});"
    "from monitoring.preload.client import begun_elsewhere, end_with;"
    "status = begun_elsewhere(sys.argv, os.environ);"
    "print('by itself') if status is None else end_with(status)"
)
"""What `broker` does first. Instead of the command by itself there is only a line, so that no test passes by that."""
HEARS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); signal.signal(signal.SIGQUIT, 0);"
"""Whoever runs the tests in the background has both ignored."""
WITHIN_S = 20.0


@dataclass(slots=True)
class House:
    """The process that has everything loaded, with a cache folder of its own."""

    cache: Path
    code: Path
    server: subprocess.Popen[str]

    def environment(self, **variables: str) -> dict[str, str]:
        return {**os.environ, "XDG_CACHE_HOME": str(self.cache), client.OFF: "", **variables}

    def begin(self, *words: str, **given: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HEARS + BEGUN.format(root=str(ROOT)), *words]
        piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": self.environment()}
        return subprocess.Popen(command, text=True, **{**piped, **given})

    def run(self, *words: str, send: str = "", **given: Any) -> tuple[int, str, str]:
        process = self.begin(*words, stdin=subprocess.PIPE, **given)
        out, errors = process.communicate(send, timeout=WITHIN_S)
        return process.returncode, out, errors

    def show(self, **given: Any) -> dict[str, Any]:
        _, out, _ = self.run("show", **given)
        told: dict[str, Any] = json.loads(out)
        return told


@pytest.fixture
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="pl-") as folder:  # the address of a socket is short
        cache, code = Path(folder, "cache"), Path(folder, "code")
        code.write_text("one", encoding="utf-8")
        variables = {**os.environ, "OF_THE_SERVER": "yes", "TZ": "UTC"}
        command = [sys.executable, str(HOUSE), str(cache), str(code)]
        with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, env=variables) as server:
            made = House(cache, code, server)
            assert "ready" in heard(made)
            yield made
            server.kill()


def heard(house: House) -> str:
    assert house.server.stdout is not None
    return house.server.stdout.readline()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ended(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=WITHIN_S)
    return process.returncode


def test_the_command_has_the_arguments_environment_folder_and_umask_of_its_client(house: House, tmp_path: Path) -> None:
    variables = house.environment(OF_THE_CLIENT="数据\udcff", TZ="Asia/Shanghai")
    told = house.show(cwd=tmp_path, umask=0o027, env=variables, errors="surrogateescape")
    assert told["arguments"] == ["-c", "show"]
    assert told["variable"] == "数据\udcff"
    assert told["of the server"] is None
    assert told["folder"] == str(tmp_path)
    assert told["umask"] == 0o027
    assert told["zone"] == "+0800"
    assert told["process"] != house.server.pid


def test_what_goes_into_the_client_comes_out_of_it(house: House) -> None:
    much = "政务云\n" * 100_000
    assert house.run("copy", send=much) == (0, much, "")
    command = [sys.executable, "-c", BEGUN.format(root=str(ROOT)), "copy"]
    told = subprocess.run(command, input=b"as\r\nit is\r", capture_output=True, check=True, env=house.environment())
    assert told.stdout == b"as\r\nit is\r"


def test_a_file_that_the_client_has_open_is_open_under_its_number(house: House) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"through a number")
    os.close(writer)
    assert house.run("read", f"/dev/fd/{reader}", pass_fds=(reader,)) == (0, "through a number", "")
    os.close(reader)


def test_files_may_have_the_numbers_that_the_server_uses_itself(house: House, tmp_path: Path) -> None:
    for number in range(3, 13):
        (tmp_path / str(number)).write_text(f"file {number}\n", encoding="utf-8")
    script = " ".join(f"{number}<{tmp_path / str(number)}" for number in range(3, 10))
    command = ["bash", "-c", f'exec {script}; exec "$@"', "bash", sys.executable, "-c", BEGUN.format(root=str(ROOT))]
    for number in range(3, 10):
        told = subprocess.run(
            [*command, "twice", f"/dev/fd/{number}"],
            capture_output=True,
            text=True,
            check=True,
            env=house.environment(),
        )
        assert told.stdout == f"file {number}\n" * 2


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX", "no_such.locale"])
def test_chinese_is_written_whatever_the_locale(house: House, locale: str) -> None:
    told = house.show(env=house.environment(OF_THE_CLIENT="数据", LC_ALL=locale), errors="strict", encoding="utf-8")
    assert told["variable"] == "数据"


def test_a_client_without_standard_input_has_none_there_either(house: House) -> None:
    process = house.begin("show", preexec_fn=lambda: os.close(0))
    assert ended(process) == 0


def test_a_pipe_ends_with_the_command(house: House) -> None:
    process = house.begin("show")
    assert process.stdout is not None
    began = time.monotonic()
    process.stdout.read()  # until nobody holds it any more
    assert time.monotonic() - began < WITHIN_S
    assert ended(process) == 0


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("end", "0"), 0, "to the errors\n"),
        (("end", "2"), 2, "to the errors\n"),
        (("complain",), 1, "a sentence\n"),
        (("die",), -signal.SIGKILL, ""),
    ],
)
def test_the_client_ends_as_the_command_did(house: House, words: tuple[str, ...], status: int, told: str) -> None:
    assert house.run(*words) == (status, "", told)


def test_an_error_that_nobody_caught_is_told_with_its_traceback(house: House) -> None:
    status, out, errors = house.run("fail")
    assert (status, out) == (1, "")
    assert errors.startswith("Traceback")
    assert errors.endswith("RuntimeError: nobody catches this\n")


def test_threads_and_what_is_due_at_the_end_come_to_theirs(house: House) -> None:
    assert house.run("linger") == (0, "from a thread\nat the end\n", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_of_the_client_reaches_the_command(house: House, tmp_path: Path, number: signal.Signals) -> None:
    process = house.begin("wait", str(tmp_path / "told"))
    assert line(process) == "waits"
    process.send_signal(number)
    assert line(process) == number.name
    assert ended(process) == 7


def test_a_signal_that_comes_while_the_command_begins_waits_for_it(house: House) -> None:
    environment = house.environment()
    request = client._request(["broker", "interrupted"], environment)
    folder = os.open("/", os.O_PATH)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(socket_path(environment)))
        connection.settimeout(WITHIN_S)
        send_request(connection, request._replace(files=[0, 1, 2]), folder)
        os.close(folder)
        assert connection.recv(1) == TAKEN
        connection.sendall(BEGIN + bytes([signal.SIGTERM]))
        assert receive_end(connection) == -signal.SIGTERM


def test_a_client_ends_by_a_signal_that_it_blocks_itself() -> None:
    script = (
        "import signal; from monitoring.preload.client import end_with;"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); end_with(-signal.SIGTERM); print('came back')"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (ended.returncode, ended.stdout) == (-signal.SIGTERM, "")


def test_an_interrupt_ends_a_command_that_does_not_listen_as_it_ends_one_by_itself(house: House) -> None:
    process = house.begin("interrupted")
    assert line(process) == "waits"
    process.send_signal(signal.SIGINT)
    assert ended(process) == -signal.SIGINT


def test_what_the_client_was_told_to_ignore_is_ignored(house: House) -> None:
    told = house.show(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    assert told["ignored"] == [signal.SIGHUP]


def test_a_command_whose_client_was_killed_is_told_to_end(house: House, tmp_path: Path) -> None:
    told = tmp_path / "told"
    process = house.begin("wait", str(told))
    assert line(process) == "waits"
    process.kill()
    process.communicate(timeout=WITHIN_S)
    until(told.exists, WITHIN_S)
    assert told.read_text(encoding="utf-8") == "SIGTERM"


def test_a_killed_server_takes_no_command_with_it(house: House, tmp_path: Path) -> None:
    process = house.begin("wait", str(tmp_path / "told"))
    assert line(process) == "waits"
    house.server.kill()
    house.server.wait()
    process.send_signal(signal.SIGTERM)
    assert line(process) == "SIGTERM"
    assert ended(process) == 7
    assert house.run("show") == (0, "by itself\n", ""), "nobody listens: the next one begins by itself"


def test_a_server_told_to_stop_leaves_nothing_behind_and_lets_what_runs_go_on(house: House, tmp_path: Path) -> None:
    process = house.begin("wait", str(tmp_path / "told"))
    assert line(process) == "waits"
    house.server.terminate()
    assert house.server.wait(WITHIN_S) == 0
    assert not socket_path(house.environment()).exists()
    process.terminate()
    assert ended(process) == 7


def test_once_the_code_is_another_a_command_begins_by_itself_and_the_next_one_with_the_new_code(house: House) -> None:
    house.code.write_text("two", encoding="utf-8")
    assert house.run("show") == (0, "by itself\n", "")
    assert "changed" in heard(house)
    assert "ready" in heard(house)
    assert house.show()["variable"] is None


def test_a_client_that_left_ends_no_server_whose_code_is_another(house: House) -> None:
    house.code.write_text("two", encoding="utf-8")
    assert client.loaded_in(house.environment()) == house.server.pid
    assert "changed" in heard(house)
    assert "ready" in heard(house)
    assert house.show()["variable"] is None


def test_a_command_begins_by_itself_where_nothing_is_known_of_its_folder(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "open", refused)
    assert client.begun_elsewhere(["broker", "show"], house.environment()) is None


def test_a_second_server_says_that_there_is_one(house: House) -> None:
    second = subprocess.run(
        [sys.executable, str(HOUSE), str(house.cache), str(house.code)],
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )
    assert second.returncode != 0
    assert "another `broker preload` does" in second.stderr
    assert house.show()["arguments"] == ["-c", "show"]


def test_a_path_too_long_for_a_socket_is_said_to_be(house: House) -> None:
    long = house.cache / ("a" * 100)
    command = [sys.executable, str(HOUSE), str(long), str(house.code)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WITHIN_S)
    assert "set XDG_CACHE_HOME to a shorter folder" in refused.stderr


def test_a_stopped_server_holds_nobody_up_and_begins_nothing_later(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_ANSWERS_WITHIN_S", 0.2)
    told = tmp_path / "told"
    house.server.send_signal(signal.SIGSTOP)
    begun = client.begun_elsewhere(["broker", "wait", str(told)], house.environment())
    house.server.send_signal(signal.SIGCONT)
    assert begun is None
    assert house.show()["process"], "it has come to what was asked of it before"
    time.sleep(0.3)
    assert not told.exists()


@pytest.mark.parametrize(
    "variables",
    [{client.OFF: "no"}, {"PYTHONWARNINGS": "error"}, {"LD_LIBRARY_PATH": "/nowhere"}, {"HOME": "/nowhere"}],
)
def test_a_command_begins_by_itself_where_its_environment_asks_for_it(house: House, variables: dict[str, str]) -> None:
    assert house.run("show", env=house.environment(**variables)) == (0, "by itself\n", "")


@pytest.mark.parametrize("name", sorted(client.ALONE))
def test_commands_that_stay_begin_by_themselves(house: House, name: str) -> None:
    assert house.run(name) == (0, "by itself\n", "")


def test_a_server_says_that_its_folder_is_open_to_others(house: House) -> None:
    house.server.kill()
    house.server.wait()
    socket_path(house.environment()).parent.chmod(0o777)
    command = [sys.executable, str(HOUSE), str(house.cache), str(house.code)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WITHIN_S)
    assert "others can write its folder" in refused.stderr


def test_a_socket_in_a_folder_that_others_can_write_is_not_believed(house: House) -> None:
    folder = socket_path(house.environment()).parent
    folder.chmod(0o777)
    assert house.run("show") == (0, "by itself\n", "")
    folder.chmod(0o700)
    assert house.show()["arguments"] == ["-c", "show"]


def test_another_user_gets_no_command_here(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.geteuid()
    monkeypatch.setattr(client, "ours_alone", lambda *_: True)
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    assert client.begun_elsewhere(["broker", "show"], house.environment()) is None
    assert client.loaded_in(house.environment()) is None


def test_a_user_without_a_home_begins_commands_by_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert client.begun_elsewhere(["broker", "show"], {}) is None


def test_it_is_known_which_process_has_everything_loaded(house: House) -> None:
    assert client.loaded_in(house.environment()) == house.server.pid
    assert client.loaded_in(house.environment(**{client.OFF: "no"})) is None
    house.server.kill()
    house.server.wait()
    until(lambda: client.loaded_in(house.environment()) is None, WITHIN_S)


def test_a_client_that_says_nothing_is_in_nobodys_way(house: House) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(socket_path(house.environment())))
        assert house.show()["arguments"] == ["-c", "show"]


def test_ended_commands_leave_no_process_behind(house: House) -> None:
    for _ in range(5):
        house.show()
    children = Path(f"/proc/{house.server.pid}/task/{house.server.pid}/children")
    until(lambda: not children.read_text(encoding="utf-8").split(), WITHIN_S)


def test_the_client_loads_nothing_of_the_product_but_itself() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, monitoring.preload.client; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout.split()
    own = {name for name in told if name.split(".")[0] in {"broker", "stacks", "quotas", "policies", "monitoring"}}
    packages, modules = {"broker", "monitoring", "monitoring.preload"}, {"client", "message", "place"}
    assert own == packages | {"broker.cache_folder"} | {f"monitoring.preload.{name}" for name in modules}
