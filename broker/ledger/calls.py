"""What became of the calls to clouds: sums over all processes since the ledger was made."""

from collections.abc import Mapping
from dataclasses import asdict

from broker.ledger.connect import Connection
from broker.ledger.statements import statements
from stacks.provider.tally import Tally

Tallies = Mapping[tuple[str, str], Tally]
"""By cloud and service."""


def add(conn: Connection, more: Tallies) -> None:
    """Nothing; they are counted."""
    with conn.transaction():
        for (cloud, api), tally in sorted(more.items()):  # in one order: two processes never wait for each other
            conn.execute(statements("calls")["add"], {"cloud": cloud, "api": api, **asdict(tally)})


def all_calls(conn: Connection) -> Tallies:
    """What became of the calls to every service that was ever called."""
    rows = conn.execute(statements("calls")["all"]).fetchall()
    return {(row.pop("cloud"), row.pop("api")): Tally(**row) for row in rows}
