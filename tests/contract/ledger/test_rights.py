"""The broker's role on the database writes everything it must, and cannot rewrite its own audit log."""

from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from broker.ledger import audit, embedded, rights
from broker.ledger.audit import Entry
from broker.ledger.connect import Connection, connect
from broker.ledger.embedded import Server

ENTRY = Entry(datetime(2026, 6, 1, tzinfo=UTC), "li", "broker", "r", "admit", "sha256:1", None)
REWRITES = (
    "update ledger.audit set entry = 'x'",
    "delete from ledger.audit",
    "truncate ledger.audit",
    "insert into ledger.audit (seq, at, entry, leaf) values (7, now(), 'x', sha256('x'))",
    "alter table ledger.audit disable trigger all",
    "drop trigger audit_is_append_only on ledger.audit",
    "alter table ledger.audit rename to other",
    "drop table ledger.audit",
    "drop schema ledger cascade",
    "create or replace function ledger.audit_is_append_only() returns trigger language plpgsql as 'begin end'",
    "create or replace function ledger.audit_append_v1(a timestamptz, b bytea) returns bigint language sql as 'select'",
    "create table ledger.audit_2 ()",
    "set session_replication_role = replica",
    "set role broker",
    "update ledger.migration set name = 'x'",
    "copy ledger.audit from program 'true'",
)


@pytest.mark.parametrize("statement", REWRITES)
def test_the_brokers_role_can_neither_change_nor_remove_an_entry(ledger: Connection, statement: str) -> None:
    audit.append(ledger, ENTRY)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ledger.execute(statement)
    assert audit.entries(ledger) == (ENTRY.written(),)


def test_the_brokers_role_cannot_rewrite_and_the_owner_could(ledger: Connection, ledger_owner: Connection) -> None:
    assert (rights.may_rewrite(ledger), rights.may_rewrite(ledger_owner)) == (False, True)
    ledger.execute("grant update on ledger.audit to public")  # PostgreSQL warns, and grants nothing
    assert not rights.may_rewrite(ledger)


def test_a_function_of_the_same_name_on_the_path_is_not_what_adds_an_entry(ledger: Connection) -> None:
    ledger.execute("create temporary table audit (seq bigint, at timestamptz, entry bytea, leaf bytea)")
    ledger.execute("set search_path = pg_temp, ledger")
    audit.append(ledger, ENTRY)
    assert ledger.execute("select from pg_temp.audit").fetchall() == []
    assert audit.entries(ledger) == (ENTRY.written(),)


def test_a_database_of_ones_own_gets_its_grants_once(ledger_server: Server) -> None:
    with connect(ledger_server.dsn()) as conn:
        conn.execute("drop database if exists granted with (force)")
        conn.execute(sql.SQL("create database granted"))
    with connect(ledger_server.dsn("granted")) as owner:
        assert "procrastinate" in rights.prepare(owner, embedded.SERVICE)
        before = owner.execute("select xmin::text from pg_class where oid = 'ledger.audit'::regclass").fetchone()
        assert rights.prepare(owner, embedded.SERVICE) == ()
        after = owner.execute("select xmin::text from pg_class where oid = 'ledger.audit'::regclass").fetchone()
        assert before == after, "nothing is granted that is granted already"
    with connect(make_conninfo(ledger_server.dsn("granted"), user=embedded.SERVICE)) as service:
        audit.append(service, ENTRY)
        service.execute("select procrastinate_fetch_job_v2('{}'::varchar[], null)")


def test_one_role_for_both_is_left_as_it_is_and_said(ledger_server: Server) -> None:
    with connect(ledger_server.dsn()) as conn:
        conn.execute("drop database if exists alone with (force)")
        conn.execute(sql.SQL("create database alone"))
    with connect(ledger_server.dsn("alone")) as owner:
        rights.prepare(owner, embedded.SUPERUSER)
        audit.append(owner, ENTRY)
        assert rights.may_rewrite(owner)
