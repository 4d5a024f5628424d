"""Signing with a key that a real ssh-agent holds."""

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from broker.cli.app import app
from broker.errors import SettingsError
from broker.signatures.agent import AgentKey, agent_keys
from broker.signatures.key import fingerprint, generate, public_text
from broker.signatures.sshsig import sign, signer
from tests.fixtures.chancery import DIRECTOR, OFFICE, REVIEWER, Chancery

MESSAGE, SPACE = b'{"decision":"approved"}', "decision@govcloud"


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """The socket of an ssh-agent of its own, which ends with the test."""
    path = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it says its address once it listens
        yield path
        process.terminate()


def add(agent: Path, *keys: Path) -> None:
    environment = {**os.environ, "SSH_AUTH_SOCK": str(agent)}
    subprocess.run(["ssh-add", "-q", *map(str, keys)], env=environment, check=True, capture_output=True)


def test_an_agent_signs_as_its_key_file_would(agent: Path, tmp_path: Path) -> None:
    key = generate(tmp_path / "key")
    add(agent, tmp_path / "key")
    (held,) = agent_keys(agent)
    assert held == AgentKey(agent, public_text(key))
    assert signer(MESSAGE, sign(MESSAGE, held, SPACE), SPACE) == public_text(key)
    assert sign(MESSAGE, held, SPACE) == sign(MESSAGE, key, SPACE)


def test_a_decision_is_signed_at_once_through_the_agent(agent: Path, office: Chancery) -> None:
    add(agent, office.key(REVIEWER), office.key(DIRECTOR))
    paper = office.decided(
        "booking-request", "--approve", "--number", "RY-2026-011", "--sign-as", DIRECTOR, "--agent", agent
    )
    assert paper.with_name(f"{paper.stem}.{DIRECTOR}.sig").is_file()
    code, said = office.verify()
    assert code == 0, said


def test_a_key_that_the_agent_lacks_is_named_and_nothing_is_left_half_done(agent: Path, office: Chancery) -> None:
    add(agent, office.key(REVIEWER))
    options = ("--as", "office-clerk", "--approve", "--number", "RY-2026-011", "--registry", office.root)
    code, said = office.broker("decide", "booking-request", *options, "--sign-as", DIRECTOR, "--agent", agent)
    assert code == 2
    assert "ssh-add" in said
    held = agent_keys(agent)[0]
    assert fingerprint(held.public) in said
    assert office.git("status", "--porcelain") == ""


def test_without_key_and_agent_it_says_what_to_give(office: Chancery) -> None:
    paper = office.decided("booking-request", "--approve", "--number", "RY-2026-011")
    code, said = office.broker("sign", paper, "--as", DIRECTOR, "--role", OFFICE)
    assert (code, "--key" in said, "SSH_AUTH_SOCK" in said) == (2, True, True)


def test_a_locked_agent_refuses_and_the_error_says_so(agent: Path, tmp_path: Path) -> None:
    generate(tmp_path / "key")
    add(agent, tmp_path / "key")
    held = agent_keys(agent)[0]
    subprocess.run(["ssh-add", "-q", "-D"], env={**os.environ, "SSH_AUTH_SOCK": str(agent)}, check=True)
    with pytest.raises(SettingsError, match="refused to sign"):
        held.sign(MESSAGE)


def test_a_socket_where_nobody_listens_is_an_error_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ssh-agent"):
        agent_keys(tmp_path / "nobody")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\0\0\0\x01\x05",
        b"\0\0\0\x05\x0c\0\0\0\x02",
        b"\0\0\0\x09\x0c\0\0\0\x01\0\0\0\xff",
    ],
)
def test_what_is_no_agent_is_an_error_and_never_a_crash(tmp_path: Path, answer: bytes) -> None:
    path = tmp_path / "strange"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen(1)

        def once() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(64)
                connection.sendall(answer)

        thread = threading.Thread(target=once)
        thread.start()
        with pytest.raises(SettingsError, match="asking the ssh-agent"):
            agent_keys(path)
        thread.join()


def test_a_key_file_with_a_password_is_asked_for_it(office: Chancery) -> None:
    paper = office.decided("booking-request", "--approve", "--number", "RY-2026-011")
    locked = office.key(DIRECTOR)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "correct horse", "-f", str(locked)], check=True)
    words = ["sign", str(paper), "--as", DIRECTOR, "--role", OFFICE, "--key", str(locked)]
    done = CliRunner().invoke(app, words, input="correct horse\n")
    assert done.exit_code == 0, done.output
    wrong = CliRunner().invoke(app, words, input="wrong\n")
    assert isinstance(wrong.exception, SettingsError)
    assert office.verify()[0] == 0
