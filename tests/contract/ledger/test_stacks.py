from datetime import UTC, datetime
from functools import partial

import pytest

from broker.ledger import leases, resources, stacks
from broker.ledger.connect import Connection, connect
from broker.ledger.leases import Held, Lease, StaleEpoch
from broker.ledger.resources import Indexed
from broker.ledger.stacks import Digests

STACK = "online-hall.internet.provider-a"
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
DONE = Digests("spec", "program", "provider", clean=True)


def taken(conn: Connection, holder: str, ttl_s: float = 60) -> Lease:
    lease = leases.acquire(conn, STACK, holder, ttl_s)
    assert isinstance(lease, Lease)
    return lease


def run_out(conn: Connection) -> None:
    """The lease's time is over, as if it had passed."""
    conn.execute("update ledger.lease set until = clock_timestamp() - interval '1 second'")


def test_a_lease_is_for_one_holder(ledger: Connection) -> None:
    lease = taken(ledger, "a")
    assert leases.acquire(ledger, STACK, "b", 60) == Held(STACK, "a", lease.until)
    assert (lease.epoch, leases.current_epoch(ledger, STACK)) == (1, 1)
    assert leases.current_epoch(ledger, "another") == 0


def test_the_holder_that_asks_again_keeps_its_epoch(ledger: Connection) -> None:
    first = taken(ledger, "a", 10)
    again = taken(ledger, "a", 100)
    assert again.epoch == first.epoch
    assert (again.until - first.until).total_seconds() > 80


def test_an_expired_lease_is_taken_over_in_a_new_epoch(ledger: Connection) -> None:
    taken(ledger, "a")
    run_out(ledger)
    assert taken(ledger, "b").epoch == 2


def test_the_same_holder_after_expiry_has_a_new_epoch(ledger: Connection) -> None:
    old = taken(ledger, "a")
    run_out(ledger)
    assert taken(ledger, "a").epoch == 2
    with pytest.raises(StaleEpoch):
        stacks.begin(ledger, old)


def test_a_released_lease_is_taken_in_a_new_epoch_and_writes_no_more(ledger: Connection) -> None:
    old = taken(ledger, "a")
    leases.release(ledger, old)
    with pytest.raises(StaleEpoch, match="nobody"):
        stacks.begin(ledger, old)
    assert taken(ledger, "a").epoch == 2


def test_release_by_an_old_holder_frees_nothing(ledger: Connection) -> None:
    old = taken(ledger, "a")
    run_out(ledger)
    new = taken(ledger, "b")
    leases.release(ledger, old)
    assert leases.acquire(ledger, STACK, "c", 60) == Held(STACK, "b", new.until)


def test_renewal_makes_a_lease_last_longer(ledger: Connection) -> None:
    lease = taken(ledger, "a", 10)
    renewed = leases.renew(ledger, lease, 100)
    assert renewed.epoch == lease.epoch
    assert (renewed.until - lease.until).total_seconds() > 80


def test_renewal_by_the_old_holder_is_refused(ledger: Connection) -> None:
    old = taken(ledger, "a")
    run_out(ledger)
    with pytest.raises(StaleEpoch, match="epoch 1 is over"):
        leases.renew(ledger, old, 60)
    taken(ledger, "b")
    with pytest.raises(StaleEpoch, match="epoch 1 is over"):
        leases.renew(ledger, old, 60)


def test_a_stack_is_unclean_from_begin_to_save(ledger: Connection) -> None:
    assert stacks.load(ledger, STACK) is None
    lease = taken(ledger, "a")
    stacks.begin(ledger, lease)
    begun = stacks.load(ledger, STACK)
    assert begun is not None
    assert (begun.state, begun.clean, begun.applied_at) == (None, False, None)
    stacks.save(ledger, lease, b"state", DONE, AT)
    saved = stacks.load(ledger, STACK)
    assert saved == stacks.StackRecord(STACK, 1, b"state", "spec", "program", "provider", clean=True, applied_at=AT)
    stacks.begin(ledger, lease)
    again = stacks.load(ledger, STACK)
    assert again is not None
    assert (again.state, again.clean, again.spec_digest) == (b"state", False, "spec")


def test_nothing_of_a_stale_epoch_is_saved(ledger: Connection) -> None:
    old = taken(ledger, "a")
    stacks.begin(ledger, old)
    run_out(ledger)
    new = taken(ledger, "b")
    stacks.begin(ledger, new)
    stacks.save(ledger, new, b"new", DONE, AT)
    before = stacks.load(ledger, STACK)
    for write in (
        partial(stacks.save, ledger, old, b"old", Digests(), AT),
        partial(stacks.begin, ledger, old),
        partial(stacks.forget, ledger, old),
        partial(resources.replace, ledger, old, []),
    ):
        with pytest.raises(StaleEpoch, match=r"epoch 1 of a on stack .* is over: epoch 2 of b"):
            write()
    assert stacks.load(ledger, STACK) == before


def test_a_lease_cannot_be_taken_while_its_holder_writes(ledger: Connection, ledger_database: str) -> None:

    old = taken(ledger, "a")
    run_out(ledger)
    with connect(ledger_database) as other, ledger.transaction():
        leases.fence(ledger, old)
        other.execute("set lock_timeout = '200ms'")
        with pytest.raises(Exception, match="lock timeout"):
            leases.acquire(other, STACK, "b", 60)


def test_a_forgotten_stack_goes_on_with_its_epochs(ledger: Connection) -> None:
    lease = taken(ledger, "a")
    stacks.save(ledger, lease, b"state", DONE, AT)
    stacks.forget(ledger, lease)
    leases.release(ledger, lease)
    assert stacks.load(ledger, STACK) is None
    assert taken(ledger, "b").epoch == 2


def test_digests_tell_every_stack_in_one_go(ledger: Connection) -> None:
    for name in ("one", "two"):
        lease = leases.acquire(ledger, name, "a", 60)
        assert isinstance(lease, Lease)
        stacks.begin(ledger, lease)
        if name == "one":
            stacks.save(ledger, lease, b"", DONE, AT)
    assert stacks.digests(ledger) == {"one": DONE, "two": Digests()}


def test_the_resource_index_is_what_was_put_last(ledger: Connection) -> None:
    lease = taken(ledger, "a")
    stacks.begin(ledger, lease)
    rows = [
        Indexed(STACK, f"urn:{n}", "Volume", ("cloud-a", "cloud-b")[n % 2], f"id{n}", "key", f"n{n}", holds_data=n > 0)
        for n in range(3)
    ]
    resources.replace(ledger, lease, rows)
    assert resources.of(ledger, STACK) == tuple(rows)
    assert resources.on(ledger, "cloud-b") == (rows[1],)
    resources.replace(ledger, lease, rows[:1])
    assert resources.of(ledger, STACK) == (rows[0],)
