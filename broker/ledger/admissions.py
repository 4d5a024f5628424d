"""The outcome of admission, once per document: kept here until it is on the records branch, and for quick reading."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from broker.canonical import Json
from broker.errors import OperatorError
from broker.ledger.connect import Connection
from broker.ledger.statements import statements


class AdmittedOtherwise(OperatorError):
    """The document, or the place in the sequence, already has another outcome: two brokers admit at once."""


@dataclass(frozen=True, slots=True)
class Admission:
    """One outcome. `document` is the digest; `record` is what goes to the records branch."""

    sequence: int
    document: str
    admitted: bool
    as_of: datetime
    record: Json
    pushed: bool = False


def record(conn: Connection, outcome: Admission) -> None:
    """Nothing; the outcome is kept. The same outcome again changes nothing.

    Raises:
        AdmittedOtherwise: Another outcome stands for the document or its place.
    """
    values = {
        "sequence": outcome.sequence,
        "document": outcome.document,
        "admitted": outcome.admitted,
        "as_of": outcome.as_of,
        "record": Jsonb(outcome.record),
    }
    sql = statements("journal")
    with conn.transaction():
        conn.execute(sql["admit"], values)
        known = [Admission(**row) for row in conn.execute(sql["admission_of"], values)]
    if [_outcome(one) for one in known] != [_outcome(outcome)]:
        raise AdmittedOtherwise(
            f"recording the admission of {outcome.document} as number {outcome.sequence}: the ledger has another "
            f"outcome there; let one broker admit at a time, then run `broker rebuild`"
        )


def all_admissions(conn: Connection) -> tuple[Admission, ...]:
    """Every outcome in the order of admission."""
    return tuple(Admission(**row) for row in conn.execute(statements("journal")["admissions"]))


def unpushed(conn: Connection) -> tuple[Admission, ...]:
    """The outcomes that are not known to be on the records branch, in the order of admission."""
    return tuple(Admission(**row) for row in conn.execute(statements("journal")["unpushed"]))


def mark_pushed(conn: Connection, sequences: Iterable[int]) -> None:
    """Nothing; these outcomes are on the records branch."""
    conn.execute(statements("journal")["pushed"], {"sequences": list(sequences)})


def _outcome(one: Admission) -> tuple[int, str, bool, datetime, Json]:
    return one.sequence, one.document, one.admitted, one.as_of, one.record
