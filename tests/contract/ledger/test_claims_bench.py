"""The bench of claims at a small size: what it counts is right, and it would see what is wrong."""

import pytest

from bench import claims as bench
from broker.ledger.connect import Connection


@pytest.mark.parametrize("in_round", [1, 16])
def test_processes_that_race_and_are_killed_leave_no_account_over_or_miscounted(
    ledger_database: str, in_round: int
) -> None:
    outcome = bench.run(ledger_database, asked=640, processes=4, kills=2, in_round=in_round)
    assert (outcome.over, outcome.miscounted, outcome.killed) == ((), (), 2)
    assert outcome.holds
    assert outcome.asked == 640
    assert min(outcome.granted, outcome.refused) > 0
    assert abs(outcome.asked - outcome.granted - outcome.refused) <= outcome.killed * in_round


def test_a_counter_that_was_moved_by_hand_is_seen(ledger: Connection, ledger_owner: Connection) -> None:
    bench.limit(ledger, 108)
    assert bench.faults(ledger) == ((), ())
    ledger_owner.execute(
        "update ledger.account set used = ledger.amount_plus(used, row(1, 0, 0, 0, 0, 0, 0)::ledger.amount) "
        "where account = 'cloud:provider-a/internet'"
    )
    assert bench.faults(ledger) == ((), ("cloud:provider-a/internet",))
