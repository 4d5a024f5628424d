"""The audit log: who did what, in which role, when, for which request. It only grows; its head fixes it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from broker.canonical import Json, canonical
from broker.ledger import merkle
from broker.ledger.connect import Connection
from broker.ledger.statements import statements


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `request` is the id that ties together everything one call or job did."""

    at: datetime
    actor: str
    role: str
    request: str
    action: str
    digest: str
    """Of what was changed: a document, a state, a record, a set of claims."""
    body: Json

    def written(self) -> bytes:
        """The entry as the canonical bytes that the tree is made of."""
        return canonical(
            {
                "at": self.at.isoformat(),
                "actor": self.actor,
                "role": self.role,
                "request": self.request,
                "action": self.action,
                "digest": self.digest,
                "body": self.body,
            }
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as the database holds it, whatever was done to it there."""

    seq: int
    at: datetime
    entry: bytes
    leaf: bytes

    @property
    def told_at(self) -> datetime | None:
        """The instant that the entry itself tells; None where it is no entry in canonical JSON."""
        try:
            told = json.loads(self.entry)
            return datetime.fromisoformat(told["at"]) if canonical(told) == self.entry else None
        except (ValueError, TypeError, KeyError):
            return None


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The number of entries and the Merkle tree hash over them (RFC 6962 §2.1)."""

    size: int
    root: bytes


def append(conn: Connection, entry: Entry) -> int:
    """The entry's index in the log, from 0 without gaps.

    Writers wait for each other until the end of their transaction: append last.
    """
    if entry.at.utcoffset() is None:
        raise ValueError(f"writing the audit entry {entry.action}: its time has no offset")
    row = conn.execute(statements("journal")["audit_append"], {"at": entry.at, "entry": entry.written()}).fetchone()
    return int(row["seq"]) if row else -1


def append_all(conn: Connection, written: Iterable[Entry]) -> None:
    """Nothing; the entries are in the log, in order. As `append`: last in a transaction."""
    for entry in written:
        append(conn, entry)


def entries(conn: Connection, start: int = 0, limit: int = 500) -> tuple[bytes, ...]:
    """The canonical bytes of up to `limit` entries from index `start` on."""
    rows = conn.execute(statements("journal")["audit_entries"], {"start": start, "limit": limit})
    return tuple(row["entry"] for row in rows)


def rows(conn: Connection) -> tuple[Row, ...]:
    """The whole log as the database holds it."""
    return tuple(Row(**row) for row in conn.execute(statements("journal")["audit_rows"]))


def size_of(conn: Connection) -> int:
    """How many entries there are."""
    row = conn.execute(statements("journal")["audit_size"]).fetchone()
    return int(row["size"]) if row else 0


def unpublished(conn: Connection, published: int) -> tuple[bytes, ...]:
    """The canonical bytes of every entry from index `published` on, in order."""
    return tuple(row["entry"] for row in conn.execute(statements("journal")["audit_since"], {"start": published}))


def waiting(conn: Connection, published: int) -> tuple[int, float]:
    """How many entries there are from index `published` on, and how many seconds ago the first of them was written."""
    row = conn.execute(statements("journal")["audit_waiting"], {"start": published}).fetchone()
    return (int(row["entries"]), float(row["age_s"])) if row else (0, 0.0)


def tree_head(conn: Connection, size: int | None = None) -> TreeHead:
    """The head of the log, or of its first `size` entries.

    Raises:
        ValueError: The log has fewer entries than `size`.
    """
    with conn.transaction():
        present = size_of(conn)
        wanted = present if size is None else size
        if not 0 <= wanted <= present:
            raise ValueError(f"the audit log has {present} entries, not {wanted}")
        leaves = conn.execute(statements("journal")["audit_leaves"], {"size": wanted})
        return TreeHead(wanted, merkle.root(row["leaf"] for row in leaves))
