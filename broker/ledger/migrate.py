"""Brings a database to the present schema: the ledger's numbered migrations, then the job queue's own."""

from importlib.resources import files
from importlib.resources.abc import Traversable

import psycopg
from procrastinate.schema import SchemaManager, migrations_path

from broker.ledger.connect import Connection

_LOCK = 0x676F7663  # "govc": one migration at a time on a database
_BOOK = """
create schema if not exists ledger;
create table if not exists ledger.migration (
    name text primary key,
    applied_at timestamptz not null default clock_timestamp()
);
"""


def migrate(conn: Connection) -> tuple[str, ...]:
    """The names of the migrations that were applied now; nothing if the database is up to date.

    All or nothing; any number of processes may call it at once.

    Raises:
        psycopg.Error: The database refuses a statement; nothing was changed.
    """
    with conn.transaction():
        conn.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        if conn.execute("select to_regclass('ledger.migration')::text as book").fetchone() == {"book": None}:
            conn.execute(_BOOK)
        known = {row["name"] for row in conn.execute("select name from ledger.migration")}
        return (*_own(conn, known), *_queue(conn, known))


def names() -> tuple[str, ...]:
    """The ledger's own migrations in the order in which they are applied."""
    return tuple(sorted(entry.name for entry in _folder().iterdir() if entry.name.endswith(".sql")))


def _folder() -> Traversable:
    return files("broker.ledger").joinpath("sql", "migrations")


def _own(conn: Connection, known: set[str]) -> tuple[str, ...]:
    wanted = tuple(name for name in names() if name not in known)
    for name in wanted:
        _apply(conn, name, _folder().joinpath(name).read_text("utf-8"))
    return wanted


def _queue(conn: Connection, known: set[str]) -> tuple[str, ...]:
    shipped = sorted(path.name for path in migrations_path.glob("*.sql"))
    if not any(name in known for name in shipped):
        # a new database gets the queue's whole schema, which holds all its migrations
        conn.execute(SchemaManager.get_schema())
        _note(conn, shipped)
        return ("procrastinate",)
    wanted = tuple(name for name in shipped if name not in known)
    for name in wanted:
        _apply(conn, name, (migrations_path / name).read_text("utf-8"))
    return wanted


def _apply(conn: Connection, name: str, text: str) -> None:
    try:
        conn.execute(text)
    except psycopg.Error as error:
        error.add_note(f"applying migration {name}")
        raise
    _note(conn, [name])


def _note(conn: Connection, applied: list[str]) -> None:
    conn.cursor().executemany("insert into ledger.migration (name) values (%s)", [(name,) for name in applied])
