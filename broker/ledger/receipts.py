"""When the broker first saw a document, on whichever branch: from then on the unit was timely."""

from datetime import datetime

from broker.ledger.connect import Connection
from broker.ledger.statements import statements


def receive(conn: Connection, document: str, at: datetime, branch: str) -> datetime:
    """The first moment at which the digest `document` was seen: `at`, or an earlier one that is known."""
    asked = {"document": document, "at": at, "branch": branch}
    for _ in range(2):  # another receiver may have been in between: its row shows in the next statement
        if row := conn.execute(statements("journal")["receive"], asked).fetchone():
            first: datetime = row["received_at"]
            return first
    raise AssertionError(f"receipt of {document} is neither new nor known")


def all_receipts(conn: Connection) -> dict[str, datetime]:
    """The first moment of every document by its digest."""
    return {row["document"]: row["received_at"] for row in conn.execute(statements("journal")["received"])}
