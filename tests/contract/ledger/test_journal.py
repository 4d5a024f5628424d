import hashlib
import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from broker.canonical import Json, canonical
from broker.ledger import admissions, audit, events, intervals, merkle, outbox, receipts
from broker.ledger.admissions import Admission, AdmittedOtherwise
from broker.ledger.audit import Entry, TreeHead
from broker.ledger.connect import Connection
from broker.ledger.events import Happened
from broker.ledger.intervals import Deployment, Interval
from broker.ledger.outbox import Notice
from quotas.amount import Amount

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DIGEST = "sha256:1"
HALL = Deployment("gov-service", "online-hall", "internet", "provider-a")


def entry(number: int, body: Json = None) -> Entry:
    return Entry(AT, "li", "cloud_office", f"request-{number}", "admit", DIGEST, body)


def test_a_document_is_received_when_it_was_first_seen(ledger: Connection) -> None:
    assert receipts.receive(ledger, "sha256:1", AT, "main") == AT
    assert receipts.receive(ledger, "sha256:1", AT + HOUR, "unit/health") == AT
    assert receipts.all_receipts(ledger) == {"sha256:1": AT}


def test_an_admission_is_recorded_once(ledger: Connection) -> None:
    first = Admission(0, "sha256:1", admitted=True, as_of=AT, record={"claims": [], "行": "是"})
    second = Admission(1, "sha256:2", admitted=False, as_of=AT, record={"reasons": ["QUOTA_EXCEEDED"]})
    for outcome in (second, first, first):
        admissions.record(ledger, outcome)
    assert admissions.all_admissions(ledger) == (first, second)


@pytest.mark.parametrize(("sequence", "document", "admitted"), [(0, "b", True), (1, "a", True), (0, "a", False)])
def test_another_outcome_for_a_document_or_its_place_is_refused(
    ledger: Connection, sequence: int, document: str, *, admitted: bool
) -> None:
    known = Admission(0, "a", admitted=True, as_of=AT, record={})
    admissions.record(ledger, known)
    with pytest.raises(AdmittedOtherwise, match="one broker"):
        admissions.record(ledger, Admission(sequence, document, admitted, AT, {}))
    assert admissions.all_admissions(ledger) == (known,)


def test_outcomes_are_pushed_one_by_one(ledger: Connection) -> None:
    for number in range(3):
        admissions.record(ledger, Admission(number, str(number), admitted=True, as_of=AT, record={}))
    admissions.mark_pushed(ledger, [0, 2])
    assert [one.pushed for one in admissions.all_admissions(ledger)] == [True, False, True]


def test_events_of_a_stack_come_in_order_after_a_known_one(ledger: Connection) -> None:
    for number in range(4):
        stack = "other" if number == 1 else "hall"
        events.append(ledger, Happened(stack, 1, AT, "StepDone", {"number": number}))
    lines = events.of(ledger, "hall")
    assert [line.body for line in lines] == [{"number": 0}, {"number": 2}, {"number": 3}]
    assert events.of(ledger, "hall", after=lines[0].seq, limit=1) == lines[1:2]


def test_intervals_follow_each_other_without_a_gap(ledger: Connection) -> None:
    small, large = Amount(vcpu=4, memory_gib=8), Amount(vcpu=8, memory_gib=16)
    intervals.meter(ledger, HALL, small, AT)
    intervals.meter(ledger, HALL, small, AT + HOUR)
    intervals.meter(ledger, HALL, large, AT + 2 * HOUR)
    intervals.meter(ledger, HALL, Amount(), AT + 3 * HOUR)
    first, second = Interval(HALL, small, AT, AT + 2 * HOUR), Interval(HALL, large, AT + 2 * HOUR, AT + 3 * HOUR)
    assert intervals.between(ledger, AT, AT + 9 * HOUR) == (first, second)
    assert intervals.between(ledger, AT + 2 * HOUR, AT + 3 * HOUR) == (second,)
    assert intervals.between(ledger, AT - HOUR, AT) == ()


def test_what_is_changed_at_the_same_moment_was_never_allocated(ledger: Connection) -> None:
    intervals.meter(ledger, HALL, Amount(vcpu=4), AT)
    intervals.meter(ledger, HALL, Amount(vcpu=6), AT)
    assert intervals.between(ledger, AT, AT + HOUR) == (Interval(HALL, Amount(vcpu=6), AT, None),)


