import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from broker.errors import LedgerUnavailable
from broker.ledger import embedded
from broker.ledger.connect import connect


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A folder whose server is stopped after the test; its path has all that shells and sockets stumble over."""
    home = tmp_path / "a b'c\"d $HOME" / "ledger"
    yield home
    embedded.stop(home)


def test_a_killed_server_starts_again_with_what_was_committed(home: Path) -> None:
    server = embedded.start(home)
    with connect(server.dsn()) as conn:
        conn.execute("create table kept as select 1 as one")
    os.kill(server.pid, signal.SIGKILL)
    again = embedded.start(home)
    assert again.pid != server.pid
    with connect(again.dsn()) as conn:
        assert conn.execute("select one from kept").fetchone() == {"one": 1}


def test_several_starters_get_one_server(home: Path) -> None:
    with ThreadPoolExecutor(3) as threads:
        servers = set(threads.map(lambda _: embedded.start(home, durable=False), range(3)))
    assert servers == {embedded.running(home)}


def test_a_stopped_server_is_gone_and_an_absent_one_is_no_error(home: Path) -> None:
    assert not embedded.stop(home)
    assert embedded.running(home) is None
    embedded.start(home, durable=False)
    assert embedded.stop(home)
    assert embedded.running(home) is None


def test_an_interrupted_beginning_is_begun_again(home: Path) -> None:
    part = home / "data.part"
    part.mkdir(parents=True)
    (part / "PG_VERSION").write_text("18")
    assert embedded.start(home, durable=False).pid


def test_a_lock_file_of_another_process_is_no_server(home: Path) -> None:
    embedded.start(home, durable=False)
    embedded.stop(home)
    (home / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert embedded.running(home) is None
    assert embedded.start(home, durable=False).pid != os.getpid()


def test_a_long_path_has_its_socket_elsewhere(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    server = embedded.start(home, durable=False)
    try:
        assert home not in server.socket.parents
        assert server.socket.stat().st_mode & 0o077 == 0
    finally:
        embedded.stop(home)
        server.socket.rmdir()


def test_only_its_own_user_reaches_the_server(home: Path) -> None:
    server = embedded.start(home, durable=False)
    assert [folder.stat().st_mode & 0o077 for folder in (server.data, server.socket)] == [0, 0]
    with psycopg.connect(server.dsn()) as conn:
        assert conn.execute("show listen_addresses").fetchone() == ("",)


def test_a_folder_that_holds_something_else_is_left_alone(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "thesis.doc").write_text("precious")
    with pytest.raises(LedgerUnavailable, match=r"thesis\.doc"):
        embedded.start(home)
    assert (home / "data" / "thesis.doc").read_text() == "precious"


def test_a_database_that_does_not_answer_says_what_cures_it(tmp_path: Path) -> None:
    dsn = f"host={tmp_path} dbname=none"
    with pytest.raises(LedgerUnavailable, match="BROKER_DSN"), connect(dsn):
        pass
