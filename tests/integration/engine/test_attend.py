"""A person's own `pulumi` on a stack: the real CLI on the ledger's state, alone, and written down."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from psycopg_pool import ConnectionPool

from broker.apply import apply
from broker.attend import Person, attend, is_reading, is_whole_up
from broker.engine.inline import Served
from broker.errors import EngineError
from broker.ledger import audit, events, facts, leases, outbox, stacks
from broker.ledger.connect import Connection, pool
from stacks.program.language import Program
from stacks.provider.operation import Operation
from stacks.resource import Resource
from stacks.spec import StackSpec
from tests.integration.engine.memory_workshop import SPEC, Bench, FencedProvider, server, target

STACK = SPEC.name


@pytest.fixture
def connections(ledger_database: str) -> Iterator[ConnectionPool[Connection]]:
    with pool(ledger_database, 6) as found:
        yield found


@pytest.fixture
def bench(connections: ConnectionPool[Connection], tmp_path: Path) -> Bench:
    return Bench(connections, tmp_path, "broker:1")


async def typed(bench: Bench, resources: Sequence[Resource], *arguments: str) -> int:
    def serve(operation: Operation, _spec: StackSpec | None) -> Callable[[], Served]:
        return lambda: Served(FencedProvider(bench.cloud, operation), Program(tuple(resources)))

    return await attend(target(), arguments, bench.workshop(resources), Person(os.environ, serve))


async def applied(bench: Bench, *names: str) -> list[Resource]:
    made = [server(name, flavor="small") for name in names]
    assert (await apply(target(), bench.workshop(made), lambda _target, _event: None)).ok
    return made


async def test_a_preview_reads_the_brokers_state_and_leaves_it_as_it_was(
    bench: Bench, ledger: Connection, capfd: pytest.CaptureFixture[str]
) -> None:
    made = await applied(bench, "web")
    before, told = stacks.load(ledger, STACK), len(audit.entries(ledger))
    assert await typed(bench, made, "preview", "--non-interactive") == 0
    assert "unchanged" in capfd.readouterr().out
    assert stacks.load(ledger, STACK) == before
    assert len(audit.entries(ledger)) == told


async def test_an_up_by_hand_brings_the_stack_to_its_target_and_is_in_the_audit(
    bench: Bench, ledger: Connection
) -> None:
    made = await applied(bench, "web")
    made.append(server("db", flavor="small"))
    assert await typed(bench, made, "up", "--yes", "--skip-preview", "--non-interactive") == 0
    assert len(bench.cloud.objects()) == 2
    kept = stacks.load(ledger, STACK)
    assert kept is not None
    assert (kept.spec_digest, kept.clean) == ("first", True)
    assert b'"command":["pulumi","up","--yes","--skip-preview","--non-interactive"]' in audit.entries(ledger)[-1]
    assert [message.topic for message in outbox.waiting(ledger)] == ["provisioned"], "by the apply alone"
    _by_run, by_hand = (cast("dict[str, Any]", fact.record) for fact in facts.waiting(ledger))
    assert (by_hand["type"], by_hand["spec_digest"], by_hand["documents"]) == ("provisioned", "first", ["a-form"])
    assert by_hand["resources"] == len(made)


async def test_after_a_destroy_by_hand_the_next_reconcile_builds_the_stack_again(
    bench: Bench, ledger: Connection
) -> None:
    made = await applied(bench, "web")
    await typed(bench, made, "destroy", "--yes", "--skip-preview", "--non-interactive")
    kept = stacks.load(ledger, STACK)
    assert kept is not None
    assert kept.spec_digest == ""
    assert (await apply(target(), bench.workshop(made), lambda _target, _event: None)).ok
    assert len(bench.cloud.objects()) == 1


async def test_while_another_works_on_the_stack_the_command_is_refused_with_who_it_is(
    bench: Bench, connections: ConnectionPool[Connection]
) -> None:
    with connections.connection() as conn:
        assert isinstance(leases.acquire(conn, STACK, "host-7:99", 60), leases.Lease)
    with pytest.raises(EngineError, match="host-7:99 works on it now"):
        await typed(bench, (), "preview")


async def test_a_command_that_ends_badly_leaves_the_stack_free_and_to_be_applied_again(
    bench: Bench, ledger: Connection
) -> None:
    made = await applied(bench, "web")
    assert await typed(bench, made, "up", "--no-such-option") != 0
    kept = stacks.load(ledger, STACK)
    assert kept is not None
    assert kept.clean is False
    result = await asyncio.wait_for(apply(target(), bench.workshop(made), lambda _target, _event: None), 300)
    assert result.ok
    assert events.last_errors(ledger) == {}


async def test_a_value_that_was_typed_is_not_written_down(bench: Bench, ledger: Connection) -> None:
    made = await applied(bench, "web")
    await typed(bench, made, "config", "set", "--secret", "token", "s3cr3t-value")
    assert b'"command":["pulumi","config","--secret"]' in audit.entries(ledger)[-1]
    assert not any(b"s3cr3t" in entry for entry in audit.entries(ledger))


@pytest.mark.parametrize(
    ("arguments", "reads", "whole"),
    [
        (("preview", "--diff"), True, False),
        (("stack", "export"), True, False),
        (("--color", "never"), False, False),
        (("state", "delete", "urn"), False, False),
        (("refresh", "--yes"), False, False),
        (("up", "--yes"), False, True),
        (("up", "--target", "urn"), False, False),
        (("up", "--target=urn"), False, False),
        ((), True, False),
    ],
)
def test_what_a_command_may_change(arguments: tuple[str, ...], *, reads: bool, whole: bool) -> None:
    assert (is_reading(arguments), is_whole_up(arguments)) == (reads, whole)
