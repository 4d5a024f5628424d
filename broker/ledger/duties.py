"""How each duty of the daemon last ended: one line a duty, whichever machine did it."""

from dataclasses import dataclass
from datetime import datetime

from broker.ledger.connect import Connection
from broker.ledger.statements import statements


@dataclass(frozen=True, slots=True)
class Ended:
    """The newest run of a duty. `since`: from when on it has been ok, or not; `next_at`: when something changes."""

    name: str
    at: datetime
    ok: bool
    told: str
    since: datetime
    next_at: datetime | None


def ended(  # noqa: PLR0913 - each is a column, named at the call
    conn: Connection, name: str, at: datetime, *, ok: bool, told: str, next_at: datetime | None = None
) -> None:
    """Nothing; the duty ended like this."""
    values = {"name": name, "at": at, "ok": ok, "told": told, "next_at": next_at}
    conn.execute(statements("duties")["ended"], values)


def all_duties(conn: Connection) -> tuple[Ended, ...]:
    """The newest run of every duty, by name."""
    return tuple(Ended(**row) for row in conn.execute(statements("duties")["all"]))
