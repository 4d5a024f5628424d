from concurrent.futures import ThreadPoolExecutor
from datetime import date
from importlib.resources import files
from threading import Barrier

import psycopg
import pytest
from procrastinate.schema import migrations_path
from psycopg import sql

from broker.ledger import claims, migrate
from broker.ledger.claims import Claimed
from broker.ledger.connect import Connection, connect
from broker.ledger.embedded import Server
from quotas.account import Line, cloud
from quotas.amount import Amount
from quotas.claim import Claim, ClaimState


@pytest.fixture
def empty(ledger_server: Server) -> str:
    """The DSN of a database without any schema."""
    with connect(ledger_server.dsn()) as conn:
        conn.execute("drop database if exists empty with (force)")
        conn.execute(sql.SQL("create database empty"))
    return ledger_server.dsn("empty")


def test_an_empty_database_gets_everything_once(empty: str) -> None:
    with connect(empty) as conn:
        assert migrate.migrate(conn) == (*migrate.names(), "procrastinate")
        assert migrate.migrate(conn) == ()
        tables = {row["relname"] for row in conn.execute("select relname from pg_class where relkind = 'r'")}
    assert {"account", "claim", "lease", "stack", "audit", "procrastinate_jobs"} <= tables


def test_several_that_migrate_at_once_do_it_once(empty: str) -> None:
    together = Barrier(3)

    def one(_number: int) -> tuple[str, ...]:
        with connect(empty) as conn:
            together.wait()
            return migrate.migrate(conn)

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(one, range(3))) == [(), (), (*migrate.names(), "procrastinate")]


def test_the_queue_of_an_older_release_is_caught_up(empty: str) -> None:
    older = sorted(path for path in migrations_path.glob("*.sql") if path.name < "03.04")
    with connect(empty) as conn:
        for path in older:
            conn.execute(path.read_text("utf-8"))
        conn.execute("create schema ledger")
        conn.execute("create table ledger.migration (name text primary key, applied_at timestamptz default now())")
        conn.cursor().executemany("insert into ledger.migration values (%s)", [(path.name,) for path in older])
        caught_up = migrate.migrate(conn)[len(migrate.names()) :]
        assert set(caught_up) == {path.name for path in migrations_path.glob("*.sql")} - {path.name for path in older}
        assert conn.execute("select to_regproc('procrastinate_retry_job_v2')::text as f").fetchone() != {"f": None}
        assert migrate.migrate(conn) == ()


_OLDER = """
create schema ledger;
create table ledger.migration (name text primary key, applied_at timestamptz default now());
"""
_CLAIMED = """
select ledger.limit_v1('cloud:a/net', 3::smallint, null, ledger.amount_of('{"vcpu": 9}'), ledger.amount_zero());
select ledger.claim_v1('held', 'h', null, '[{"account": "cloud:a/net", "level": 3, "amount": {"vcpu": 1}}]');
select ledger.claim_v1('kept', 'h', '2027-01-01', '[{"account": "cloud:a/net", "level": 3, "amount": {"vcpu": 2}}]');
select ledger.commit_v1('kept');
select ledger.claim_v1('gone', 'h', null, '[{"account": "cloud:a/net", "level": 3, "amount": {"vcpu": 4}}]');
select ledger.commit_v1('gone');
select ledger.release_v1('gone');
"""


def test_claims_of_an_older_release_live_on(empty: str) -> None:
    folder = files("broker.ledger").joinpath("sql", "migrations")
    with connect(empty) as conn:
        conn.execute(_OLDER)
        for name in (name for name in migrate.names() if name < "0014"):
            conn.execute(folder.joinpath(name).read_text("utf-8"))
            conn.execute("insert into ledger.migration (name) values (%s)", [name])
        conn.execute(_CLAIMED)
        assert migrate.migrate(conn)[0] == "0014_settle.sql"
        place = cloud("a", "net")
        assert claims.all_claims(conn) == {
            "gone": Claim("gone", "h", (Line(place, Amount(vcpu=4)),), None, ClaimState.RELEASED),
            "held": Claim("held", "h", (Line(place, Amount(vcpu=1)),), None, ClaimState.HELD),
            "kept": Claim("kept", "h", (Line(place, Amount(vcpu=2)),), date(2027, 1, 1), ClaimState.COMMITTED),
        }
        claims.release(conn, "kept")
        claims.void(conn, "held")
        assert claims.claim(conn, Claim("new", "h", (Line(place, Amount(vcpu=9)),))) == Claimed("new")
        assert claims.miscounted(conn) == ()


def test_a_migration_that_fails_changes_nothing_and_is_named(ledger_owner: Connection) -> None:
    ledger_owner.execute("delete from ledger.migration where name = '0004_journal.sql' or name like '03.04%'")
    before = ledger_owner.execute("select name from ledger.migration order by name").fetchall()
    with pytest.raises(psycopg.errors.DuplicateTable) as raised:
        migrate.migrate(ledger_owner)
    assert raised.value.__notes__ == ["applying migration 0004_journal.sql"]
    assert ledger_owner.execute("select name from ledger.migration order by name").fetchall() == before


_FUNCTIONS = """
select proname as name, coalesce(prosrc, '') as text,
    exists (select from pg_trigger where tgfoid = p.oid)
    or exists (select from pg_operator where oprcode = p.oid)
    or exists (select from pg_aggregate where aggtransfn = p.oid or aggfinalfn = p.oid or aggfnoid = p.oid)
    or exists (select from pg_depend where refobjid = p.oid and refclassid = 'pg_proc'::regclass) as used
from pg_proc p where pronamespace = 'ledger'::regnamespace
"""


def test_no_function_is_left_that_nothing_calls(ledger: Connection) -> None:
    folder = files("broker.ledger").joinpath("sql")
    asked = "".join(file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".sql"))
    found = ledger.execute(_FUNCTIONS).fetchall()
    assert len(found) > 10
    others = {row["name"]: "".join(one["text"] for one in found if one["name"] != row["name"]) for row in found}
    called = {name for name, text in others.items() if f"ledger.{name}(" in asked + text}
    assert {row["name"] for row in found if not row["used"]} - called == set()
