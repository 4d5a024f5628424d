"""What a hand in the database does to the audit log is found, though triggers and checks were taken out of the way."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg_pool import ConnectionPool

from broker.audit import witness
from broker.audit.examine import Examined, examine
from broker.audit.note import LogKey
from broker.audit.publish import LedgerLost, Publisher
from broker.audit.published import months_there, publication, published_edge
from broker.ledger import audit
from broker.ledger.audit import Entry
from broker.ledger.connect import Connection, pool
from broker.registry.git import git

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
LOG = LogKey.of(KEY)
OPEN = "alter table ledger.audit disable trigger all; alter table ledger.audit drop constraint audit_check"


def entry(number: int) -> Entry:
    return Entry(AT, "li", "broker", f"request-{number}", "admit", f"sha256:{number}", {"行": number})


@pytest.fixture
def connections(ledger_database: str) -> Iterator[ConnectionPool[Connection]]:
    with pool(ledger_database, 3) as found:
        yield found


@pytest.fixture
def publisher(connections: ConnectionPool[Connection], tmp_path: Path) -> Publisher:
    repository = tmp_path / "registry"
    repository.mkdir()
    git(repository, "init", "--quiet", "--bare")

    def kept(start: int) -> tuple[int, tuple[bytes, ...]]:
        with connections.connection() as conn:
            return audit.size_of(conn), audit.unpublished(conn, start)

    def waiting(start: int) -> tuple[int, float]:
        with connections.connection() as conn:
            return audit.waiting(conn, start)

    return Publisher(repository, KEY, tmp_path / "witness", lambda: AT, kept, waiting)


def examined(publisher: Publisher, ledger: Connection) -> Examined:
    there = publication(publisher.repository)
    return examine(audit.rows(ledger), there, witness.read(publisher.witness), LOG)


def found(publisher: Publisher, ledger: Connection) -> list[tuple[str, int]]:
    return [(finding.where, finding.index) for finding in examined(publisher, ledger).findings]


@pytest.fixture
def published(ledger: Connection, publisher: Publisher) -> Publisher:
    """Seven entries in two batches; an eighth waits."""
    for size in (3, 7):
        audit.append_all(ledger, (entry(n) for n in range(audit.size_of(ledger), size)))
        publisher.write(())
    audit.append(ledger, entry(7))
    return publisher


def test_what_nobody_touched_holds(published: Publisher, ledger: Connection) -> None:
    seen = examined(published, ledger)
    assert (seen.ok, seen.kept, seen.published, seen.checkpoints, seen.witnessed, seen.waiting) == (True, 8, 7, 2, 2, 1)


REWRITE = "update ledger.audit set entry = %(entry)s, leaf = sha256('\\x00'::bytea || %(entry)s) where seq = %(seq)s"


@pytest.mark.parametrize("seq", range(7))
def test_any_published_entry_that_was_rewritten_with_its_hash_is_named(
    published: Publisher, ledger: Connection, ledger_owner: Connection, seq: int
) -> None:
    ledger_owner.execute(OPEN)
    ledger_owner.execute(REWRITE, {"entry": entry(99).written(), "seq": seq})
    assert found(published, ledger) == [("database", seq)]


@pytest.mark.parametrize("seq", range(8))
def test_any_entry_whose_text_was_changed_alone_is_named(
    published: Publisher, ledger: Connection, ledger_owner: Connection, seq: int
) -> None:
    ledger_owner.execute(OPEN)
    ledger_owner.execute("update ledger.audit set entry = %s where seq = %s", (entry(99).written(), seq))
    assert ("database", seq) in found(published, ledger)


def test_a_time_that_was_changed_beside_the_text_is_named(
    published: Publisher, ledger: Connection, ledger_owner: Connection
) -> None:
    ledger_owner.execute(OPEN)
    ledger_owner.execute("update ledger.audit set at = at - interval '1 day' where seq = 4")
    assert found(published, ledger) == [("database", 4)]


def test_two_entries_that_were_swapped_are_named_with_where_they_belong(
    published: Publisher, ledger: Connection, ledger_owner: Connection
) -> None:
    ledger_owner.execute(OPEN)
    for old, new in ((1, -1), (5, 1), (-1, 5)):
        ledger_owner.execute("alter table ledger.audit drop constraint if exists audit_seq_check")
        ledger_owner.execute("update ledger.audit set seq = %s where seq = %s", (new, old))
    assert [str(finding) for finding in examined(published, ledger).findings] == [
        "database: entry 1: what was published as entry 5 stands here",
        "database: entry 5: what was published as entry 1 stands here",
    ]


@pytest.mark.parametrize("left", [0, 2, 3, 6])
def test_a_tail_that_was_dropped_is_told_and_stops_the_broker(
    published: Publisher, ledger: Connection, ledger_owner: Connection, left: int
) -> None:
    ledger_owner.execute(OPEN)
    ledger_owner.execute("delete from ledger.audit where seq >= %s", (left,))
    (finding,) = examined(published, ledger).findings
    assert f"it ends at {left} entries, 7 are published" in str(finding)
    for work in (published.check, lambda: published.write(())):
        with pytest.raises(LedgerLost, match="broker rebuild"):
            work()


def test_an_entry_in_the_middle_that_was_removed_is_told(
    published: Publisher, ledger: Connection, ledger_owner: Connection
) -> None:
    ledger_owner.execute(OPEN)
    ledger_owner.execute("delete from ledger.audit where seq = 2")
    assert ("database", 2) in found(published, ledger)


def test_a_rewritten_log_is_never_signed_again(
    published: Publisher, ledger: Connection, ledger_owner: Connection
) -> None:
    """A checkpoint goes on from the one before, not from what the database says the past was."""
    ledger_owner.execute(OPEN)
    ledger_owner.execute(REWRITE, {"entry": entry(99).written(), "seq": 2})
    published.write(())
    seen = examined(published, ledger)
    assert (seen.checkpoints, [f.index for f in seen.findings]) == (3, [2])


def test_a_branch_that_was_rewritten_whole_is_found_by_the_witness_alone(
    published: Publisher, ledger: Connection, ledger_owner: Connection
) -> None:
    """Whoever has the broker's key, the database and the branch makes all three agree; the witness file remembers."""
    git(published.repository, "update-ref", "-d", "refs/heads/records")
    ledger_owner.execute(OPEN)
    ledger_owner.execute(REWRITE, {"entry": entry(99).written(), "seq": 2})
    kept = published.witness.read_text()
    published.write(())
    published.witness.write_text(kept)
    findings = examined(published, ledger).findings
    assert {finding.where for finding in findings} == {"witness"}
    assert len(findings) == 2


