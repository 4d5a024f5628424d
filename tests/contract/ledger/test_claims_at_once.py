"""Many at once, and processes that die: the counters end exactly at the limit and hold nothing half."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from broker.ledger import claims
from broker.ledger.claims import Claimed, Limited
from broker.ledger.connect import Connection, connect
from broker.ledger.settle import settle
from quotas.account import both_chains, cloud, district, system, unit
from quotas.amount import Amount
from quotas.claim import Claim
from quotas.step import Resize, Step, Void

ZONE = "internet"
EACH = Amount(vcpu=1, memory_gib=4, block_gib=50, object_gib=10, bandwidth_mbps=1, public_addresses=1)
AT_ONCE = 8


def limits(conn: Connection, most: int, systems: int) -> None:
    """A district and a cloud with room for `most` claims, two units with room for all, elastic systems."""
    top, wide = district("shifan", ZONE), EACH * 1000
    assert claims.set_limit(conn, top, None, EACH * most) == Limited(top)
    for provider in ("provider-a", "provider-b"):
        claims.set_limit(conn, cloud(provider, ZONE), None, wide)
    for name in ("health", "education"):
        claims.set_limit(conn, unit(name, ZONE), top, wide)
    for number in range(systems):
        above = unit(("health", "education")[number % 2], ZONE)
        assert claims.set_limit(conn, system(f"s{number}", ZONE), above, wide, EACH) == Limited(
            system(f"s{number}", ZONE)
        )


def wanted(claimant: int, number: int, systems: int) -> Claim:
    """A claim of one piece by one of the systems, on one of the clouds."""
    name = f"s{(claimant + number) % systems}"
    provider = ("provider-a", "provider-b")[number % 2]
    return Claim(f"{claimant}-{number}", name, both_chains(name, ZONE, provider, EACH))


def test_eight_claimants_end_exactly_at_the_limit(ledger: Connection, ledger_database: str) -> None:
    most, systems, tries = 60, 6, 20
    limits(ledger, most, systems)
    together = Barrier(AT_ONCE)

    def claim_and_settle(claimant: int) -> int:
        granted = 0
        with connect(ledger_database) as conn:
            together.wait()
            for number in range(tries):
                one = wanted(claimant, number, systems)
                if isinstance(claims.claim(conn, one), Claimed):
                    granted += 1
                    if number % 5 == 0:
                        claims.void(conn, one.id)
                        granted -= 1
                    else:
                        claims.commit(conn, one.id)
        return granted

    with ThreadPoolExecutor(AT_ONCE) as threads:
        granted = sum(threads.map(claim_and_settle, range(AT_ONCE)))
    number = 0
    while isinstance(claims.claim(ledger, wanted(99, number, systems)), Claimed):
        granted, number = granted + 1, number + 1

    # every system keeps one piece: what all use or keep is the district's limit to the piece
    top = claims.balance(ledger, district("shifan", ZONE))
    assert top is not None
    assert top.used == top.ceiling == EACH * most
    assert granted == sum(one.used.vcpu for one in claims.balances(ledger).values() if one.id.level == 0)
    assert granted == sum(one.used.vcpu for one in claims.balances(ledger).values() if one.id.level == 3)
    assert claims.miscounted(ledger) == ()


def test_the_same_claim_by_eight_at_once_is_held_once(ledger: Connection, ledger_database: str) -> None:
    limits(ledger, 10, 1)
    together = Barrier(AT_ONCE)

    def claim_it(_claimant: int) -> object:
        with connect(ledger_database) as conn:
            together.wait()
            return claims.claim(conn, wanted(0, 0, 1))

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert list(threads.map(claim_it, range(AT_ONCE))) == [Claimed("0-0")] * AT_ONCE
    held = claims.balance(ledger, cloud("provider-a", ZONE))
    assert held is not None
    assert held.used == EACH


def test_rounds_at_once_and_systems_that_change_their_unit_block_nobody_and_lose_nothing(
    ledger: Connection, ledger_database: str
) -> None:
    most, systems, rounds = 40, 6, 60
    limits(ledger, most, systems)
    units = (unit("health", ZONE), unit("education", ZONE))
    together = Barrier(4, timeout=300)

    def claim_in_rounds(claimant: int) -> None:
        with connect(ledger_database) as conn:
            first: list[Step] = []
            together.wait()
            for round_ in range(rounds):
                asked = [wanted(claimant, 100 * round_ + number, systems) for number in range(8)]
                shared = [wanted(9, 100 * round_ + number, systems) for number in range(2)]  # by all claimants
                answers = settle(conn, [*first, *asked, *shared])[len(first) :]
                held = [one for one, short in zip(asked, answers, strict=False) if not short]
                first = [Void(one.id) if n % 2 else Resize(one.id, one.lines[:1]) for n, one in enumerate(held)]

    def move_systems(_mover: int) -> None:
        with connect(ledger_database) as conn:
            together.wait()
            for number in range(4 * rounds):
                moved = system(f"s{number % systems}", ZONE)
                claims.set_limit(conn, moved, units[number // systems % 2], EACH * 1000, EACH)

    with ThreadPoolExecutor(4) as threads:
        for done in [*(threads.submit(claim_in_rounds, n) for n in range(3)), threads.submit(move_systems, 3)]:
            done.result()
    assert claims.miscounted(ledger) == ()
    assert all(one.ceiling.covers(one.used) for one in claims.balances(ledger).values())
    assert claims.live_claims(ledger)


HALF = """
import sys
from broker.ledger import claims
from broker.ledger.connect import connect
from tests.contract.ledger.test_claims_at_once import wanted
with connect(sys.argv[1]) as conn:
    conn.execute("begin")
    print(claims.claim(conn, wanted(1, 0, 2)), claims.resize(conn, "0-0", ()), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def half_done(ledger: Connection, ledger_database: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that claimed and resized, and did not commit."""
    limits(ledger, 10, 2)
    claims.claim(ledger, wanted(0, 0, 2))
    with subprocess.Popen(
        [sys.executable, "-c", HALF, ledger_database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{Claimed('1-0')} {Claimed('0-0')}\n"
        yield process
        process.kill()


def test_a_killed_process_leaves_no_half_claim(ledger: Connection, half_done: "subprocess.Popen[str]") -> None:
    before = claims.balances(ledger), claims.all_claims(ledger)
    half_done.kill()
    half_done.wait()
    assert claims.claim(ledger, wanted(2, 1, 2)) == Claimed("2-1")  # waits for the rows that the dead one had locked
    claims.void(ledger, "2-1")
    after = claims.all_claims(ledger)
    after.pop("2-1")
    assert (claims.balances(ledger), after) == before


def test_a_connection_cut_by_the_server_leaves_no_half_claim(ledger: Connection, ledger_database: str) -> None:
    limits(ledger, 10, 2)
    before = claims.balances(ledger), claims.all_claims(ledger)
    with connect(ledger_database) as dying:
        dying.execute("begin")
        assert claims.claim(dying, wanted(1, 0, 2)) == Claimed("1-0")
        ledger.execute("select pg_terminate_backend(%s, 5000)", (dying.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            dying.execute("commit")
    assert (claims.balances(ledger), claims.all_claims(ledger)) == before
    assert claims.claim(ledger, wanted(1, 0, 2)) == Claimed("1-0")


def test_no_statement_can_push_a_counter_past_its_limit(ledger: Connection) -> None:
    limits(ledger, 10, 1)
    for wrong in (
        "update ledger.account set used = ledger.amount_plus(ceiling, ceiling)",
        "update ledger.account set used = ledger.amount_minus(used, row(1,0,0,0,0,0,0)::ledger.amount) where level = 3",
        "update ledger.account set used = row(0,0,null,0,0,0,0)::ledger.amount",
        "update ledger.account set keep = ledger.amount_plus(ceiling, ceiling)",
    ):
        with pytest.raises(psycopg.errors.CheckViolation):
            ledger.execute(wrong)


def test_a_counter_that_was_tampered_with_is_found(ledger: Connection) -> None:
    limits(ledger, 10, 1)
    ledger.execute("update ledger.account set used = row(1,0,0,0,0,0,0)::ledger.amount where level = 3")
    assert claims.miscounted(ledger) == (cloud("provider-a", ZONE), cloud("provider-b", ZONE))