@pytest.mark.parametrize("ended", [False, True])
def test_metering_never_goes_back_in_time(ledger: Connection, *, ended: bool) -> None:
    intervals.meter(ledger, HALL, Amount(vcpu=4), AT)
    if ended:
        intervals.meter(ledger, HALL, Amount(), AT + HOUR)
    with pytest.raises(ValueError, match="metered already; meter in the order of time"):
        intervals.meter(ledger, HALL, Amount(vcpu=6), AT - HOUR)


def test_a_message_is_put_once_for_ever_and_the_audit_log_tells_it(ledger: Connection) -> None:
    first, again = Notice("k1", "suspension", {"to": ["health"]}), Notice("k1", "suspension", {"to": ["another"]})
    assert outbox.queue(ledger, (first, again, Notice("k2", "fault", {}, "act-1")), "broker:1", AT) == 2
    assert outbox.queue(ledger, (first,), "broker:1", AT) == 0
    assert [(m.key, m.body) for m in outbox.waiting(ledger)] == [("k1", {"to": ["health"]}), ("k2", {})]
    told = [json.loads(one) for one in audit.entries(ledger)]
    assert [(one["action"], one["request"]) for one in told] == [("notice", "k1"), ("notice", "act-1")]


def test_a_message_goes_out_only_with_the_fact_it_tells(ledger: Connection) -> None:
    with ledger.transaction(force_rollback=True):
        outbox.put(ledger, Notice("k", "fault", {}), "broker:1", AT)
    assert outbox.waiting(ledger) == ()


def test_the_audit_log_counts_without_gaps_even_after_an_undone_entry(ledger: Connection) -> None:
    assert audit.append(ledger, entry(0)) == 0
    with ledger.transaction(force_rollback=True):
        assert audit.append(ledger, entry(1)) == 1
    assert audit.append(ledger, entry(2, {"理由": "配额"})) == 1
    assert audit.entries(ledger) == (entry(0).written(), entry(2, {"理由": "配额"}).written())
    assert audit.entries(ledger, start=1) == (canonical({**_plain(2), "body": {"理由": "配额"}}),)


def _plain(number: int) -> dict[str, Json]:
    who: dict[str, Json] = {"actor": "li", "role": "cloud_office", "request": f"request-{number}", "action": "admit"}
    who["digest"] = DIGEST
    return who | {"at": "2026-06-01T09:00:00+00:00"}


@pytest.mark.parametrize(
    "statement",
    ["update ledger.audit set at = now()", "delete from ledger.audit", "truncate ledger.audit"],
)
def test_the_audit_log_only_grows_even_for_its_owner(
    ledger: Connection, ledger_owner: Connection, statement: str
) -> None:
    audit.append(ledger, entry(0))
    with pytest.raises(psycopg.Error, match="the audit log only grows"):
        ledger_owner.execute(statement)
    assert len(audit.entries(ledger)) == 1


def test_an_entry_whose_leaf_is_forged_is_refused(ledger_owner: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        ledger_owner.execute(
            "insert into ledger.audit (seq, at, entry, leaf) values (0, now(), 'x', %s)",
            (hashlib.sha256(b"x").digest(),),
        )


def test_the_tree_head_is_that_of_the_entries(ledger: Connection) -> None:
    assert audit.tree_head(ledger) == TreeHead(0, hashlib.sha256().digest())
    for number in range(5):
        audit.append(ledger, entry(number))
    leaves = [merkle.leaf_hash(entry(number).written()) for number in range(5)]
    assert audit.tree_head(ledger) == TreeHead(5, merkle.root(leaves))
    assert audit.tree_head(ledger, 3) == TreeHead(3, merkle.root(leaves[:3]))
    with pytest.raises(ValueError, match="has 5 entries, not 6"):
        audit.tree_head(ledger, 6)


def test_an_entry_without_an_offset_is_refused(ledger: Connection) -> None:
    naive = datetime(2026, 6, 1)  # noqa: DTZ001 - naive on purpose
    with pytest.raises(ValueError, match="no offset"):
        audit.append(ledger, Entry(naive, "li", "office", "r", "admit", DIGEST, None))
