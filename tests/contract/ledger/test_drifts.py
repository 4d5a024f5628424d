"""What the ledger keeps of drift: once per change, with journal, audit entry and notice, never beside a run."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast

import pytest
from psycopg.types.json import Jsonb

from broker.drift import book
from broker.drift.book import Known
from broker.drift.compared import Compared
from broker.drift.finding import Finding, What
from broker.ledger import audit, drifts, events, leases, outbox, stacks
from broker.ledger.connect import Connection
from broker.ledger.leases import Lease
from broker.ledger.stacks import Digests

STACK = "hall.internet.provider-a"
AT = datetime(2026, 6, 8, 7, tzinfo=UTC)
POWER = Finding(What.CHANGED, "server-web-1", "s-1", "power", "running", "stopped")
LABEL = Finding(What.CHANGED, "server-web-1", "s-1", "labels.unit", "health", None)
RULES = Finding(What.CHANGED, "group-web", "g-1", "rules", [], [{"port_min": 22}])


def run(conn: Connection, *, clean: bool = True) -> None:
    """A run on the stack, from its lease to its end."""
    lease = leases.acquire(conn, STACK, "broker", 60)
    assert isinstance(lease, Lease)
    stacks.begin(conn, lease)
    stacks.save(conn, lease, b"state", Digests("spec", "program", "program", clean=clean), AT)
    leases.release(conn, lease)


@pytest.fixture
def known(ledger: Connection) -> Known:
    run(ledger)
    found = book.load(ledger, STACK)
    assert isinstance(found, Known)
    return found


def told(conn: Connection) -> list[dict[str, Any]]:
    return [entry for raw in audit.entries(conn) if (entry := json.loads(raw))["action"].startswith("drift")]


def test_a_drift_is_told_once_when_it_begins_and_once_when_it_ends(ledger: Connection, known: Known) -> None:
    for hours, found in enumerate([(POWER,), (POWER,), (POWER, RULES), ()]):
        assert book.keep(ledger, known, found, None, "broker", AT + timedelta(hours=hours))
    lines = [line for line in events.of(ledger, STACK) if "drifted" in line.kind]
    assert [(line.kind, line.epoch, line.body["message"]) for line in lines if isinstance(line.body, dict)] == [
        ("drifted", known.run, str(POWER)),
        ("drifted", known.run, str(RULES)),
        ("undrifted", known.run, str(POWER)),
        ("undrifted", known.run, str(RULES)),
    ]
    entries = told(ledger)
    assert [(one["action"], len(one["body"]["begun"]), len(one["body"]["ended"])) for one in entries] == [
        ("drift", 1, 0),
        ("drift", 1, 0),
        ("drift_end", 0, 2),
    ]
    assert {(one["request"], one["role"], one["body"]["spec_digest"]) for one in entries} == {
        (f"{STACK}#{known.run}", "broker", "spec")
    }
    assert [message.topic for message in outbox.waiting(ledger)] == ["drift", "drift"]
    assert book.standings(ledger)[STACK].since is None


def test_the_office_and_the_provider_are_told_property_and_both_values(ledger: Connection, known: Known) -> None:
    book.keep(ledger, known, (POWER, RULES), None, "broker", AT)
    (message,) = outbox.waiting(ledger)
    body: Any = message.body
    assert body["to"] == ["@cloud_office", "provider-a"]
    assert [(one["property"], one["approved"], one["found"]) for one in body["findings"]] == [
        ("power", "running", "stopped"),
        ("rules", "无", "[port_min=22]"),
    ]


def test_a_long_letter_says_how_much_more_there_is(ledger: Connection, known: Known) -> None:
    many = tuple(Finding(What.GONE, f"server-{n}", str(n)) for n in range(book.SHOWN + 3))
    book.keep(ledger, known, many, None, "broker", AT)
    (message,) = outbox.waiting(ledger)
    body: Any = message.body
    assert (len(body["findings"]), body["more"]) == (book.SHOWN, 3)


def test_what_stands_is_read_as_it_was_kept(ledger: Connection, known: Known) -> None:
    went = book.keep(ledger, known, (RULES, Finding(What.UNKNOWN, "", found="away")), None, "broker", AT)
    assert went
    assert book.standings(ledger) == {STACK: went.now}


def test_while_somebody_works_on_a_stack_it_is_not_asked_about(ledger: Connection, known: Known) -> None:
    assert isinstance(leases.acquire(ledger, STACK, "another", 60), Lease)
    assert book.load(ledger, STACK) == "another works on it"
    assert book.keep(ledger, known, (POWER,), None, "broker", AT) is None
    assert (book.standings(ledger), outbox.waiting(ledger), told(ledger)) == ({}, (), [])


def test_an_answer_from_before_a_run_is_thrown_away_after_it(ledger: Connection, known: Known) -> None:
    run(ledger)
    assert book.keep(ledger, known, (POWER,), None, "broker", AT) is None
    assert book.standings(ledger) == {}


class Interrupted:
    """A ledger in which somebody takes the lease right after a reader's statement of that number."""

    def __init__(self, conn: Connection, statement: int) -> None:
        self._conn, self._left = conn, statement
        self.lease: Lease | None = None

    def execute(self, query: Any, values: Any = None) -> Any:
        answer = self._conn.execute(query, values)
        self._left -= 1
        if not self._left:
            taken = leases.acquire(self._conn, STACK, "another", 60)
            assert isinstance(taken, Lease)
            self.lease = taken
        return answer


