"""Connections to the ledger's database, and its errors in the broker's own words."""

import contextlib
from collections.abc import Iterator
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from broker.errors import LedgerUnavailable
from stacks.masked import masked

Connection: TypeAlias = psycopg.Connection[DictRow]
"""A connection on which every call of a ledger module is a transaction of its own, unless the caller opened one."""

_OPTIONS: dict[str, Any] = {"autocommit": True, "row_factory": dict_row, "application_name": "govcloud-broker"}
_CONNECT_S = 10


@contextlib.contextmanager
def connect(dsn: str) -> Iterator[Connection]:
    """One connection, closed at the end.

    Raises:
        LedgerUnavailable: The database does not answer.
    """
    try:
        conn: Connection = psycopg.connect(dsn, connect_timeout=_CONNECT_S, **_OPTIONS)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise LedgerUnavailable(
            f"connecting to the ledger: {_first_line(error)}; start the database, or mend BROKER_DSN"
        ) from None
    with conn:
        yield conn


@contextlib.contextmanager
def pool(dsn: str, size: int) -> Iterator[ConnectionPool[Connection]]:
    """Up to `size` connections shared by threads, closed at the end.

    Raises:
        LedgerUnavailable: The database does not answer.
    """
    connections: ConnectionPool[Connection] = ConnectionPool(
        dsn, min_size=1, max_size=size, kwargs=_OPTIONS, timeout=_CONNECT_S, open=False
    )
    try:
        connections.open(wait=True, timeout=_CONNECT_S)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        connections.close()
        raise LedgerUnavailable(
            f"connecting to the ledger: {_first_line(error)}; start the database, or mend BROKER_DSN"
        ) from None
    with connections:
        yield connections


def _first_line(error: psycopg.Error) -> str:
    """What the driver says, unless it quotes the connection string: one that it cannot read may hold a password."""
    if isinstance(error, psycopg.ProgrammingError):
        return "the connection string cannot be read"
    return masked(str(error).strip().split("\n", 1)[0])
