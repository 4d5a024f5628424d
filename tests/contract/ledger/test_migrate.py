from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from procrastinate.schema import migrations_path
from psycopg import sql

from broker.ledger import migrate
from broker.ledger.connect import Connection, connect
from broker.ledger.embedded import Server


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


def test_a_migration_that_fails_changes_nothing_and_is_named(ledger_owner: Connection) -> None:
    ledger_owner.execute("delete from ledger.migration where name = '0004_journal.sql' or name like '03.04%'")
    before = ledger_owner.execute("select name from ledger.migration order by name").fetchall()
    with pytest.raises(psycopg.errors.DuplicateTable) as raised:
        migrate.migrate(ledger_owner)
    assert raised.value.__notes__ == ["applying migration 0004_journal.sql"]
    assert ledger_owner.execute("select name from ledger.migration order by name").fetchall() == before
