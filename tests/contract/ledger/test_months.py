from datetime import UTC, datetime
from hashlib import sha256

import psycopg
import pytest

from broker.ledger import months
from broker.ledger.connect import Connection
from broker.ledger.months import ClosedMonth

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def of(text: bytes) -> ClosedMonth:
    return ClosedMonth("2026-10", "sha256:" + sha256(text).hexdigest(), text, AT)


def test_a_month_that_was_closed_first_stays_and_is_given_back(ledger: Connection) -> None:
    first = of(b'{"month":"2026-10"}')
    assert months.close(ledger, first) == first
    assert months.close(ledger, of(b"other")) == first
    assert months.closed(ledger, "2026-10") == first
    assert months.closed(ledger, "2026-09") is None
    assert months.digests(ledger) == {"2026-10": first.digest}


@pytest.mark.parametrize("statement", ["update ledger.closed_month set facts = 'x'", "delete from ledger.closed_month"])
def test_a_closed_month_cannot_be_changed_by_hand(ledger: Connection, statement: str) -> None:
    months.close(ledger, of(b"{}"))
    with pytest.raises(psycopg.DatabaseError, match="a closed month stays as it is"):
        ledger.execute(statement.encode())


def test_bytes_that_are_not_those_of_the_digest_are_refused(ledger: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        months.close(ledger, ClosedMonth("2026-10", "sha256:" + "0" * 64, b"{}", AT))
