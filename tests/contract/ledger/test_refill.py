"""A lost ledger is filled again from what was published of it: intervals, notices, epochs, outcomes, the log."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker import journal
from broker.documents.backups import Wiped
from broker.documents.closings import MonthClosed
from broker.documents.records import Admitted, Provisioned, Record
from broker.engine import state
from broker.errors import OperatorError
from broker.filling import EPOCH_GAP, filling
from broker.ledger import (
    admissions,
    audit,
    deliveries,
    embedded,
    leases,
    months,
    outbox,
    refill,
    rights,
    stacks,
    usage,
)
from broker.ledger.admissions import Admission
from broker.ledger.connect import Connection
from broker.ledger.deliveries import Told
from broker.ledger.leases import Lease
from broker.ledger.months import ClosedMonth
from broker.ledger.usage import Taking
from quotas.amount import Amount
from tests.fixtures.rounds_office import BROUGHT_ABOUT
from tests.integration.engine.memory_workshop import SPEC, target

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
NAMES = ("web-1", "web-2", "data")
ENDED = replace(BROUGHT_ABOUT, state=state.new(SPEC.name, "v1:salt"))
takings = st.dictionaries(
    st.sampled_from(NAMES), st.tuples(st.integers(1, 4), st.booleans(), st.sampled_from("ab")), max_size=3
)


def work(conn: Connection, turn: int, now: dict[str, tuple[int, bool, str]]) -> None:
    """One run as the shelf writes it down: the notice of every second one is sent."""
    lease = leases.acquire(conn, SPEC.name, f"broker:{turn}", 60)
    assert isinstance(lease, Lease)
    at = AT + timedelta(hours=turn)
    held = [Taking(name, "Server", id_, Amount(vcpu=n), running=on) for name, (n, on, id_) in now.items()]
    stack = replace(target(f"digest-{turn}"))
    with conn.transaction():
        stacks.save(conn, lease, b"{}", stacks.Digests("d", "p", "p", clean=True), at)
        metered = usage.follow(conn, lease, journal.deployment(stack), held, {"": at})
        queued = outbox.put(conn, journal.notice(stack, lease, ENDED), lease.holder, at)
        audit.append_all(conn, (journal.audit(stack, lease, ENDED, metered, at), *queued))
    leases.release(conn, lease)
    if turn % 2:
        send(conn, at)


def send(conn: Connection, at: datetime) -> None:
    """The oldest message is told over one channel, given up on another."""
    message = outbox.waiting(conn)[0]
    told = Told(message.key, message.topic, "sender", at)
    for channel in ("mail", "sms"):
        deliveries.plan(conn, message.key, channel, ["health"])
        one = deliveries.take(conn, 60)
        assert one is not None
        if channel == "mail":
            deliveries.fail(conn, one, "no route", told)
        else:
            deliveries.delivered(conn, one, told)
    deliveries.finish(conn, told)


def lost_and_filled(owner: Connection, records: tuple[Record, ...] = ()) -> None:
    told = filling(records, audit.unpublished(owner, 0), {})
    refill.empty(owner)
    rights.prepare(owner, embedded.SERVICE)
    refill.fill(owner, told)


def test_whatever_runs_did_intervals_and_notices_come_back(ledger: Connection, ledger_owner: Connection) -> None:
    @settings(max_examples=15)
    @given(st.lists(takings, min_size=1, max_size=5))
    def same(history: list[dict[str, tuple[int, bool, str]]]) -> None:
        refill.empty(ledger_owner)
        rights.prepare(ledger_owner, embedded.SERVICE)
        for turn, now in enumerate(history):
            work(ledger, turn, now)
        before, head = refill.contents(ledger), audit.tree_head(ledger)
        lost_and_filled(ledger_owner)
        after = refill.contents(ledger)
        names = ("closed", "open", "notices", "receipts")
        assert {name: after[name] for name in names} == {name: before[name] for name in names}
        assert audit.tree_head(ledger) == head
        assert leases.current_epoch(ledger, SPEC.name) >= len(history) + EPOCH_GAP

    same()


def test_a_message_with_a_receipt_is_not_given_out_again(ledger: Connection, ledger_owner: Connection) -> None:
    for turn in range(2):
        work(ledger, turn, {})
    lost_and_filled(ledger_owner)
    assert len(outbox.waiting(ledger)) == 1
    send(ledger, AT)
    lost_and_filled(ledger_owner)
    assert outbox.waiting(ledger) == ()
    assert deliveries.take(ledger, 60) is None


def test_what_a_person_tries_again_is_not_given_up_after_a_loss(ledger: Connection, ledger_owner: Connection) -> None:
    work(ledger, 0, {})
    (message,) = outbox.waiting(ledger)
    told = Told(message.key, message.topic, "sender", AT)
    deliveries.plan(ledger, message.key, "mail", ["health"])
    one = deliveries.take(ledger, 60)
    assert one is not None
    assert deliveries.fail(ledger, one, "no route", told)
    assert deliveries.retry(ledger, told) == 1
    before = refill.contents(ledger)
    lost_and_filled(ledger_owner)
    assert refill.contents(ledger)["receipts"] == before["receipts"]


def admitted(sequence: int) -> Admitted:
    return Admitted(
        document=f"sha256:{sequence:064x}",
        id=f"form-{sequence}",
        commit="c",
        sequence=sequence,
        as_of=AT,
        rule_set=f"sha256:{0:064x}",
        admitted=sequence % 2 == 0,
    )


def provisioned(stack: str, digest: str) -> Provisioned:
    return Provisioned(stack=stack, spec_digest=digest, documents=(), at=AT, resources=1)


def test_outcomes_come_back_as_they_were_recorded(ledger: Connection, ledger_owner: Connection) -> None:
    records = (admitted(0), admitted(1))
    for record in records:
        written = record.model_dump(mode="json", exclude_none=True)
        admissions.record(ledger, Admission(record.sequence, record.document, record.admitted, AT, written))
    before = refill.contents(ledger)["cases"]
    lost_and_filled(ledger_owner, records)
    assert refill.contents(ledger)["cases"] == before
    assert admissions.unpushed(ledger) == ()


def test_a_stack_that_was_brought_about_is_unclean_and_one_that_is_gone_is_not_there(
    ledger: Connection, ledger_owner: Connection
) -> None:
    gone, removed = "b.extranet.p", "c.extranet.p"
    records = (
        provisioned("a.extranet.p", "d1"),
        provisioned(gone, "d2"),
        provisioned(removed, "d3"),
        Wiped(stack=gone, at=AT, removed=()),
        provisioned(removed, "none"),
    )
    lost_and_filled(ledger_owner, records)
    assert {stack: one.clean for stack, one in stacks.seen(ledger).items()} == {"a.extranet.p": False}


def test_a_ledger_that_another_process_works_on_is_not_emptied(
    ledger: Connection, ledger_owner: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refill, "_PATIENCE", "50ms")
    work(ledger, 0, {})
    with ledger.transaction():
        ledger.execute("select * from ledger.stack for update")
        with pytest.raises(OperatorError, match="another broker works on it"):
            refill.empty(ledger_owner)
    assert SPEC.name in stacks.seen(ledger)


def test_the_job_queue_is_made_anew_with_it(ledger: Connection, ledger_owner: Connection) -> None:
    refill.empty(ledger_owner)
    left = ledger_owner.execute("select proname from pg_proc where proname like 'procrastinate%'").fetchall()
    assert left == []
    assert "procrastinate" in rights.prepare(ledger_owner, embedded.SERVICE)
    assert ledger.execute("select count(*) as n from procrastinate_jobs").fetchone() == {"n": 0}


def test_the_facts_of_a_closed_month_come_back_where_a_signed_record_binds_them(
    ledger: Connection, ledger_owner: Connection
) -> None:
    facts = b'{"month":"2026-05"}'
    digest = "sha256:" + hashlib.sha256(facts).hexdigest()
    months.close(ledger, ClosedMonth("2026-05", digest, facts, AT))
    before = refill.contents(ledger)["months"]
    record = MonthClosed(
        month="2026-05", facts=digest, size_bytes=len(facts), policy="p 1", policy_digest=digest, registry="c", at=AT
    )
    told = filling((record,), (), {"2026-05": facts, "2026-06": b"nobody signed for it"})
    refill.empty(ledger_owner)
    rights.prepare(ledger_owner, embedded.SERVICE)
    refill.fill(ledger_owner, told)
    assert refill.contents(ledger)["months"] == before
    assert list(months.digests(ledger)) == ["2026-05"]