def test_a_run_that_begins_while_a_stack_is_read_is_seen_wherever_it_begins(ledger: Connection) -> None:
    run(ledger)
    for statement in count(1):
        reading = Interrupted(ledger, statement)
        known = book.load(cast("Connection", reading), STACK)
        if reading.lease is None:
            break  # the reader asks in fewer statements
        stacks.begin(ledger, reading.lease)
        stacks.save(ledger, reading.lease, b"state", Digests("spec", "program", "program", clean=True), AT)
        leases.release(ledger, reading.lease)
        if isinstance(known, Known):
            assert book.keep(ledger, known, (POWER,), None, "broker", AT) is None
    assert statement > 1
    assert book.standings(ledger) == {}


def test_a_stack_that_was_never_applied_or_whose_run_was_killed_is_not_asked_about(ledger: Connection) -> None:
    assert book.load(ledger, STACK) == "nothing was ever applied of it"
    run(ledger, clean=False)
    assert "did not come to its end" in str(book.load(ledger, STACK))


def test_what_is_known_of_a_stack_goes_with_it(ledger: Connection, known: Known) -> None:
    book.keep(ledger, known, (POWER,), None, "broker", AT)
    lease = leases.acquire(ledger, STACK, "broker", 60)
    assert isinstance(lease, Lease)
    stacks.forget(ledger, lease)
    assert drifts.all_stacks(ledger) == ()


def test_what_the_next_look_goes_on_from_is_kept_until_a_look_finds_something(ledger: Connection, known: Known) -> None:
    def loaded() -> Compared | None:
        found = book.load(ledger, STACK)
        assert isinstance(found, Known)
        return found.compared

    assert known.compared is None
    compared = Compared(known.run, AT, AT - timedelta(seconds=3))
    book.keep(ledger, known, (), compared, "broker", AT)
    assert loaded() == compared
    run(ledger)
    assert loaded() == compared, "it says itself of which run it is"
    book.keep(ledger, replace(known, epoch=known.epoch + 1), (POWER,), None, "broker", AT)
    assert loaded() is None


def test_an_asking_that_left_servers_out_ends_nothing_that_another_one_found_meanwhile(
    ledger: Connection, known: Known
) -> None:
    compared = Compared(known.run, AT, AT)
    book.keep(ledger, known, (), compared, "broker", AT)
    went_on, whole = replace(known, compared=compared), known
    later = replace(compared, servers_at=AT + timedelta(hours=1))
    assert book.keep(ledger, went_on, (), later, "broker", AT), "nothing came between"
    assert book.keep(ledger, whole, (LABEL,), None, "a person", AT)
    assert book.keep(ledger, went_on, (), later, "broker", AT) is None
    assert book.standings(ledger)[STACK].findings == (LABEL,)
    again = book.load(ledger, STACK)
    assert isinstance(again, Known)
    assert again.compared is None
    ended = book.keep(ledger, whole, (), compared, "broker", AT)
    assert ended
    assert ended.ended == (LABEL,)


def test_what_an_older_broker_found_is_never_gone_on_from(ledger: Connection, known: Known) -> None:
    book.keep(ledger, known, (), Compared(known.run, AT, AT), "broker", AT)
    # it writes the columns that it knows
    ledger.execute("update ledger.drift set findings = %s where stack = %s", (Jsonb([POWER.written()]), STACK))
    found = book.load(ledger, STACK)
    assert isinstance(found, Known)
    assert found.compared is None