def damaged(name: str, damage: Callable[[bytes], bytes]) -> Callable[[Publisher], None]:
    def work(publisher: Publisher) -> None:
        content = git(publisher.repository, "show", f"refs/heads/records:{name}")
        blob = git(publisher.repository, "hash-object", "-w", "--stdin", data=damage(content)).decode().strip()
        index = {"GIT_INDEX_FILE": str(publisher.repository / "index.draft")}
        git(publisher.repository, "read-tree", "refs/heads/records", environment=index)
        git(publisher.repository, "update-index", "--cacheinfo", f"100644,{blob},{name}", environment=index)
        tree = git(publisher.repository, "write-tree", environment=index).decode().strip()
        commit = git(publisher.repository, "-c", "user.name=x", "-c", "user.email=x@y", "commit-tree", tree, "-m", "x")
        git(publisher.repository, "update-ref", "refs/heads/records", commit.decode().strip())

    return work


@pytest.mark.parametrize(
    "damage",
    [
        damaged("audit/entries/000000/0000000003.jsonl", lambda text: text.replace(b'"li"', b'"xu"', 1)),
        damaged("audit/entries/000000/0000000003.jsonl", lambda text: text[: text[:-1].rindex(b"\n") + 1]),
        damaged("audit/checkpoints/000000/0000000003", lambda text: text.replace(b"\n3\n", b"\n2\n")),
        damaged("audit/entries/000000/0000000003.jsonl", lambda text: text + text.splitlines(keepends=True)[0]),
    ],
)
def test_what_was_changed_on_the_branch_is_found(
    published: Publisher, ledger: Connection, damage: Callable[[Publisher], None]
) -> None:
    damage(published)
    assert "records" in {finding.where for finding in examined(published, ledger).findings}


def test_entries_reach_the_branch_in_batches_of_at_most_five_hundred(publisher: Publisher, ledger: Connection) -> None:
    with ledger.transaction():
        audit.append_all(ledger, (entry(n) for n in range(1201)))
    assert publisher.due()
    publisher.write(())
    assert not publisher.due()
    names = git(publisher.repository, "ls-tree", "-r", "--name-only", "refs/heads/records").decode().split()
    pages = [name for name in names if name.startswith("audit/entries/")]
    assert pages == [f"audit/entries/000000/{n:010d}.jsonl" for n in (0, 500, 1000)]
    assert (len(witness.read(publisher.witness)), published_edge(publisher.repository, LOG).size) == (3, 1201)
    assert json.loads(publication(publisher.repository).entries[1200])["request"] == "request-1200"
    assert examined(publisher, ledger).ok


def test_facts_of_a_closed_month_are_published_once(publisher: Publisher) -> None:
    asked: list[frozenset[str]] = []

    def closed(known: frozenset[str]) -> dict[str, bytes]:
        asked.append(known)
        return {} if known else {"2026-05": b"{}"}

    publishing = replace(publisher, months=closed)
    publishing.write(())
    publishing.write(())
    assert asked == [frozenset(), frozenset({"2026-05"})]
    assert months_there(publisher.repository) == {"2026-05": b"{}"}


def test_an_entry_is_due_before_it_is_five_minutes_old(
    publisher: Publisher, ledger: Connection, ledger_owner: Connection
) -> None:
    audit.append(ledger, entry(0))
    assert not publisher.due()
    ledger_owner.execute("alter table ledger.audit disable trigger all")
    ledger_owner.execute("update ledger.audit set kept_at = kept_at - interval '275 seconds'")
    assert publisher.due()


def test_an_entry_that_is_not_committed_is_not_published(
    publisher: Publisher, ledger: Connection, connections: ConnectionPool[Connection]
) -> None:
    with connections.connection() as other, other.transaction(force_rollback=True):
        audit.append(other, entry(0))
        publisher.write(())
    audit.append(ledger, entry(1))
    publisher.write(())
    assert publication(publisher.repository).entries == (entry(1).written(),)
