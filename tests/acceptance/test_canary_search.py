"""The search for canaries finds one wherever it is leaked on purpose: only so does finding none mean something."""

import base64
import gzip
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from broker.ledger import embedded
from tests.acceptance.canaries import Canary, Place, ProcessWatch, files, findings, git_objects, ledger_rows

VALUE = "Tk/9+canary of a test=?"
CANARY = Canary("password", VALUE)


@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"abc"])
@pytest.mark.parametrize(
    "leaked",
    [
        lambda text: text,
        base64.b64encode,
        base64.b16encode,
        gzip.compress,
        zlib.compress,
        lambda text: text.replace(b"/", b"%2F").replace(b"+", b"%2B").replace(b" ", b"%20").replace(b"=?", b"%3D%3F"),
    ],
    ids=["as it is", "base64", "hex", "gzip", "zlib", "url"],
)
def test_a_leak_is_found_in_every_form(leaked: object, before: bytes) -> None:
    assert callable(leaked)
    content = leaked(before + VALUE.encode() + b" and more")
    if leaked is base64.b16encode:
        content = content.lower()
    assert findings([CANARY], [Place("log", content)]) != []


def test_what_is_clean_is_clean_and_a_finding_does_not_quote_what_it_found() -> None:
    assert findings([CANARY], [Place("log", b"Tk/9+canary of another test")]) == []
    (found,) = findings([CANARY], [Place("log", f"x{VALUE}x".encode())])
    assert found == "log: password as it is"
    assert VALUE not in repr(CANARY)


def test_a_leak_into_git_is_found_even_where_no_branch_leads_to_it(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path / "registry"], check=True)
    put = ["git", "-C", str(tmp_path / "registry"), "hash-object", "-w", "--stdin"]
    assert findings([CANARY], git_objects(tmp_path / "registry")) == []
    subprocess.run(put, input=VALUE.encode(), check=True, capture_output=True)
    assert "git objects of registry: password as it is" in findings([CANARY], git_objects(tmp_path / "registry"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    yield embedded.start(tmp_path / "ledger", durable=False).dsn()
    embedded.stop(tmp_path / "ledger")


def test_a_leak_into_any_table_is_found(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("create schema other")
        conn.execute("create table other.states (state bytea, told jsonb)")
        conn.execute("insert into other.states values (%s, %s)", (gzip.compress(b"clean"), "{}"))
        assert findings([CANARY], ledger_rows(database)) == []
        conn.execute("insert into other.states values (%s, %s)", (gzip.compress(VALUE.encode()), "{}"))
        assert findings([CANARY], ledger_rows(database)) == ["ledger table other.states: password as it is"]
        conn.execute("delete from other.states")
        conn.execute("insert into other.states values (null, %s)", (f'{{"deep": ["{VALUE}"]}}',))
        assert findings([CANARY], ledger_rows(database)) == ["ledger table other.states: password as it is"]


def test_a_leak_into_a_file_or_its_name_is_found_but_for_where_it_belongs(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "password").write_text(VALUE)
    (tmp_path / "work").mkdir()
    belongs = [tmp_path / "secrets"]
    assert findings([CANARY], files(tmp_path, "home", where_secrets_belong=belongs)) == []
    (tmp_path / "work" / "left-behind").write_text(f"export PASSWORD='{VALUE}'")
    (tmp_path / "work" / Canary("x", "name-of-a-canary").value).touch()
    more = [CANARY, Canary("name", "name-of-a-canary")]
    assert findings(more, files(tmp_path, "home", where_secrets_belong=belongs)) == [
        "home work/left-behind: password as it is",
        "name of home work/name-of-a-canary: name as it is",
    ]


@pytest.mark.parametrize("where", ["arguments", "environment"])
def test_a_leak_into_a_process_is_found_also_below_a_child(where: str, tmp_path: Path) -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(2)", *([VALUE] if where == "arguments" else [])]
    parent = [sys.executable, "-c", "import subprocess, sys, ast; subprocess.run(ast.literal_eval(sys.stdin.read()))"]
    extra = {"PASSWORD": VALUE} if where == "environment" else {}
    with ProcessWatch(tmp_path) as watch:
        subprocess.run(parent, input=repr(sleeper), text=True, check=True, env={**os.environ, **extra})
    (found, *_) = findings([CANARY], watch.places())
    assert found.startswith(f"{where} of python")


def test_processes_that_leak_nothing_are_clean(tmp_path: Path) -> None:
    with ProcessWatch(tmp_path) as watch:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(2)"], check=True)
    assert watch.programs
    assert findings([CANARY], watch.places()) == []
