"""One stack brought to its target on a real ledger: what is kept, what is written down, and who is refused."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from psycopg_pool import ConnectionPool

from broker.apply import Result, apply
from broker.errors import CloudError
from broker.journal import Evidence
from broker.leaving.evidence import Emptied
from broker.ledger import audit, events, facts, leases, outbox, resources, stacks, usage
from broker.ledger.connect import Connection, pool
from broker.ledger.intervals import Deployment
from broker.plan.target import Target
from quotas.amount import Amount
from stacks.provider.operation import Operation
from tests.fixtures.waiting import until
from tests.integration.engine.memory_broker import RESOURCES
from tests.integration.engine.memory_workshop import AT, SPEC, Bench, server, target, urns

STACK = SPEC.name
PATIENCE_S = 300.0
LEASE_S = 5.0


@pytest.fixture
def connections(ledger_database: str) -> Iterator[ConnectionPool[Connection]]:
    with pool(ledger_database, 6) as found:
        yield found


@pytest.fixture
def bench(connections: ConnectionPool[Connection], tmp_path: Path) -> Bench:
    return Bench(connections, tmp_path, "broker:1")


def recorded(ledger: Connection) -> list[tuple[Any, Any, Any]]:
    """Type, documents and evidence of what waits to be recorded, oldest first."""
    told = [cast("dict[str, Any]", fact.record) for fact in facts.waiting(ledger)]
    return [(record["type"], record.get("documents"), record.get("removed")) for record in told]


async def brought(bench: Bench, digest: str, *names: str) -> Result:
    made = [server(name, flavor="small") for name in names]
    return await apply(target(digest), bench.workshop(made), lambda _target, _event: None)


async def test_a_run_leaves_state_index_lines_audit_and_notice(bench: Bench, ledger: Connection) -> None:
    result = await brought(bench, "first", "web", "db")
    assert result.ok
    kept = stacks.load(ledger, STACK)
    assert kept is not None
    assert (kept.spec_digest, kept.clean) == ("first", True)
    indexed = {found.urn.rsplit("::", 1)[-1]: found.external_id for found in resources.of(ledger, STACK)}
    assert indexed.keys() == {"web", "db"}
    assert set(indexed.values()) == set(bench.cloud.objects())
    told = {
        (line.kind, line.body["resource"])
        for line in events.of(ledger, STACK)
        if isinstance(line.body, dict) and "resource" in line.body
    }
    assert {("started", "web"), ("done", "web"), ("done", "db")} <= told
    begun, entry, noted = audit.entries(ledger)
    assert b'"action":"begin"' in begun
    assert b'"action":"apply"' in entry
    assert all(b'"documents":["a-form"]' in each for each in (begun, entry, noted))
    (message,) = outbox.waiting(ledger)
    assert (message.topic, message.body) == (
        "provisioned",
        {"stack": STACK, "unit": "works", "spec_digest": "first", "documents": ["a-form"], "reasons": []},
    )


async def test_a_stack_that_is_gone_leaves_nothing_but_its_history(bench: Bench, ledger: Connection) -> None:
    await brought(bench, "first", "web")
    result = await apply(target(gone=True), bench.workshop(()), lambda _target, _event: None)
    assert result.ok
    assert bench.cloud.objects() == {}
    assert (stacks.load(ledger, STACK), resources.of(ledger, STACK), usage.still(ledger, STACK)) == (None, (), ())
    actions = [json.loads(entry)["action"] for entry in audit.entries(ledger)]
    assert actions == ["begin", "apply", "notice", "begin", "remove", "notice"]


async def test_what_a_form_gave_back_with_its_data_leaves_evidence_once_it_is_gone(
    bench: Bench, ledger: Connection
) -> None:
    await brought(bench, "first", "web", "data", "spare")
    ids = {r.urn.rsplit("::", 1)[-1]: r.external_id for r in resources.of(ledger, STACK)}
    less = replace(target("second"), given_back=frozenset({"data", "long-gone"}))
    result = await apply(less, bench.workshop([server("web", flavor="small")]), lambda _target, _event: None)
    # the spare went without any document that gives data back: no evidence is called for
    assert (result.ok, result.evidence.removed) == (True, (f"data {ids['data']}",))
    again = await apply(less, bench.workshop([server("web", flavor="small")]), lambda _target, _event: None)
    assert again.evidence.removed == ()
    assert recorded(ledger) == [
        ("provisioned", ["a-form"], None),
        ("provisioned", ["a-form"], None),
        ("discarded", ["a-form"], [f"data {ids['data']}"]),
        ("provisioned", ["a-form"], None),
    ]


async def test_what_is_recorded_of_a_run_waits_in_the_ledger_from_the_moment_its_state_is_there(
    bench: Bench, ledger: Connection
) -> None:
    class DiedError(Exception):
        pass

    def dies(step: str) -> None:
        if step == "apply:saved":
            raise DiedError

    with pytest.raises(DiedError):
        await brought(replace(bench, reached=dies), "first", "web")
    assert stacks.load(ledger, STACK) is not None
    assert recorded(ledger) == [("provisioned", ["a-form"], None)]


async def test_a_lost_ledger_that_is_filled_again_records_nothing_anew(bench: Bench, ledger: Connection) -> None:
    made = bench.workshop([server("web", flavor="small")])
    filling = replace(made, shelf=replace(bench.shelf, adopting=True))
    assert (await apply(target("first"), filling, lambda _target, _event: None)).ok
    assert recorded(ledger) == []


async def test_a_wipe_that_breaks_off_leaves_evidence_of_what_it_removed(bench: Bench, ledger: Connection) -> None:
    await brought(bench, "first", "web", "db")
    ids = {r.urn.rsplit("::", 1)[-1]: r.external_id for r in resources.of(ledger, STACK)}

    def breaks(step: str) -> None:
        if step == "delete:db:before-call":
            raise RuntimeError("the cloud is away")

    broken = await apply(target(gone=True), replace(bench, reached=breaks).workshop(()), lambda _target, _event: None)
    assert (broken.ok, broken.evidence.removed) == (False, (f"web {ids['web']}",))
    done = await apply(target(gone=True), bench.workshop(()), lambda _target, _event: None)
    assert (done.ok, done.evidence.removed) == (True, (f"db {ids['db']}",))
    assert [(type_, removed) for type_, _, removed in recorded(ledger)[1:]] == [
        ("discarded", [f"web {ids['web']}"]),
        ("provisioned", None),
        ("wiped", [f"db {ids['db']}"]),
    ]


async def test_what_the_cloud_still_lists_is_no_evidence_and_is_looked_at_again(bench: Bench) -> None:
    await brought(bench, "first", "web", "data")
    less = replace(target("second"), given_back=frozenset({"data"}))

    async def listed(_target: Any, _operation: Any, _before: Any, ids: frozenset[str], _stop: Any) -> tuple[str, ...]:
        return tuple(f"volume {one}" for one in ids)

    slow = replace(bench.workshop([server("web", flavor="small")]), still_there=listed)
    with pytest.raises(CloudError, match="still lists volume "):
        await apply(less, slow, lambda _target, _event: None)
    done = await apply(less, bench.workshop([server("web", flavor="small")]), lambda _target, _event: None)
    assert [line.partition(" ")[0] for line in done.evidence.removed] == ["data"]


async def broken_off(bench: Bench, still_there: Callable[..., Awaitable[tuple[str, ...]]]) -> Result:
    """A wipe that removes `web` and `site` and fails at `db`, before a cloud that lists what is given."""
    await brought(bench, "first", "web", "site", "db")

    def breaks(step: str) -> None:
        if step == "delete:db:before-call":
            raise RuntimeError("the cloud is away")

    workshop = replace(replace(bench, reached=breaks).workshop(()), still_there=still_there)
    return await apply(target(gone=True), workshop, lambda _target, _event: None)


async def test_what_a_wipe_that_broke_off_has_not_removed_yet_is_no_evidence_and_does_not_hide_how_it_ended(
    bench: Bench, ledger: Connection
) -> None:
    ids: dict[str, str] = {}

    async def lists_web(_target: Any, _operation: Any, _before: Any, asked: frozenset[str], _stop: Any) -> Any:
        ids.update({r.urn.rsplit("::", 1)[-1]: r.external_id for r in resources.of(ledger, STACK)})
        assert asked == {ids["web"], ids["site"]}
        return (f"volume {ids['web']}",)

    broken = await broken_off(bench, lists_web)
    assert (broken.ok, broken.evidence.removed) == (False, (f"site {ids['site']}",))
    assert "the cloud is away" in str(events.last_errors(ledger)[STACK].body)
    kept = stacks.load(ledger, STACK)
    assert kept is not None
    assert urns(kept.state) == {"db"}


async def test_where_nobody_can_look_for_what_a_wipe_removed_that_broke_off_its_state_is_kept_all_the_same(
    bench: Bench, ledger: Connection
) -> None:
    async def away(*_asked: Any) -> tuple[str, ...]:
        raise CloudError("listing the volumes: no answer")

    broken = await broken_off(bench, away)
    assert (broken.ok, broken.evidence.removed) == (False, ())
    assert [line.partition(" ")[0] for line in broken.evidence.unseen] == ["site", "web"]
    assert "the cloud is away" in str(events.last_errors(ledger)[STACK].body)
    (said,) = [line for line in events.of(ledger, STACK) if line.kind == "warning"]
    assert "listing the volumes: no answer" in str(said.body)
    # an auditor finds in the records what went by the run's word alone
    assert recorded(ledger)[1:] == [("discarded", ["a-form"], [])]
    record = cast("dict[str, Any]", facts.waiting(ledger)[-1].record)
    assert record["unseen"] == list(broken.evidence.unseen)
    kept = stacks.load(ledger, STACK)
    assert kept is not None
    assert urns(kept.state) == {"db"}


@pytest.mark.parametrize("names", [("web",), ()])
async def test_what_was_emptied_before_it_broke_off_is_evidence_and_the_stack_stays(
    bench: Bench, ledger: Connection, names: tuple[str, ...]
) -> None:
    await brought(bench, "first", *names)

    async def breaks_off(_target: Target, _operation: Operation, stop: asyncio.Event, _went: Any) -> Emptied:
        assert not stop.is_set(), "nobody asked the run to stop"
        return Emptied("p", ("bucket forms: 3 objects and versions",), ("forms",), content=True, trouble="a legal hold")

    workshop = replace(bench.workshop(()), emptied=breaks_off)
    broken = await apply(target(gone=True), workshop, lambda _target, _event: None)
    assert (broken.ok, broken.evidence) == (False, Evidence(("bucket forms: 3 objects and versions",)))
    assert "what it holds must go first: a legal hold" in str(events.last_errors(ledger)[STACK].body)
    assert recorded(ledger)[1:] == [("discarded", ["a-form"], ["bucket forms: 3 objects and versions"])]
    kept = stacks.load(ledger, STACK)
    assert kept is not None
    assert (urns(kept.state), kept.spec_digest) == (set(names), "")
    assert (await apply(target(gone=True), bench.workshop(()), lambda _target, _event: None)).ok


def remove_until(stopped: Callable[[], bool]) -> None:
    while not stopped():
        time.sleep(0.01)


async def test_a_stop_ends_the_emptying_too_and_the_next_run_goes_on_from_there(
    bench: Bench, ledger: Connection
) -> None:
    await brought(bench, "first", "web")

    async def much(_target: Target, _operation: Operation, stop: asyncio.Event, _went: Any) -> Emptied:
        await asyncio.to_thread(remove_until, stop.is_set)  # as the store's own removals are
        went = ("bucket forms: 9 objects and versions",)
        return Emptied("p", went, ("forms",), content=True, unseen=("snapshot s1 gch-1",), trouble="a stop")

    workshop = replace(bench.workshop(()), emptied=much)
    asyncio.get_running_loop().call_later(0.5, workshop.stop.set)
    stopped = await apply(target(gone=True), workshop, lambda _target, _event: None)
    evidence = Evidence(("bucket forms: 9 objects and versions",), ("snapshot s1 gch-1",))
    assert (stopped.ok, stopped.evidence) == (False, evidence)
    kept = stacks.load(ledger, STACK)
    assert (kept is not None, urns(kept.state) if kept else set()) == (True, {"web"})
    assert (await apply(target(gone=True), bench.workshop(()), lambda _target, _event: None)).ok


async def test_what_a_run_emptied_that_was_lost_is_recorded_by_the_next_one_and_once(
    bench: Bench, ledger: Connection
) -> None:
    await brought(bench, "first", "web")

    async def dies(_target: Target, _operation: Operation, _stop: asyncio.Event, went: Any) -> Emptied:
        went("objects and versions of the bucket forms", 250)
        went("objects and versions of the bucket forms", 500)
        went("snapshot s1 gch-1", 1)
        went("snapshot s2 gch-2", 1)
        went("snapshot s2 gch-2", 0)  # Cinder could not remove it
        raise KilledError

    for _ in range(2):
        with pytest.raises(KilledError):
            await apply(target(gone=True), replace(bench.workshop(()), emptied=dies), lambda _target, _event: None)
    told = [
        "objects and versions of the bucket forms: 500 at least, by a run that did not come to its end",
        "snapshot s1 gch-1: 1 at least, by a run that did not come to its end",
    ]
    assert unseen(ledger) == [told]
    assert (await apply(target(gone=True), bench.workshop(()), lambda _target, _event: None)).ok
    assert unseen(ledger) == [told, told]
    await brought(bench, "second", "web")
    await brought(bench, "third", "web")
    assert unseen(ledger) == [told, told]


class KilledError(Exception):
    """Nobody expects it: as little is saved as by a process that is killed."""


def unseen(ledger: Connection) -> list[Any]:
    records = [cast("dict[str, Any]", fact.record) for fact in facts.waiting(ledger)]
    return [record["unseen"] for record in records if record["type"] == "discarded"]


async def test_a_run_that_fails_is_noted_with_its_reason_and_done_again(bench: Bench, ledger: Connection) -> None:
    broken = [server("web"), server("db", broken=True)]
    result = await apply(target(), bench.workshop(broken), lambda _target, _event: None)
    assert not result.ok
    assert "no room" in str(events.last_errors(ledger)[STACK].body)
    assert stacks.digests(ledger)[STACK].spec_digest == ""
    assert [message.topic for message in outbox.waiting(ledger)] == ["failed"]
    assert (await brought(bench, "first", "web", "db")).ok
    assert len(bench.cloud.objects()) == 2


async def test_a_run_that_adopts_and_does_not_find_everything_ends_no_metering_and_tells_nobody(
    bench: Bench, ledger: Connection
) -> None:
    before = leases.acquire(ledger, STACK, "before", 60)
    assert isinstance(before, leases.Lease)
    taking = usage.Taking("web", "Server", "1", Amount(vcpu=2))
    usage.follow(ledger, before, Deployment("works", "erp", "internet", "jc-a"), (taking,), {"": AT})
    leases.release(ledger, before)
    workshop = replace(bench.workshop([server("db", broken=True)]), shelf=replace(bench.shelf, adopting=True))
    result = await apply(target(), workshop, lambda _target, _event: None)
    assert not result.ok
    assert [one.taking for one in usage.still(ledger, STACK)] == [taking]
    assert outbox.waiting(ledger) == ()


@pytest.mark.parametrize("step", ["create:db:before-call", "engine:ended", "apply:before-save"])
def test_a_frozen_broker_that_wakes_after_another_took_over_changes_nothing(
    bench: Bench, ledger: Connection, ledger_database: str, step: str
) -> None:
    command = [sys.executable, "-m", "tests.integration.engine.memory_broker"]
    arguments = [ledger_database, str(bench.folder), step, str(LEASE_S)]
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True) as first:
        until((bench.folder / "frozen").exists, PATIENCE_S)
        result = asyncio.run(taken_over(bench))
        assert result.ok
        kept, cloud = stacks.load(ledger, STACK), bench.cloud.objects()
        assert sorted(found["name"] for found in cloud.values()) == sorted(RESOURCES)
        written = audit.tree_head(ledger), usage.still(ledger, STACK), resources.of(ledger, STACK)
        os.kill(first.pid, signal.SIGCONT)
        said, _ = first.communicate(timeout=PATIENCE_S)
    assert first.returncode != 0
    assert "StaleEpoch" in said
    assert stacks.load(ledger, STACK) == kept
    assert bench.cloud.objects() == cloud
    assert (audit.tree_head(ledger), usage.still(ledger, STACK), resources.of(ledger, STACK)) == written
    assert kept is not None
    assert urns(kept.state) == set(RESOURCES)
    assert leases.current_epoch(ledger, STACK) == kept.epoch


async def taken_over(bench: Bench) -> Result:
    """What another broker brought about, as soon as the first one's lease was over."""
    work = bench.workshop([server(name) for name in RESOURCES])
    deadline = time.monotonic() + PATIENCE_S
    while (result := await apply(target(), work, lambda _target, _event: None)).outcome is None:
        assert time.monotonic() < deadline, f"still held by {result.held_by}"
        await asyncio.sleep(0.1)
    return result
